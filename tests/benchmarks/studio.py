"""Measures how long the studio takes from a camera's picture to the pose over it, beside the tracker alone.

    python tests/benchmarks/studio.py [--seconds 20]

A headless Chromium with a fake camera of 640 x 360 shows the Live view; the same run times the tracker inside the
server, picture by picture. The aim is a median of at most 15 ms on top of the tracker. Needs `chromium` and playwright.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from posknn import VideoFile

ROOT = Path(__file__).parents[2]
AIM = 15.0
SIZE = (640, 360)
SERVER = """
import json, sys, time
from posknn import PoseTracker
from posknn.studio.server import serve

class Timed:
    def __init__(self):
        self.tracker, self.times = PoseTracker(), []
    def __call__(self, frame):
        began = time.perf_counter()
        found = self.tracker(frame)
        self.times.append(1000 * (time.perf_counter() - began))
        return found
    def close(self):
        self.tracker.close()
        with open(sys.argv[2], "w") as file:
            json.dump(self.times, file)

serve(sys.argv[1], port=0, browser=False, tracker=Timed, announce=lambda address, token: print(address, flush=True))
"""
WATCH = """() => {
  window.measured = [];
  const camera = posknnCamera;
  camera.addEventListener("answer", () => measured.push([camera.trips.at(-1), camera.answer.milliseconds]));
}"""


def make_camera(path: Path) -> None:
    """Write the packaged clip as a film of 640 x 360 that Chromium takes for a camera."""
    with path.open("wb") as file:
        for frame in VideoFile(ROOT / "posknn" / "clips" / "poses.mp4"):
            scale = min(SIZE[0] / frame.width, SIZE[1] / frame.height)
            image = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            canvas = np.full((SIZE[1], SIZE[0], 3), 127, np.uint8)
            top, left = (SIZE[1] - image.shape[0]) // 2, (SIZE[0] - image.shape[1]) // 2
            canvas[top : top + image.shape[0], left : left + image.shape[1]] = image
            file.write(cv2.imencode(".jpg", cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))[1].tobytes())


def measure(folder: Path, seconds: float) -> tuple[list[list[float]], list[float]]:
    """Return per picture the round trip and the server's share, and the tracker's times, in milliseconds."""
    from playwright.sync_api import sync_playwright

    make_camera(folder / "camera.mjpeg")
    for sample in (ROOT / "recordings").glob("*.parquet"):
        shutil.copy(sample, folder)
    times = folder / "times.json"
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), str(times)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    address = server.stdout.readline().strip()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={folder / 'camera.mjpeg'}",
            ],
        )
        page = browser.new_page()
        page.goto(f"{address}#live")
        page.get_by_role("button", name="Start the camera").wait_for()
        page.evaluate(WATCH)
        page.get_by_role("button", name="Start the camera").click()
        page.wait_for_timeout(1000 * seconds)
        measured: list[list[float]] = page.evaluate("measured")
        browser.close()
    server.send_signal(2)
    server.wait(20)
    return measured, json.loads(times.read_text())


def report(measured: list[list[float]], tracker: list[float], seconds: float) -> dict[str, Any]:
    """Pair picture by picture; the first second, while all warms up, is left out."""
    count = min(len(measured), len(tracker))
    first = min(30, count // 3)
    trips, server = np.array(measured[first:count], float).T
    alone = np.array(tracker[first:count])
    over = trips - alone
    return {
        "pictures": count - first,
        "a_second": round(len(measured) / seconds, 1),
        "round_trip": [round(float(one), 1) for one in np.percentile(trips, [50, 95])],
        "tracker": [round(float(one), 1) for one in np.percentile(alone, [50, 95])],
        "server_without_tracker": round(float(np.median(server - alone)), 1),
        "over_the_tracker": [round(float(one), 1) for one in np.percentile(over, [50, 95])],
        "ratio": round(float(np.median(trips) / np.median(alone)), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = report(*measure(Path(folder), arguments.seconds), arguments.seconds)
    print(json.dumps(found))
    print(f"median over the tracker: {found['over_the_tracker'][0]} ms; the aim is {AIM:.0f} ms or less")


if __name__ == "__main__":
    main()
