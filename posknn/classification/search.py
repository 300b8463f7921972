"""Finds the nearest rows exactly, for one query or many, with the textbook speed and none of its rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.distances import METRICS, Metric, Scores, distances, scores, scores_of_one, tame, unit
from posknn.classification.rows import Matrix, Rows

__all__ = ["METRICS", "Matrix", "Metric", "Rows", "Sight", "nearest", "nearest_many", "unit"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Ranks = Callable[[Ints], Ints]

_LANES: Final = (32, 16, 8)
_TILE: Final = 2**19
"""How many scores are looked at together: 2 MB, which stay in a processor's cache."""
_NARROW: Final = 8192
_PAIRS: Final = 2**18
_LARGEST: Final = float(np.finfo(np.float32).max)


class Sight:
    """How near all rows are to one thing, seen in V ways: queries (V, D). A row's distance is that to the nearest way.

    It is looked at once, in float32, however often it is asked.
    """

    def __init__(self, matrix: Matrix, queries: Floats, metric: Metric) -> None:
        self._matrix, self._queries, self._metric = matrix, queries, metric
        self._scored: tuple[Floats | None, float, float] | None = None

    def nearest(self, k: int, ranks: Ranks) -> tuple[Ints, Doubles]:
        """Return the k nearest rows and their distances: (k,) int64 and (k,) float64, nearest first.

        k: at most the number of rows. ranks: breaks ties, gives a (c,) rank for (c,) row numbers; then the earlier row.
        Distances are those of float64 arithmetic: float32 only chooses candidates, with a margin that its rounding
        cannot exceed. Rows that share no coordinate with the query are at infinite distance.
        """
        rows, ways = self._few(k), len(self._queries)
        if ways == 1:
            far = distances(self._matrix, rows, self._queries, None, self._metric)
        else:
            which = np.repeat(np.arange(ways), len(rows))
            tiled = np.tile(rows, ways)
            far = distances(self._matrix, tiled, self._queries, which, self._metric).reshape(ways, -1).min(axis=0)
        order = np.lexsort((ranks(rows), far))[:k]  # which leaves equals in the order of rows
        return rows[order], far[order]

    def _few(self, k: int) -> Ints:
        """Return rows that surely hold the k nearest, and perhaps a few more: (c,)."""
        n = len(self._matrix)
        if n <= k or callable(self._metric):
            return np.arange(n)
        if self._scored is None:
            self._scored = _score(self._matrix, self._queries, self._metric)
        best, margin, share = self._scored
        if best is None:
            return np.arange(n)
        # The k smallest of the groups' minima belong to k different rows, so the k-th smallest score is no larger.
        # Neighbouring rows, near copies in a recording, go to different groups: that keeps the bound tight.
        lanes = max(1, min(_LANES[0], n // (8 * k)))
        groups = n // lanes
        least = np.minimum.reduce(best[: lanes * groups].reshape(lanes, groups))
        found = (best <= _above(least, k, margin, share)).nonzero()[0]
        if len(found) > 8 * lanes:
            few = best[found]
            found = found[few <= _above(few.copy(), k, margin, share)]
        return found


def nearest(matrix: Matrix, queries: Floats, k: int, metric: Metric, ranks: Ranks) -> tuple[Ints, Doubles]:
    """Return what `Sight.nearest` says of one thing, queries (V, D)."""
    return Sight(matrix, queries, metric).nearest(k, ranks)


def nearest_many(matrix: Matrix, queries: Floats, k: int, metric: Metric, ranks: Ranks) -> tuple[Ints, Doubles]:
    """Return what `nearest` finds for each of many queries (m, V, D): (m, k) int64 and (m, k) float64."""
    m = len(queries)
    rows, found = np.empty((m, k), np.int64), np.empty((m, k), np.float64)
    if len(matrix) <= k or callable(metric):
        blocks, left = [], [np.arange(m)]
    else:
        wide = max(1, _TILE // (queries.shape[1] * min(_NARROW, len(matrix))))
        blocks, left = [np.arange(start, min(start + wide, m)) for start in range(0, m, wide)], []
    while blocks:
        block = blocks.pop()
        asked = queries if len(block) == m else queries[block]
        write, margins, share = scores(matrix, asked, str(metric))
        wild = _wild(margins, share)
        if wild.any():
            left.append(block[wild])
            block, asked, margins = block[~wild], asked[~wild], margins[~wild]
            if len(block) == 0:
                continue
            write = scores(matrix, asked, str(metric))[0]
        pairs = _candidates(matrix, write, asked.shape[:2], k, 2.001 * margins, 2.01 * share)
        if pairs is None:  # near copies by the thousand: fewer at a time
            blocks += [block[: len(block) // 2], block[len(block) // 2 :]]
        else:
            rows[block], found[block] = _settle(matrix, asked, *pairs, k, metric, ranks)
    for place in (place for places in left for place in places.tolist()):
        rows[place], found[place] = nearest(matrix, queries[place], k, metric, ranks)
    return rows, found


def _wild(margins: Doubles, share: float) -> npt.NDArray[np.bool_]:
    """Say for which queries float32 cannot choose candidates, so that every row is one: (m,)."""
    if share:
        return np.zeros(len(margins), bool)
    return np.array([not tame(margin) for margin in margins.tolist()])


def _score(matrix: Matrix, queries: Floats, metric: str) -> tuple[Floats | None, float, float]:
    """Return scores of all rows (n,), None where float32 cannot tell, and by how much and what share they may err."""
    scored = scores_of_one(matrix, queries, metric) if len(queries) == 1 else None
    if scored is not None:
        return *scored, 0.0
    write, margins, share = scores(matrix, queries[None], metric)
    margin = float(margins[0])
    if not share and not tame(margin):
        return None, margin, share
    room = np.empty((len(queries), len(matrix)), np.float32)
    for chunk in matrix.chunks:
        write(chunk.values, chunk.rows, room[:, chunk.rows])
    return np.minimum.reduce(room), margin, share


def _above(scores: Floats, k: int, margin: float, share: float) -> float:
    """Return the k-th smallest of some scores, which change places, raised by twice what rounding may have done."""
    scores.partition(k - 1)
    kth = float(scores[k - 1])
    cut = kth + 2.001 * margin + (2.01 * share + 1e-6) * abs(kth)  # the last so that it is no less in float32
    return cut if cut <= _LARGEST else np.inf


def _candidates(
    matrix: Matrix, write: Scores, shape: tuple[int, ...], k: int, margins: Doubles, share: float
) -> tuple[Ints, Ints] | None:
    """Return pairs, numbers of queries (c,) and of rows (c,), that surely hold the k nearest of each query.

    shape: m queries, seen in V ways. margins, share: by how much more than the k-th smallest a score may be.
    None when there are too many for several queries at a time.
    """
    m, ways = shape
    step = max(_NARROW, _TILE // (m * ways))
    best = np.empty((m, 0), np.float32)
    cut = np.full(m, np.inf)
    kept: list[tuple[Ints, Ints, Floats]] = []
    for chunk in matrix.chunks:
        for start in range(0, len(chunk), step):
            part = slice(start, min(start + step, len(chunk)))
            size = part.stop - part.start
            lanes = next((lanes for lanes in _LANES if size >= 8 * k * lanes), 1)
            groups = -(-size // lanes)
            room = np.empty((m * ways, lanes * groups), np.float32)
            room[:, size:] = np.inf
            write(chunk.values[:, part], slice(chunk.start + part.start, chunk.start + part.stop), room[:, :size])
            tile = room if ways == 1 else room.reshape(m, ways, -1).min(axis=1)
            lined = tile.reshape(m, lanes, groups)
            least = tile if lanes == 1 else lined.min(axis=1)
            pool = least if best.shape[1] == 0 else np.concatenate([best, least], axis=1)
            if pool.shape[1] > k:
                best = np.partition(pool, k - 1, axis=1)[:, :k]
                kth = best[:, k - 1].astype(np.float64)
                cut = kth + margins + (share + 1e-6) * np.abs(kth)  # the last so that it is no less in float32
            else:
                best = pool
            which, group = np.nonzero(least <= cut[:, None])
            if lanes == 1:
                kept.append((which, chunk.start + start + group, tile[which, group]))
            else:
                few = lined[which, :, group]
                hit, lane = np.nonzero(few <= cut[which, None])
                place = lane * groups + group[hit]
                real = place < size
                kept.append((which[hit][real], chunk.start + start + place[real], few[hit, lane][real]))
            if m > 1 and sum(len(one[0]) for one in kept) > _PAIRS:
                return None
    which, rows, found = (np.concatenate(column) for column in zip(*kept, strict=True))
    near = found <= cut[which]
    return which[near], rows[near]


def _settle(
    matrix: Matrix, queries: Floats, which: Ints, rows: Ints, k: int, metric: Metric, ranks: Ranks
) -> tuple[Ints, Doubles]:
    """Return the k nearest of the pairs of each query (m, V, D) and row, and their distances: (m, k) both."""
    far = distances(matrix, rows, queries[:, 0], which, metric)
    for way in range(1, queries.shape[1]):
        np.minimum(far, distances(matrix, rows, queries[:, way], which, metric), out=far)
    order = np.lexsort((rows, ranks(rows), far, which))
    first = np.searchsorted(which[order], np.arange(len(queries)))
    picked = order[first[:, None] + np.arange(k)]
    return rows[picked], far[picked]
