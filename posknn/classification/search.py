"""Finds the nearest rows of a growing matrix exactly, with the textbook speed and none of its rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["METRICS", "Matrix", "Metric", "Rows", "nearest", "unit"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Metric = str | Callable[[Floats, Floats], npt.ArrayLike]
METRICS: Final = ("cosine", "euclidean", "manhattan", "nan_euclidean")
"""nan_euclidean leaves out coordinates that are NaN in either vector and rescales by D over those compared, as
scikit-learn's metric of that name does."""

_U: Final = float(np.finfo(np.float32).eps) / 2
_BLOCK: Final = 4096
_HUGE: Final = 1e15


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """What one search sees: n rows that nobody will change any more.

    values: (n, D) float32, for nan_euclidean with 0 in place of NaN.
    squares: (n,) float32, the squared length of each row.
    masked: (n, 2 D) float32 for nan_euclidean, the squares of the values and 1 where there is one; else None.
    """

    values: Floats
    squares: Floats
    masked: Floats | None


class Rows:
    """A matrix that grows at its end. What it once gave as a Matrix stays as it was."""

    def __init__(self, width: int, *, masked: bool, capacity: int = 64) -> None:
        self._count = 0
        self._values = np.empty((capacity, width), np.float32)
        self._squares = np.empty(capacity, np.float32)
        self._masked = np.empty((capacity, 2 * width), np.float32) if masked else None

    @property
    def width(self) -> int:
        """D, the numbers in a row."""
        return int(self._values.shape[1])

    def append(self, rows: Floats) -> None:
        """Add rows (m, D) float32 at the end."""
        start, end = self._count, self._count + len(rows)
        if end > len(self._values):
            self._grow(max(end, 2 * len(self._values)))
        if self._masked is not None:
            seen = ~np.isnan(rows)
            rows = np.where(seen, rows, np.float32(0))
            self._masked[start:end, : self.width] = rows * rows
            self._masked[start:end, self.width :] = seen
        self._values[start:end] = rows
        self._squares[start:end] = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
        self._count = end

    def matrix(self) -> Matrix:
        """Return the rows so far."""
        n = self._count
        return Matrix(self._values[:n], self._squares[:n], None if self._masked is None else self._masked[:n])

    def raw(self) -> Floats:
        """Return the rows so far as they were added: (n, D), NaN included."""
        values = self._values[: self._count].copy()
        if self._masked is not None:
            values[self._masked[: self._count, self.width :] == 0] = np.nan
        return values

    def without(self, drop: npt.NDArray[np.bool_]) -> Rows:
        """Return a new matrix of the rows whose drop (n,) is False."""
        kept = self.raw()[~drop]
        rows = Rows(self.width, masked=self._masked is not None, capacity=max(64, len(kept)))
        rows.append(kept)
        return rows

    def _grow(self, capacity: int) -> None:
        # New arrays, never in place: a Matrix given out earlier still looks at the old ones.
        for name in ("_values", "_squares", "_masked"):
            old = getattr(self, name)
            if old is not None:
                new = np.empty((capacity, *old.shape[1:]), np.float32)
                new[: self._count] = old[: self._count]
                setattr(self, name, new)


def unit(vectors: Floats) -> tuple[Floats, Floats]:
    """Divide rows (m, D) by their lengths in the steps in which TF.js rounds; return them and the lengths (m,).

    Squares are rounded to float32 and added in float64, sum and root are rounded again. A zero row stays zero.
    """
    sums = np.cumsum((vectors * vectors).astype(np.float64), axis=1)[:, -1].astype(np.float32)
    lengths = np.sqrt(sums)
    safe = np.where(lengths > 0, lengths, np.float32(1))
    return (vectors.astype(np.float64) / safe[:, None].astype(np.float64)).astype(np.float32), lengths


def nearest(
    matrix: Matrix, queries: Floats, k: int, metric: Metric, ranks: Callable[[Ints], Ints]
) -> tuple[Ints, Doubles]:
    """Return the k nearest rows and their distances: (k,) int64 and (k,) float64, nearest first.

    queries: (V, D), one thing seen in V ways; a row's distance is that to the nearest of them.
    k: at most the number of rows. ranks: breaks ties, gives a (c,) rank for (c,) row numbers; then the earlier row.
    Distances are those of float64 arithmetic: float32 only chooses candidates, with a margin that its rounding
    cannot exceed (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
    Rows that share no coordinate with the query are at infinite distance.
    """
    candidates = _candidates(matrix, queries, k, metric)
    distances = np.min([_distances(matrix, candidates, query, metric) for query in queries], axis=0)
    order = np.lexsort((candidates, ranks(candidates), distances))[:k]
    return candidates[order], distances[order]


def _candidates(matrix: Matrix, queries: Floats, k: int, metric: Metric) -> Ints:
    """Return rows that surely hold the k nearest: (c,), in rising order."""
    n = len(matrix.values)
    everything = np.arange(n)
    if n <= k or callable(metric) or metric == "manhattan" or not _is_tame(matrix, queries):
        return everything
    if metric == "cosine":
        score, margin = -(matrix.values @ queries.T), 2 * (queries.shape[1] + 2) * _U
    elif metric == "euclidean":
        score, margin = _euclidean_scores(matrix, queries)
    else:
        return _nan_candidates(matrix, queries, k)
    best = score[:, 0] if score.shape[1] == 1 else score.min(axis=1)
    cut = np.partition(best, k - 1)[k - 1]
    return np.flatnonzero(best <= cut + np.float32(2 * margin))


def _euclidean_scores(matrix: Matrix, queries: Floats) -> tuple[Floats, float]:
    width = queries.shape[1]
    longest = float(np.sqrt(matrix.squares.max()))
    lengths = np.einsum("ij,ij->i", queries, queries)
    score = matrix.squares[:, None] - 2 * (matrix.values @ queries.T) + lengths
    reach = longest + float(np.sqrt(lengths.max()))
    return score, (width + 6) * _U * reach * reach


def _nan_candidates(matrix: Matrix, queries: Floats, k: int) -> Ints:
    assert matrix.masked is not None
    width = queries.shape[1]
    seen = ~np.isnan(queries)
    filled = np.where(seen, queries, np.float32(0))
    one_sided = np.concatenate([seen.astype(np.float32), filled * filled], axis=1)
    squares = matrix.masked @ one_sided.T - 2 * (matrix.values @ filled.T)
    shared = matrix.masked[:, width:] @ seen.T.astype(np.float32)
    reach = np.sqrt(matrix.squares)[:, None] + np.sqrt(np.einsum("ij,ij->i", filled, filled))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = width / shared
        margin = np.float32((2 * width + 6) * _U) * reach * reach * scale
        score = np.where(shared > 0, squares * scale, np.inf)
        low = np.where(shared > 0, score - margin, np.inf).min(axis=1)
        high = np.where(shared > 0, score + margin, np.inf).min(axis=1)
    return np.flatnonzero(low <= np.partition(high, k - 1)[k - 1])


def _is_tame(matrix: Matrix, queries: Floats) -> bool:
    """Say whether float32 squares are far from overflow; where not, every row is a candidate."""
    largest = float(np.nanmax(np.abs(queries), initial=0.0))
    return largest < _HUGE and float(matrix.squares.max()) < _HUGE * _HUGE


def _distances(matrix: Matrix, rows: Ints, query: Floats, metric: Metric) -> Doubles:
    """Return the distances of some rows to one query (D,) in float64: (c,)."""
    if callable(metric):
        found = np.asarray(metric(matrix.values[rows], query), np.float64)
        if found.shape != rows.shape:
            raise ValueError(f"a metric gets rows (n, D) and a query (D,) and gives (n,) distances, not {found.shape}")
        return found
    out = np.empty(len(rows), np.float64)
    target = query.astype(np.float64)
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        values = matrix.values[part].astype(np.float64)
        mask = None if matrix.masked is None else matrix.masked[part, query.size :] > 0
        out[start : start + _BLOCK] = _exact(values, target, metric, mask)
    return out


def _exact(values: Doubles, query: Doubles, metric: str, mask: npt.NDArray[np.bool_] | None) -> Doubles:
    if metric == "cosine":
        similarities: Doubles = np.einsum("ij,j->i", values, query)
        return 1 - similarities
    if metric == "manhattan":
        return np.asarray(np.abs(values - query).sum(axis=1))
    difference = values - query
    if mask is None:
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", difference, difference)))
    both = mask & ~np.isnan(query)
    difference[~both] = 0
    shared = both.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", difference, difference) * (query.size / shared)
    return np.where(shared > 0, np.sqrt(squares), np.inf)
