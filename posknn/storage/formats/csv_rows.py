"""Read the rows of a CSV file with errors that name file, line and column, and write its cells."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from posknn.errors import FileFormatError, OutputError
from posknn.storage.reading import read_first_line, read_lines
from posknn.values import Label

__all__ = [
    "delimiter_of",
    "first_row",
    "float32_cells",
    "float32_texts",
    "float_cell",
    "integer_cell",
    "label_cells",
    "label_of",
    "quoted",
    "rows",
]

_RECORD = 2**18
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")  # tables with empty cells often come back with 1.0 for 1


def rows(path: str | os.PathLike[str], delimiter: str = ",") -> Iterator[tuple[str, list[str]]]:
    """Yield the place, "FILE, line N", and the cells of each line that is not blank. UTF-8, any line ends."""
    lines = _Record(path)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileFormatError(f"{path}, line {reader.line_num}: {error}") from None
        lines.taken = 0
        if cells:
            yield f"{path}, line {reader.line_num}", cells


class _Record:
    """The lines of a file; those of one record, which quotes can hold together, only up to a bearable length."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._lines = read_lines(path)
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken += len(line)
        if self.taken > _RECORD:
            raise FileFormatError(f"{self._path}: a quote opens and does not close")
        return line


def delimiter_of(path: str | os.PathLike[str]) -> str:
    """Return what stands between the cells: a comma, or the tab or semicolon of some spreadsheets."""
    line = read_first_line(path)
    return next((sign for sign in "\t;" if line.count(sign.encode()) >= 8), ",")


def first_row(path: str | os.PathLike[str], delimiter: str = ",") -> list[str]:
    """Return the cells of the first line that is not blank, to see what kind of table it is; none where it is no CSV.

    FileFormatError when the file cannot be opened.
    """
    try:
        return next(csv.reader([read_first_line(path).decode()], strict=True, delimiter=delimiter), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def float32_cells(cells: Sequence[str], columns: Sequence[str], place: str) -> npt.NDArray[np.float32]:
    """Return the numbers in cells, NaN for an empty one; FileFormatError names line and column of anything else."""
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, which is refused below
        values = np.array([_number(cell) for cell in cells]).astype(np.float32)
    wrong = np.flatnonzero(np.isinf(values))
    if len(wrong):
        raise FileFormatError(f"{place}, column {columns[wrong[0]]}: expected a number, not {cells[wrong[0]]!r}")
    return values


def float32_texts(values: npt.NDArray[np.float32]) -> list[str]:
    """Return the shortest text that gives each number again; empty for NaN."""
    return ["" if text == "nan" else text for text in map(str, values)]


def float_cell(cell: str, column: str, place: str) -> float:
    """Return the finite number in a cell."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in cell:
        raise FileFormatError(f"{place}, column {column}: expected a number, not {cell!r}")
    return value


def integer_cell(cell: str, column: str, place: str) -> int:
    """Return the whole number in a cell."""
    if not _INTEGER.fullmatch(cell):
        raise FileFormatError(f"{place}, column {column}: expected a whole number, not {cell!r}")
    return int(cell.partition(".")[0])


def label_of(cells: Mapping[str, str], place: str) -> Label | None:
    """Return the label of a row: a number where the column label_number is filled, else text; None for no label."""
    number = cells.get("label_number", "")
    return integer_cell(number, "label_number", place) if number else cells.get("label") or None


def label_cells(label: Label | None, path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return what stands in the columns label and label_number; OutputError for the empty text, which is no label."""
    if label is None:
        return "", ""
    if label == "":
        raise OutputError(f"cannot write {path}: a label without a character cannot be told from no label in CSV")
    return (quoted(label), "") if isinstance(label, str) else (str(int(label)), str(int(label)))


def quoted(text: str) -> str:
    """Return text as a cell, in quotes where needed."""
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text


def _number(cell: str) -> float:
    """Return a number, NaN for nothing, infinity for what is no number."""
    if not cell:
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        return math.inf
    return value if math.isfinite(value) and "_" not in cell else math.inf
