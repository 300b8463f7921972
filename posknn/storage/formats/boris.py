"""Read and write segments as BORIS tables: its export of aggregated events, and on reading its tabular events too.

Columns: BORIS 8, https://www.boris.unito.it/user_guide/export_events.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from posknn.errors import FileFormatError, OutputError
from posknn.files import write_text
from posknn.storage.clip import Clip
from posknn.storage.formats.clock import in_milliseconds
from posknn.storage.formats.csv_rows import float_cell
from posknn.storage.formats.tiers import person_of, tier_name, written
from posknn.storage.reading import read_text
from posknn.values import Segment

__all__ = ["is_boris", "read", "write"]

_COLUMNS: Final = (
    "Observation id",
    "Observation date",
    "Description",
    "Observation type",
    "Source",
    "Time offset (s)",
    "Coding duration",
    "Media duration (s)",
    "FPS (frame/s)",
    "Subject",
    "Observation duration by subject by observation",
    "Behavior",
    "Behavioral category",
    "Behavior type",
    "Start (s)",
    "Stop (s)",
    "Duration (s)",
    "Media file name",
    "Image index start",
    "Image index stop",
    "Image file path start",
    "Image file path stop",
    "Comment start",
    "Comment stop",
)
_DATE: Final = "1970-01-01 00:00:00"
"""The same for every file, so that the same segments give the same bytes."""
_NOBODY: Final = "No focal subject"
_START_STOP: Final = ("Status", "Behavior type")  # what versions before and since 8 call it
_OF: Final = ("Observation id", "Media file name", "Media file path", "Media file", "Source")

_Row = tuple[str, Mapping[str, str]]


def read(path: str | os.PathLike[str], clip: Callable[[], Clip] | None = None) -> list[Segment]:
    """Return a segment per state event in order of time: behavior is the label, subject "Person 3" is person 3.

    Point events last no time and are left alone. clip: which of several observations is meant, by the name of its
    video. FileFormatError names line and column.
    """
    rows = list(_rows(path))
    if not rows:
        return []
    rows = _of_one(rows, path, clip)
    found = _aggregated(rows) if "Start (s)" in rows[0][1] else _paired(rows)
    return sorted(found, key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str], clip: Clip | None = None) -> None:
    """Write a row per segment, to the millisecond, as BORIS exports aggregated events; tabs between the columns.

    clip: names the observation and its video and gives the indices of the frames. Neighbors have no place in the
    format, a label that is a number becomes text; the confidence stands in the comment. OutputError when the file
    cannot be written or a label has a tab or line end.
    """
    written_rows = io.StringIO()
    table = csv.writer(written_rows, dialect="excel-tab", lineterminator="\n")
    table.writerow(_COLUMNS)
    timed = in_milliseconds(segments)
    length = _seconds(round(1000 * clip.duration)) if clip else ""
    for start, end, segment in timed:
        label = written(segment.label, path)
        if set(label) & set("\t\r\n"):
            raise OutputError(f"cannot write {path}: the label {label!r} has a tab or line end")
        first, last = clip.frames(segment.start, segment.end) if clip else ("", "")
        row = {
            "Observation id": Path(clip.name).stem if clip else "posknn",
            "Observation date": _DATE,
            "Observation type": "Media file",
            "Source": f"player #1:{clip.name}" if clip else "",
            "Time offset (s)": "0.000",
            "Coding duration": length,
            "Media duration (s)": length,
            "FPS (frame/s)": f"{clip.rate:.3f}" if clip else "",
            "Subject": _NOBODY if segment.person is None else tier_name(segment.person),
            "Observation duration by subject by observation": length,
            "Behavior": label,
            "Behavior type": "STATE",
            "Start (s)": _seconds(start),
            "Stop (s)": _seconds(end),
            "Duration (s)": _seconds(end - start),
            "Media file name": clip.name if clip else "",
            "Image index start": first,
            "Image index stop": last,
            "Comment start": "" if segment.confidence is None else f"confidence {segment.confidence:.4f}",
        }
        table.writerow([row.get(column, "") for column in _COLUMNS])
    write_text(path, written_rows.getvalue())


def is_boris(path: str | os.PathLike[str]) -> bool:
    """Say whether a table has the columns of BORIS. FileFormatError when it cannot be read."""
    return any(_is_header(cells) for _, cells in zip(range(60), _cells(path), strict=False))


def _cells(path: str | os.PathLike[str]) -> Iterator[list[str]]:
    text = read_text(path)
    between = "\t" if "\t" in text.partition("\n")[0] or Path(path).suffix.lower() == ".tsv" else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=between)
    except csv.Error as error:
        raise FileFormatError(f"{path}: {error}") from None


def _is_header(cells: list[str]) -> bool:
    columns = {cell.strip() for cell in cells}
    return "Behavior" in columns and ({"Start (s)", "Stop (s)"} <= columns or "Time" in columns)


def _rows(path: str | os.PathLike[str]) -> Iterator[_Row]:
    """Yield place and cells by column of each event, after the lines that old versions write above the header."""
    header: list[str] | None = None
    for line, cells in enumerate(_cells(path), 1):
        if header is None:
            header = [cell.strip() for cell in cells] if _is_header(cells) else None
        elif any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                raise FileFormatError(f"{path}, line {line}: {len(cells)} columns, but the header has {len(header)}")
            yield f"{path}, line {line}", dict(zip(header, map(str.strip, cells), strict=True))
    if header is None:
        raise FileFormatError(f"{path}: no BORIS table: expected a header with Behavior, Start (s) and Stop (s)")


def _of_one(rows: list[_Row], path: str | os.PathLike[str], clip: Callable[[], Clip] | None) -> list[_Row]:
    """Return the rows of one observation; of several, of the one with the video that is meant."""
    observations = list(dict.fromkeys(cells.get("Observation id", "") for _, cells in rows))
    if len(observations) < 2:
        return rows
    if clip is not None:
        name = clip().name
        names = {name, Path(name).stem}
        rows = [row for row in rows if names & {_file_name(row[1].get(column, "")) for column in _OF}]
        if rows:
            return rows
    several = ", ".join(observations)
    raise FileFormatError(f"{path} holds several observations, and none is of the video asked for: {several}")


def _file_name(cell: str) -> str:
    return cell.replace("\\", "/").rpartition("/")[2].removeprefix("player #1:")


def _aggregated(rows: Iterable[_Row]) -> Iterator[Segment]:
    for place, cells in rows:
        if cells.get("Behavior type", "STATE").upper() == "POINT":
            continue
        start, end = (_time(cells, column, place) for column in ("Start (s)", "Stop (s)"))
        yield _segment(start, end, cells, place)


def _paired(rows: Iterable[_Row]) -> Iterator[Segment]:
    """Yield a segment per START and the STOP of the same subject and behavior after it."""
    column = next((column for column in _START_STOP if column in next(iter(rows))[1]), None)
    open_since: dict[tuple[str, str], tuple[str, float]] = {}
    for place, cells in rows:
        if column is None:
            raise FileFormatError(f"{place}: no column {_START_STOP[0]!r} says where an event starts and stops")
        status = cells[column].upper()
        what = (cells.get("Subject", ""), cells["Behavior"])
        if status == "START":
            if what in open_since:
                raise FileFormatError(f"{place}: {what[1]!r} starts again before it stops")
            open_since[what] = place, _time(cells, "Time", place)
        elif status == "STOP":
            if what not in open_since:
                raise FileFormatError(f"{place}: {what[1]!r} stops without a start")
            yield _segment(open_since.pop(what)[1], _time(cells, "Time", place), cells, place)
        elif status != "POINT":
            raise FileFormatError(f"{place}, column {column}: expected START, STOP or POINT, not {cells[column]!r}")
    for (_, behavior), (place, _) in open_since.items():
        raise FileFormatError(f"{place}: {behavior!r} starts and never stops")


def _segment(start: float, end: float, cells: Mapping[str, str], place: str) -> Segment:
    if not 0 <= start < end:
        raise FileFormatError(f"{place}: the event must end after it starts, and start at 0 or later")
    if not cells["Behavior"]:
        raise FileFormatError(f"{place}, column Behavior: expected a label, not an empty cell")
    return Segment(start, end, cells["Behavior"], person=person_of(cells.get("Subject", "")))


def _time(cells: Mapping[str, str], column: str, place: str) -> float:
    return float_cell(cells[column], column, place)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
