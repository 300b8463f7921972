"""The video that segments and poses are of, for files that name it or count its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Clip"]

_ROUNDING = 0.001
"""Seconds by which a time that went through a file may be off."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recorded video, without its pictures.

    name: of its file. times: (n,) float64, seconds at which its frames are shown, increasing; 0 is where it begins.
    size: width and height in pixels; None when not known. made_by: what made the labels, model and version in a word.
    ValueError for times that do not increase.
    """

    name: str
    times: npt.NDArray[np.float64]
    size: tuple[int, int] | None = None
    made_by: str = "posknn"

    def __post_init__(self) -> None:
        times = np.array(self.times, np.float64)
        if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise ValueError("the times of a clip are finite seconds that increase, one for each frame")
        times.flags.writeable = False
        object.__setattr__(self, "times", times)

    @property
    def step(self) -> float:
        """The usual time from frame to frame, seconds: the median; a thirtieth for a single frame."""
        steps = np.sort(np.diff(self.times))
        return float(steps[len(steps) // 2]) if len(steps) else 1 / 30

    @property
    def rate(self) -> float:
        """Frames a second on average."""
        return (len(self.times) - 1) / float(self.times[-1] - self.times[0]) if len(self.times) > 1 else 1 / self.step

    @property
    def duration(self) -> float:
        """Seconds from 0 to the end of the last frame, which lasts as long as is usual; 0 without frames."""
        return float(self.times[-1]) + self.step if len(self.times) else 0.0

    def frames(self, start: float, end: float) -> tuple[int, int]:
        """Return the first and the last frame that begin within start and end, seconds; the nearest when none does."""
        first, after = np.searchsorted(self.times, (start - _ROUNDING, end - _ROUNDING))
        last = max(int(after) - 1, int(first))
        most = max(len(self.times) - 1, 0)
        return min(int(first), most), min(last, most)

    def span(self, first: int, last: int) -> tuple[float, float]:
        """Return when frame `first` begins and frame `last` ends, seconds. ValueError for frames that are not there."""
        if not 0 <= first <= last < len(self.times):
            raise ValueError(f"{self.name} has {len(self.times)} frames")
        ends: Sequence[float] = [*self.times[1:].tolist(), self.duration]
        return float(self.times[first]), ends[last]
