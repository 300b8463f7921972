"""Turns the nearest examples into labels with confidences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from posknn.classification.examples import Snapshot
from posknn.values import Label, Neighbor, Prediction

__all__ = ["Predictions", "vote"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Predictions(Sequence[Prediction]):
    """What a classifier says of many things: a sequence in which each Prediction is made when it is asked for.

    For all of them at once, n things and C classes in order of first teaching:
    class_indices: (n,) int64 the class that won, whatever it is worth where `known` is False.
    known: (n,) False where the thing is like nothing taught.
    shares: (n, C) float64, by class index; cleared classes included, at 0.
    examples, distances: (n, k) ids and distances of the neighbours, nearest first; those at infinite distance have no
    say.
    """

    def __init__(self, snapshot: Snapshot, rows: Ints, distances: Doubles, votes: Doubles) -> None:
        total = votes.sum(axis=1)
        self._snapshot = snapshot
        self._rows = rows
        self.distances = distances
        self.known = total > 0
        self.shares = votes / np.where(self.known, total, 1.0)[:, None]
        order = np.array(snapshot.order, np.int64)
        self.class_indices = order[self.shares[:, order].argmax(axis=1)]  # the first of equals

    @property
    def examples(self) -> Ints:
        """The ids of the neighbours: (n, k)."""
        return self._snapshot.ids[self._rows]

    @property
    def labels(self) -> list[Label | None]:
        """The n labels; None for a thing like nothing taught."""
        names = self._snapshot.labels
        pairs = zip(self.class_indices.tolist(), self.known.tolist(), strict=True)
        return [names[index] if known else None for index, known in pairs]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Prediction: ...

    @overload
    def __getitem__(self, place: slice) -> list[Prediction]: ...

    def __getitem__(self, place: int | slice) -> Prediction | list[Prediction]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        snapshot = self._snapshot
        indices = sorted(snapshot.order)
        shares = self.shares[place].tolist()
        by_index = {index: shares[index] for index in indices}
        by_label = {snapshot.labels[index]: shares[index] for index in indices}
        if not self.known[place]:
            return Prediction(None, by_label, confidences=by_index)
        winner = int(self.class_indices[place])
        rows = self._rows[place]
        neighbors = tuple(
            Neighbor(example, snapshot.labels[index], distance, *snapshot.origins.get(example, (None, None)))
            for example, index, distance in zip(
                snapshot.ids[rows].tolist(),
                snapshot.classes[rows].tolist(),
                self.distances[place].tolist(),
                strict=True,
            )
            if distance < np.inf
        )
        return Prediction(snapshot.labels[winner], by_label, neighbors[0].distance, None, neighbors, winner, by_index)


def vote(snapshot: Snapshot, rows: Ints, distances: Doubles, weights: str, *, balanced: bool) -> Predictions:
    """Return what the nearest rows (n, k), nearest first, at their distances (n, k) say together.

    Rows at infinite distance have no vote; equal votes go to the class that comes first. balanced: each vote is
    divided by the number of examples of its class.
    """
    classes = snapshot.classes[rows]
    votes = _weigh(distances, weights)
    if balanced:
        votes /= np.array(snapshot.counts, np.float64)[classes]
    n, kinds = len(rows), len(snapshot.labels)
    places = classes + kinds * np.arange(n)[:, None]
    sums: Doubles = np.bincount(places.ravel(), votes.ravel(), n * kinds).astype(np.float64).reshape(n, kinds)
    return Predictions(snapshot, rows, distances, sums)


def _weigh(distances: Doubles, weights: str) -> Doubles:
    """Return one weight per neighbour (n, k); neighbours at distance 0 outvote all others."""
    comparable = np.isfinite(distances)
    if weights == "uniform":
        return comparable.astype(np.float64)
    same = distances <= 0
    far = np.where(comparable & ~same, distances, np.inf)
    nearest = far.min(axis=1, keepdims=True)
    nearest[~np.isfinite(nearest)] = 1.0
    return np.where(same.any(axis=1, keepdims=True), same.astype(np.float64), nearest / far)
