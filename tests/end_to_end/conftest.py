"""A studio in a process of its own, and a real browser whose camera shows a packaged clip."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import pytest

from posknn import VideoFile

CLIP = Path(__file__).parents[2] / "posknn" / "clips" / "poses.mp4"
POSES = {"up": (6.5, 8.1), "stand": (1.2, 2.8), "spread": (3.9, 5.5)}
PHONE = {"width": 360, "height": 740}
TIMES = 2  # each is shown, so that a busy machine finds the time to teach it
COMMAND = "from posknn.cli import main; main()"


class Studio:
    """The studio in a process of its own, on any free port. command: Python that serves it and prints the address."""

    def __init__(self, folder: Path, *options: str, command: str = COMMAND) -> None:
        arguments = ["studio", str(folder), "--no-browser", "--json", *(options or ("--port", "0"))]
        self.process = subprocess.Popen([sys.executable, "-c", command, *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        said = json.loads(self.process.stdout.readline())
        self.address: str = said["address"]
        self.token: str | None = said["token"]

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(20)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@pytest.fixture
def start() -> Iterator[Callable[..., Studio]]:
    """Starts studios; what a test leaves running is ended."""
    studios: list[Studio] = []

    def begin(*arguments: Any, **options: Any) -> Studio:
        studios.append(Studio(*arguments, **options))
        return studios[-1]

    yield begin
    for studio in studios:
        if studio.process.poll() is None:
            studio.end(signal.SIGKILL)


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


@pytest.fixture(scope="module")
def browser(camera_file: Path) -> Iterator[Any]:
    """Return Chromium; a test is skipped where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium to show the studio in: apt-get install -y chromium")
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


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., tuple[Any, list[str]]]]:
    """Opens pages of a studio; each comes with the list of what it asks for elsewhere and of what goes wrong in it."""
    pages = []

    def open_page(studio: Studio, **options: Any) -> tuple[Any, list[str]]:
        page = browser.new_page(**options)
        pages.append(page)
        wrong: list[str] = []
        own = urlsplit(studio.address).netloc
        page.on("request", lambda request: wrong.append(request.url) if _place(request.url) != own else None)
        page.on("websocket", lambda socket: wrong.append(socket.url) if _place(socket.url) != own else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(studio.address)
        return page, wrong

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture
def accessible() -> Callable[[Any], None]:
    """Checks that a page fits a phone and that axe finds nothing serious in it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def check(page: Any) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        found = axe.run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []

    return check


@pytest.fixture
def name_poses() -> Callable[..., None]:
    """Gives names to poses in the Teach view."""

    def name(page: Any, *poses: str) -> None:
        for pose in poses:
            page.get_by_label("New pose").fill(pose)
            page.get_by_role("button", name="Add", exact=True).click()

    return name


def _place(url: str) -> str:
    return urlsplit(url.removeprefix("blob:")).netloc
