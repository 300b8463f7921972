"""Says how unlike anything taught poses are, in one number that ranks them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.pairwise import distances
from posknn.classification.space import PoseSpace

__all__ = ["unlikeness"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NEAREST: Final = 2
_PAIRS: Final = 2**22


def unlikeness(space: PoseSpace, ways: Floats, vectors: Floats, classes: Ints) -> Doubles:
    """Return the plain distance of things to the two examples nearest to them, less where one label is clearly meant.

    ways: (n, V, D), each thing seen in V ways. vectors, classes: (m, D) and (m,), the examples. The distance is
    multiplied by the root of how much nearer the nearest label is than the next: by 1 for what lies between two labels,
    by little for what differs from its label as people do and from all others far more. How far labels are is measured
    by the learnt distance; how far examples are is not, for that knows only what tells the taught labels apart.
    (n,), infinite without a common number.
    """
    found = np.empty(len(ways))
    order = np.argsort(classes, kind="stable")
    vectors = vectors[order]
    starts = np.flatnonzero(np.diff(classes[order], prepend=-1))
    block = max(1, _PAIRS // len(vectors))
    for start in range(0, len(ways), block):
        part = slice(start, start + block)
        plain = distances(space.plain(ways[part]), space.plain(vectors))
        whole = plain if space.discriminants is None else distances(ways[part], vectors)
        found[part] = _near(plain) * np.sqrt(_share(np.minimum.reduceat(whole, starts, axis=1)))
    return found


def _near(between: Floats) -> Doubles:
    """Return the mean of the least distances of each row (n, m), of one where no more can be compared."""
    nearest = _least(between)
    return np.asarray(np.where(np.isfinite(nearest[:, -1]), nearest.mean(axis=1), nearest[:, 0]))


def _share(by_label: Floats) -> Doubles:
    """Return the least distance of each row (n, labels) as a share of the next; 1 without one."""
    nearest = _least(by_label)
    if nearest.shape[1] < _NEAREST:
        return np.ones(len(by_label))
    first, second = nearest.T
    compared = np.isfinite(second) & (second > 0)
    return np.where(compared, first / np.where(compared, second, 1.0), 1.0)


def _least(columns: Floats) -> Doubles:
    """Return the two least of each row, in order: (n, 1 or 2)."""
    few = min(_NEAREST, columns.shape[1])
    return np.sort(np.partition(columns, few - 1, axis=1)[:, :few], axis=1).astype(np.float64)
