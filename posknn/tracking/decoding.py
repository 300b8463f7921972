"""What the two decoders of video files have in common: facts, a clock that only goes forward, a log of damage."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from posknn.errors import SourceError

__all__ = ["Clock", "Damage", "Picture", "VideoFacts", "over_grey", "square_width", "unreadable"]

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, upright."""

_GREY = 128
_BACK = 1.0  # seconds; a lesser step back is a repeated or swapped timestamp, a greater one a clock set anew


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video file says of itself, as far as it can be believed.

    size: width and height of the upright picture in pixels. duration: seconds, rate: frames a second on average,
    frame_count: a guess; each None when not known.
    origin: the timestamp in the file, in seconds, that is time 0. time_base: seconds of one unit of the timestamps of
    the pictures; None where the decoder does not tell.
    """

    size: tuple[int, int]
    duration: float | None = None
    rate: float | None = None
    frame_count: int | None = None
    origin: Fraction = Fraction(0)
    time_base: Fraction | None = None

    @property
    def step(self) -> float:
        """The nominal time from frame to frame in seconds."""
        return 1 / self.rate if self.rate else 1 / 30


class Clock:
    """Make timestamps strictly increasing: called with each time in turn, None where it is missing.

    step: nominal time from frame to frame. All in seconds. A missing time becomes the next step, a repeated one
    a small part of it; after a clock was set back by more than a second time goes on from where it was.
    """

    def __init__(self, step: float) -> None:
        self._step = step
        self._last: float | None = None
        self._shift = 0.0

    def __call__(self, time: float | None) -> float:
        """Return the time to give to the frame."""
        last = self._last
        if last is None:
            now = max(0.0, time or 0.0)
        elif time is None:
            now = last + self._step
        else:
            now = self._forward(time, last)
        self._last = now
        return now

    def _forward(self, time: float, last: float) -> float:
        if time > last:
            self._shift = 0.0
        now = time + self._shift
        if now <= last - _BACK:
            now = last + self._step
            self._shift = now - time
        elif now <= last:
            now = last + self._step / 16
        return now


class Damage:
    """Put what is wrong with a file into `problems`, one line for each stretch of damage and none twice."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems
        self._last: float | None = None

    def at(self, time: float, reason: str) -> None:
        """Note damage at `time` seconds; what lies within a second of the last note belongs to it."""
        if self._last is None or abs(time - self._last) > 1.0:
            self.note(f"damaged at {time:.1f} s: {reason}")
        self._last = time

    def note(self, problem: str) -> None:
        """Note a problem in the caller's words."""
        if problem not in self._problems:
            self._problems.append(problem)


def over_grey(image: Picture, alpha: npt.NDArray[np.uint8]) -> Picture:
    """Lay a picture over neutral grey, so that what its transparent parts hide stays hidden.

    image: (H, W, 3) uint8. alpha: (H, W) uint8, 255 where the picture covers.
    """
    if alpha.min() == 255:
        return image
    share = alpha[:, :, None].astype(np.uint16)
    mixed = (image * share + _GREY * (255 - share) + 127) // 255
    return mixed.astype(np.uint8)


def square_width(width: int, pixel_aspect: float | None) -> int:
    """Return the width in square pixels of a picture whose pixels are `pixel_aspect` times as wide as high.

    A pose is measured in image heights, so a picture shown squeezed gives squeezed people.
    """
    if pixel_aspect is None or not 0.25 <= pixel_aspect <= 4 or abs(pixel_aspect - 1) < 0.01:
        return width
    return max(1, round(width * pixel_aspect))


def unreadable(path: object, reason: str) -> SourceError:
    """Return the error for a video that cannot be read."""
    return SourceError(f"cannot read the video {path}: {reason}")
