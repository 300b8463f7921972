"""Evaluate, Live and files in a real browser: what somebody sees, hears of and can do there."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from posknn import Recording, VideoFile, read_recordings
from posknn.storage.recordings import write_recording
from posknn.testing import stick_figure

CLIP = Path(__file__).parents[2] / "posknn" / "clips" / "poses.mp4"
SAMPLES = Path(__file__).parents[2] / "recordings"
STAND, UP = 2.0, 7.0  # seconds of the clip


@pytest.fixture
def days(tmp_path: Path) -> Path:
    """Return a folder of three days of stick figures; on the last, a side was called down."""
    folder = tmp_path / "days"
    folder.mkdir()
    for day in range(3):
        poses = [stick_figure(arms=angle + day) for angle in (10, 14, 18, 22, 90, 94, 98, 102)]
        points = np.stack([np.column_stack([pose.points, pose.visibility]) for pose in poses])
        labels = ["down"] * 4 + ["side"] * (2 if day == 2 else 4) + ["down", "side"] * (day == 2)
        write_recording(
            Recording(points, tuple(labels), times=np.arange(8) / 3 + 0.1, name=f"day{day}"),
            folder / f"day{day}.parquet",
        )
    return folder


def test_evaluates_and_opens_the_examples_behind_a_confusion_to_correct_them(
    start: Callable[..., Any], visit: Callable[..., Any], days: Path
) -> None:
    page, wrong = visit(start(days))
    page.get_by_role("link", name="Evaluate").click()
    page.get_by_text("Each recording was left out in turn").wait_for()
    assert page.locator(".next li").count() > 0
    page.get_by_role("button", name="1 of 13 down taken for side: show them").click()
    page.get_by_text("down taken for side: 1").wait_for()
    assert page.locator(".pairs svg").count() == 2  # the example, and the one that it is most like
    page.get_by_role("link", name="Move or delete them in Examples").click()
    page.get_by_text("1 of 24 examples chosen").wait_for()
    page.get_by_label("Move to").fill("side")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("side (12)").wait_for(state="attached")
    page.get_by_role("link", name="Evaluate").click()
    page.get_by_text("100 %").first.wait_for()
    assert wrong == []


def test_suspected_labels_are_shown_with_what_they_look_like_and_moved_there(
    start: Callable[..., Any], visit: Callable[..., Any], days: Path
) -> None:
    page, wrong = visit(start(days))
    page.get_by_role("link", name="Examples").click()
    page.locator(".grid button").first.wait_for()
    page.get_by_label("Show", exact=True).select_option(label="Only those that look wrong")
    page.get_by_text("looks like side").wait_for()
    assert page.locator(".grid button").count() == 1
    page.locator(".grid button").click()
    page.get_by_role("button", name="Move to what they look like").click()
    page.get_by_text("No example looks as if it were of another pose.").wait_for()
    assert wrong == []


def until(page: Any, condition: str) -> None:
    """Wait for JavaScript to hold: the page's policy forbids playwright's own way of waiting for it."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{condition} never came true")


def test_live_rings_counts_and_tells_other_programs(
    start: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path
) -> None:
    for sample in SAMPLES.glob("*.parquet"):
        shutil.copy(sample, tmp_path)
    client = pytest.importorskip("websockets.sync.client")
    studio = start(tmp_path)
    page, wrong = visit(studio)
    page.get_by_role("link", name="Live").click()
    page.get_by_label("Pose", exact=True).select_option(label="arms_up")
    page.get_by_label("Seconds").fill("0.5")
    page.get_by_role("button", name="Add alarm").click()
    page.get_by_label("Count repetitions of").fill("stand > arms_up > stand")
    page.get_by_role("button", name="Count", exact=True).click()
    with client.connect(studio.address.replace("http", "ws") + "api/events") as program:
        page.get_by_role("button", name="Start the camera").click()
        page.get_by_role("button", name="Full screen").click()
        heard = json.loads(program.recv(timeout=20))
    assert (heard["kind"], heard["label"], heard["seconds"]) == ("held", "arms_up", 0.5)
    page.get_by_text("arms_up held 0.5 s").wait_for()  # also when the screen is full
    page.get_by_role("button", name="Leave full screen").click()
    until(page, "Number(document.querySelector('[data-testid=count]').textContent) >= 1")
    page.reload()
    page.get_by_text("arms_up held 0.5s", exact=True).wait_for()  # the alarm is still there
    page.get_by_label("Count repetitions of").fill("stand > nonsense")
    page.get_by_role("button", name="Count", exact=True).click()
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text("'nonsense' was never taught").wait_for()
    assert wrong == []


def jpeg_at(seconds: float) -> bytes:
    frame = next(frame for frame in VideoFile(CLIP) if frame.time >= seconds)
    return cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))[1].tobytes()


def kept(page: Any, folder: Path, count: int) -> list[Recording]:
    """Return the recordings of a folder, once there are so many: they are finished when the page has let go."""
    for _ in range(150):
        if len(list(folder.glob("*.parquet"))) == count:
            return list(read_recordings(folder))
        page.wait_for_timeout(100)
    raise AssertionError(f"there never were {count} recordings")


def test_pictures_teach_the_pose_that_is_chosen_or_that_they_are_dropped_on(
    start: Callable[..., Any], visit: Callable[..., Any], name_poses: Callable[..., None], tmp_path: Path
) -> None:
    page, wrong = visit(start(tmp_path / "desk"))
    name_poses(page, "stand", "up")
    stand = {"name": "../../stand.jpg", "mimeType": "image/jpeg", "buffer": jpeg_at(STAND)}
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n nothing"}
    page.get_by_label("From a video or pictures").set_input_files([stand, broken])
    page.get_by_label("2 pictures of").select_option(label="stand")
    page.get_by_role("button", name="Teach", exact=True).click()
    page.get_by_text("1 of 2 pictures taught as stand; not readable: broken.png.").wait_for()
    page.evaluate(
        """([content, pose]) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "up.jpg", { type: "image/jpeg" }));
          const row = [...document.querySelectorAll("button.hold")].find((one) => one.textContent.includes(pose));
          row.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [base64.b64encode(jpeg_at(UP)).decode(), "up"],
    )
    page.get_by_text("1 of 1 picture taught as up.").wait_for()
    assert {recording.labels for recording in kept(page, tmp_path / "desk", 2)} == {("stand",), ("up",)}
    assert not any("picture" in path.name or path.suffix == ".jpg" for path in tmp_path.rglob("*"))
    assert wrong == []


def test_a_video_plays_in_place_of_the_camera_and_is_taught_by_holding_a_button(
    start: Callable[..., Any], visit: Callable[..., Any], name_poses: Callable[..., None], tmp_path: Path
) -> None:
    page, wrong = visit(start(tmp_path / "desk"))
    name_poses(page, "stand")
    page.get_by_label("From a video or pictures").set_input_files(
        {"name": "notes.mp4", "mimeType": "video/mp4", "buffer": b"no video"}
    )
    page.get_by_text("notes.mp4 cannot be shown by this browser").wait_for()
    assert page.get_by_role("button", name="Start the camera").is_visible()
    page.get_by_label("From a video or pictures").set_input_files(CLIP)
    until(page, "posknnCamera.answer?.people.length > 0")
    button = page.get_by_role("button", name="teach stand,")
    button.hover()
    page.mouse.down()
    until(page, "Number(document.querySelector('button.hold .count').textContent) > 0")
    page.mouse.up()
    page.get_by_role("button", name="Close the video").click()
    assert page.get_by_role("button", name="Start the camera").is_visible()
    (recording,) = kept(page, tmp_path / "desk", 1)
    assert recording.provenance["source"] == "poses.mp4"
    assert set(recording.labels) == {"stand"}
    assert [text for text in wrong if "media" not in text.lower()] == []
