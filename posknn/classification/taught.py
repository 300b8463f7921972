"""Keeps the poses that were taught as they were, beside the vectors that are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.state import KNNState
from posknn.classification.ways import Poses
from posknn.values import UNITS, Recording

__all__ = ["TaughtPoses"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_K: Final = 33


class TaughtPoses:
    """Poses by the id of their example. units: those they came in, of UNITS. Its owner sees to it that one writes."""

    def __init__(self) -> None:
        self._points: dict[int, Floats] = {}
        self.units: set[str] = set()

    def add(self, points: Floats, ids: Iterable[int], rows: Ints | None = None) -> None:
        """Keep a copy of poses (n, 33, 4), or of some rows of them, under the ids of their examples."""
        self._points.update(zip(ids, points.copy() if rows is None else points[rows], strict=False))

    def forget(self, example: int) -> None:
        """Let go of one."""
        self._points.pop(example, None)

    def keep(self, ids: Iterable[int]) -> None:
        """Let go of all but some."""
        left = set(ids)
        self._points = {example: points for example, points in self._points.items() if example in left}

    def clear(self) -> None:
        """Let go of all, and of their units."""
        self._points, self.units = {}, set()

    def of(self, ids: Ints) -> Floats:
        """Return the poses of some examples (n,), in their order: (n, 33, 4)."""
        poses = [self._points[example] for example in ids.tolist()]
        return np.stack(poses) if poses else np.empty((0, _K, 4), np.float32)

    def those(self, ids: Ints) -> Poses:
        """Return the poses of some examples (n,), gathered when they are asked for by their place among these."""
        return _Those(self, ids)

    def recording(self, knn: KNNState) -> Recording:
        """Return the poses of some examples as one recording, in heights if all of them are.

        They stand in order of teaching, and by time where several in a row come from one recording; a time not known
        becomes 0.
        """
        groups = [name or "" for name in knn.recordings]
        times = np.where(np.isfinite(knn.times), knn.times, 0.0)
        runs = np.cumsum([one != before for one, before in zip(groups, groups[:1] + groups, strict=False)])
        order = np.lexsort((times, runs))
        return Recording(
            self.of(knn.ids)[order],
            tuple(knn.labels[index] for index in knn.classes[order]),
            times=times[order],
            name="+".join(dict.fromkeys(groups)) if len(set(groups)) < 4 else "examples",
            units=next((unit for unit in UNITS[1:] if unit in self.units), "heights"),
            provenance={"groups": groups},
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Those:
    taught: TaughtPoses
    ids: Ints

    def __getitem__(self, rows: Ints, /) -> Floats:
        return self.taught.of(self.ids[rows])
