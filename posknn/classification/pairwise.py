"""Distances of many poses to many, where missing coordinates are left out and the rest is rescaled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["distance_blocks", "distances", "least_distances"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BLOCK: Final = 512
_COLUMNS: Final = 2048
"""Vectors that are compared at a time: only they are there in float64, so that many take no memory to speak of."""


def distances(queries: Floats, vectors: Floats) -> Floats:
    """Return the distances (m, n) of queries (m, V, D), each seen in V ways, to vectors (n, D).

    That of the nearest way counts. NaN is a coordinate not known; infinite where nothing can be compared.
    The product form in float64: off by less than 1e-6 of the vectors' length.
    """
    found = [block for _, block in distance_blocks(queries, vectors)]
    return np.concatenate(found) if found else np.empty((0, len(vectors)), np.float32)


def distance_blocks(queries: Floats, vectors: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield what `distances` returns a few hundred rows at a time, and which rows they are."""
    for start in range(0, len(queries), _BLOCK):
        rows = slice(start, start + _BLOCK)
        found = np.empty((len(queries[rows]), len(vectors)), np.float32)
        for first in range(0, len(vectors), _COLUMNS):
            part = slice(first, first + _COLUMNS)
            found[:, part] = _between(queries[rows], vectors[part])
        yield rows, found


def least_distances(queries: Floats, vectors: Floats, codes: tuple[Ints, Ints] | None = None) -> Floats:
    """Return the least of the distances of each query (m, V, D) to vectors (n, D): (m,), infinite where there is none.

    codes: of the queries (m,) and of the vectors (n,); only those of another code are compared.
    """
    least = np.full(len(queries), np.inf, np.float32)
    for first in range(0, len(vectors), _COLUMNS):
        part = slice(first, first + _COLUMNS)
        between = _between(queries, vectors[part])
        if codes is not None:
            between[codes[0][:, None] == codes[1][part]] = np.inf
        np.minimum(least, between.min(axis=1), out=least)
    return least


def _between(queries: Floats, vectors: Floats) -> Floats:
    there = ~np.isnan(vectors)
    known = np.where(there, vectors, 0).astype(np.float64)
    mask = None if there.all() and not np.isnan(queries).any() else there.astype(np.float64)
    best = _squares(queries[:, 0].astype(np.float64), known, mask)
    for way in range(1, queries.shape[1]):
        np.minimum(best, _squares(queries[:, way].astype(np.float64), known, mask), out=best)
    return np.sqrt(best).astype(np.float32)


def _squares(queries: Doubles, known: Doubles, mask: Doubles | None) -> Doubles:
    if mask is None:
        squares = (queries**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * queries @ known.T
        return np.asarray(np.maximum(squares, 0))
    seen = ~np.isnan(queries)
    asked, there = np.where(seen, queries, 0), seen.astype(np.float64)
    squares = asked**2 @ mask.T + there @ (known**2).T - 2 * asked @ known.T
    shared = there @ mask.T
    squares = np.maximum(squares, 0) * (known.shape[1] / np.maximum(shared, 1))
    return np.where(shared > 0, squares, np.inf)
