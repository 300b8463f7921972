"""Says how near labels come: with their nearest example, or with the mean of their nearest few."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.search import Sight, nearest_many
from posknn.classification.snapshot import Snapshot

__all__ = ["METRICS_WITH_MEANS", "nearest_mean", "weigh_by_means", "weigh_many_by_means"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

METRICS_WITH_MEANS: Final = ("euclidean", "nan_euclidean")

_LOOKED_AT: Final = 8
_POWER: Final = 5
_BLOCK: Final = 64


def weigh_by_means(snapshot: Snapshot, sight: Sight, variants: Floats, rows: Ints, distances: Doubles) -> Doubles:
    """Return what the neighbours of one thing (V, D) weigh: (k,), the first of each label for all of its label.

    rows, distances: (k,), the nearest rows, nearest first. A label comes as near as its `nearest_mean` of up to k
    examples, those among the 8 k nearest of all. It weighs 1 / distance to the fifth, so that shares are about as
    decided as those of five neighbours with a vote each.
    """
    if not _disagree(snapshot, rows[None], distances[None])[0]:
        return np.isfinite(distances).astype(np.float64)
    among, _ = sight.nearest(_looked_at(snapshot, len(rows)), snapshot.ranked)
    weights: Doubles = _weights(snapshot, variants[None], rows[None], distances[None], among[None])[0]
    return weights


def weigh_many_by_means(snapshot: Snapshot, things: Floats, rows: Ints, distances: Doubles, metric: str) -> Doubles:
    """Return what `weigh_by_means` says of each of many things (n, V, D), with neighbours (n, k): (n, k)."""
    weights = np.isfinite(distances).astype(np.float64)
    mixed = np.flatnonzero(_disagree(snapshot, rows, distances))
    for start in range(0, len(mixed), _BLOCK):
        part = mixed[start : start + _BLOCK]
        few = _looked_at(snapshot, rows.shape[1])
        among, _ = nearest_many(snapshot.matrix, things[part], few, metric, snapshot.ranked)
        weights[part] = _weights(snapshot, things[part], rows[part], distances[part], among)
    return weights


def _disagree(snapshot: Snapshot, rows: Ints, distances: Doubles) -> Bools:
    """Say whose neighbours (n, k), those that can be compared, have several labels; else all may weigh alike: (n,)."""
    classes = snapshot.classes[rows]
    return np.asarray(((classes != classes[:, :1]) & np.isfinite(distances)).any(axis=1))


def _looked_at(snapshot: Snapshot, k: int) -> int:
    return min(_LOOKED_AT * k, len(snapshot))


def _weights(snapshot: Snapshot, things: Floats, rows: Ints, distances: Doubles, among: Ints) -> Doubles:
    """Return what neighbours (m, k) of things (m, V, D) weigh: (m, k). among: rows (m, c), the nearest of all."""
    here = np.arange(len(things))[:, None]
    classes = snapshot.classes[rows]
    known = np.isfinite(distances)
    before = np.tri(rows.shape[1], k=-1, dtype=bool)  # which neighbours come before which
    same = classes[:, :, None] == classes[:, None, :]
    first = known & ~(same & before & known[:, None, :]).any(axis=2)
    wanted = np.zeros((len(things), len(snapshot.labels)), bool)
    wanted[np.broadcast_to(here, classes.shape)[first], classes[first]] = True
    squares = _by_label(snapshot, things, among, wanted, rows.shape[1])[here, classes]
    squares[~first] = np.inf
    least = squares.min(axis=1, keepdims=True)
    near = (least / np.where(squares > 0, squares, 1.0)) ** (_POWER / 2)
    return np.where(first, np.where(least > 0, near, squares <= 0), 0.0)


def _by_label(snapshot: Snapshot, things: Floats, among: Ints, wanted: Bools, most: int) -> Doubles:
    """Return the least `nearest_mean` of things (m, V, D) by label: (m, labels), infinite for those not wanted.

    wanted: (m, labels), which are among `among` (m, c).
    """
    count, ways, width = things.shape
    matrix, looked = snapshot.matrix, among.shape[1]
    gaps = things[:, :, None].astype(np.float64) - matrix.take(among.ravel()).reshape(count, 1, looked, width)
    there = matrix.mask(among.ravel())
    if there is not None and not there.all():
        gaps = np.where(there.reshape(count, 1, looked, width), gaps, np.nan)
    kinds = snapshot.classes[among]
    squares = _squares(gaps.reshape(-1, looked, width)).reshape(count, ways, looked)
    order = np.lexsort((squares, np.broadcast_to(kinds[:, None], squares.shape)))
    lined = np.sort(kinds, axis=1)
    # A label's examples stand side by side in the order; a run begins where another label does.
    begins = np.ones(lined.shape, bool)
    begins[:, 1:] = lined[:, 1:] != lined[:, :-1]
    thing, place = np.nonzero(begins)
    ends = np.append(place[1:], looked)
    ends[np.flatnonzero(np.append(thing[1:], -1) != thing)] = looked
    kind = lined[thing, place]
    asked = wanted[thing, kind]
    thing, place, ends, kind = thing[asked], place[asked], ends[asked], kind[asked]
    steps = place[:, None] + np.arange(most)
    inside = steps < ends[:, None]
    steps = np.where(inside, steps, place[:, None])
    found = np.full(wanted.shape, np.inf)
    for way in range(ways):
        chosen = order[thing[:, None], way, steps]
        means = _squares_of_means(gaps[thing[:, None], way, chosen])
        best = np.where(inside, means, np.inf).min(axis=1)
        found[thing, kind] = np.minimum(found[thing, kind], best)
    return found


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


def _squares_of_means(gaps: Doubles) -> Doubles:
    """Return the squared lengths of the means of the first one, two and so on of gaps (n, k, D): (n, k)."""
    products = gaps @ gaps.swapaxes(1, 2)
    # The square of a sum is the sum of all products of two of its parts: quicker than the sums, which are longer.
    sums = products.cumsum(axis=1).cumsum(axis=2).diagonal(axis1=1, axis2=2)
    squares: Doubles = np.maximum(sums, 0) / np.arange(1, gaps.shape[1] + 1) ** 2
    lacking = np.isnan(sums[:, -1])
    if lacking.any():
        some = gaps[lacking]
        missing = np.isnan(some)
        counts = np.cumsum(~missing, axis=1)
        means = np.cumsum(np.where(missing, 0.0, some), axis=1) / np.maximum(counts, 1)
        means[counts == 0] = np.nan
        squares[lacking] = _squares(means)
    return squares


def _squares(gaps: Doubles) -> Doubles:
    """Return the squared lengths of gaps (n, c, D), scaled up for what is missing: (n, c), infinite where all is.

    Those of one gap are the same to the bit whatever stands beside it.
    """
    parts = gaps * gaps
    squares: Doubles = np.add.reduce(parts, axis=2)
    lacking = np.isnan(squares)
    if lacking.any():
        some = parts[lacking]
        shared = np.count_nonzero(~np.isnan(some), axis=1)
        total = np.add.reduce(np.nan_to_num(some, copy=False, nan=0.0, posinf=np.inf), axis=1)
        squares[lacking] = np.where(shared > 0, total * (gaps.shape[2] / np.maximum(shared, 1)), np.inf)
    return squares
