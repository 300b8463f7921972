"""Measures distances twice: quickly in float32, with a bound on its rounding, and truly in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.rows import Matrix

__all__ = ["METRICS", "Metric", "Scores", "distances", "scores", "scores_of_one", "tame", "unit"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Metric = str | Callable[[Floats, Floats], npt.ArrayLike]
METRICS: Final = ("cosine", "euclidean", "manhattan", "nan_euclidean")
"""nan_euclidean leaves out coordinates that are NaN in either vector and rescales by D over those compared, as
scikit-learn's metric of that name does."""

Scores = Callable[[Floats, slice, Floats], None]
"""Writes the scores of some rows, which rise with the distance: from their values (D, t), where they are, to (m, t)."""

_MARGINS: Final = 1e-34, 1e22
_U: Final = float(np.finfo(np.float32).eps) / 2
_PLAIN: Final = 1e-30, 1e37
_LEAST: Final = np.float32(np.finfo(np.float32).tiny)
_BLOCK: Final = 512
_TILE: Final = 1024
_UNIT: Final = 1e-5


def unit(vectors: Floats) -> tuple[Floats, Floats]:
    """Divide rows (m, D) by their lengths in the steps in which TF.js rounds; return them and the lengths (m,).

    Squares are rounded to float32 and added in float64, sum and root are rounded again. A zero row stays zero.
    """
    if len(vectors) == 1 and _PLAIN[0] < np.vdot(vectors, vectors) < _PLAIN[1]:
        return _unit_of_one(vectors)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (vectors * vectors).astype(np.float64)
        np.add.accumulate(squares, axis=1, out=squares)
        lengths: Floats = np.sqrt(squares[:, -1].astype(np.float32))
        # In float32: rounding a quotient of float64 gives the same.
        units: Floats = np.divide(vectors, np.maximum(lengths, _LEAST)[:, None])
    return units, lengths


def _unit_of_one(vector: Floats) -> tuple[Floats, Floats]:
    """Take the steps of `unit` for one row (1, D), far from overflow, in less time: most calls are about one."""
    squares: Doubles = (vector * vector)[0].astype(np.float64)
    length = np.sqrt(np.float32(np.add.accumulate(squares)[-1]))
    return vector / length, np.array([length])


def scores(matrix: Matrix, queries: Floats, metric: str) -> tuple[Scores, Doubles, float]:
    """Return what scores rows against queries (m, V, D) in float32, and how far rounding may have moved a score.

    queries: of length 1 for cosine.
    Scores are written V lines for each query, and can be compared within these. Rounding moves them by at most
    margins (m,), plus a share of the score itself (Higham, Accuracy and Stability of Numerical Algorithms,
    section 3.1), where those are `tame`.
    """
    m, ways, width = queries.shape
    write, margins, share = _SCORES[metric](matrix, queries.reshape(m * ways, width), ways)
    return write, margins if ways == 1 else margins.reshape(m, ways).max(axis=1), share


def scores_of_one(matrix: Matrix, query: Floats, metric: str) -> tuple[Floats, float] | None:
    """Return the scores of all rows against one query (1, D), and the margin; None where that is left to `scores`.

    They are the same, but this is quicker: most calls are about one query.
    """
    if metric == "cosine":
        return _products_of_one(matrix, -query[0]), _cosine_margin(matrix)
    if metric == "euclidean":
        reach = matrix.longest + 1.0001 * float(np.vdot(query, query)) ** 0.5
        margin = (matrix.width + 8) * _U * reach * reach
        if tame(margin):
            found = _products_of_one(matrix, -2 * query[0])
            found += matrix.squares
            return found, margin
    return None


def _products_of_one(matrix: Matrix, query: Floats) -> Floats:
    if len(matrix.chunks) == 1:
        return query @ matrix.chunks[0].values
    found = np.empty(len(matrix), np.float32)
    for chunk in matrix.chunks:
        np.matmul(query, chunk.values, out=found[chunk.rows])
    return found


def tame(margin: float) -> bool:
    """Say whether squares are so far from overflow and underflow that a margin holds; NaN is not."""
    return _MARGINS[0] < margin < _MARGINS[1]


def _cosine_margin(matrix: Matrix) -> float:
    # Lengths are 1, but for rows of a file that were never normalised.
    return (matrix.width + 16) * _U * 1.0001 * max(1.0, matrix.longest)


def _cosine(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    opposite = -queries

    def write(values: Floats, rows: slice, out: Floats) -> None:
        _products(opposite, values, out)

    return write, np.full(len(queries), _cosine_margin(matrix)), 0.0


def _euclidean(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    twice = -2 * queries
    squares = np.einsum("ij,ij->i", queries, queries)[:, None] if ways > 1 else None  # one alone can do without its own

    def write(values: Floats, rows: slice, out: Floats) -> None:
        _products(twice, values, out)
        out += matrix.squares[rows]
        if squares is not None:
            out += squares

    return write, (matrix.width + 8) * _U * _squared_reach(matrix, queries), 0.0


def _manhattan(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    ones = np.ones(matrix.width, np.float32)
    room = np.empty((matrix.width, _TILE), np.float32)

    def write(values: Floats, rows: slice, out: Floats) -> None:
        with np.errstate(over="ignore"):  # infinite scores make candidates
            for start in range(0, values.shape[1], _TILE):
                few = values[:, start : start + _TILE]
                apart = room[:, : few.shape[1]]
                for query, line in zip(queries, out[:, start : start + _TILE], strict=True):
                    np.subtract(few, query[:, None], out=apart)
                    np.matmul(ones, np.abs(apart, out=apart), out=line)

    return write, np.zeros(len(queries)), (matrix.width + 4) * _U


def _nan_euclidean(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    missing = matrix.missing
    assert missing is not None
    seen = ~np.isnan(queries)
    if len(missing.patterns) == 1 and missing.patterns.all() and seen.all():  # nothing is missing on either side
        return _euclidean(matrix, queries, ways)
    known = np.where(seen, queries, np.float32(0))
    twice = -2 * known
    hidden = np.flatnonzero(~seen.all(axis=0))
    lost = (~seen[:, hidden]).astype(np.float32)
    shared = seen.astype(np.float32) @ missing.patterns.T  # whole numbers far below 2**24: exact
    scale = (matrix.width / np.maximum(shared, 1)).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # far-off numbers have no use for it
        offset = (known * known) @ missing.patterns.T
    offset[shared == 0] = np.inf

    def write(values: Floats, rows: slice, out: Floats) -> None:
        _products(twice, values, out)
        out += matrix.squares[rows]
        if len(hidden):
            there = values[hidden]
            out -= lost @ np.multiply(there, there, out=there)
        if scale.shape[1] == 1:
            out += offset
            out *= scale
        else:
            pattern = missing.pattern[rows]
            out += offset.take(pattern, axis=1)
            out *= scale.take(pattern, axis=1)

    return write, (3 * matrix.width + 8) * _U * _squared_reach(matrix, known) * scale.max(axis=1), 0.0


_SCORES: Final = {
    "cosine": _cosine,
    "euclidean": _euclidean,
    "manhattan": _manhattan,
    "nan_euclidean": _nan_euclidean,
}


def _squared_reach(matrix: Matrix, queries: Floats) -> Doubles:
    """Return the square of no less than the longest row and each query (m, D) are long together: (m,)."""
    squares = np.einsum("ij,ij->i", queries, queries).tolist()
    return np.array([(matrix.longest + 1.0001 * math.sqrt(square)) ** 2 for square in squares])


def _products(queries: Floats, values: Floats, out: Floats) -> None:
    """Write the products of queries (m, D) and values (D, t): (m, t)."""
    if len(queries) not in (2, 3):
        np.matmul(queries, values, out=out)
    else:  # where BLAS has nothing to gain from more than one at a time
        for query, line in zip(queries, out, strict=True):
            np.matmul(query, values, out=line)


def distances(matrix: Matrix, rows: Ints, queries: Floats, which: Ints | None, metric: Metric) -> Doubles:
    """Return the distances of pairs of rows and queries in float64: (c,).

    rows: (c,) numbers of rows. queries: (m, D), which: (c,) the query of each pair, None where there is but one.
    """
    if callable(metric):
        return _own(matrix, rows, queries, which, metric)
    if metric == "cosine" and abs(matrix.longest - 1) < _UNIT / 3 and abs(matrix.shortest - 1) < _UNIT / 3:
        metric = "unit"
    targets = queries.astype(np.float64)
    if which is None and len(rows) <= _BLOCK:
        return _exact(matrix.take(rows), targets, metric, matrix.mask(rows))
    found = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        target = targets if which is None else targets[which[part]]
        found[part] = _exact(matrix.take(rows[part]), target, metric, matrix.mask(rows[part]))
    return found


def _own(
    matrix: Matrix, rows: Ints, queries: Floats, which: Ints | None, metric: Callable[[Floats, Floats], npt.ArrayLike]
) -> Doubles:
    out = np.empty(len(rows), np.float64)
    for number, query in enumerate(queries):
        here = np.ones(len(rows), bool) if which is None else which == number
        found = np.asarray(metric(matrix.take(rows[here]), query.copy()), np.float64)
        if found.shape != (int(here.sum()),):
            raise ValueError(f"a metric gets rows (n, D) and a query (D,) and gives (n,) distances, not {found.shape}")
        out[here] = found
    return out


def _exact(values: Floats, query: Doubles, metric: str, mask: npt.NDArray[np.bool_] | None) -> Doubles:
    """Return the distances of values (c, D) to queries (c, D) or one (1, D)."""
    gaps: Doubles = values - query
    if metric == "unit":  # half the squared chord is 1 minus the cosine, without its rounding: 0 for equals, never less
        return _sum_of_squares(gaps) * 0.5
    if metric == "cosine":  # files may hold rows that are no unit vectors: to those ml5 gives 1 minus the product
        rows = values.astype(np.float64)
        odd = np.abs(np.einsum("ij,ij->i", rows, rows) - 1) > _UNIT
        products = np.einsum("ij,ij->i", rows, np.broadcast_to(query, rows.shape)) if odd.any() else 0.0
        return np.where(odd, 1 - products, _sum_of_squares(gaps) * 0.5)
    if metric == "manhattan":
        return np.asarray(np.add.reduce(np.abs(gaps, out=gaps), axis=1))
    if mask is None or (mask.all() and not np.isnan(query).any()):
        return np.sqrt(_sum_of_squares(gaps))
    both = mask & ~np.isnan(query)
    gaps[~both] = 0
    shared = np.count_nonzero(both, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = _sum_of_squares(gaps) * (query.shape[1] / shared)
    return np.where(shared > 0, np.sqrt(squares), np.inf)


def _sum_of_squares(gaps: Doubles) -> Doubles:
    """Return the sums along rows (c, D), which are written over: (c,), the same for equal rows whatever c."""
    return np.asarray(np.add.reduce(np.multiply(gaps, gaps, out=gaps), axis=1))
