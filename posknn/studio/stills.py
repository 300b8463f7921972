"""Single pictures of a video as JPEG, for browsers that cannot play it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2

from posknn.errors import SourceError
from posknn.tracking.video import VideoFile
from posknn.values import Frame

__all__ = ["Stills"]

_SKIPPED = 2.0  # seconds that are sooner decoded than jumped over
_HIGHEST = 720  # pixels
_QUALITY = 80


class Stills:
    """Decodes one video at a time, going on where it was when the next picture is not far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._video: VideoFile | None = None
        self._frames: Iterator[Frame] = iter(())
        self._shown: Frame | None = None
        self._next: Frame | None = None

    def at(self, path: Path, time: float) -> bytes:
        """Return the picture that is shown at a time, seconds. SourceError when the video cannot be read."""
        with self._lock:
            near = self._shown is not None and self._shown.time - 1e-6 <= time < self._shown.time + _SKIPPED
            if self._path != path or not near:
                self._open(path, time)
            while self._next is not None and self._next.time <= time + 1e-6:
                self._shown, self._next = self._next, next(self._frames, None)
            if self._shown is None:
                raise SourceError(f"{path.name} has no picture at {time:.2f} s")
            return _jpeg(self._shown)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._release()

    def _open(self, path: Path, time: float) -> None:
        self._release()
        video = VideoFile(path)
        moments = video.moments()
        if moments:  # else it can only be read from the beginning
            begin = max((moment for moment in moments if moment <= time + 1e-6), default=0.0)
            video = VideoFile(path, begin=max(begin - 1e-6, 0.0))
        self._path, self._video, self._frames = path, video, iter(video)
        self._shown = next(self._frames, None)
        self._next = next(self._frames, None)

    def _release(self) -> None:
        if self._video is not None:
            self._video.close()
        self._path, self._video, self._frames, self._shown, self._next = None, None, iter(()), None, None


def _jpeg(frame: Frame) -> bytes:
    image = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
    if frame.height > _HIGHEST:
        size = (max(1, round(frame.width * _HIGHEST / frame.height)), _HIGHEST)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
