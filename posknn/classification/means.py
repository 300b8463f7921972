"""Says how near labels come: with their nearest example, or with the mean of their nearest few."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.search import Sight
from posknn.classification.snapshot import Snapshot

__all__ = ["METRICS_WITH_MEANS", "nearest_mean", "weigh_by_means", "weigh_many_by_means"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

METRICS_WITH_MEANS: Final = ("euclidean", "nan_euclidean")

_LOOKED_AT: Final = 8
_POWER: Final = 5


def weigh_by_means(snapshot: Snapshot, sight: Sight, variants: Floats, rows: Ints, distances: Doubles) -> Doubles:
    """Return what the neighbours of one thing (V, D) weigh: (k,), the first of each label for all of its label.

    rows, distances: (k,), the nearest rows, nearest first. A label comes as near as its `nearest_mean` of up to k
    examples, those among the 8 k nearest of all. It weighs 1 / distance to the fifth, so that shares are about as
    decided as those of five neighbours with a vote each.
    """
    classes = snapshot.classes[rows].tolist()
    first = {kind: place for place, kind in reversed(list(enumerate(classes))) if distances[place] < np.inf}
    if len(first) < 2:  # then it does not matter how much
        return np.isfinite(distances).astype(np.float64)
    among = sight.about(_LOOKED_AT * len(rows))
    gaps = variants[:, None].astype(np.float64) - snapshot.matrix.take(among)
    there = snapshot.matrix.mask(among)
    if there is not None and not there.all():
        gaps[:, ~there] = np.nan
    squares = _by_label(gaps, snapshot.classes[among], np.array(list(first)), len(rows))
    least = squares.min()
    weights = np.zeros(len(rows))
    weights[list(first.values())] = squares <= 0 if least <= 0 else (least / squares) ** (_POWER / 2)
    return weights


def weigh_many_by_means(
    snapshot: Snapshot, things: Floats, usable: Bools, rows: Ints, distances: Doubles, metric: str
) -> Doubles:
    """Return what `weigh_by_means` says of each of many things (n, V, D), with neighbours (n, k): (n, k).

    usable: (n, V), which ways of each count.
    """
    classes = snapshot.classes[rows]
    weights = np.isfinite(distances).astype(np.float64)
    for place in np.flatnonzero((classes != classes[:, :1]).any(axis=1)).tolist():
        variants = things[place][usable[place]]
        sight = Sight(snapshot.matrix, variants, metric)
        weights[place] = weigh_by_means(snapshot, sight, variants, rows[place], distances[place])
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
    return np.asarray(_squares_of_means(gaps).min(axis=1))


def _by_label(gaps: Doubles, kinds: Ints, wanted: Ints, most: int) -> Doubles:
    """Return the least `nearest_mean` of one thing seen in V ways by label, together, which is quicker: (L,).

    gaps: (V, c, D), to examples of the labels `kinds` (c,), among which is one of each of those wanted (L,) at least.
    """
    order = np.stack([np.lexsort((squares, kinds)) for squares in _squares(gaps)])
    sorted_kinds = kinds[order[0]]
    first, end = np.searchsorted(sorted_kinds, wanted), np.searchsorted(sorted_kinds, wanted, "right")
    steps = np.arange(min(most, int((end - first).max())))
    places = first[:, None] + steps
    there = places < end[:, None]
    chosen = order[:, np.where(there, places, first[:, None])]
    picked = gaps[np.arange(len(gaps))[:, None, None], chosen]
    squares = _squares_of_means(picked.reshape(-1, *picked.shape[2:])).reshape(chosen.shape)
    return np.asarray(np.where(there, squares, np.inf).min(axis=(0, 2)))


def _squares_of_means(gaps: Doubles) -> Doubles:
    """Return the squared lengths of the means of the first one, two and so on of gaps (n, k, D): (n, k)."""
    products = gaps @ gaps.swapaxes(1, 2)
    if np.isnan(products).any():
        missing = np.isnan(gaps)
        counts = np.cumsum(~missing, axis=1)
        means = np.cumsum(np.where(missing, 0.0, gaps), axis=1)
        means /= np.maximum(counts, 1)
        means[counts == 0] = np.nan
        return _squares(means)
    # The square of a sum is the sum of all products of two of its parts: quicker than the sums, which are longer.
    sums = products.cumsum(axis=1).cumsum(axis=2).diagonal(axis1=1, axis2=2)
    return np.asarray(np.maximum(sums, 0) / np.arange(1, gaps.shape[1] + 1) ** 2)


def _squares(gaps: Doubles) -> Doubles:
    """Return the squared lengths of gaps (n, c, D), scaled up for what is missing: (n, c), infinite where all is."""
    squares = np.einsum("ncd,ncd->nc", gaps, gaps)
    if np.isnan(squares).any():
        missing = np.isnan(gaps)
        shared = gaps.shape[2] - missing.sum(axis=2)
        squares = np.where(missing, 0.0, gaps * gaps).sum(axis=2) * (gaps.shape[2] / np.maximum(shared, 1))
        squares[shared == 0] = np.inf
    return np.asarray(squares)
