"""Write results as a CSV table, a row per person and frame."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Final

from posknn.files import WholeFile
from posknn.values import Label, Person, Result

__all__ = ["TableWriter"]

_COLUMNS: Final = ("frame", "time", "person", "label", "confidence", "distance", "limit", "neighbors")


class TableWriter:
    """A sink that writes a row per person and frame, and one with an empty person for a frame with nobody in it.

    path: of the CSV, UTF-8; the file appears whole when the writer is closed, and not at all when no frame came.
    labels: add a column `confidence:LABEL` for each. An empty label is a pose unlike anything taught; neighbors are
    the ids of the examples that decided, nearest first. OutputError when the file cannot be written, with nothing
    left behind; ValueError for labels that read alike.
    """

    def __init__(self, path: str | os.PathLike[str], *, labels: Sequence[Label] = ()) -> None:
        self._labels = tuple(labels)
        if len({str(label) for label in self._labels}) < len(self._labels):
            raise ValueError(f"each label has one column, but some of these read alike: {list(self._labels)}")
        self._file = WholeFile(path)
        self._open: IO[str] | None = None
        self._rows: Any = None  # a csv writer has no public type

    def __call__(self, result: Result) -> None:
        """Write the rows of one result. ValueError after the end."""
        if self._file.finished:
            raise ValueError(f"the table {self._file.path} is closed; make a new TableWriter")
        try:
            if self._open is None:
                self._begin()
            start = [result.frame.index, _seconds(result.frame.time)]
            for person in result.people:
                self._rows.writerow([*start, person.id, *self._prediction(person)])
            if not result.people:
                self._rows.writerow([*start, *[""] * (len(_COLUMNS) - 2 + len(self._labels))])
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

    def _begin(self) -> None:
        self._open = self._file.partial.open("x", encoding="utf-8", newline="")
        self._rows = csv.writer(self._open, lineterminator="\n")
        self._rows.writerow([*_COLUMNS, *(f"confidence:{label}" for label in self._labels)])

    def _prediction(self, person: Person) -> list[str]:
        prediction = person.prediction
        if prediction is None:
            return [""] * (len(_COLUMNS) - 3 + len(self._labels))
        return [
            "" if prediction.label is None else str(prediction.label),
            _number(prediction.confidence),
            _number(prediction.distance),
            _number(prediction.limit),
            " ".join(str(neighbor.example) for neighbor in prediction.neighbors),
            *(_number(prediction.confidences_by_label.get(label)) for label in self._labels),
        ]

    def _abandon(self) -> None:
        """Give up: close what is open, remove what was written."""
        file, self._open = self._open, None
        if file is not None:
            with suppress(OSError):  # the error that led here is the one to tell
                file.close()
        self._file.discard()


def _seconds(time: float) -> str:
    text = f"{time:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
