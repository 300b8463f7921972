"""Distances of many poses to many, where missing coordinates are left out and the rest is rescaled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["distance_blocks", "distances"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_BLOCK: Final = 512


def distances(queries: Floats, vectors: Floats) -> Floats:
    """Return the distances (m, n) of queries (m, V, D), each seen in V ways, to vectors (n, D).

    That of the nearest way counts. NaN is a coordinate not known; infinite where nothing can be compared.
    The product form in float64: off by less than 1e-6 of the vectors' length.
    """
    found = [block for _, block in distance_blocks(queries, vectors)]
    return np.concatenate(found) if found else np.empty((0, len(vectors)), np.float32)


def distance_blocks(queries: Floats, vectors: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield what `distances` returns a few hundred rows at a time, and which rows they are."""
    there = ~np.isnan(vectors)
    known = np.where(there, vectors, 0).astype(np.float64)
    mask = None if there.all() and not np.isnan(queries).any() else there.astype(np.float64)
    for start in range(0, len(queries), _BLOCK):
        rows = slice(start, start + _BLOCK)
        best = None
        for way in range(queries.shape[1]):
            squares = _squares(queries[rows, way].astype(np.float64), known, mask)
            best = squares if best is None else np.minimum(best, squares)
        assert best is not None
        yield rows, np.sqrt(best).astype(np.float32)


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
