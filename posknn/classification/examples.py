"""Keeps labelled rows under one writer's lock and hands readers snapshots that never change."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.search import Matrix, Rows
from posknn.errors import UnknownLabelError
from posknn.values import Label

__all__ = ["Examples", "Snapshot", "check_label"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Origin = tuple[str | None, float | None]

_LARGEST_ARRAY_INDEX: Final = 2**32 - 2
_NO_ROWS: Final = Matrix(np.empty((0, 0), np.float32), np.empty(0, np.float32), 0.0, None)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything one query needs, as it stood at one moment.

    classes, ids: (n,) class index and example id of each row. labels: by class index, those without rows included.
    counts: rows by class index. order: class indices with rows, in the order that breaks ties.
    ranks: (number of labels,) place in that order. origins: recording and time by example id, where known.
    """

    matrix: Matrix
    classes: Ints
    ids: Ints
    labels: tuple[Label, ...]
    counts: tuple[int, ...]
    order: tuple[int, ...]
    ranks: Ints
    origins: Mapping[int, Origin]

    def __len__(self) -> int:
        return len(self.ids)


class Examples:
    """The examples of a classifier. masked: rows may hold NaN for what is missing.

    Any thread may read `snapshot`; writers take turns. An id is never given twice.
    """

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked
        self._lock = threading.Lock()
        self._next_id = 0
        self._rows: Rows | None
        self._ids: Ints
        self._classes: Ints
        self._labels: tuple[Label, ...]
        self._counts: Ints
        self._first: dict[int, int]
        self._empty()

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

    def add(self, rows: Floats, labels: Sequence[Label], origins: Sequence[Origin] | None = None) -> list[int]:
        """Add rows (m, D) and return their ids; ValueError, with nothing changed, for another D."""
        with self._lock:
            return self._add(rows, labels, origins)

    def restore(self, rows: Floats, ids: Ints, next_id: int, classes: Ints, labels: Sequence[Label]) -> None:
        """Put back what `snapshot` and `raw` once gave."""
        with self._lock:
            self._empty()
            self._labels = tuple(labels)
            self._classes_by_label.update((_key(label), index) for index, label in enumerate(labels))
            if len(rows):
                self._add(rows, [labels[index] for index in classes], None)
                self._ids[: len(ids)] = ids
            self._next_id = next_id
            self._publish()

    def annotate(self, origins: Mapping[int, Origin]) -> None:
        """Say where examples were taught."""
        with self._lock:
            self._origins.update(origins)

    def forget(self, example: int) -> None:
        """Remove one example; UnknownLabelError when there is none of that id."""
        with self._lock:
            self._find(example)
            self._drop(self._snapshot.ids == example)

    def relabel(self, example: int, label: Label) -> None:
        """Give one example another label; UnknownLabelError when there is none of that id."""
        with self._lock:
            row = self._find(example)
            self._classes = self._classes.copy()  # snapshots keep the old one
            self._classes[row] = self._class_of(label)
            self._find_first()
            self._publish()

    def clear_label(self, label: Label) -> None:
        """Remove the examples of one label; UnknownLabelError when it has none."""
        with self._lock:
            index = self._classes_by_label.get(_key(label))
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
        self._ids = np.empty(64, np.int64)
        self._classes = np.empty(64, np.int64)
        self._count = 0
        self._labels = ()
        self._classes_by_label: dict[tuple[type, Label], int] = {}
        self._counts = np.zeros(0, np.int64)
        self._first = {}
        self._origins: dict[int, Origin] = {}
        self._publish()

    def _add(self, rows: Floats, labels: Sequence[Label], origins: Sequence[Origin] | None) -> list[int]:
        if self._rows is not None and rows.shape[1] != self._rows.width:  # another writer was first
            raise ValueError(f"rows of {self._rows.width} numbers are kept here, not of {rows.shape[1]}")
        if self._rows is None:
            self._rows = Rows(rows.shape[1], masked=self._masked, capacity=max(64, len(rows)))
        start, end = self._count, self._count + len(rows)
        classes = [self._class_of(label) for label in labels]
        counts = np.bincount(classes, minlength=len(self._labels))
        counts[: len(self._counts)] += self._counts
        first = dict(self._first)
        for row, index in enumerate(classes, start):
            first.setdefault(index, row)
        ids = list(range(self._next_id, self._next_id + len(rows)))
        if end > len(self._ids):
            self._ids = _grown(self._ids, start, end)
        if end > len(self._classes):
            self._classes = _grown(self._classes, start, end)
        self._rows.append(rows, at=start)
        self._ids[start:end] = ids
        self._classes[start:end] = classes
        if origins is not None:
            self._origins.update(zip(ids, origins, strict=True))
        # Only this makes the rows count: Ctrl-C before it leaves the examples as they were.
        self._count, self._next_id, self._counts, self._first = end, self._next_id + len(ids), counts, first
        self._publish()
        return ids

    def _class_of(self, label: Label) -> int:
        """Return the class index of a label, a new one if need be."""
        index = self._classes_by_label.get(_key(label))
        if index is None:
            index = len(self._labels)
            self._labels = (*self._labels, label)
            self._classes_by_label[_key(label)] = index
        return index

    def _find(self, example: int) -> int:
        found = np.flatnonzero(self._snapshot.ids == example)
        if len(found) == 0:
            raise UnknownLabelError(f"there is no example with id {example}")
        return int(found[0])

    def _drop(self, drop: npt.NDArray[np.bool_]) -> None:
        assert self._rows is not None
        gone = set(self._ids[: self._count][drop].tolist())
        self._origins = {i: origin for i, origin in self._origins.items() if i not in gone}  # snapshots keep the old
        self._rows = self._rows.without(drop)
        self._ids, self._classes = self._ids[: self._count][~drop], self._classes[: self._count][~drop]
        self._count = len(self._ids)
        self._find_first()
        self._publish()

    def _find_first(self) -> None:
        """Count the rows of each class and find its first, anew."""
        self._counts = np.bincount(self._classes[: self._count], minlength=len(self._labels))
        indices, rows = np.unique(self._classes[: self._count], return_index=True)
        self._first = dict(zip(indices.tolist(), rows.tolist(), strict=True))

    def _publish(self) -> None:
        """Put a new snapshot in the place of the old one, in one step."""
        # By first rows: answers depend on the examples, not on what was forgotten, and a cleared class that is
        # taught again comes last, as in TF.js.
        order = sorted(self._first, key=lambda index: _tie_order(self._labels[index], self._first[index]))
        ranks = np.zeros(len(self._labels), np.int64)
        ranks[order] = np.arange(len(order))
        self._snapshot = Snapshot(
            matrix=_NO_ROWS if self._rows is None else self._rows.matrix(),
            classes=self._classes[: self._count],
            ids=self._ids[: self._count],
            labels=self._labels,
            counts=tuple(self._counts.tolist()),
            order=tuple(order),
            ranks=ranks,
            origins=self._origins,
        )


def check_label(label: object) -> Label:
    """Return a label as str or int; ValueError for anything else and for the empty string."""
    if isinstance(label, np.integer):
        return int(label)
    if isinstance(label, bool) or not isinstance(label, str | int) or label == "":
        raise ValueError(f"a label is a word or a whole number, not {label!r}")
    return str.__str__(label) if isinstance(label, str) else int(label)  # members of an Enum become plain


def _key(label: Label) -> tuple[type, Label]:
    return type(label), label


def _tie_order(label: Label, first_row: int) -> tuple[int, int, int]:
    """Return the sort key of a label: JavaScript's order of object keys, as TF.js keeps its classes in one."""
    number = label if isinstance(label, int) else -1
    if isinstance(label, str) and label.isascii() and label.isdigit() and len(label) < 11 and str(int(label)) == label:
        number = int(label)
    if 0 <= number <= _LARGEST_ARRAY_INDEX:
        return 0, number, int(isinstance(label, str))
    return 1, first_row, 0


def _grown(column: Ints, count: int, needed: int) -> Ints:
    grown = np.empty(max(needed, 2 * len(column)), column.dtype)
    grown[:count] = column[:count]
    return grown
