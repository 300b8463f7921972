"""Measures distances twice: quickly in float32, with a bound on its rounding, and truly in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.rows import Chunk, Matrix

__all__ = ["MARGINS", "METRICS", "Metric", "Scores", "distances", "scores", "unit"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Metric = str | Callable[[Floats, Floats], npt.ArrayLike]
METRICS: Final = ("cosine", "euclidean", "manhattan", "nan_euclidean")
"""nan_euclidean leaves out coordinates that are NaN in either vector and rescales by D over those compared, as
scikit-learn's metric of that name does."""

Scores = Callable[[Chunk, slice, Floats], None]
"""Writes the scores (m, t) of some rows of a chunk, which rise with the distance."""

MARGINS: Final = 1e-34, 1e22
_U: Final = float(np.finfo(np.float32).eps) / 2
_LEAST: Final = np.float32(np.finfo(np.float32).tiny)
_BLOCK: Final = 512
_TILE: Final = 1024
_UNIT: Final = 1e-5


def unit(vectors: Floats) -> tuple[Floats, Floats]:
    """Divide rows (m, D) by their lengths in the steps in which TF.js rounds; return them and the lengths (m,).

    Squares are rounded to float32 and added in float64, sum and root are rounded again. A zero row stays zero.
    """
    sums = np.add.accumulate(vectors * vectors, axis=1, dtype=np.float64)[:, -1]
    lengths: Floats = np.sqrt(sums.astype(np.float32))
    # In float32: rounding a quotient of float64 gives the same.
    units: Floats = np.divide(vectors, np.maximum(lengths, _LEAST)[:, None])
    return units, lengths


def scores(matrix: Matrix, queries: Floats, metric: str) -> tuple[Scores, Doubles, float]:
    """Return what scores rows against queries (m, V, D) in float32, and how far rounding may have moved a score.

    queries: of length 1 for cosine.
    Scores are written V lines for each query, and can be compared within these. Rounding moves them by at most
    margins (m,), plus a share of the score itself (Higham, Accuracy and Stability of Numerical Algorithms,
    section 3.1). That holds as long as squares are far from overflow and underflow: where a margin is within MARGINS.
    """
    m, ways, width = queries.shape
    write, margins, share = _SCORES[metric](matrix, queries.reshape(m * ways, width), ways)
    return write, margins if ways == 1 else margins.reshape(m, ways).max(axis=1), share


def _cosine(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    opposite = -queries

    def write(chunk: Chunk, part: slice, out: Floats) -> None:
        _products(opposite, chunk.values[part], out)

    reach = 1.0001 * max(1.0, matrix.longest)  # 1, but for rows of a file that were never normalised
    return write, np.full(len(queries), (matrix.width + 16) * _U * reach), 0.0


def _euclidean(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    twice = -2 * queries
    squares = np.einsum("ij,ij->i", queries, queries)[:, None] if ways > 1 else None  # one alone can do without its own

    def write(chunk: Chunk, part: slice, out: Floats) -> None:
        _products(twice, chunk.values[part], out)
        out += matrix.squares[chunk.start + part.start : chunk.start + part.stop]
        if squares is not None:
            out += squares

    reach = matrix.longest + _reach(queries)
    return write, (matrix.width + 8) * _U * reach * reach, 0.0


def _manhattan(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    ones = np.ones(matrix.width, np.float32)
    room = np.empty((_TILE, matrix.width), np.float32)

    def write(chunk: Chunk, part: slice, out: Floats) -> None:
        with np.errstate(over="ignore"):  # infinite scores make candidates
            for start in range(part.start, part.stop, _TILE):
                rows = chunk.values[start : min(start + _TILE, part.stop)]
                for query, line in zip(queries, out[:, start - part.start :], strict=True):
                    apart = np.subtract(rows, query, out=room[: len(rows)])
                    np.matmul(np.abs(apart, out=apart), ones, out=line[: len(rows)])

    return write, np.zeros(len(queries)), (matrix.width + 4) * _U


def _nan_euclidean(matrix: Matrix, queries: Floats, ways: int) -> tuple[Scores, Doubles, float]:
    missing = matrix.missing
    assert missing is not None
    seen = ~np.isnan(queries)
    known = np.where(seen, queries, np.float32(0))
    twice = -2 * known
    hidden = np.flatnonzero(~seen.all(axis=0))
    lost = (~seen[:, hidden]).astype(np.float32)
    shared = seen.astype(np.float32) @ missing.patterns.T  # whole numbers far below 2**24: exact
    scale = (matrix.width / np.maximum(shared, 1)).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # far-off numbers have no use for it
        offset = (known * known) @ missing.patterns.T
    offset[shared == 0] = np.inf

    def write(chunk: Chunk, part: slice, out: Floats) -> None:
        rows = slice(chunk.start + part.start, chunk.start + part.stop)
        _products(twice, chunk.values[part], out)
        out += matrix.squares[rows]
        if len(hidden):
            out -= lost @ chunk.squares[:, part][hidden]
        if scale.shape[1] == 1:
            out += offset
            out *= scale
        else:
            pattern = missing.pattern[rows]
            out += offset.take(pattern, axis=1)
            out *= scale.take(pattern, axis=1)

    reach = matrix.longest + _reach(known)
    return write, (3 * matrix.width + 8) * _U * reach * reach * scale.max(axis=1), 0.0


_SCORES: Final = {
    "cosine": _cosine,
    "euclidean": _euclidean,
    "manhattan": _manhattan,
    "nan_euclidean": _nan_euclidean,
}


def _reach(queries: Floats) -> Doubles:
    squares = np.einsum("ij,ij->i", queries, queries).astype(np.float64)
    lengths: Doubles = np.sqrt(squares)
    return lengths * 1.0001  # no less than they are


def _products(queries: Floats, rows: Floats, out: Floats) -> None:
    """Write the products of queries (m, D) and rows (t, D): (m, t)."""
    if len(queries) > 2:
        np.matmul(queries, rows.T, out=out)
    else:  # where BLAS has nothing to gain from more than one at a time
        for query, line in zip(queries, out, strict=True):
            np.matmul(rows, query, out=line)


def distances(matrix: Matrix, rows: Ints, queries: Floats, which: Ints | None, metric: Metric) -> Doubles:
    """Return the distances of pairs of rows and queries in float64: (c,).

    rows: (c,) numbers of rows. queries: (m, D), which: (c,) the query of each pair, None where there is but one.
    """
    if callable(metric):
        return _own(matrix, rows, queries, which, metric)
    if metric == "cosine" and abs(matrix.longest - 1) < _UNIT / 3 and abs(matrix.shortest - 1) < _UNIT / 3:
        metric = "unit"
    targets = queries.astype(np.float64)
    out = np.empty(len(rows), np.float64)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        values = matrix.take(rows[part]).astype(np.float64)
        target = targets if which is None else targets[which[part]]
        out[part] = _exact(values, target, metric, matrix.mask(rows[part]))
    return out


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


def _exact(values: Doubles, query: Doubles, metric: str, mask: npt.NDArray[np.bool_] | None) -> Doubles:
    """Return the distances of values (c, D), which are written over, to queries (c, D) or one (1, D)."""
    if metric == "unit":  # half the squared chord is 1 minus the cosine, without its rounding: 0 for equals, never less
        values -= query
        return np.asarray(np.einsum("ij,ij->i", values, values) / 2)
    if metric == "cosine":  # files may hold rows that are no unit vectors: to those ml5 gives 1 minus the product
        odd = np.abs(np.einsum("ij,ij->i", values, values) - 1) > _UNIT
        products = np.einsum("ij,ij->i", values, np.broadcast_to(query, values.shape)) if odd.any() else 0.0
        values -= query
        return np.asarray(np.where(odd, 1 - products, np.einsum("ij,ij->i", values, values) / 2))
    values -= query
    if metric == "manhattan":
        return np.asarray(np.abs(values, out=values).sum(axis=1))
    if mask is None:
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", values, values)))
    both = mask & ~np.isnan(query)
    values[~both] = 0
    shared = both.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", values, values) * (query.shape[1] / shared)
    return np.where(shared > 0, np.sqrt(squares), np.inf)
