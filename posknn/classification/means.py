"""Says how near labels come: with their nearest example, or with the mean of their nearest few."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.search import nearest, nearest_many
from posknn.classification.snapshot import Snapshot

__all__ = ["METRICS_WITH_MEANS", "nearest_mean", "weigh_by_means", "weigh_many_by_means"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METRICS_WITH_MEANS: Final = ("euclidean", "nan_euclidean")

_LOOKED_AT: Final = 8
_POWER: Final = 5
_BLOCK: Final = 256


def weigh_by_means(snapshot: Snapshot, variants: Floats, rows: Ints, distances: Doubles, metric: str) -> Doubles:
    """Return what the neighbours of one thing (V, D) weigh: (k,), the first of each label for all of its label.

    rows, distances: (k,), the nearest rows, nearest first. A label comes as near as its `nearest_mean` of up to k
    examples, those among the 8 k nearest of all. It weighs 1 / distance to the fifth, so that shares are about as
    decided as those of five neighbours with a vote each.
    """
    if _of_one_mind(snapshot, rows[None])[0]:
        return np.isfinite(distances).astype(np.float64)
    among, _ = nearest(snapshot.matrix, variants, _looked_at(snapshot, len(rows)), metric, snapshot.ranked)
    return _weights(snapshot, variants, rows, distances, among)


def weigh_many_by_means(snapshot: Snapshot, things: Floats, rows: Ints, distances: Doubles, metric: str) -> Doubles:
    """Return what `weigh_by_means` says of each of many things (n, V, D), with neighbours (n, k): (n, k)."""
    weights = np.isfinite(distances).astype(np.float64)
    mixed = np.flatnonzero(~_of_one_mind(snapshot, rows))
    for start in range(0, len(mixed), _BLOCK):
        block = mixed[start : start + _BLOCK]
        few = _looked_at(snapshot, rows.shape[1])
        among, _ = nearest_many(snapshot.matrix, things[block], few, metric, snapshot.ranked)
        for place, near in zip(block.tolist(), among, strict=True):
            weights[place] = _weights(snapshot, things[place], rows[place], distances[place], near)
    return weights


def _of_one_mind(snapshot: Snapshot, rows: Ints) -> npt.NDArray[np.bool_]:
    """Say whose neighbours (n, k) have one label; then it does not matter how much each weighs."""
    classes = snapshot.classes[rows]
    return np.asarray((classes == classes[:, :1]).all(axis=1))


def _looked_at(snapshot: Snapshot, k: int) -> int:
    return min(_LOOKED_AT * k, len(snapshot))


def _weights(snapshot: Snapshot, variants: Floats, rows: Ints, distances: Doubles, among: Ints) -> Doubles:
    """Return what neighbours of several labels weigh: (k,). among: rows (c,), the nearest of all."""
    classes = snapshot.classes[rows].tolist()
    first = {kind: place for place, kind in reversed(list(enumerate(classes))) if distances[place] < np.inf}
    weights = np.zeros(len(rows))
    if not first:
        return weights
    kinds = snapshot.classes[among]
    gaps = variants[:, None].astype(np.float64) - snapshot.matrix.take(among)
    there = snapshot.matrix.mask(among)
    if there is not None and not there.all():
        gaps[:, ~there] = np.nan
    squares = np.array([nearest_mean(gaps[:, kinds == kind], len(rows)).min() for kind in first])
    least = squares.min()
    weights[list(first.values())] = squares <= 0 if least <= 0 else (least / squares) ** (_POWER / 2)
    return weights


def nearest_mean(gaps: Doubles, most: int) -> Doubles:
    """Return the squared distance of things from the nearest mean of examples: (n,), infinite without a common number.

    gaps: (n, c, D), from each thing to c examples of one label, NaN where missing. Looked at are the nearest example
    and the means of the nearest two, three and so on up to `most`: what people and the tracker's noise differ in
    averages out, and what lies amid examples of one label belongs to it. After Mitani and Hamamoto, A local mean-based
    nonparametric classifier, Pattern Recognition Letters 27, 2006.
    """
    if gaps.shape[1] > 1:
        order = np.argsort(_squares(gaps), axis=1, kind="stable")[:, :most]
        gaps = gaps[np.arange(len(gaps))[:, None], order]
    missing = np.isnan(gaps)
    if missing.any():
        counts = np.cumsum(~missing, axis=1)
        means = np.cumsum(np.where(missing, 0.0, gaps), axis=1)
        means /= np.maximum(counts, 1)
        means[counts == 0] = np.nan
    else:
        means = np.cumsum(gaps, axis=1)
        means /= np.arange(1, gaps.shape[1] + 1)[:, None]
    return np.asarray(_squares(means).min(axis=1))


def _squares(gaps: Doubles) -> Doubles:
    """Return the squared lengths of gaps (n, c, D), scaled up for what is missing: (n, c), infinite where all is."""
    squares = np.einsum("ncd,ncd->nc", gaps, gaps)
    if np.isnan(squares).any():
        missing = np.isnan(gaps)
        shared = gaps.shape[2] - missing.sum(axis=2)
        squares = np.where(missing, 0.0, gaps * gaps).sum(axis=2) * (gaps.shape[2] / np.maximum(shared, 1))
        squares[shared == 0] = np.inf
    return np.asarray(squares)
