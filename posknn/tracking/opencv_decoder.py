"""Decodes video files with OpenCV, for where PyAV cannot be installed: the same pictures, a little less certainty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from posknn.tracking.decoding import Damage, Picture, VideoFacts, square_width, unreadable
from posknn.tracking.quiet import quiet

__all__ = ["facts", "moments", "pictures"]

_ATTEMPTS: Final = 16  # OpenCV says "no picture" for a damaged one and for the end alike
_LONGEST: Final = 10_000_000  # seconds; a greater duration is a damaged header
_COUNTS_FROM_ZERO: Final = (".mkv", ".webm", ".mka")


def facts(path: Path) -> VideoFacts:
    """Read what the file says of itself and the size of its first picture. SourceError when it cannot be read."""
    with _opened(path) as capture:
        rate = _rate(capture)
        image = next(_read(capture, Damage([])), None)
        if image is None:
            raise unreadable(path, "no picture in it can be decoded")
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        duration = count / rate if rate else 0.0
        if path.suffix.lower() in _COUNTS_FROM_ZERO and rate:
            duration -= capture.get(cv2.CAP_PROP_PTS) / rate
        size = image.shape[1], image.shape[0]
        if rate is None or not 0 < duration < _LONGEST:
            return VideoFacts(size, None, rate, None)
        return VideoFacts(size, duration, rate, round(duration * rate))


def moments(path: Path) -> list[float] | None:
    """Return None: OpenCV finds places in a video by a count of frames that need not be right."""
    return None


def pictures(path: Path, damage: Damage, begin: float = 0.0) -> Iterator[tuple[float | None, Picture]]:
    """Yield time in seconds since the first frame and picture of each frame that can be decoded, from `begin` on."""
    with _opened(path) as capture:
        step = 1 / (_rate(capture) or 30)
        claimed = capture.get(cv2.CAP_PROP_FRAME_COUNT) * step
        ends = 0.0
        for image in _read(capture, damage):
            time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            ends = time + step
            if time >= begin:
                yield time, image
        # OpenCV's count is the container's own except in Matroska, where it comes from the longest track.
        believable = path.suffix.lower() not in _COUNTS_FROM_ZERO and claimed < _LONGEST
        if believable and claimed - ends > max(0.2, 2.5 * step):
            damage.note(f"ends at {ends:.1f} s of {claimed:.1f} s: the file is cut off or damaged there")


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    with quiet():
        capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            reason = "it is no video with pictures, or one cut off before its index"
            raise unreadable(path, reason)
        yield capture
    finally:
        capture.release()


def _rate(capture: cv2.VideoCapture) -> float | None:
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 0 < rate < 100_000 else None


def _read(capture: cv2.VideoCapture, damage: Damage) -> Iterator[Picture]:
    """Yield picture after picture, over gaps that turn out to be damage."""
    failures, time = 0, 0.0
    aspect = _pixel_aspect(capture)
    while failures < _ATTEMPTS:
        with quiet():
            ok, image = capture.read()
        if not ok:
            failures += 1
            continue
        if failures:
            damage.at(time, "pictures are missing")
            failures = 0
        time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        yield _square(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), aspect)


def _pixel_aspect(capture: cv2.VideoCapture) -> float | None:
    """Return how many times as wide as high a pixel of the upright picture is; None when not known."""
    above, below = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    if above <= 0 or below <= 0:
        return None
    lying = capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 == 90
    return below / above if lying else above / below


def _square(image: np.ndarray, aspect: float | None) -> Picture:
    height, width = image.shape[:2]
    wide = square_width(width, aspect)
    return (image if wide == width else cv2.resize(image, (wide, height))).astype(np.uint8, copy=False)
