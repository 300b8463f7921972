"""Says how unlike anything taught poses are, in one number that ranks them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.means import nearest_mean
from posknn.classification.pairwise import distances

__all__ = ["unlikeness"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NEAREST: Final = 2
_MEANS: Final = 5
_BLOCK: Final = 256


def unlikeness(ways: Floats, vectors: Floats, classes: Ints) -> Doubles:
    """Return the distance of things to the two examples nearest to them, less where one label is clearly meant.

    ways: (n, V, D), each thing seen in V ways. vectors, classes: (m, D) and (m,), the examples. The distance is
    multiplied by the root of how much nearer the nearest label is than the next, by their nearest means: by 1 for what
    lies between two labels, by little for what differs from its label as people do and from all others far more.
    (n,), infinite without a common number.
    """
    found = np.empty(len(ways))
    rows_by_label = [np.flatnonzero(classes == kind) for kind in np.unique(classes)]
    for start in range(0, len(ways), _BLOCK):
        part = ways[start : start + _BLOCK]
        each_way = [distances(part[:, way : way + 1], vectors) for way in range(part.shape[1])]
        by_label = [
            np.min([_label(part[:, way], vectors[rows], far[:, rows]) for way, far in enumerate(each_way)], axis=0)
            for rows in rows_by_label
        ]
        found[start : start + _BLOCK] = _near(np.minimum.reduce(each_way)) * np.sqrt(_share(np.stack(by_label, axis=1)))
    return found


def _label(things: Floats, vectors: Floats, far: Floats) -> Doubles:
    """Return how near one label's examples (c, D), at distances (n, c), come to things (n, D): (n,)."""
    few = min(_MEANS, len(vectors))
    nearest = np.argpartition(far, few - 1, axis=1)[:, :few]
    return np.sqrt(nearest_mean(things[:, None].astype(np.float64) - vectors[nearest], few))


def _near(between: Floats) -> Doubles:
    """Return the mean of the least distances of each row (n, m), of one where no more can be compared."""
    nearest = _least(between)
    return np.asarray(np.where(np.isfinite(nearest[:, -1]), nearest.mean(axis=1), nearest[:, 0]))


def _share(by_label: Doubles) -> Doubles:
    """Return the least distance of each row (n, labels) as a share of the next; 1 without one."""
    nearest = _least(by_label)
    if nearest.shape[1] < _NEAREST:
        return np.ones(len(by_label))
    first, second = nearest.T
    compared = np.isfinite(second) & (second > 0)
    return np.where(compared, first / np.where(compared, second, 1.0), 1.0)


def _least(columns: Floats | Doubles) -> Doubles:
    """Return the two least of each row, in order: (n, 1 or 2)."""
    few = min(_NEAREST, columns.shape[1])
    return np.sort(np.partition(columns, few - 1, axis=1)[:, :few], axis=1).astype(np.float64)
