"""Write results as a table, a row per person and frame: CSV, JSON lines or Parquet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from posknn.errors import OutputError
from posknn.files import WholeFile
from posknn.output.table_files import COLUMNS, KINDS, TableFile
from posknn.values import Label, Person, Result

__all__ = ["TableWriter"]


class TableWriter:
    """A sink that writes a row per person and frame, and one with an empty person for a frame with nobody in it.

    path: .csv (UTF-8), .jsonl or .parquet; the file appears whole when the writer is closed, and not at all when no
    frame came. labels: add a column `confidence:LABEL` for each, in JSON lines the object `confidences`. An empty
    label is a pose unlike anything taught; neighbors are the ids of the examples that decided, nearest first.
    OutputError when the file cannot be written, with nothing left behind; ValueError for labels that read alike.
    """

    def __init__(self, path: str | os.PathLike[str], *, labels: Sequence[Label] = ()) -> None:
        self._labels = tuple(labels)
        if len({str(label) for label in self._labels}) < len(self._labels):
            raise ValueError(f"each label has one column, but some of these read alike: {list(self._labels)}")
        self._file = WholeFile(path)
        ending = self._file.path.suffix.lower()
        if ending not in KINDS:
            raise OutputError(f"cannot write {path}: a table ends in {', '.join(KINDS)}, not in {ending!r}")
        self._kind = KINDS[ending]
        self._open: TableFile | None = None

    def __call__(self, result: Result) -> None:
        """Write the rows of one result. ValueError after the end."""
        if self._file.finished:
            raise ValueError(f"the table {self._file.path} is closed; make a new TableWriter")
        try:
            if self._open is None:
                self._open = self._kind(self._file.partial, self._labels)
            start = [result.frame.index, result.frame.time]
            for person in result.people:
                self._open.write([*start, person.id, *self._prediction(person)])
            if not result.people:
                self._open.write([*start, *[None] * (len(COLUMNS) - 2 + len(self._labels))])
        except OSError as error:
            self._abandon()
            raise self._file.failed(error) from error

    def close(self) -> None:
        """Finish the file and put it in its place; harmless a second time."""
        if self._open is None:
            return
        try:
            self._open.close()
        except OSError as error:
            self._abandon()
            raise self._file.failed(error) from error
        self._open = None
        self._file.commit()

    def _prediction(self, person: Person) -> list[Any]:
        prediction = person.prediction
        if prediction is None:
            return [None] * (len(COLUMNS) - 3 + len(self._labels))
        return [
            prediction.label,
            prediction.confidence,
            prediction.distance,
            prediction.limit,
            [neighbor.example for neighbor in prediction.neighbors],
            *(prediction.confidences_by_label.get(label) for label in self._labels),
        ]

    def _abandon(self) -> None:
        """Give up: close what is open, remove what was written."""
        file, self._open = self._open, None
        if file is not None:
            with suppress(OSError):  # the error that led here is the one to tell
                file.close()
        self._file.discard()
