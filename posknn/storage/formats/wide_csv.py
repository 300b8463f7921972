"""Read and write recordings as CSV, one column per number, for spreadsheets and R."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from posknn import skeleton
from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.formats import csv_rows
from posknn.storage.reading import check_growth
from posknn.values import UNITS, Recording

__all__ = ["NUMBERS", "is_wide", "read", "write"]

NUMBERS = [f"{name}_{part}" for name in skeleton.KEYPOINTS for part in ("x", "y", "z", "visibility")]
_OTHERS = ["recording", "units", "frame", "time", "person", "take", "label", "label_number"]

_ROW = 2 * 4 * len(NUMBERS) + 300  # bytes of memory: a pose, gathered and in the recording, and what is beside it

_Row = Mapping[str, str]


def is_wide(path: str | os.PathLike[str]) -> bool:
    """Say whether a CSV file has a header of this kind, right or not; FileFormatError when it cannot be opened.

    Another's table may have columns of the same names: ours has them all, or the ones that nobody else has.
    """
    header = set(csv_rows.first_row(path))
    return not header.isdisjoint(NUMBERS) and ({"recording", "take"} <= header or header.issubset([*NUMBERS, *_OTHERS]))


def read(path: str | os.PathLike[str]) -> Recording:
    """Return the recording in a CSV file that has a column for each number of each keypoint.

    Columns may stand in any order, and all but those of the keypoints may be missing. An empty cell is a missing
    number, label or person. A label is text, unless the column label_number gives it as a number. The column
    recording gives the group of each row, and the name when all are alike; times go back only where it changes. Other
    provenance is not in the file. FileFormatError names line and column.
    """
    lines = csv_rows.rows(path)
    place, header = next(lines, (str(path), []))
    _check_header(header, place)
    at = [header.index(column) for column in NUMBERS]
    size = Path(path).stat().st_size
    points = bytearray()
    labels, groups = [], []
    names: dict[str, str] = {}
    when: list[tuple[float, int, int, int]] = []
    units: str | None = None
    for place, cells in lines:
        if len(cells) != len(header):
            raise FileFormatError(f"{place}: {len(cells)} columns, but the header has {len(header)}")
        row = dict(zip(header, cells, strict=True))
        units = _units(row, units, place)
        groups.append(names.setdefault(row.get("recording", ""), row.get("recording", "")))
        points += csv_rows.float32_cells([cells[i] for i in at], NUMBERS, place).tobytes()
        labels.append(csv_rows.label_of(row, place))
        last = when[-1][0] if when and groups[-1] == groups[-2] else -math.inf
        when.append((_time(row, len(when), last, place), *_integers(row, len(when), place)))
        check_growth(len(when) * _ROW, size, place)
    times, frames, people, takes = zip(*when, strict=True) if when else ((), (), (), ())
    several = len(set(groups)) > 1
    return Recording(
        np.frombuffer(points, np.float32).reshape(-1, len(skeleton.KEYPOINTS), 4),
        tuple(labels),
        times=np.array(times, np.float64),
        frames=np.array(frames, np.int64),
        people=np.array(people, np.int64),
        takes=np.array(takes, np.int64),
        name=Path(path).stem if several else "".join(groups[:1]),
        units=units or "heights",
        provenance={"groups": groups} if several else {},
    )


def write(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write a table that gives the same recording again, but for provenance other than its groups.

    Where needed only, there are a column units ("pixels") and a column label_number, which tells a label that is a
    number from one that is text. OutputError when the file cannot be written or a label is the empty text.
    """
    numbered = any(label is not None and not isinstance(label, str) for label in recording.labels)
    unneeded = {"units"} if recording.units == "heights" else set()
    unneeded |= set() if numbered else {"label_number"}
    columns = [column for column in _OTHERS if column not in unneeded]
    lines = [",".join(columns + NUMBERS)]
    for row, numbers in zip(_written(recording, path), recording.points, strict=True):
        lines.append(",".join([row[column] for column in columns] + csv_rows.float32_texts(numbers.ravel())))
    write_text(path, "".join(f"{line}\n" for line in lines))


def _check_header(header: list[str], place: str) -> None:
    missing = [column for column in NUMBERS if column not in header]
    unknown = [column for column in header if column not in NUMBERS and column not in _OTHERS]
    twice = [column for column in header if header.count(column) > 1]
    if missing:
        among = f", but {unknown[0]!r}, which is not known" if unknown else ""
        raise FileFormatError(f"{place}: {len(missing)} columns are missing, the first is {missing[0]!r}{among}")
    if unknown:
        raise FileFormatError(f"{place}, column {header.index(unknown[0]) + 1}: {unknown[0]!r} is not known here")
    if twice:
        raise FileFormatError(f"{place}: the column {twice[0]!r} stands there twice")


def _units(row: _Row, before: str | None, place: str) -> str:
    """Return the units of a row. before: of the row before it, None when it is the first."""
    units = row.get("units") or "heights"
    if units not in UNITS:
        raise FileFormatError(f"{place}, column units: expected one of {', '.join(UNITS)}, not {units!r}")
    if before not in (None, units):
        raise FileFormatError(f"{place}, column units: {units} after {before}, but one file holds one of them")
    return units


def _time(row: _Row, count: int, last: float, place: str) -> float:
    cell = row.get("time", "")
    time = csv_rows.float_cell(cell, "time", place) if cell else float(count)
    if time < last:
        raise FileFormatError(f"{place}, column time: {time} comes after {last}; sort the rows by time")
    return time


def _integers(row: _Row, count: int, place: str) -> tuple[int, int, int]:
    """Return frame, person and take; a missing frame counts up, a missing person or take is 0."""
    frame, person, take = (row.get(column, "") for column in ("frame", "person", "take"))
    return (
        csv_rows.integer_cell(frame, "frame", place) if frame else count,
        csv_rows.integer_cell(person, "person", place) if person else 0,
        csv_rows.integer_cell(take, "take", place) if take else 0,
    )


def _written(recording: Recording, path: str | os.PathLike[str]) -> Iterator[_Row]:
    nobody = np.asarray(np.isnan(recording.points).all(axis=(1, 2)))
    columns = [np.asarray(column).tolist() for column in (recording.times, recording.frames, recording.people)]
    takes = np.asarray(recording.takes).tolist()
    names = map(csv_rows.quoted, recording.groups)
    cells = zip(names, nobody, recording.labels, *columns, takes, strict=True)
    for name, empty, label, time, frame, person, take in cells:
        text, number = csv_rows.label_cells(label, path)
        yield {
            "recording": name,
            "units": recording.units,
            "frame": str(frame),
            "time": repr(time),
            "person": "" if empty and person == 0 else str(person),
            "take": str(take),
            "label": text,
            "label_number": number,
        }
