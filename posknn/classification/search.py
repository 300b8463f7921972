"""Finds the nearest rows of a growing matrix exactly, with the textbook speed and none of its rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["METRICS", "Matrix", "Metric", "Missing", "Rows", "nearest", "unit"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Metric = str | Callable[[Floats, Floats], npt.ArrayLike]
METRICS: Final = ("cosine", "euclidean", "manhattan", "nan_euclidean")
"""nan_euclidean leaves out coordinates that are NaN in either vector and rescales by D over those compared, as
scikit-learn's metric of that name does."""

_U: Final = float(np.finfo(np.float32).eps) / 2
_BLOCK: Final = 4096
_UNIT: Final = 1e-5
_LANES: Final = 32
_HUGE: Final = 1e15
_TINY: Final = 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """Where numbers are missing in the rows of a Matrix.

    squares: (D, n) float32, the squared values column by column. pattern: (n,) int64, which of the patterns a row
    has. patterns: (P, D) float32, 1 where there is a number and 0 elsewhere; few, for the same keypoints hide
    again and again.
    """

    squares: Floats
    pattern: Ints
    patterns: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """What one search sees: n rows that nobody will change any more.

    values: (n, D) float32, for nan_euclidean with 0 in place of NaN.
    squares: (n,) float32, the squared length of each row. longest: the greatest of their lengths.
    missing: for nan_euclidean only.
    """

    values: Floats
    squares: Floats
    longest: float
    missing: Missing | None

    def raw(self) -> Floats:
        """Return the rows as they were added: (n, D), NaN included."""
        values = self.values.copy()
        if self.missing is not None:
            values[self.missing.patterns[self.missing.pattern] == 0] = np.nan
        return values


class Rows:
    """A matrix that grows at its end. What it once gave as a Matrix stays as it was."""

    def __init__(self, width: int, *, masked: bool, capacity: int = 64) -> None:
        self.width = width
        self._count = 0
        self._longest = 0.0
        self._values = np.empty((capacity, width), np.float32)
        self._squares = np.empty(capacity, np.float32)
        self._columns = np.empty((width, capacity if masked else 0), np.float32)
        self._pattern = np.empty(capacity if masked else 0, np.int64)
        self._patterns = np.empty((0, width), np.float32)
        self._known: dict[bytes, int] = {}
        self._masked = masked

    def append(self, rows: Floats, at: int | None = None) -> None:
        """Add rows (m, D) float32 at the end.

        at: how many rows there are for the caller; what lies beyond is from an append that was interrupted.
        """
        start = self._count if at is None else at
        self._count, end = start, start + len(rows)
        if end > len(self._values):
            self._grow(max(end, 2 * len(self._values)))
        if self._masked:
            seen = ~np.isnan(rows)
            rows = np.where(seen, rows, np.float32(0))
            self._pattern[start:end] = self._patterns_of(seen)
        squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
        self._values[start:end] = rows
        with np.errstate(over="ignore"):  # squares beyond float32 are not looked at, see _is_tame
            self._squares[start:end] = squares
            if self._masked:
                self._columns[:, start:end] = (rows * rows).T
        self._longest = max(self._longest, float(np.sqrt(squares.max(initial=0.0))))
        self._count = end

    def matrix(self) -> Matrix:
        """Return the rows so far."""
        n = self._count
        missing = Missing(self._columns[:, :n], self._pattern[:n], self._patterns) if self._masked else None
        return Matrix(self._values[:n], self._squares[:n], self._longest, missing)

    def without(self, drop: npt.NDArray[np.bool_]) -> Rows:
        """Return a new matrix of the rows whose drop (n,) is False."""
        kept = self.matrix().raw()[~drop]
        rows = Rows(self.width, masked=self._masked, capacity=max(64, len(kept)))
        rows.append(kept)
        return rows

    def _patterns_of(self, seen: npt.NDArray[np.bool_]) -> list[int]:
        """Return the number of each row's pattern (m, D), new ones if need be."""
        new: dict[bytes, int] = {}
        found = []
        for row in seen:
            key = row.tobytes()
            found.append(
                self._known[key] if key in self._known else new.setdefault(key, len(self._patterns) + len(new))
            )
        if new:
            fresh = np.frombuffer(b"".join(new), bool).reshape(len(new), self.width)
            self._patterns = np.concatenate([self._patterns, fresh.astype(np.float32)])  # older Matrices keep theirs
            self._known.update(new)
        return found

    def _grow(self, capacity: int) -> None:
        # New arrays, never in place: a Matrix given out earlier still looks at the old ones.
        n = self._count
        old = self._values, self._squares, self._columns, self._pattern
        self._values = np.empty((capacity, self.width), np.float32)
        self._squares = np.empty(capacity, np.float32)
        self._values[:n], self._squares[:n] = old[0][:n], old[1][:n]
        if self._masked:
            self._columns, self._pattern = np.empty((self.width, capacity), np.float32), np.empty(capacity, np.int64)
            self._columns[:, :n], self._pattern[:n] = old[2][:, :n], old[3][:n]


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
    if n <= k or callable(metric) or metric == "manhattan" or not _is_tame(matrix, queries):
        return np.arange(n)
    score = {"cosine": _cosine, "euclidean": _euclidean, "nan_euclidean": _nan_euclidean}[metric]
    best, margin = score(matrix, queries[0])
    for query in queries[1:]:
        other, other_margin = score(matrix, query)
        np.minimum(best, other, out=best)
        margin = max(margin, other_margin)
    return _no_more_than_kth(best, k, np.float32(2.001 * margin))


def _no_more_than_kth(scores: Floats, k: int, margin: np.float32) -> Ints:
    """Return where scores (n,) are at most `margin` above the k-th smallest, and perhaps a few more: (c,)."""
    groups = len(scores) // _LANES
    cut = scores
    if groups >= 8 * k:
        # The k smallest of the groups' minima belong to k different rows, so the k-th smallest score is no larger.
        # Neighbouring rows, near copies in a recording, go to different groups: that keeps the bound tight.
        cut = scores[: groups * _LANES].reshape(_LANES, groups).min(axis=0)
    found = np.flatnonzero(scores <= np.partition(cut, k - 1)[k - 1] + margin)
    if len(found) > 8 * _LANES:
        few = scores[found]
        found = found[few <= np.partition(few, k - 1)[k - 1] + margin]
    return found


# Each of these returns float32 scores (n,) that rise with the distance, and by how much rounding may have moved them.


def _cosine(matrix: Matrix, query: Floats) -> tuple[Floats, float]:
    score = matrix.values @ query
    reach = matrix.longest * float(np.sqrt(query @ query))  # 1, but for rows of a file that were never normalised
    return np.negative(score, out=score), (query.size + 16) * _U * max(1.0001, 1.0001 * reach)


def _euclidean(matrix: Matrix, query: Floats) -> tuple[Floats, float]:
    score = matrix.values @ (-2 * query)
    score += matrix.squares
    reach = matrix.longest + float(np.sqrt(query @ query))
    return score, (query.size + 6) * _U * reach * reach


def _nan_euclidean(matrix: Matrix, query: Floats) -> tuple[Floats, float]:
    missing = matrix.missing
    assert missing is not None
    seen = ~np.isnan(query)
    known = np.where(seen, query, np.float32(0))
    score = matrix.values @ (-2 * known)
    score += matrix.squares
    if not seen.all():
        score -= missing.squares[~seen].sum(axis=0)
    shared = missing.patterns @ seen.astype(np.float32)  # whole numbers far below 2**24: exact
    scale = (query.size / np.maximum(shared, 1)).astype(np.float32)
    offset = missing.patterns @ (known * known)
    if len(scale) == 1:
        score += offset[0]
        score *= scale[0]
    else:
        score += np.take(offset, missing.pattern)
        score *= np.take(scale, missing.pattern)
    if not shared.all():
        score[np.take(shared, missing.pattern) == 0] = np.inf
    reach = matrix.longest + float(np.sqrt(known @ known))
    return score, (3 * query.size + 8) * _U * reach * reach * float(scale.max())


def _is_tame(matrix: Matrix, queries: Floats) -> bool:
    """Say whether float32 squares are far from overflow and underflow; where not, every row is a candidate."""
    return _TINY < max(matrix.longest, float(np.fmax.reduce(np.abs(queries), axis=None))) < _HUGE


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
        missing = matrix.missing
        mask = None if missing is None else missing.patterns[missing.pattern[part]] > 0
        out[start : start + _BLOCK] = _exact(values, target, metric, mask)
    return out


def _exact(values: Doubles, query: Doubles, metric: str, mask: npt.NDArray[np.bool_] | None) -> Doubles:
    if metric == "cosine":
        # Half the squared chord is 1 minus the cosine of unit vectors, without its rounding: 0 for equals, never less.
        # Files may hold rows that are none: to those ml5 gives 1 minus the product.
        chords = values - query
        halves = np.einsum("ij,ij->i", chords, chords) / 2
        odd = np.abs(np.einsum("ij,ij->i", values, values) - 1) > _UNIT
        return np.asarray(np.where(odd, 1 - np.einsum("ij,j->i", values, query), halves))
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
