"""Asks examples, as they stood at one moment, about one thing or many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posknn.classification.means import weigh_by_means, weigh_many_by_means
from posknn.classification.search import Metric, Sight, nearest_many
from posknn.classification.snapshot import Snapshot
from posknn.classification.vectors import ready_to_ask
from posknn.classification.voting import Predictions, unlike_anything, vote, vote_many
from posknn.values import Prediction

__all__ = ["Rules", "ask_many", "ask_one"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rules:
    """How distances are measured and votes counted; see KNNClassifier."""

    metric: Metric
    weights: str
    balanced: bool


def ask_one(snapshot: Snapshot, k: int, rules: Rules, variants: Floats) -> Prediction:
    """Name one thing seen in several ways (V, D) by its k nearest examples."""
    variants, usable = ready_to_ask(variants, rules.metric)
    if not any(usable):
        return unlike_anything(snapshot)
    if not all(usable):
        variants = variants[usable]
    sight = Sight(snapshot.matrix, variants, rules.metric)
    rows, distances = sight.nearest(k, snapshot.ranked)
    weights: str | Doubles = rules.weights
    if weights == "means":
        weights = weigh_by_means(snapshot, sight, variants, rows, distances)
    return vote(snapshot, rows, distances, weights, balanced=rules.balanced)


def ask_many(snapshot: Snapshot, k: int, rules: Rules, things: Floats) -> Predictions:
    """Return what `ask_one` says of each of many things (n, V, D)."""
    n, ways, width = things.shape
    rows, distances = np.zeros((n, k), np.int64), np.full((n, k), np.inf)
    if n:
        flat, flags = ready_to_ask(things.reshape(n * ways, width), rules.metric)
        things, usable = flat.reshape(n, ways, width), np.array(flags).reshape(n, ways)
        if not usable.all():  # what cannot be compared becomes a copy of what can
            chosen = np.where(usable, np.arange(ways), usable.argmax(axis=1)[:, None])
            things = np.take_along_axis(things, chosen[:, :, None], axis=1)
        some = usable.any(axis=1)
        if some.any():
            asked = things if some.all() else things[some]
            rows[some], distances[some] = nearest_many(snapshot.matrix, asked, k, rules.metric, snapshot.ranked)
    weights: str | Doubles = rules.weights
    if weights == "means":
        weights = weigh_many_by_means(snapshot, things, rows, distances, str(rules.metric))
    return vote_many(snapshot, rows, distances, weights, balanced=rules.balanced)
