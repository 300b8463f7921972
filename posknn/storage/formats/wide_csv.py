"""Read and write recordings as CSV, one column per number, for spreadsheets and R."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import numpy as np

from posknn import skeleton
from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.formats import csv_rows
from posknn.values import Recording

__all__ = ["is_wide", "read", "write"]

_NUMBERS = [f"{name}_{part}" for name in skeleton.KEYPOINTS for part in ("x", "y", "z", "visibility")]
_OTHERS = ["recording", "units", "frame", "time", "person", "take", "label", "label_number"]

_Row = Mapping[str, str]


def is_wide(path: str | os.PathLike[str]) -> bool:
    """Say whether a CSV file has a header of this kind, be it a right one or not."""
    _, header = next(csv_rows.rows(path), ("", []))
    return not set(_NUMBERS).isdisjoint(header)


def read(path: str | os.PathLike[str]) -> Recording:
    """Return the recording in a CSV file that has a column for each number of each keypoint.

    Columns may stand in any order, and all but those of the keypoints may be missing. An empty cell is a missing
    number, label or person. A label is text, unless the column label_number gives it as a number. Provenance is not
    in the file. FileFormatError names line and column.
    """
    lines = csv_rows.rows(path)
    place, header = next(lines, (str(path), []))
    _check_header(header, place)
    at = [header.index(column) for column in _NUMBERS]
    points, labels = [], []
    when: list[tuple[float, int, int, int]] = []
    first: _Row | None = None
    for place, cells in lines:
        if len(cells) != len(header):
            raise FileFormatError(f"{place}: {len(cells)} columns, but the header has {len(header)}")
        row = dict(zip(header, cells, strict=True))
        first = first or row
        _check_same(row, first, place)
        points.append(csv_rows.float32_cells([cells[i] for i in at], _NUMBERS, place))
        labels.append(csv_rows.label_of(row, place))
        when.append((_time(row, when, place), *_integers(row, len(when), place)))
    times, frames, people, takes = zip(*when, strict=True) if when else ((), (), (), ())
    return Recording(
        np.array(points, np.float32).reshape(-1, len(skeleton.KEYPOINTS), 4),
        tuple(labels),
        times=np.array(times, np.float64),
        frames=np.array(frames, np.int64),
        people=np.array(people, np.int64),
        takes=np.array(takes, np.int64),
        name=(first or {}).get("recording", ""),
        units=(first or {}).get("units") or "heights",
    )


def write(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write a table that gives the same recording again, but for its provenance.

    Where needed only, there are a column units ("pixels") and a column label_number, which tells a label that is a
    number from one that is text. OutputError when the file cannot be written or a label is the empty text.
    """
    numbered = any(label is not None and not isinstance(label, str) for label in recording.labels)
    unneeded = {"units"} if recording.units == "heights" else set()
    unneeded |= set() if numbered else {"label_number"}
    columns = [column for column in _OTHERS if column not in unneeded]
    lines = [",".join(columns + _NUMBERS)]
    for row, numbers in zip(_written(recording, path), recording.points, strict=True):
        lines.append(",".join([row[column] for column in columns] + csv_rows.float32_texts(numbers.ravel())))
    write_text(path, "".join(f"{line}\n" for line in lines))


def _check_header(header: list[str], place: str) -> None:
    missing = [column for column in _NUMBERS if column not in header]
    unknown = [column for column in header if column not in _NUMBERS and column not in _OTHERS]
    twice = [column for column in header if header.count(column) > 1]
    if missing:
        among = f", but {unknown[0]!r}, which is not known" if unknown else ""
        raise FileFormatError(f"{place}: {len(missing)} columns are missing, the first is {missing[0]!r}{among}")
    if unknown:
        raise FileFormatError(f"{place}, column {header.index(unknown[0]) + 1}: {unknown[0]!r} is not known here")
    if twice:
        raise FileFormatError(f"{place}: the column {twice[0]!r} stands there twice")


def _check_same(row: _Row, first: _Row, place: str) -> None:
    if row.get("units") not in (None, "", "heights", "pixels"):
        raise FileFormatError(f'{place}, column units: expected "heights" or "pixels", not {row["units"]!r}')
    for column in ("recording", "units"):
        if row.get(column) != first.get(column):
            raise FileFormatError(f"{place}, column {column}: another one begins; one file holds one recording")


def _time(row: _Row, before: list[tuple[float, int, int, int]], place: str) -> float:
    cell = row.get("time", "")
    time = csv_rows.float_cell(cell, "time", place) if cell else float(len(before))
    if before and time < before[-1][0]:
        raise FileFormatError(f"{place}, column time: {time} comes after {before[-1][0]}; sort the rows by time")
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
    for empty, label, time, frame, person, take in zip(nobody, recording.labels, *columns, takes, strict=True):
        text, number = csv_rows.label_cells(label, path)
        yield {
            "recording": csv_rows.quoted(recording.name),
            "units": recording.units,
            "frame": str(frame),
            "time": repr(time),
            "person": "" if empty and person == 0 else str(person),
            "take": str(take),
            "label": text,
            "label_number": number,
        }
