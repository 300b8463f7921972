"""Keeps OpenCV and the libraries inside it from writing to stderr while they try something that may fail."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2

from posknn.tracking.native_log import hushed

__all__ = ["log_off", "quiet"]


_FFMPEG: Final = "OPENCV_FFMPEG_LOGLEVEL"
_NOTHING: Final = "-8"


class _Level:
    """OpenCV's log level and that of the FFmpeg inside it, turned down and back, counted, so that threads may overlap.

    That FFmpeg asks the environment when a capture is opened and keeps what it is told for the process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._ffmpeg: str | None = None
        self._before = cv2.utils.logging.LOG_LEVEL_WARNING

    def begin(self) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._ffmpeg = os.environ.get(_FFMPEG)
                os.environ[_FFMPEG] = _NOTHING
                self._before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

    def end(self) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                if self._ffmpeg is None:
                    del os.environ[_FFMPEG]
                else:
                    os.environ[_FFMPEG] = self._ffmpeg
                cv2.utils.logging.setLogLevel(self._before)


_level = _Level()


@contextmanager
def log_off() -> Iterator[None]:
    """Turn OpenCV's own log off."""
    _level.begin()
    try:
        yield
    finally:
        _level.end()


@contextmanager
def quiet() -> Iterator[None]:
    """Turn OpenCV's own log off and hold back the lines of the libraries inside it, which have no switch.

    For what takes a moment: until it ends nobody's stderr is shown.
    """
    with log_off(), hushed():
        yield
