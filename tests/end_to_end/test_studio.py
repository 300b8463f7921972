"""The studio in a real browser: a fake camera made of a packaged clip teaches poses, and all is there afterwards."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from posknn import PoseClassifier, VideoFile, read_recordings

chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    chromium is None, reason="no Chromium to show the studio in: apt-get install -y chromium"
)

CLIP = Path(__file__).parents[2] / "posknn" / "clips" / "poses.mp4"
POSES = {"up": (6.5, 8.1), "stand": (1.2, 2.8), "spread": (3.9, 5.5)}
TIMES = 2  # each is shown, so that a busy machine finds the time to teach it
WRIST, SHOULDER, HIP = 15, 11, 23


@pytest.fixture(scope="module")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of three poses, each held, that a browser takes for a camera and plays again and again."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    pictures: dict[str, bytes] = dict.fromkeys(POSES, b"")
    for frame in VideoFile(CLIP):
        for pose, (start, end) in POSES.items():
            if start <= frame.time < end:
                pictures[pose] += cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))[1].tobytes()
    path.write_bytes(b"".join(TIMES * pictures[pose] for pose in POSES))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "desk"


class Studio:
    """The studio in a process of its own, on any free port."""

    def __init__(self, folder: Path) -> None:
        code = "from posknn.cli import main; main()"
        arguments = ["studio", str(folder), "--no-browser", "--port", "0", "--json"]
        self.process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address: str = json.loads(self.process.stdout.readline())["address"]

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        code = self.process.wait(20)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def browser(camera_file: Path) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera_file}",
            ],
        )
        yield browser
        browser.close()


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


def watched(browser: Any, studio: Studio) -> tuple[Any, list[str]]:
    """Return a page and the list of what it asks for elsewhere and of what goes wrong in it."""
    page = browser.new_page()
    wrong: list[str] = []
    own = urlsplit(studio.address).netloc
    page.on("request", lambda request: wrong.append(request.url) if urlsplit(request.url).netloc != own else None)
    page.on("websocket", lambda socket: wrong.append(socket.url) if urlsplit(socket.url).netloc != own else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(studio.address)
    return page, wrong


def counts(page: Any) -> list[str]:
    page.wait_for_selector("button.hold")
    texts: list[str] = page.locator("button.hold .count").all_inner_texts()
    return texts


def add(page: Any, *poses: str) -> None:
    for pose in poses:
        page.get_by_label("New pose").fill(pose)
        page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Start the camera").click()


def test_teaches_by_buttons_recognises_refuses_and_keeps_everything(browser: Any, folder: Path) -> None:
    studio = Studio(folder)
    page, wrong = watched(browser, studio)
    try:
        add(page, "stand", "spread")
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


def test_what_was_taught_survives_a_kill_and_can_be_moved_and_taken_back(browser: Any, folder: Path) -> None:
    studio = Studio(folder)
    page, _ = watched(browser, studio)
    try:
        add(page, "stand")
        wait_for(page, "stand")
        page.locator("h1").click()
        page.keyboard.down("1")
        page.wait_for_timeout(700)
        page.keyboard.up("1")
        page.wait_for_timeout(900)
        taught = int(counts(page)[0])
        assert taught > 0
    finally:
        studio.end(signal.SIGKILL)
        page.close()

    studio = Studio(folder)
    page, wrong = watched(browser, studio)
    try:
        assert int(counts(page)[0]) == taught
        page.get_by_role("link", name="Examples").click()
        page.locator(".grid button").first.click()
        page.get_by_label("Move to").fill("upright")
        page.get_by_role("button", name="Move").click()
        page.get_by_text("upright (1)").wait_for(state="attached")
        page.get_by_role("button", name="Undo").click()
        page.get_by_text(f"stand ({taught})").wait_for(state="attached")
    finally:
        page.close()
        studio.end()
    assert wrong == []
    assert PoseClassifier().learn(read_recordings(folder)).get_count_by_label() == {"stand": taught}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_fits_a_phone(browser: Any, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    shutil.copy(Path(__file__).parents[2] / "recordings" / "sample.parquet", tmp_path)
    studio = Studio(tmp_path)
    page, wrong = watched(browser, studio)
    try:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 360, "height": 740})
        for view in ("Teach", "Examples", "Live"):
            page.get_by_role("link", name=view, exact=True).click()
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            found = axe.run(page).response["violations"]
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []
    finally:
        page.close()
        studio.end()
    assert wrong == []
