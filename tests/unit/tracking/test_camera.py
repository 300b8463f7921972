"""Cameras and streams: the newest picture only, interruptions, and an end that is never a hang."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from posknn.errors import SourceError
from posknn.tracking.camera import Camera
from posknn.values import Frame

Film = Callable[..., Path]
Image = npt.NDArray[np.uint8]
PATIENCE = 5.0


def shot(number: int) -> Image:
    """Return a BGR picture: blue counts, red is high in the left half."""
    image = np.zeros((4, 6, 3), np.uint8)
    image[:, :, 0] = number
    image[:, :3, 2] = 200
    return image


class ScriptedCapture:
    """A capture that gives what is put into it: pictures, None for a failed read, an exception; it waits for more.

    After its with statement it waits no more.
    """

    def __init__(self, *script: object, opened: bool = True, length: float = -1.0) -> None:
        self.script: queue.Queue[object] = queue.Queue()
        for item in script:
            self.script.put(item)
        self.opened = opened
        self.length = length
        self.reads = 0
        self.asked: dict[int, float] = {}
        self.released = threading.Event()

    def isOpened(self) -> bool:  # noqa: N802
        return self.opened

    def read(self) -> tuple[bool, Any]:
        item = self.script.get()
        self.reads += 1
        if item is self:
            self.script.put(self)
            return False, None
        if isinstance(item, Exception):
            raise item
        return item is not None, item

    def get(self, prop: int) -> float:
        values = {cv2.CAP_PROP_FRAME_COUNT: self.length, cv2.CAP_PROP_POS_FRAMES: float(self.reads)}
        return values.get(prop, 0.0)

    def set(self, prop: int, value: float) -> bool:
        self.asked[prop] = value
        return True

    def release(self) -> None:
        self.released.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.script.put(self)


class Shelf:
    """Opens the captures of a script one after the other; closed ones when it runs out."""

    def __init__(self, *captures: ScriptedCapture) -> None:
        self.captures = list(captures)
        self.addresses: list[int | str] = []

    def __call__(self, address: int | str) -> ScriptedCapture:
        self.addresses.append(address)
        return self.captures.pop(0) if self.captures else ScriptedCapture(opened=False)


def blue(frame: Any) -> int:
    return int(frame.image[0, 0, 2])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def test_frames_are_rgb_with_the_time_they_were_taken() -> None:
    capture = ScriptedCapture(shot(1))
    before = time.monotonic()
    with Camera(0, open_capture=Shelf(capture)) as camera, capture:
        frames = iter(camera)
        first = next(frames)
        capture.script.put(shot(2))
        second = next(frames)
    assert (blue(first), blue(second)) == (1, 2)
    assert first.image[0, 0, 0] == 200
    assert first.image[0, 5, 0] == 0
    assert (first.index, second.index) == (0, 1)
    assert first.time == pytest.approx(0.0, abs=1e-5)
    assert second.time > first.time
    assert before <= first.captured < second.captured <= time.monotonic()  # type: ignore[operator]
    assert second.time == pytest.approx(second.captured - first.captured, abs=1e-5)  # type: ignore[operator]
    assert (camera.live, camera.size, camera.dropped, camera.problems) == (True, (6, 4), 0, [])
    assert camera.frame_count is camera.rate is camera.duration is None


def test_a_mirrored_camera_is_turned_back() -> None:
    capture = ScriptedCapture(shot(1))
    with Camera(0, mirrored=True, open_capture=Shelf(capture)) as camera, capture:
        image = next(iter(camera)).image
    assert image[0, 0, 0] == 0
    assert image[0, 5, 0] == 200
    assert image.flags.c_contiguous


def test_stale_pictures_are_dropped_and_counted() -> None:
    capture = ScriptedCapture(*(shot(i) for i in range(5)))
    with Camera(0, open_capture=Shelf(capture)) as camera, capture:
        until(lambda: camera.dropped == 4)
        frames = iter(camera)
        newest = next(frames)
        assert (blue(newest), newest.index) == (4, 0)
        capture.script.put(shot(9))
        assert blue(next(frames)) == 9
        assert camera.dropped == 4


def test_a_second_iteration_goes_on_where_the_first_stopped() -> None:
    capture = ScriptedCapture(shot(1))
    with Camera(0, open_capture=Shelf(capture)) as camera, capture:
        first = next(iter(camera))
        capture.script.put(shot(2))
        second = next(iter(camera))
    assert (first.index, second.index) == (0, 1)
    assert second.time > first.time


def test_the_first_camera_with_a_picture_is_taken() -> None:
    dead = ScriptedCapture(opened=False)
    blind = ScriptedCapture(*[None] * 10)
    sleepy = ScriptedCapture(None, None, shot(7))
    shelf = Shelf(dead, blind, sleepy)
    with Camera(open_capture=shelf) as camera, sleepy:
        assert camera.address == 2
        assert blue(next(iter(camera))) == 7
    assert shelf.addresses == [0, 1, 2]
    assert dead.released.is_set()
    assert blind.released.is_set()


@pytest.mark.parametrize(
    ("address", "named"), [(None, "cameras 0 to 5"), (3, "camera 3"), ("rtsp://x/y", "rtsp://x/y")]
)
def test_without_a_picture_the_error_names_what_was_tried(address: int | str | None, named: str) -> None:
    with pytest.raises(SourceError, match=f"no picture from {named}: (connect a camera|check the address)"):
        Camera(address, open_capture=Shelf())


def test_a_negative_number_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Camera(-1, open_capture=Shelf())


def test_a_size_is_asked_for_each_time_it_is_opened() -> None:
    first, second = ScriptedCapture(shot(1), None), ScriptedCapture(shot(2))
    with Camera(0, size=(1280, 720), open_capture=Shelf(first, second)) as camera, second:
        until(lambda: camera.problems != [])
    for capture in (first, second):
        assert capture.asked == {cv2.CAP_PROP_FRAME_WIDTH: 1280, cv2.CAP_PROP_FRAME_HEIGHT: 720}


def test_an_interruption_is_bridged_and_the_clock_goes_on() -> None:
    first, second = ScriptedCapture(shot(1)), ScriptedCapture(shot(2))
    shelf = Shelf(first, second)
    with Camera(0, open_capture=shelf) as camera, second:
        frames = iter(camera)
        before = next(frames)
        first.script.put(None)
        after = next(frames)
    assert (blue(before), blue(after), after.index) == (1, 2, 1)
    assert after.time > before.time
    assert shelf.addresses == [0, 0]
    assert first.released.is_set()
    assert len(camera.problems) == 1
    assert "came back" in camera.problems[0]


@pytest.mark.parametrize("failure", [None, cv2.error("the driver says no")])
def test_a_camera_that_stays_away_is_an_error_after_its_last_picture(failure: object) -> None:
    capture = ScriptedCapture(shot(1), failure)
    with Camera(0, reopen_for=0.0, open_capture=Shelf(capture)) as camera:
        until(capture.released.is_set)
        frames = iter(camera)
        assert blue(next(frames)) == 1
        with pytest.raises(SourceError, match=r"no picture from camera 0 since .* still connected"):
            next(frames)
        with pytest.raises(SourceError):
            next(iter(camera))


def test_whatever_happens_in_the_thread_reaches_whoever_iterates() -> None:
    capture = ScriptedCapture(shot(1), RuntimeError("two\nlines"))
    with (
        Camera(0, open_capture=Shelf(capture)) as camera,
        pytest.raises(SourceError, match="camera 0 failed: two lines"),
    ):
        list(camera)
    assert capture.released.is_set()


def test_close_is_prompt_also_while_a_read_hangs() -> None:
    capture = ScriptedCapture(shot(1))
    camera = Camera(0, open_capture=Shelf(capture))
    until(lambda: capture.script.empty())  # the thread now hangs in read
    began = time.monotonic()
    camera.close()
    camera.close()
    assert time.monotonic() - began < 2.5
    assert list(camera) == []
    capture.script.put(shot(2))  # the read returns at last
    assert capture.released.wait(PATIENCE)


def test_close_wakes_whoever_waits_for_a_picture() -> None:
    capture = ScriptedCapture(shot(1))
    camera = Camera(0, open_capture=Shelf(capture))
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.extend(blue(frame) for frame in camera))
    reader.start()
    until(lambda: seen == [1])
    camera.close()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    capture.script.put(shot(2))
    assert capture.released.wait(PATIENCE)


def test_close_ends_the_attempts_to_open_it_again() -> None:
    capture = ScriptedCapture(shot(1), None)
    shelf = Shelf(capture)
    camera = Camera(0, reopen_for=1000.0, open_capture=shelf)
    until(lambda: len(shelf.addresses) > 1)
    camera.close()
    assert list(camera) == []


def test_a_stream_of_known_length_ends() -> None:
    capture = ScriptedCapture(shot(1), shot(2), None, length=2.0)
    with Camera("http://x/clip.mp4", open_capture=Shelf(capture)) as camera:
        until(capture.released.is_set)
        assert [blue(frame) for frame in camera] == [2]
        assert camera.problems == []


def test_a_stream_that_ends_too_early_says_so() -> None:
    capture = ScriptedCapture(shot(1), None, length=72.0)
    with Camera("http://x/clip.mp4", open_capture=Shelf(capture)) as camera:
        assert len(list(camera)) == 1
        assert camera.problems == ["ended after 2 of 72 frames"]


@contextmanager
def served(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class MotionJpeg(BaseHTTPRequestHandler):
    """Serves eight pictures the way network cameras do, then hangs up and is gone for good."""

    def __init__(self, gone: threading.Event, *args: Any) -> None:
        self.gone = gone
        super().__init__(*args)

    def do_GET(self) -> None:
        if self.gone.is_set():
            self.send_error(404)
            return
        self.gone.set()
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(8):
            image = np.full((48, 64, 3), 20 * number, np.uint8)
            content = cv2.imencode(".jpg", image)[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(content)}\r\n\r\n"
            self.wfile.write(head.encode() + content + b"\r\n")
            time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        pass


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_motion_jpeg_stream_is_read_and_its_end_told() -> None:
    with (
        served(partial(MotionJpeg, threading.Event())) as address,
        Camera(f"{address}/video.mjpg", reopen_for=0.0) as camera,
    ):
        frames: list[Frame] = []
        with pytest.raises(SourceError, match=r"no picture from http.* since"):
            frames.extend(camera)
        assert {frame.image.shape for frame in frames} == {(48, 64, 3)}


def test_a_video_at_an_address_plays_at_its_pace_and_ends(film: Film, tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", [i / 20 for i in range(8)], options={"movflags": "faststart"})
    with served(partial(Files, directory=str(tmp_path))) as address, Camera(f"{address}/a.mp4") as camera:
        found = [frame.time for frame in camera]
    assert found[-1] >= 7 / 20 - 0.02
    assert len(found) + camera.dropped == 8
    assert camera.problems == []


def test_a_missing_camera_leaves_stderr_alone(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match="camera 63"):
        Camera(63)
    assert capfd.readouterr().err == ""
