"""The studio in a real browser: a fake camera made of a packaged clip teaches poses, and all is there afterwards."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posknn import PoseClassifier, read_recordings

VIEWS = {
    "Teach": "button.hold",
    "Examples": ".grid svg",
    "Video": "main input[type=file]",
    "Evaluate": ".matrix button",
    "Live": "#rule-label",
}
WRIST, SHOULDER, HIP = 15, 11, 23


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "desk"


def arm(page: Any) -> float | None:
    """Return how far the wrist is above the shoulder, in torso lengths; None while nobody is seen."""
    points = page.evaluate("window.posknnCamera?.answer?.people[0]?.points ?? null")
    if points is None:
        return None
    y = np.array(points, float).reshape(33, 3)[:, 1]
    return float((y[SHOULDER] - y[WRIST]) / (y[HIP] - y[SHOULDER]))


def wait_for(page: Any, pose: str) -> None:
    """Wait until the camera begins to show a pose."""
    near = {"stand": (-2, -0.7), "spread": (-0.5, 0.5), "up": (0.7, 2)}[pose]
    inside = before = 0
    for _ in range(600):
        raised = arm(page)
        here = raised is not None and near[0] < raised < near[1]
        before += raised is not None and not here  # so that the whole of the pose is still to come
        inside = inside + 1 if before and here else 0
        if inside == 4:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"the camera never showed {pose}")


def teach(page: Any, pose: str) -> None:
    wait_for(page, pose)
    page.get_by_role("button", name=f"teach {pose},").hover()
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.up()


def said(page: Any) -> str:
    page.wait_for_timeout(450)  # the smoothing has a time constant
    return str(page.get_by_test_id("said").inner_text())


def counts(page: Any) -> list[str]:
    page.wait_for_selector("button.hold")
    texts: list[str] = page.locator("button.hold .count").all_inner_texts()
    return texts


def test_teaches_by_buttons_recognises_refuses_and_keeps_everything(
    start: Callable[..., Any], visit: Callable[..., Any], name_poses: Callable[..., None], folder: Path
) -> None:
    studio = start(folder)
    page, wrong = visit(studio)
    try:
        name_poses(page, "stand", "spread")
        page.get_by_role("button", name="Start the camera").click()
        teach(page, "stand")
        teach(page, "spread")
        for pose, answer in (("up", "unknown"), ("stand", "stand"), ("spread", "spread")):
            wait_for(page, pose)
            assert said(page) == answer
        trips, milliseconds = page.evaluate("[posknnCamera.trips, posknnCamera.answer.milliseconds]")
        print(f"round trip {np.median(trips):.0f} ms, the last answer took the server {milliseconds:.0f} ms")
        before = counts(page)
        assert all(int(count) > 0 for count in before)
        page.reload()
        assert counts(page) == before
    finally:
        page.close()
        code = studio.end()
    assert code == 0
    assert wrong == []
    learned = PoseClassifier().learn(read_recordings(folder))
    assert [str(count) for count in learned.get_count_by_label().values()] == before


def test_what_was_taught_survives_a_kill_and_can_be_moved_and_taken_back(
    start: Callable[..., Any], visit: Callable[..., Any], name_poses: Callable[..., None], folder: Path
) -> None:
    studio = start(folder)
    page, _ = visit(studio)
    try:
        name_poses(page, "stand")
        page.get_by_role("button", name="Start the camera").press("Enter")
        page.get_by_role("button", name="Stop the camera").wait_for()
        assert page.evaluate("document.activeElement.textContent") == "Stop"
        wait_for(page, "stand")
        page.locator("h2").click()
        page.keyboard.down("1")
        page.wait_for_timeout(700)
        page.keyboard.up("1")
        page.get_by_role("status").get_by_text("of stand taught").wait_for()
        page.wait_for_timeout(900)
        taught = int(counts(page)[0])
        assert taught > 0
    finally:
        studio.end(signal.SIGKILL)
        page.close()

    studio = start(folder)
    page, wrong = visit(studio)
    try:
        assert int(counts(page)[0]) == taught
        page.get_by_role("link", name="Examples").click()
        page.locator(".grid button").first.click()
        page.get_by_label("Move to").fill("upright")
        page.get_by_role("button", name="Move").click()
        page.get_by_text("upright (1)").wait_for(state="attached")
        page.get_by_role("button", name="Undo").click()
        page.get_by_text(f"stand ({taught})").wait_for(state="attached")
        page.get_by_role("button", name="Choose all shown").press("Enter")
        page.get_by_role("button", name="Delete").press("Enter")
        page.get_by_text("No example yet").wait_for()
        assert "Undo" in page.evaluate("document.activeElement.textContent")  # the keyboard is where the way back is
        page.keyboard.press("u")
        page.get_by_text(f"stand ({taught})").wait_for(state="attached")
    finally:
        page.close()
        studio.end()
    assert wrong == []
    assert PoseClassifier().learn(read_recordings(folder)).get_count_by_label() == {"stand": taught}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_fits_a_phone(
    start: Callable[..., Any], visit: Callable[..., Any], accessible: Callable[[Any], None], tmp_path: Path, scheme: str
) -> None:
    shutil.copy(Path(__file__).parents[2] / "recordings" / "sample.parquet", tmp_path)
    studio = start(tmp_path)
    page, wrong = visit(studio)
    try:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 360, "height": 740})
        for view, there in VIEWS.items():
            page.get_by_role("link", name=view, exact=True).click()
            page.locator(there).first.wait_for()
            accessible(page)
    finally:
        page.close()
        studio.end()
    assert wrong == []
