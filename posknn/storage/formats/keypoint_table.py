"""Read anybody's table of keypoints, whatever its columns are called and in which order they stand."""

from __future__ import annotations

import itertools
import math
import operator
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.errors import FileFormatError
from posknn.storage.formats import csv_rows
from posknn.storage.formats.foreign_poses import Found, labels_of, recording_of
from posknn.storage.formats.google_csv import group_of
from posknn.storage.formats.layout import Cell, Layout, Reading, find_layout, number
from posknn.storage.reading import check_growth
from posknn.values import UNITS, Recording

__all__ = ["is_table", "read", "read_rows"]

Row = tuple[str, Sequence[Cell]]
"""The place, "FILE, line N", and the cells."""

_K: Final = len(skeleton.KEYPOINTS)
_LOOKED_AT: Final = 200
_TOGETHER: Final = 256
_MEMORY: Final = 3 * 4 * _K * 4 + 400  # of a row, bytes: it is gathered, copied into the recording, and has a label
_SLACK: Final = 0.01
_LARGEST: Final = float(np.finfo(np.float32).max)


def is_table(path: str | os.PathLike[str]) -> bool:
    """Say whether a CSV file begins as a table of keypoints does; FileFormatError when it cannot be opened."""
    cells = csv_rows.first_row(path, csv_rows.delimiter_of(path))
    try:
        return bool(cells) and len(find_layout([cells], Reading()).numbers.places) >= 2 * 5
    except ValueError:
        return False


def read(path: str | os.PathLike[str], reading: Reading | None = None) -> Recording:
    """Return the poses in a CSV file; provenance["read_as"] says, in sentences, what was found where.

    Columns may stand in any order; see `find_layout`. An empty cell, "nan" or a pose of zeros is missing. Keypoints
    without z have 0, without visibility 1. Where the shape of the pictures is known, the poses are in image heights.
    A label is a whole number where all labels of the file are. Where times, or frames, go back, another group begins.
    FileFormatError names line and column.
    """
    return read_rows(csv_rows.rows(path, csv_rows.delimiter_of(path)), path, reading or Reading())


def read_rows(
    lines: Iterator[Row], path: str | os.PathLike[str], reading: Reading, *, compressed: bool = False
) -> Recording:
    """Return the poses in the rows of a table, the first of which may be a header. compressed: see `check_growth`."""
    first = list(itertools.islice(lines, _LOOKED_AT))
    if not first:
        raise FileFormatError(f"{path}: not one row in it")
    lines = _of_one_width(itertools.chain(first, lines), len(first[0][1]))
    first = list(itertools.islice(lines, len(first)))
    try:
        layout = find_layout([cells for _, cells in first], reading)
    except ValueError as error:
        raise FileFormatError(f"{path}: {error}") from None
    lines = itertools.chain(first[layout.header :], lines)
    points, columns, places = _gathered(lines, layout, path, compressed=compressed)
    if not len(points):
        raise FileFormatError(f"{path}: a header, and not one row below it")
    fourth = points[..., 3][np.isfinite(points[..., 3])]
    if ((fourth < -_SLACK) | (fourth > 1 + _SLACK)).any():
        raise FileFormatError(
            f"{path}: the visibility of a keypoint is a number from 0 to 1, not {fourth[np.abs(fourth - 0.5).argmax()]}"
        )
    found = _beside(columns, layout, places, len(points))
    if "detected" in columns:
        points[[number(cell) == 0 for cell in columns["detected"]]] = np.nan
    if "units" in columns and reading.units is None and str(columns["units"][0]) in UNITS:
        reading = replace(reading, units=str(columns["units"][0]))
    if reading.file_is_label:
        named = [*found.said, f"label: the name of the file ({Path(path).stem!r})"]
        found = replace(found, labels=[Path(path).stem] * len(points), said=named)
    return recording_of(points, found, path, reading)


def _of_one_width(lines: Iterable[Row], width: int) -> Iterator[Row]:
    for place, cells in lines:
        if len(cells) != width:
            raise FileFormatError(f"{place}: {len(cells)} columns, but the first line has {width}")
        yield place, cells


def _gathered(
    lines: Iterator[Row], layout: Layout, path: str | os.PathLike[str], *, compressed: bool
) -> tuple[npt.NDArray[np.float32], dict[str, list[Cell]], list[str]]:
    """Return the numbers (n, 33, 4), NaN where there are none, the cells of the other columns used, and the places."""
    size = Path(path).stat().st_size
    pick = operator.itemgetter(*layout.numbers.columns)
    places = np.array(layout.numbers.places)
    beside: dict[str, list[Cell]] = {role: [] for role in layout.roles}
    seen: dict[Cell, Cell] = {}
    gathered = bytearray()
    rows: list[str] = []
    while chunk := list(itertools.islice(lines, _TOGETHER)):
        block = np.full((len(chunk), 4 * _K), np.nan, np.float32)
        block[:, places] = [_numbers(place, pick(cells), layout) for place, cells in chunk]
        gathered += block.tobytes()
        for role, column in layout.roles.items():
            # Labels are few and their rows many: one text for all of them.
            beside[role] += [seen.setdefault(cells[column], cells[column]) for _, cells in chunk]
        rows += [place for place, _ in chunk]
        check_growth(len(gathered) // (16 * _K) * _MEMORY, size, chunk[-1][0], compressed=compressed)
    return np.frombuffer(gathered, np.float32).reshape(-1, _K, 4), beside, rows


def _numbers(place: str, cells: Sequence[Cell], layout: Layout) -> list[float]:
    try:
        values = list(map(float, cells))  # type: ignore[arg-type]  # a cell without anything is met below
        # One comparison finds what is too large, infinite or no number; Python alone takes 1_000 for one.
        if sum(map(abs, values)) <= _LARGEST and not (isinstance(cells[0], str) and "_" in "".join(map(str, cells))):
            return values
    except (TypeError, ValueError, OverflowError):
        pass
    columns = zip(cells, layout.numbers.columns, strict=True)
    return [_float(cell, layout.names[column], place, missing=math.nan) for cell, column in columns]


def _beside(columns: dict[str, list[Cell]], layout: Layout, rows: Sequence[str], count: int) -> Found:
    """Return what the other columns hold."""

    def floats(role: str, missing: float | None = None) -> list[float] | None:
        if role not in columns:
            return None
        name = layout.names[layout.roles[role]]
        cells = zip(columns[role], rows, strict=True)
        return [_float(cell, name, place, missing=missing) for cell, place in cells]

    def integers(role: str) -> list[int] | None:
        values = floats(role)
        return None if values is None else [int(value) for value in values]

    times = floats("time")
    if times and layout.names[layout.roles["time"]].lower().endswith("ms"):
        times = [time / 1000 for time in times]
    sizes = [floats(role, math.nan) for role in ("width", "height")]
    pictures = [str(cell) for cell in columns["picture"]] if "picture" in columns else None
    groups = [str(cell).strip() for cell in columns["group"]] if "group" in columns else None
    if groups is None and pictures:
        groups = [group_of(name) for name in pictures]
    return Found(
        labels=labels_of(columns.get("label", [None] * count)),
        groups=groups,
        times=times,
        frames=integers("frame"),
        people=integers("person"),
        shapes=None if None in sizes else np.array(sizes, np.float32).T,
        pictures=pictures,
        said=layout.said,
    )


def _float(cell: Cell, column: str, place: str, *, missing: float | None = None) -> float:
    value = number(cell)
    if value is None or abs(value) > _LARGEST or (missing is None and math.isnan(value)):
        raise FileFormatError(f"{place}, column {column}: expected a number, not {cell!r}")
    return value
