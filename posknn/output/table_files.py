"""The kinds of table that rows can be written to: CSV, JSON lines and Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

from posknn.values import Label

__all__ = ["COLUMNS", "KINDS", "Row", "TableFile"]

COLUMNS: Final = ("frame", "time", "person", "label", "confidence", "distance", "limit", "neighbors")
Row = Sequence[Any]
"""The values of the columns, None for an empty cell, neighbors as ids, and the share of each label."""

_ROWS: Final = 4096
"""Rows that go to a Parquet file together."""


class TableFile(Protocol):
    """An open table. OSError when it cannot be written."""

    def write(self, row: Row) -> None:
        """Write one row."""

    def close(self) -> None:
        """Finish the file."""


class _Csv:
    def __init__(self, path: Path, labels: Sequence[Label]) -> None:
        self._file: IO[str] = path.open("x", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow([*COLUMNS, *map(_share_column, labels)])

    def write(self, row: Row) -> None:
        frame, time, person, label, *numbers, neighbors = row[: len(COLUMNS)]
        cells = [frame, _seconds(time), _text(person), _text(label), *map(_number, numbers)]
        ids = "" if neighbors is None else " ".join(map(str, neighbors))
        self._rows.writerow([*cells, ids, *map(_number, row[len(COLUMNS) :])])

    def close(self) -> None:
        self._file.close()


class _JsonLines:
    def __init__(self, path: Path, labels: Sequence[Label]) -> None:
        self._file: IO[str] = path.open("x", encoding="utf-8", newline="")
        self._labels = [str(label) for label in labels]

    def write(self, row: Row) -> None:
        said: dict[str, Any] = dict(zip(COLUMNS, row, strict=False))
        said["time"] = round(said["time"], 6)
        for column in ("confidence", "distance", "limit"):
            said[column] = _rounded(said[column])
        if self._labels:
            said["confidences"] = dict(zip(self._labels, map(_rounded, row[len(COLUMNS) :]), strict=True))
        json.dump(said, self._file, ensure_ascii=False, allow_nan=False)
        self._file.write("\n")

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, labels: Sequence[Label]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        real, whole = pa.float64(), pa.int64()
        kinds = dict(zip(COLUMNS, (whole, real, whole, pa.string(), real, real, real, pa.list_(whole)), strict=True))
        self._schema = pa.schema([*kinds.items(), *((_share_column(label), real) for label in labels)])
        self._file = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[Row] = []

    def write(self, row: Row) -> None:
        label = row[COLUMNS.index("label")]
        self._waiting.append([*row[:3], None if label is None else str(label), *row[4:]])
        if len(self._waiting) >= _ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            columns = zip(zip(*self._waiting, strict=True), self._schema.types, strict=True)
            arrays = [pa.array(column, kind) for column, kind in columns]
            self._file.write_table(pa.table(arrays, schema=self._schema))
            self._waiting = []


KINDS: Final[Mapping[str, Callable[[Path, Sequence[Label]], TableFile]]] = {
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".parquet": _Parquet,
}
"""What opens a table, by the ending of its name."""


def _share_column(label: Label) -> str:
    return f"confidence:{label}"


def _seconds(time: float) -> str:
    text = f"{time:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
