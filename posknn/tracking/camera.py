"""Cameras and live streams as a source of frames: always the newest picture, never a queue."""

from __future__ import annotations

import atexit
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, Self

import cv2
import numpy as np
import numpy.typing as npt

from posknn.errors import SourceError
from posknn.tracking.quiet import log_off, quiet
from posknn.values import Frame

__all__ = ["Camera", "Capture", "open_capture"]

_TRIED: Final = range(6)  # the camera numbers tried when none is given
_FIRST_READS: Final = 5  # many cameras fail once or twice while they wake up
_PAUSE: Final = 0.25  # seconds between two attempts to open a camera again
_JOIN: Final = 0.5  # seconds that close() waits for a read to return
_MOST_PROBLEMS: Final = 100  # interruptions that are listed; a camera may run for months
_TIMEOUT: Final = 10_000  # milliseconds for an address to answer
_FINITE: Final = 1e9  # frames; OpenCV gives nonsense for the length of a live stream

Address = int | str
_Taken = tuple[npt.NDArray[np.uint8], float]


class Capture(Protocol):
    """What is needed of cv2.VideoCapture."""

    def isOpened(self) -> bool: ...  # noqa: N802, D102  # OpenCV's name
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def get(self, propId: int) -> float: ...  # noqa: N803, D102
    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803, D102
    def release(self) -> None: ...  # noqa: D102


def open_capture(address: Address) -> Capture:
    """Open a camera by its number or a stream by its address with OpenCV."""
    if isinstance(address, int):
        with log_off():
            return cv2.VideoCapture(address)
    with quiet():
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT]
        return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)


class Camera:
    """Yield the newest frame of a camera or stream, each time one is asked for; older ones are dropped.

    address: number of the camera, None for the first that gives a picture, or the address of a stream.
    mirrored: the camera shows a mirror image; its frames are turned back.
    size: width and height to ask the camera for, in pixels. reopen_for: seconds to try again after it was unplugged.
    open_capture: opens an address as something like cv2.VideoCapture that gives BGR.

    Frame times are seconds since the first picture by the monotonic clock, also over an interruption. A stream of
    known length is played at its own pace and ends.
    address: the one found. size: width and height of the newest picture. dropped: how many pictures were not given.
    rate, duration, frame_count: None. problems: interruptions, one line each.
    SourceError, also while iterating, when there is no picture (any more). Close it, or use it in a with statement.
    """

    live = True
    rate: float | None = None
    duration: float | None = None
    frame_count: int | None = None

    def __init__(
        self,
        address: Address | None = None,
        *,
        mirrored: bool = False,
        size: tuple[int, int] | None = None,
        reopen_for: float = 10.0,
        open_capture: Callable[[Address], Capture] = open_capture,
    ) -> None:
        if isinstance(address, int) and address < 0:
            raise ValueError(f"the number of a camera is 0 or more, not {address}")
        self.mirrored = mirrored
        self.dropped = 0
        self.problems: list[str] = []
        self._open = open_capture
        self._asked_size = size
        self._reopen_for = reopen_for
        self._index = 0
        self._last_time = -1.0
        self._newest: _Taken | None = None
        self._over = False
        self._error: str | None = None
        self._closing = threading.Event()
        self._changed = threading.Condition()
        # Opened here and not in the thread: macOS asks for permission on the main thread alone.
        self.address, capture, first = self._first_that_works(address)
        self.size: tuple[int, int] = (first.shape[1], first.shape[0])
        self._began = self._opened_at = time.monotonic()
        self._offer(first, self._began)
        self._thread = threading.Thread(target=self._grab, args=(capture,), name="posknn camera", daemon=True)
        self._thread.start()
        # A thread inside OpenCV when the interpreter ends takes the whole program down with it.
        atexit.register(self.close)

    def __iter__(self) -> Iterator[Frame]:
        """Yield a frame newer than the last one given, for as long as there are any."""
        while (taken := self._take()) is not None:
            image, captured = taken
            self.size = (image.shape[1], image.shape[0])
            seconds = max(captured - self._began, self._last_time + 1e-6)  # some clocks tick slowly
            self._last_time = seconds
            upright = cv2.cvtColor(image[:, ::-1] if self.mirrored else image, cv2.COLOR_BGR2RGB)
            index = self._index
            self._index += 1
            yield Frame(upright.astype(np.uint8, copy=False), seconds, index, captured)

    @property
    def name(self) -> str:
        """The address for people's eyes and for files, without passwords and tokens."""
        return _shown(self.address).partition("?")[0]

    def close(self) -> None:
        """Stop grabbing and release the camera; a second call does nothing."""
        if self._closing.is_set():
            return
        atexit.unregister(self.close)
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        # A read that hangs is left to end in its own time; the thread then releases the camera.
        self._thread.join(_JOIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> _Taken | None:
        """Wait for the newest picture; None at the end. SourceError when the camera is gone."""
        with self._changed:
            while self._newest is None and not self._over and not self._closing.is_set():
                self._changed.wait(0.5)  # with a limit, so that Ctrl-C is heard on every system
            if self._closing.is_set():
                return None
            taken, self._newest = self._newest, None
        if taken is None and self._error:
            raise SourceError(self._error)
        return taken

    def _offer(self, image: npt.NDArray[np.uint8], captured: float) -> None:
        with self._changed:
            self.dropped += self._newest is not None
            self._newest = image, captured
            self._changed.notify_all()

    def _first_that_works(self, address: Address | None) -> tuple[Address, Capture, npt.NDArray[np.uint8]]:
        for tried in _TRIED if address is None else (address,):
            opened = self._opened(tried)
            if opened is not None:
                return tried, *opened
        if isinstance(address, str):
            raise SourceError(f"no picture from {_shown(address)}: check the address and that it can be reached")
        which = f"cameras {_TRIED[0]} to {_TRIED[-1]}" if address is None else _shown(address)
        raise SourceError(f"no picture from {which}: connect a camera, give another number, or a video file")

    def _opened(self, address: Address) -> tuple[Capture, npt.NDArray[np.uint8]] | None:
        """Return an open capture and its first picture; None when there is none."""
        capture = self._open(address)
        if capture.isOpened():
            if self._asked_size:
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._asked_size[0])
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._asked_size[1])
            for _ in range(_FIRST_READS):
                with log_off():
                    image = _read(capture)
                if image is not None:
                    return capture, image
        capture.release()
        return None

    def _grab(self, capture: Capture) -> None:
        """Read picture after picture until the end; the body of the thread, which owns the capture."""
        current: Capture | None = capture
        length = capture.get(cv2.CAP_PROP_FRAME_COUNT) if isinstance(self.address, str) else 0.0
        try:
            while current is not None and not self._closing.is_set():
                image = _read(current)
                if image is not None:
                    if 0 < length < _FINITE:
                        self._closing.wait(self._early(current))
                    self._offer(image, time.monotonic())
                elif 0 < length < _FINITE:
                    self._compare(current.get(cv2.CAP_PROP_POS_FRAMES), length)
                    break
                else:
                    current.release()
                    current = self._reopened()
        except Exception as error:  # told to whoever iterates: nobody sees the end of a thread
            self._error = f"{_shown(self.address)} failed: {' '.join(str(error).split())}"
        finally:
            if current is not None:
                current.release()
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _compare(self, position: float, length: float) -> None:
        if position + 2 < length:
            self.problems.append(f"ended after {position:.0f} of {length:.0f} frames")

    def _early(self, capture: Capture) -> float:
        """Return for how many seconds the picture just read from a stream of known length is not yet due."""
        due = self._began + capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return max(0.0, min(due - time.monotonic(), 10.0))

    def _reopened(self) -> Capture | None:
        """Return the capture after an interruption; None when it does not come back in time."""
        gone = time.monotonic()
        if gone - self._opened_at < 1:  # a camera that comes and goes must not keep the machine busy
            self._closing.wait(_PAUSE)
        while not self._closing.is_set():
            opened = self._opened(self.address)
            now = time.monotonic()
            if opened is not None:
                capture, image = opened
                self._opened_at = now
                if len(self.problems) < _MOST_PROBLEMS:
                    span = f"{gone - self._began:.1f} s to {now - self._began:.1f} s"
                    self.problems.append(f"no pictures from {span}: the camera was gone and came back")
                self._offer(image, now)
                return capture
            if now - gone + _PAUSE > self._reopen_for:
                self._error = (
                    f"no picture from {_shown(self.address)} since {gone - self._began:.1f} s, "
                    f"tried for {self._reopen_for:g} s: is it still connected?"
                )
                return None
            self._closing.wait(_PAUSE)
        return None


def _shown(address: Address) -> str:
    """Return an address for people's eyes, without the password that may be in it."""
    return f"camera {address}" if isinstance(address, int) else re.sub(r"//[^/@]*@", "//", address)


def _read(capture: Capture) -> npt.NDArray[np.uint8] | None:
    """Return the next picture, None when there is none now."""
    try:
        ok, image = capture.read()
    except cv2.error:
        return None
    return image if ok and image is not None and image.size else None
