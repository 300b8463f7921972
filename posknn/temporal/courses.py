"""Courses of a pose through time, evenly sampled and reduced to what matters for a gesture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.values import Label

__all__ = ["RATE", "Course", "Gauge", "GestureTake"]

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

RATE: Final = 12.0
"""Samples a second in which takes and stream are compared."""
_QUIET: Final = 0.2
"""Embedding units a second; slower is standing still."""
_STILL: Final = 0.15
_ELSEWHERE: Final = 0.4
_DIRECTIONS: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class GestureTake:
    """A gesture shown once.

    times: (n,) seconds. vectors: (n, D) float32, the embedded poses, NaN where not known. mirrored: whether it is the
    mirror image of a take, the gesture with the other hand, which is looked for apart. source: where it was shown, in
    a few words, to name it in errors.
    """

    label: Label
    times: Doubles
    vectors: Floats
    mirrored: bool = False
    source: str = ""


class Course:
    """Samples one person's vectors evenly as they come.

    fresh: whether the last sample began a new course, because nobody was there for longer than `away` seconds or the
    clock began anew. A number that is not known stays as it was last, 0 before that.
    """

    def __init__(self, away: float) -> None:
        self._away = away
        self._last: tuple[float, Doubles] | None = None
        self._samples: list[Doubles] = []  # the last two
        self._due = 0.0
        self.fresh = False

    def __call__(
        self, vector: npt.NDArray[np.floating], time: float
    ) -> Iterator[tuple[tuple[Doubles, Doubles], float]]:
        """Yield place and change since the sample before (D,), and time, of each sample that has come due."""
        before = self._last
        known = np.where(np.isnan(vector), 0.0 if before is None else before[1], vector)
        self._last = time, known
        if before is None or not 0 < time - before[0] <= self._away:
            self._due, self._samples, self.fresh = time + 1 / RATE, [known, known], True
            yield (known, np.zeros(len(known))), time
            return
        self.fresh = False
        while self._due <= time + 1e-9:
            share = (self._due - before[0]) / (time - before[0])
            place = before[1] + share * (known - before[1])
            change = (place - self._samples[0]) / 2  # over two samples: half the noise of the tracker
            self._samples = [self._samples[1], place]
            yield (place, change), self._due
            self._due += 1 / RATE


class Gauge:
    """Measures courses as one gesture needs it; learnt from its takes.

    Where a number moves in the takes its place counts, as much as it moves; how fast numbers change counts too, also
    elsewhere, though less: who waves keeps the other arm still. All that along the few directions in which the takes
    differ from moment to moment, and as one number how far away from those.
    """

    def __init__(self, takes: Sequence[GestureTake]) -> None:
        self.courses = [_moving(take) for take in takes]
        motion = np.mean([places.std(axis=0) for places, _ in self.courses], axis=0)
        moving = motion / motion.max()
        self._places = np.where(moving >= _STILL, moving, 0.0)
        changing = np.maximum(self._places, _ELSEWHERE)
        speed = np.mean([(changes * changing).var(axis=0).sum() for _, changes in self.courses])
        spread = np.mean([(places * self._places).var(axis=0).sum() for places, _ in self.courses])
        self._changes = changing * np.sqrt(spread / speed)
        rows = np.concatenate([self._features(*course) for course in self.courses])
        self._middle = rows.mean(axis=0)
        self._directions = np.linalg.svd(rows - self._middle, full_matrices=False)[2][:_DIRECTIONS].T

    @property
    def width(self) -> int:
        """The numbers of a gauged sample."""
        return int(self._directions.shape[1]) + 1

    def __call__(self, course: tuple[Doubles, Doubles]) -> Doubles:
        """Gauge places and changes (n, D): (n, width)."""
        apart = self._features(*course) - self._middle
        along = apart @ self._directions
        aside = np.sqrt(np.maximum((apart**2).sum(axis=-1) - (along**2).sum(axis=-1), 0.0))
        return np.concatenate([along, aside[..., None]], axis=-1)

    def one(self, place: Doubles, change: Doubles) -> Doubles:
        """Gauge one sample (D,): (width,)."""
        return self((place, change))

    def _features(self, places: Doubles, changes: Doubles) -> Doubles:
        return np.concatenate([places * self._places, changes * self._changes], axis=-1)


def _moving(take: GestureTake) -> tuple[Doubles, Doubles]:
    """Return places and changes (n, D) of a take, without the stillness before and after."""
    course = Course(np.inf)
    samples = [
        sample for vector, time in zip(take.vectors, take.times, strict=True) for sample, _ in course(vector, time)
    ]
    places = np.array([place for place, _ in samples])
    changes = np.array([change for _, change in samples])
    speed = np.linalg.norm(changes, axis=1) if len(samples) else np.zeros(1)
    if len(samples) < 4 or speed.max() < _QUIET / RATE:
        where = f" ({take.source})" if take.source else ""
        raise ValueError(f"nothing moves in a take of {take.label!r}{where}: show the gesture from beginning to end")
    moves = np.flatnonzero(speed > 0.1 * speed.max())
    kept = slice(max(moves[0] - 1, 0), moves[-1] + 1)
    return places[kept], changes[kept]
