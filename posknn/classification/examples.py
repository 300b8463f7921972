"""Keeps labelled rows under one writer's lock and hands readers snapshots that never change."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.labels import check_label, key_of, tie_order
from posknn.classification.rows import Matrix, Rows, grown
from posknn.classification.snapshot import Snapshot
from posknn.classification.state import KNNState
from posknn.errors import UnknownLabelError
from posknn.values import Label

__all__ = ["Examples", "Snapshot", "check_label"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NO_ROWS: Final = Matrix(0, (), np.empty(0, np.float32), 0.0, 0.0, None)
_BLOCK: Final = 2048
_TABLE: Final = np.dtype(
    [("id", np.int64), ("class", np.int64), ("time", np.float64), ("recording", np.int32), ("length", np.float32)]
)


class Examples:
    """The examples of a classifier. masked: rows may hold NaN for what is missing.

    Any thread may read `snapshot`; writers take turns. An id is never given twice.
    """

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked
        self._lock = threading.Lock()
        self._next_id = 0
        self._rows: Rows | None
        self._table: npt.NDArray[np.void]
        self._labels: tuple[Label, ...]
        self._counts: list[int]
        self._empty()

    def __getstate__(self) -> dict[str, object]:
        with self._lock:
            return {name: value for name, value in vars(self).items() if name not in {"_lock", "_snapshot"}}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()
        self._publish()

    @property
    def snapshot(self) -> Snapshot:
        """The examples as they stand now."""
        return self._snapshot

    @property
    def width(self) -> int | None:
        """D, the length of a row; None before the first."""
        return None if self._rows is None else self._rows.width

    @property
    def next_id(self) -> int:
        """The id that the next example gets."""
        return self._next_id

    def add(
        self,
        parts: Iterable[tuple[Floats, Floats | float]],
        labels: Sequence[Label],
        recordings: Sequence[str | None] | None = None,
        times: Sequence[float] | Doubles | None = None,
    ) -> list[int]:
        """Add rows, all or none, and return their ids.

        parts: rows (m, D) and their lengths (m,), bit by bit; together as many as there are labels, recordings and
        times. ValueError for another D; what else a part raises comes through. Nothing is changed then.
        """
        with self._lock:
            return self._add(parts, labels, recordings, times)

    def restore(self, state: KNNState, parts: Iterable[tuple[Floats, Floats | float]] | None = None) -> None:
        """Put back what a snapshot once held. parts: its rows and their lengths, as in `add`, where not as they are."""
        if parts is None:
            blocks = (slice(start, start + _BLOCK) for start in range(0, len(state.rows), _BLOCK))
            parts = ((state.rows[block], state.lengths[block]) for block in blocks)
        with self._lock:
            self._empty()
            self._labels = tuple(state.labels)
            self._classes_by_label.update((key_of(label), index) for index, label in enumerate(state.labels))
            self._counts = [0] * len(state.labels)
            if len(state.ids):
                labels = [state.labels[index] for index in state.classes.tolist()]
                self._add(parts, labels, state.recordings, state.times)
                self._table["id"][: len(labels)] = state.ids
            self._next_id = state.next_id
            self._publish()

    def forget(self, example: int) -> None:
        """Remove one example; UnknownLabelError when there is none of that id."""
        with self._lock:
            self._find(example)
            self._drop(self._snapshot.ids == example)

    def relabel(self, example: int, label: Label) -> None:
        """Give one example another label; UnknownLabelError when there is none of that id."""
        with self._lock:
            row = self._find(example)
            self._table = self._table.copy()  # snapshots keep the old one
            self._table["class"][row] = self._class_of(label)
            self._find_first()
            self._publish()

    def clear_label(self, label: Label) -> None:
        """Remove the examples of one label; UnknownLabelError when it has none."""
        with self._lock:
            index = self._classes_by_label.get(key_of(label))
            if index is None or index not in self._first:
                taught = ", ".join(repr(self._labels[index]) for index in sorted(self._snapshot.order)) or "nothing yet"
                raise UnknownLabelError(f"the label {label!r} was never taught; taught: {taught}")
            self._drop(self._snapshot.classes == index)

    def clear(self) -> None:
        """Remove everything; the next row may have another length."""
        with self._lock:
            self._empty()

    # Below, callers hold the lock.

    def _empty(self) -> None:
        self._rows = None
        self._table = np.empty(64, _TABLE)
        self._count = 0
        self._labels = ()
        self._classes_by_label: dict[tuple[type, Label], int] = {}
        self._counts = []
        self._first: dict[int, int] = {}
        self._recordings: list[str | None] = [None]  # only ever grows: snapshots share it
        self._numbers: dict[str | None, int] = {None: 0}
        self._sort()
        self._publish()

    def _add(
        self,
        parts: Iterable[tuple[Floats, Floats | float]],
        labels: Sequence[Label],
        recordings: Sequence[str | None] | None,
        times: Sequence[float] | Doubles | None,
    ) -> list[int]:
        rows, start, end = self._rows, self._count, self._count + len(labels)
        if rows is not None:
            rows.cut(start)  # to what counts: an earlier call may have been interrupted
        if end > len(self._table):
            self._table = grown(self._table, start, end)
        place = start
        for part, lengths in parts:
            if rows is None:
                rows = Rows(part.shape[1], masked=self._masked, capacity=max(64, len(labels)))
            elif part.shape[1] != rows.width:  # another writer was first
                raise ValueError(f"rows of {rows.width} numbers are kept here, not of {part.shape[1]}")
            rows.append(part)
            if len(labels) > 1:
                self._table["length"][place : place + len(part)] = lengths
            place += len(part)
        ids = range(self._next_id, self._next_id + len(labels))
        if len(labels) == 1:  # as when teaching live: column by column takes longer
            index, number = self._class_of(labels[0]), 0 if recordings is None else self._number_of(recordings[0])
            length = lengths if isinstance(lengths, float) else lengths[0]
            self._table[start] = ids[0], index, np.nan if times is None else times[0], number, length
            counts = self._counts + [0] * (len(self._labels) - len(self._counts))
            counts[index] += 1
            new_first = {} if index in self._first else {index: start}
        else:
            new = self._table[start:end]
            new["id"] = np.arange(ids.start, ids.stop)
            # One by one: lists of a million numbers would weigh half as much as this whole table.
            new["class"] = np.fromiter(map(self._class_of, labels), np.int64, len(labels))
            new["recording"] = 0 if recordings is None else np.fromiter(map(self._number_of, recordings), np.int32)
            new["time"] = np.nan if times is None else times
            counts, new_first = self._counted(new["class"], start)
        # Only this makes the rows count: Ctrl-C before it leaves the examples as they were.
        self._rows, self._count, self._next_id, self._counts = rows, end, ids.stop, counts
        if new_first:
            self._first = self._first | new_first
            self._sort()
        self._publish()
        return list(ids)

    def _counted(self, classes: Ints, start: int) -> tuple[list[int], dict[int, int]]:
        """Return the counts with some rows (m,) more, and the first rows of classes that had none."""
        counts = np.bincount(classes, minlength=len(self._labels))
        counts[: len(self._counts)] += np.array(self._counts, np.int64)
        first = {index: start + row for index, row in _first_rows(classes).items() if index not in self._first}
        return counts.tolist(), first

    def _number_of(self, recording: str | None) -> int:
        number = self._numbers.get(recording)
        if number is None:
            number = self._numbers[recording] = len(self._recordings)
            self._recordings.append(recording)
        return number

    def _class_of(self, label: Label) -> int:
        """Return the class index of a label, a new one if need be."""
        index = self._classes_by_label.get(key_of(label))
        if index is None:
            index = len(self._labels)
            self._labels = (*self._labels, label)
            self._classes_by_label[key_of(label)] = index
        return index

    def _find(self, example: int) -> int:
        found = np.flatnonzero(self._snapshot.ids == example)
        if len(found) == 0:
            raise UnknownLabelError(f"there is no example with id {example}")
        return int(found[0])

    def _drop(self, drop: npt.NDArray[np.bool_]) -> None:
        assert self._rows is not None
        self._rows.cut(self._count)
        table = self._table[: self._count][~drop]
        self._rows, self._table, self._count = self._rows.without(drop), table, len(table)
        self._find_first()
        self._publish()

    def _find_first(self) -> None:
        """Count the rows of each class and find its first, anew."""
        classes = self._table["class"][: self._count]
        self._counts = np.bincount(classes, minlength=len(self._labels)).tolist()
        self._first = _first_rows(classes)
        self._sort()

    def _sort(self) -> None:
        """Put the classes in the order that breaks ties."""
        # By first rows: answers depend on the examples, not on what was forgotten, and a cleared class that is
        # taught again comes last, as in TF.js.
        self._order = tuple(sorted(self._first, key=lambda index: tie_order(self._labels[index], self._first[index])))
        self._ranks = np.zeros(len(self._labels), np.int64)
        self._ranks[list(self._order)] = np.arange(len(self._order))

    def _publish(self) -> None:
        """Put a new snapshot in the place of the old one, in one step."""
        if self._rows is not None:
            self._rows.cut(self._count)
        self._snapshot = Snapshot(
            _NO_ROWS if self._rows is None else self._rows.matrix(),
            self._table[: self._count],
            self._recordings,
            self._labels,
            tuple(self._counts),
            self._order,
            self._ranks,
        )


def _first_rows(classes: Ints) -> dict[int, int]:
    """Return the first row of each class there is among classes (n,)."""
    first = np.full(int(classes.max(initial=-1)) + 1, -1)
    first[classes[::-1]] = np.arange(len(classes) - 1, -1, -1)  # of those of one class the last one written stays
    return {index: row for index, row in enumerate(first.tolist()) if row >= 0}
