"""Turns the nearest examples into labels with confidences."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import overload

import numpy as np
import numpy.typing as npt

from posknn.classification.snapshot import Snapshot
from posknn.values import Label, Neighbor, Prediction

__all__ = ["Predictions", "unlike_anything", "vote", "vote_many"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Predictions(Sequence[Prediction]):
    """What a classifier says of many things: a sequence in which each Prediction is made when it is asked for.

    For all of them at once, n things and C classes in order of first teaching:
    class_indices: (n,) int64 the class that won, whatever it is worth where `known` is False.
    classes: (n, k) int64 the class of each neighbour.
    known: (n,) False where the thing is like nothing taught.
    shares: (n, C) float64, by class index; cleared classes included, at 0.
    examples, distances: (n, k) ids and distances of the neighbours, nearest first; those at infinite distance have no
    say.
    """

    def __init__(self, snapshot: Snapshot, rows: Ints, distances: Doubles, votes: Doubles) -> None:
        classes = snapshot.classes[rows]
        n, kinds = len(rows), len(snapshot.labels)
        places = classes + kinds * np.arange(n)[:, None]
        sums = np.bincount(places.ravel(), votes.ravel(), n * kinds).astype(np.float64).reshape(n, kinds)
        total = np.cumsum(votes, axis=1)[:, -1]  # one after the other, as for a single thing
        self._snapshot = snapshot
        self._rows = rows
        self.classes = classes
        self.distances = distances
        self.known = total > 0
        self.shares = sums / np.where(self.known, total, 1.0)[:, None]
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
        shares = self.shares[place].tolist()
        winner = int(self.class_indices[place]) if self.known[place] else None
        told = self._snapshot.told(self._rows[place])
        return _prediction(self._snapshot, told, self.distances[place].tolist(), shares, winner)


def vote(snapshot: Snapshot, rows: Ints, distances: Doubles, weights: str | Doubles, *, balanced: bool) -> Prediction:
    """Return what the nearest rows (k,), nearest first, at their distances (k,) say together.

    weights: "uniform", "distance", or what each weighs (k,). Rows at infinite distance have no vote; equal votes go to
    the class that comes first. balanced: each vote is divided by the number of examples of its class.
    """
    votes = [0.0] * len(snapshot.labels)
    total = 0.0
    told, far = snapshot.told(rows), distances.tolist()
    each = _weigh_one(far, weights) if isinstance(weights, str) else weights.tolist()
    for near, weight in zip(told, each, strict=True):
        index = near[1]
        share = weight / snapshot.counts[index] if balanced else weight
        votes[index] += share
        total += share
    if total == 0:
        return unlike_anything(snapshot)
    shares = [each / total for each in votes]
    winner = max(snapshot.order, key=shares.__getitem__)  # the first of equals
    return _prediction(snapshot, told, far, shares, winner)


def vote_many(
    snapshot: Snapshot, rows: Ints, distances: Doubles, weights: str | Doubles, *, balanced: bool
) -> Predictions:
    """Return what `vote` says of each of many things (n, k)."""
    votes = _weigh(distances, weights) if isinstance(weights, str) else weights
    if balanced:
        votes /= np.array(snapshot.counts, np.float64)[snapshot.classes[rows]]
    return Predictions(snapshot, rows, distances, votes)


def unlike_anything(snapshot: Snapshot) -> Prediction:
    """Return the prediction for what cannot be compared: no label, no share for any."""
    return _prediction(snapshot, [], [], [0.0] * len(snapshot.labels), None)


def _prediction(
    snapshot: Snapshot,
    told: list[tuple[int, int, float, int, float]],
    far: list[float],
    shares: list[float],
    winner: int | None,
) -> Prediction:
    """Make a prediction. shares: by class index, those of cleared classes included. winner: its class index."""
    labels, recordings = snapshot.labels, snapshot.recordings
    if len(snapshot.order) == len(labels):
        by_index, by_label = dict(enumerate(shares)), dict(zip(labels, shares, strict=True))
    else:
        indices = sorted(snapshot.order)
        by_index = {index: shares[index] for index in indices}
        by_label = {labels[index]: shares[index] for index in indices}
    if winner is None:
        return Prediction(None, by_label, confidences=by_index)
    neighbors = tuple(
        [
            Neighbor(example, labels[index], distance, recordings[number], time if time == time else None)  # noqa: PLR0124  # not NaN
            for (example, index, time, number, _), distance in zip(told, far, strict=True)
            if distance < inf
        ]
    )
    return Prediction(labels[winner], by_label, neighbors[0].distance, None, neighbors, winner, by_index)


def _weigh_one(far: list[float], weights: str) -> list[float]:
    """Return what `_weigh` says of the neighbours of one thing, nearest first; quicker than by arrays."""
    if weights == "uniform":
        return [1.0 if distance < inf else 0.0 for distance in far]
    if far[0] <= 0:
        return [1.0 if distance <= 0 else 0.0 for distance in far]
    return [far[0] / distance if distance < inf else 0.0 for distance in far]


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
