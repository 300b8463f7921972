"""The Video view in a real browser: a rendered clip is sent, tracked, set right, exported, and all is there later."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posknn import PoseClassifier, VideoFile, VideoWriter, read_recordings, read_segments
from posknn.jobs.steps import Tracking, track_of
from posknn.values import Result

Start = Callable[..., Any]
Visit = Callable[..., tuple[Any, list[str]]]

CLIP = Path(__file__).parents[2] / "posknn" / "clips" / "poses.mp4"
STAND, SPREAD, UP = (1.2, 3.0), (3.8, 5.6), (6.4, 8.2)
"""Seconds in which the clip shows a pose; from 9 to 10 it shows the first one again."""


def shortened(path: Path, until: float) -> Path:
    """Write every third picture of the clip, so that it is tracked in a third of the time."""
    writer = VideoWriter(path)
    for frame in VideoFile(CLIP):
        if frame.index % 3 == 0 and frame.time < until:
            writer(Result(frame))
    writer.close()
    return path


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a clip that is tracked."""
    folder = tmp_path_factory.mktemp("tracked")
    (folder / "tracks").mkdir()
    track_of(str(shortened(folder / "clip.mp4", 99.0)), folder / "tracks" / "clip.parquet", Tracking())
    return folder


@pytest.fixture
def desk(tracked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tracked, tmp_path / "desk"))


def shown_first(start: Start, visit: Visit, folder: Path) -> tuple[Any, Any, list[str]]:
    """Return a studio, a page of its Video view, and the list of what goes wrong in it; see `visit`."""
    studio = start(folder)
    page, wrong = visit(studio, viewport={"width": 1200, "height": 1000})
    page.get_by_role("link", name="Video", exact=True).click()
    return studio, page, wrong


def opened(page: Any, name: str = "clip.mp4") -> None:
    page.get_by_role("link", name=name).click()
    page.get_by_role("slider", name="Place in the video").wait_for()


def shown(page: Any) -> list[str]:
    """Return what stands on the timeline, once everything is read anew; a tick before what is set right as a whole."""
    page.wait_for_function("() => !document.querySelector('.busy')?.textContent")
    texts: list[str] = page.locator(".stretch").all_inner_texts()
    return [text.strip() for text in texts]


def go_to(page: Any, time: float) -> None:
    """Click on the timeline."""
    lane = page.locator(".lane").bounding_box()
    duration = float(page.get_by_role("slider").get_attribute("aria-valuemax"))
    page.mouse.click(lane["x"] + lane["width"] * time / duration, lane["y"] + lane["height"] / 2)


def name_it(page: Any, start: float, end: float, pose: str) -> None:
    """Choose a part of the video by keys and give it a name that is new."""
    go_to(page, start)
    page.keyboard.press("a")
    go_to(page, end)
    page.locator("#new-name").fill(pose)
    page.get_by_role("button", name="Name it").click()
    page.locator(".stretch.marked", has_text=pose).first.wait_for()
    shown(page)


def test_set_right_a_part_and_the_rest_follows_is_exported_and_is_there_after_a_kill(
    start: Start, visit: Visit, desk: Path, tmp_path: Path
) -> None:
    studio, page, wrong = shown_first(start, visit, desk)
    opened(page)
    assert set(shown(page)) == {"unknown"}
    name_it(page, *STAND, "stand")
    name_it(page, *SPREAD, "spread")
    name_it(page, *UP, "up")
    recognised = [text.removeprefix("✓ ") for text in shown(page)]
    assert recognised.count("stand") == 2  # one of them where nobody named anything

    go_to(page, 9.5)
    assert page.get_by_test_id("here").inner_text() == "stand"
    page.locator("#new-name").fill("rest")
    page.get_by_role("button", name="Name it").click()
    page.locator(".stretch.marked", has_text="rest").wait_for()
    shown(page)
    go_to(page, 2.0)
    page.keyboard.press("Backspace")  # nobody says any more what it is: it is read anew
    page.locator(".stretch:not(.marked)", has_text="rest").first.wait_for()
    assert not any("stand" in text for text in shown(page))
    page.keyboard.press("u")
    page.locator(".stretch.marked", has_text="stand").wait_for()
    shown(page)
    page.get_by_role("button", name="stand,").focus()
    page.keyboard.press("Enter")  # here it is stand already, and whoever goes on by keyboard is still at the button
    shown(page)
    assert "stand" in page.evaluate("document.activeElement.textContent")
    go_to(page, 2.0)
    page.keyboard.press("j")
    page.keyboard.press("]")  # moves a border to here: the keyboard does all that the mouse does

    there = shown(page)
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    coming.value.save_as(tmp_path / coming.value.suggested_filename)
    exported = [str(one.label) for one in read_segments(tmp_path / "clip.segments.csv")]
    assert exported == [text.removeprefix("✓ ") for text in there if text not in ("unknown", "✓ none of these")]

    page.reload()
    page.get_by_role("slider", name="Place in the video").wait_for()
    assert shown(page) == there
    studio.end(signal.SIGKILL)
    assert wrong == []

    studio, page, wrong = shown_first(start, visit, desk)
    opened(page)
    assert shown(page) == there
    page.close()
    assert studio.end() == 0
    assert wrong == []
    assert set(PoseClassifier().learn(read_recordings(desk)).labels) == {"stand", "spread", "up", "rest"}


def test_a_border_is_dragged_and_the_next_moment_is_shown(start: Start, visit: Visit, desk: Path) -> None:
    _, page, wrong = shown_first(start, visit, desk)
    opened(page)
    name_it(page, *STAND, "stand")
    name_it(page, *SPREAD, "spread")
    shown(page)
    page.get_by_role("button", name="Next most useful moment").click()
    page.get_by_role("status").get_by_text("unlike anything taught").wait_for()
    at = float(page.get_by_role("slider").get_attribute("aria-valuenow"))
    assert not any(begin < at < end for begin, end in (STAND, SPREAD))

    block = page.locator(".stretch.marked", has_text="spread").bounding_box()
    lane = page.locator(".lane").bounding_box()
    page.mouse.move(block["x"], lane["y"] + 20)
    page.mouse.down()
    page.mouse.move(block["x"] + block["width"] / 2, lane["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "wide => [...document.querySelectorAll('.stretch.marked')].some(one => one.textContent.includes('spread')"
        " && one.getBoundingClientRect().width < 0.7 * wide)",
        arg=block["width"],
    )
    video = page.locator("video")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.3")
    page.keyboard.press("Space")
    assert video.evaluate("video => video.paused")
    assert wrong == []


def test_a_video_is_sent_tracked_and_opened(start: Start, visit: Visit, tmp_path: Path) -> None:
    clip = shortened(tmp_path / "a clip & more.mp4", 2.0)
    _, page, wrong = shown_first(start, visit, tmp_path / "desk")
    page.get_by_text("No video yet").wait_for()
    page.get_by_label("Add videos").set_input_files(clip)
    page.get_by_role("link", name="a-clip-more.mp4").click()
    page.get_by_role("button", name="Find the poses").click()
    page.get_by_role("progressbar", name="Poses found so far").wait_for()
    page.get_by_role("slider", name="Place in the video").wait_for(timeout=20_000)
    go_to(page, 1.8)
    page.wait_for_timeout(200)
    assert "unknown" in page.get_by_test_id("here").inner_text()
    assert wrong == []
    assert (tmp_path / "desk" / "tracks" / "a-clip-more.parquet").exists()


def test_a_video_that_the_browser_cannot_play_is_shown_as_pictures(start: Start, visit: Visit, desk: Path) -> None:
    _, page, _ = shown_first(start, visit, desk)
    page.route("**/picture", lambda route: route.fulfill(body=b"no video", content_type="video/mp4"))
    opened(page)
    page.wait_for_function("() => document.querySelector('.screen img')?.naturalWidth > 0")
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('.sheet').getAttribute('aria-valuenow')) > 0.9")


def test_the_view_is_accessible_and_fits_a_phone(
    start: Start, visit: Visit, accessible: Callable[[Any], None], desk: Path
) -> None:
    _, page, wrong = shown_first(start, visit, desk)
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("link", name="clip.mp4").wait_for()
    accessible(page)
    opened(page)
    name_it(page, *STAND, "stand")
    for summary in ("Export", "All stretches as a list", "Keys"):
        page.get_by_text(summary, exact=True).click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        accessible(page)
    assert wrong == []
