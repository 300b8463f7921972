"""Keeps the rows that are searched: a matrix that grows at its end and never changes what it once gave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Chunk", "Matrix", "Missing", "Rows", "grown"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Column = TypeVar("Column", bound=npt.NDArray[Any])

_HUGE: Final = 1e18
"""Squares of longer rows are kept as if they were this long: float32 cannot hold them, and they are not looked at."""
_CHUNK: Final = 2**20
"""Numbers in a chunk, 4 MB: a matrix grows, and forgets, by copying one chunk at most."""
_LINE: Final = 16
"""Numbers in a line of a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Rows that lie together in memory.

    start: the number of the first of them. values: (D, c) float32, a column for each row, with 0 in place of NaN: the
    product with one vector is a quarter to a half faster that way round.
    """

    start: int
    values: Floats

    def __len__(self) -> int:
        return int(self.values.shape[1])

    @property
    def rows(self) -> slice:
        """Their numbers."""
        return slice(self.start, self.start + self.values.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """Where numbers are missing in the rows of a Matrix.

    pattern: (n,) int64, which of the patterns a row has. patterns: (P, D) float32, 1 where there is a number and 0
    elsewhere; few, for the same keypoints hide again and again.
    """

    pattern: Ints
    patterns: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """What one search sees: n rows of D numbers that nobody will change any more.

    chunks: the rows, in order. squares: (n,) float32, the squared length of each row. longest, shortest: no less than
    the greatest of their lengths and no more than the least. missing: for nan_euclidean only.
    """

    width: int
    chunks: tuple[Chunk, ...]
    squares: Floats
    longest: float
    shortest: float
    missing: Missing | None

    def __len__(self) -> int:
        return len(self.squares)

    def take(self, rows: Ints) -> Floats:
        """Return some rows, 0 in place of NaN: (c, D)."""
        if len(self.chunks) == 1:
            return self.chunks[0].values.T[rows]
        taken = np.empty((len(rows), self.width), np.float32)
        which = np.searchsorted([chunk.start for chunk in self.chunks], rows, "right") - 1
        for number in set(which.tolist()):
            chunk, here = self.chunks[number], np.flatnonzero(which == number)
            taken[here] = chunk.values.T[rows[here] - chunk.start]
        return taken

    def mask(self, rows: Ints) -> npt.NDArray[np.bool_] | None:
        """Return where some rows have numbers: (c, D); None when nothing can be missing."""
        return None if self.missing is None else self.missing.patterns[self.missing.pattern[rows]] > 0

    def raw(self) -> Floats:
        """Return the rows as they were added: (n, D), NaN included."""
        values = np.empty((len(self), self.width), np.float32)
        for chunk in self.chunks:
            values[chunk.start : chunk.start + len(chunk)] = chunk.values.T
        if self.missing is not None:
            values[self.missing.patterns[self.missing.pattern] == 0] = np.nan
        return values


class Rows:
    """A matrix that grows at its end. What it once gave as a Matrix stays as it was.

    masked: rows may hold NaN. limit: how many rows a chunk holds at most.
    """

    def __init__(self, width: int, *, masked: bool, capacity: int = 64, limit: int | None = None) -> None:
        self.width = width
        self._masked = masked
        self._limit = max(256, _CHUNK // max(1, width)) if limit is None else limit
        self._count = 0
        self._longest, self._shortest = 0.0, np.inf
        self._chunks = [self._empty(0, min(capacity, self._limit))]  # the last one may have room
        self._squares = np.empty(capacity, np.float32)
        self._pattern = np.empty(capacity if masked else 0, np.int64)
        self._patterns = np.empty((4, width), np.float32)
        self._known: dict[bytes, int] = {}
        self._whole = np.ones((1, width if masked else 0), bool)

    def cut(self, count: int) -> None:
        """Take back what was appended beyond `count` rows and never given out."""
        if count < self._count:
            self._count = count
            while len(self._chunks) > 1 and self._chunks[-1].start >= count:
                self._chunks.pop()

    def append(self, rows: Floats) -> None:
        """Add rows (m, D) float32 at the end."""
        start, end = self._count, self._count + len(rows)
        squares = _squares_of(rows)
        if self._masked:
            seen = self._whole
            if np.isnan(np.add.reduce(squares)):
                seen = ~np.isnan(rows)
                rows = np.where(seen, rows, np.float32(0))
                squares = _squares_of(rows)
            self._pattern = grown(self._pattern, start, end)
            self._pattern[start:end] = self._patterns_of(seen)
        if len(squares) == 1:  # as when teaching live
            longest = shortest = float(squares[0]) ** 0.5
        else:
            longest, shortest = float(squares.max(initial=0.0)) ** 0.5, float(squares.min(initial=np.inf)) ** 0.5
        self._squares = grown(self._squares, start, end)
        self._squares[start:end] = squares if longest < _HUGE else np.minimum(squares, _HUGE * _HUGE)
        for place in range(0, len(rows), self._limit):
            self._fill(rows[place : place + self._limit])
        self._longest, self._shortest = max(self._longest, longest), min(self._shortest, shortest)

    def matrix(self) -> Matrix:
        """Return the rows so far."""
        n = self._count
        last = self._chunks[-1]
        tail = Chunk(last.start, last.values[:, : n - last.start])
        missing = Missing(self._pattern[:n], self._patterns[: len(self._known)]) if self._masked else None
        return Matrix(self.width, (*self._chunks[:-1], tail), self._squares[:n], self._longest, self._shortest, missing)

    def without(self, drop: npt.NDArray[np.bool_]) -> Rows:
        """Return a new matrix of the rows whose drop (n,) is False; chunks that lose nothing are not copied."""
        kept = ~drop
        rows = Rows(self.width, masked=self._masked, capacity=0, limit=self._limit)
        for chunk in self.matrix().chunks:
            keep = kept[chunk.start : chunk.start + len(chunk)]
            rows._join(chunk if keep.all() else self._compressed(chunk, keep))
        rows._squares = self._squares[: self._count][kept]
        if self._masked:
            rows._pattern = self._pattern[: self._count][kept]
            rows._patterns, rows._known = self._patterns.copy(), dict(self._known)
        longest = float(rows._squares.max(initial=0.0)) ** 0.5 * (1 + 1e-6)  # they are rounded
        rows._longest = min(self._longest, longest) if longest < _HUGE else self._longest
        rows._shortest = self._shortest
        return rows

    def _join(self, chunk: Chunk) -> None:
        """Take over a chunk as it is, or together with the last one where both are small."""
        last = self._chunks[-1]
        if len(last) + len(chunk) <= max(len(chunk), self._limit // 2):
            values = chunk.values if len(last) == 0 else np.concatenate([last.values, chunk.values], axis=1)
            self._chunks[-1] = Chunk(last.start, values)
        elif len(chunk):
            self._chunks.append(Chunk(self._count, chunk.values))
        self._count += len(chunk)

    def _fill(self, rows: Floats) -> None:
        """Write rows, no more than a chunk holds, behind the last one."""
        last = self._chunks[-1]
        used = self._count - last.start
        here = rows[: max(0, self._limit - used)]
        if used + len(here) > len(last):
            # A new array, never in place: a Matrix given out earlier still looks at the old one.
            larger = self._empty(last.start, min(self._limit, max(used + len(here), 2 * len(last))))
            larger.values[:, :used] = last.values[:, :used]
            last = self._chunks[-1] = larger
        last.values[:, used : used + len(here)] = here.T
        self._count += len(here)
        if len(here) < len(rows):
            # Whole from the start: chunks of one size leave no gaps in memory that the next does not fit into.
            self._chunks.append(self._empty(self._count, self._limit))
            self._fill(rows[len(here) :])

    def _compressed(self, chunk: Chunk, keep: npt.NDArray[np.bool_]) -> Chunk:
        """Return those of a chunk that are kept (c,)."""
        kept = self._empty(chunk.start, int(np.count_nonzero(keep)))
        for column, whole in zip(kept.values, chunk.values, strict=True):
            column[:] = whole[keep]
        return kept

    def _empty(self, start: int, capacity: int) -> Chunk:
        # An odd number of cache lines from one number of a row to the next: else they would all compete for few places.
        lines = -(-capacity // _LINE) | 1
        return Chunk(start, np.empty((self.width, lines * _LINE), np.float32)[:, :capacity])

    def _patterns_of(self, seen: npt.NDArray[np.bool_]) -> list[int]:
        """Return the number of each row's pattern (m, D), new ones if need be."""
        found = []
        for row in seen:
            key = row.tobytes()
            number = self._known.get(key)
            if number is None:
                number = len(self._known)
                self._patterns = grown(self._patterns, number, number + 1)  # older Matrices keep theirs
                self._patterns[number] = row
                self._known[key] = number
            found.append(number)
        return found


def _squares_of(rows: Floats) -> npt.NDArray[np.float64]:
    """Return the squared lengths of rows (m, D), added in float64: (m,)."""
    if len(rows) == 1:  # as when teaching live: this is quicker
        row = rows[0].astype(np.float64)
        return np.array([row.dot(row)])
    return np.asarray(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))


def grown(column: Column, count: int, needed: int) -> Column:
    """Return a column (m, ...) that has room for `needed`, the first `count` kept; itself when it has the room."""
    if needed <= len(column):
        return column
    larger = np.empty((max(needed, 2 * len(column)), *column.shape[1:]), column.dtype)
    larger[:count] = column[:count]
    return larger  # type: ignore[return-value]
