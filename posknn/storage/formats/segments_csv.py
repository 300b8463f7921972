"""Read and write segments as CSV: start, end, label, person, confidence, neighbors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.formats import csv_rows
from posknn.storage.formats.clock import in_milliseconds, parse_time
from posknn.values import Segment

__all__ = ["read", "write"]

_COLUMNS = ["start", "end", "label", "person", "confidence", "neighbors"]
_NUMBERED = "label_number"


def read(path: str | os.PathLike[str]) -> list[Segment]:
    """Return segments in order of time.

    start and end are seconds or h:mm:ss.mmm. Only start, end and label are needed; columns of other names are left
    alone. A label is text, unless a column label_number gives it as a number. FileFormatError names line and column.
    """
    lines = csv_rows.rows(path)
    place, header = next(lines, (str(path), []))
    header = [column.strip() for column in header]
    missing = [column for column in _COLUMNS[:3] if column not in header]
    if missing:
        raise FileFormatError(f"{place}: no column {missing[0]!r}; expected a header such as {','.join(_COLUMNS)}")
    segments = []
    for place, cells in lines:
        if len(cells) != len(header):
            raise FileFormatError(f"{place}: {len(cells)} columns, but the header has {len(header)}")
        segments.append(_segment(dict(zip(header, map(str.strip, cells), strict=True)), place))
    return sorted(segments, key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str]) -> None:
    """Write segments in order of time, to the millisecond; none becomes empty, none runs into the next.

    A column label_number is added when a label is a number, to tell it from text. OutputError when the file cannot
    be written or a label is the empty text.
    """
    timed = in_milliseconds(segments)
    columns = list(_COLUMNS)
    if any(not isinstance(segment.label, str) for _, _, segment in timed):
        columns.insert(3, _NUMBERED)
    lines = [",".join(columns)]
    for start, end, segment in timed:
        text, number = csv_rows.label_cells(segment.label, path)
        row = {
            "start": f"{start // 1000}.{start % 1000:03d}",
            "end": f"{end // 1000}.{end % 1000:03d}",
            "label": text,
            _NUMBERED: number,
            "person": "" if segment.person is None else str(segment.person),
            "confidence": "" if segment.confidence is None else repr(float(segment.confidence)),
            "neighbors": " ".join(map(str, segment.neighbors)),
        }
        lines.append(",".join(row[column] for column in columns))
    write_text(path, "".join(f"{line}\n" for line in lines))


def _segment(cells: Mapping[str, str], place: str) -> Segment:
    label = csv_rows.label_of(cells, place)
    if label is None:
        raise FileFormatError(f"{place}, column label: expected a label, not an empty cell")
    start, end = (_time(cells, column, place) for column in ("start", "end"))
    if not start < end:
        raise FileFormatError(f"{place}: the end, {cells['end']}, must come after the start, {cells['start']}")
    person, confidence = cells.get("person", ""), cells.get("confidence", "")
    return Segment(
        start,
        end,
        label,
        person=csv_rows.integer_cell(person, "person", place) if person else None,
        confidence=csv_rows.float_cell(confidence, "confidence", place) if confidence else None,
        neighbors=tuple(csv_rows.integer_cell(cell, "neighbors", place) for cell in cells.get("neighbors", "").split()),
    )


def _time(cells: Mapping[str, str], column: str, place: str) -> float:
    seconds = parse_time(cells[column])
    if seconds is None:
        raise FileFormatError(f"{place}, column {column}: expected seconds or h:mm:ss.mmm, not {cells[column]!r}")
    return seconds
