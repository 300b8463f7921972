"""Holds the examples as they stood at one moment: all that one query needs, and nothing that will change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posknn.classification.rows import Matrix
from posknn.classification.state import KNNState
from posknn.values import Label

__all__ = ["Snapshot"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything one query needs, as it stood at one moment.

    table: (n,), for each row the example's id, its class index, the length that its vector was divided by, and where it
    was taught: the seconds, NaN where not known, and the number of the recording, whose name is in `recordings`.
    labels: by class index, those without rows included. counts: rows by class index.
    order: class indices with rows, in the order that breaks ties. ranks: (number of labels,) place in that order.
    """

    matrix: Matrix
    table: npt.NDArray[np.void]
    recordings: Sequence[str | None]
    labels: tuple[Label, ...]
    counts: tuple[int, ...]
    order: tuple[int, ...]
    ranks: Ints

    def __len__(self) -> int:
        return len(self.table)

    @property
    def ids(self) -> Ints:
        """The ids of the examples, rising: (n,)."""
        ids: Ints = self.table["id"]
        return ids

    @property
    def classes(self) -> Ints:
        """The class index of each row: (n,)."""
        classes: Ints = self.table["class"]
        return classes

    def ranked(self, rows: Ints) -> Ints:
        """Return the ranks of the classes of some rows (c,)."""
        return self.ranks[self.classes[rows]]

    def told(self, rows: Ints) -> list[tuple[int, int, float, int, float]]:
        """Return id, class index, time, number of the recording and length of some rows (c,)."""
        told: list[tuple[int, int, float, int, float]] = self.table.take(rows).tolist()
        return told

    def state(self, rows: Floats, *, next_id: int, k: int, metric: str, weights: str, balanced: bool) -> KNNState:
        """Return all of a classifier with these examples, as values. rows: their vectors, or none of them (0, 0)."""
        return KNNState(
            k=k,
            metric=metric,
            weights=weights,
            rows=rows,
            lengths=self.table["length"].copy(),
            ids=self.table["id"].copy(),
            next_id=next_id,
            classes=self.table["class"].copy(),
            labels=self.labels,
            order=self.order,
            recordings=tuple(self.recordings[number] for number in self.table["recording"].tolist()),
            times=self.table["time"].copy(),
            balanced=balanced,
        )
