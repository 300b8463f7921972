"""Asks about examples while their recording is left out: what a classifier would say of people it has not met."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.discriminants import learn_discriminants
from posknn.classification.knn import KNNClassifier, Weights

__all__ = ["LeftOut", "folds_of", "in_a_row", "leave_out", "macro_f1", "neighbors_that_vote"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FOLDS: Final = 5
_EXAMPLES_PER_VOTE: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """What was said of examples that were left out. shares: (m, C) of the votes. classes: (m,) what they are."""

    shares: Doubles
    classes: Ints


def neighbors_that_vote(k: int, counts: Iterable[int]) -> int:
    """Return how many neighbours vote among labels with so many examples each."""
    return max(1, min(k, min(counts, default=0) // _EXAMPLES_PER_VOTE))


def folds_of(classes: Ints, groups: Ints) -> tuple[Ints, bool]:
    """Return the fold of each example (n,) and whether folds keep groups together.

    They do when every class comes from several groups. Otherwise each class of each group is cut into stretches of
    time, the order of teaching: neighbouring frames are near copies of each other, so no fold may be drawn by chance.
    """
    pairs = np.unique(np.column_stack([classes, groups]), axis=0)
    if np.bincount(pairs[:, 0])[np.unique(classes)].min() > 1:
        names, sizes = np.unique(groups, return_counts=True)
        load = np.zeros(min(_FOLDS, len(names)))
        fold_of_group: dict[int, int] = {}
        for group in np.argsort(-sizes, kind="stable").tolist():
            fold_of_group[int(names[group])] = fold = int(load.argmin())
            load[fold] += sizes[group]
        return np.array([fold_of_group[group] for group in groups.tolist()], np.int64), True
    folds = np.zeros(len(classes), np.int64)
    for kind, group in pairs.tolist():
        own = np.flatnonzero((classes == kind) & (groups == group))
        folds[own] = np.arange(len(own)) * _FOLDS // len(own)
    return folds, False


def leave_out(
    ways: Floats, classes: Ints, groups: Ints, folds: Ints, *, k: int, weights: Weights, learnt: bool
) -> LeftOut:
    """Ask about each example with its fold left out. ways: (n, V, D), each example seen in V ways, NaN where missing.

    learnt: with discriminants that are learnt without the fold, too.
    """
    kinds = np.unique(classes)
    shares, asked = [], []
    for fold in np.unique(folds):
        known, left = folds != fold, np.flatnonzero(folds == fold)
        if not known.any():
            continue
        embed = _embedding_from(ways[known], classes[known], groups[known]) if learnt else _as_it_is
        knn = KNNClassifier(k, metric="nan_euclidean", weights=weights)
        knn.add_examples(embed(ways[known, 0]), classes[known].tolist())
        answers = knn.classify_many_variants(
            np.stack([embed(ways[left, way]) for way in range(ways.shape[1])], axis=1),
            neighbors_that_vote(k, knn.get_count().values()),
        )
        table = np.zeros((len(left), len(kinds)))
        table[:, np.searchsorted(kinds, np.array(knn.labels, np.int64))] = answers.shares
        shares.append(table)
        asked.append(classes[left])
    if not shares:
        return LeftOut(np.empty((0, len(kinds))), np.empty(0, np.int64))
    return LeftOut(np.concatenate(shares), np.searchsorted(kinds, np.concatenate(asked)))


def in_a_row(ways: Floats) -> Floats:
    """Return examples (n, V, D) one way after the other: (V * n, D)."""
    return ways.transpose(1, 0, 2).reshape(-1, ways.shape[2])


def macro_f1(answers: LeftOut) -> float:
    """Return the mean over classes of F1, of those asked for."""
    said = answers.shares.argmax(axis=1)
    scores = []
    for kind in np.unique(answers.classes):
        right = np.sum((said == kind) & (answers.classes == kind))
        scores.append(2 * right / (np.sum(said == kind) + np.sum(answers.classes == kind)))
    return float(np.mean(scores)) if scores else 0.0


def _as_it_is(vectors: Floats) -> Floats:
    return vectors


def _embedding_from(ways: Floats, classes: Ints, groups: Ints) -> Callable[[Floats], Floats]:
    several = ways.shape[1]
    discriminants = learn_discriminants(in_a_row(ways), np.tile(classes, several), np.tile(groups, several))
    if discriminants is None:
        return _as_it_is
    return lambda vectors: np.concatenate([vectors, discriminants(vectors)], axis=1)
