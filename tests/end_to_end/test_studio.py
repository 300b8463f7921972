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
POSES = {"stand": (1.2, 2.8), "spread": (3.9, 5.5), "up": (6.5, 8.1)}
WRIST, SHOULDER, HIP = 15, 11, 23


@pytest.fixture(scope="module")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of three poses, each held, that a browser takes for a camera and plays again and again."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    pictures = [
        cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))[1].tobytes()
        for start, end in POSES.values()
        for frame in VideoFile(CLIP)
        if start <= frame.time < end
    ]
    path.write_bytes(b"".join(pictures))
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
    inside = 0
    for _ in range(400):
        raised = arm(page)
        inside = inside + 1 if raised is not None and near[0] < raised < near[1] else 0
        if inside == 4:
            return
        page.wait_for_timeout(25)
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


def test_teaches_by_buttons_recognises_refuses_and_keeps_everything(browser: Any, folder: Path) -> None:
    studio = Studio(folder)
    page = browser.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    try:
        page.goto(studio.address)
        for pose in ("stand", "up"):
            page.get_by_label("New pose").fill(pose)
            page.get_by_role("button", name="Add").click()
        page.get_by_role("button", name="Start the camera").click()
        teach(page, "stand")
        teach(page, "up")

        for pose, answer in (("stand", "stand"), ("up", "up"), ("spread", "unknown")):
            wait_for(page, pose)
            assert said(page) == answer
        trips, tracking = page.evaluate("[window.posknnCamera.trips, window.posknnCamera.answer.milliseconds]")
        print(f"round trip {np.median(trips):.0f} ms, of it server {tracking:.0f} ms")

        counts = page.locator("button.hold .count").all_inner_texts()
        assert all(int(count) > 1 for count in counts)
        page.reload()
        page.wait_for_selector("button.hold")
        assert page.locator("button.hold .count").all_inner_texts() == counts
    finally:
        page.close()
        code = studio.end()
    assert code == 0
    assert errors == []
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(studio.address).netloc}
    learned = PoseClassifier().learn(read_recordings(folder))
    assert [str(count) for count in learned.get_count_by_label().values()] == counts
