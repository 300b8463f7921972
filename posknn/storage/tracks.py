"""Tracks on disk: the recording of a whole video, written and read a piece at a time, so that memory stays flat."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from posknn.errors import FileFormatError
from posknn.files import WholeFile
from posknn.storage.columns import NUMBERS, PARQUET, SCHEMA, metadata, numbers_of, points_column, recording_of, said_in
from posknn.values import Recording, Result

__all__ = ["TrackWriter", "is_unlabelled", "read_parts", "read_provenance"]

_ROWS: Final = 2048
"""Rows that are written and read together: about a megabyte."""


class TrackWriter:
    """A sink that writes a row per person and frame, one without a person for a frame in which nobody was seen.

    The file is a recording like any other; it appears whole when the writer is closed, and not at all when no frame
    came or, as a context manager, an error did. The same results give the same bytes. name, provenance: see Recording.
    OutputError when it cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, name: str = "", provenance: Mapping[str, object] | None = None
    ) -> None:
        self._file = WholeFile(path)
        self._name = name or Path(path).stem
        self._provenance = dict(provenance or {})
        self._schema = SCHEMA.with_metadata(metadata(self._name, "heights", self._provenance))
        self._open: Any = None  # a ParquetWriter, once there is something to write
        self._rows: list[tuple[float, int, int | None]] = []
        self._points: list[npt.NDArray[np.float32]] = []

    def __call__(self, result: Result) -> None:
        """Add the rows of one frame. ValueError after the end."""
        if self._file.finished:
            raise ValueError(f"the track {self._file.path} is closed; make a new TrackWriter")
        time, frame = result.frame.time, result.frame.index
        for person in result.people:
            self._rows.append((time, frame, person.id))
            self._points.append(numbers_of(person.pose))
        if not result.people:
            self._rows.append((time, frame, None))
            self._points.append(_NOBODY)
        if len(self._rows) >= _ROWS:
            self._flush()

    def note(self, **more: object) -> None:
        """Add to the provenance what is only known at the end, before closing."""
        self._provenance.update(more)

    def close(self) -> None:
        """Finish the file and put it in its place; harmless a second time."""
        if self._file.finished:
            return
        self._flush()
        if self._open is None:
            self._file.discard()
            return
        try:
            self._open.add_key_value_metadata(metadata(self._name, "heights", self._provenance))
            self._open.close()
        except OSError as error:
            self.abandon()
            raise self._file.failed(error) from error
        self._open = None
        self._file.commit()

    def abandon(self) -> None:
        """Give up: nothing is left behind."""
        file, self._open = self._open, None
        if file is not None:
            with suppress(OSError):  # the error that led here is the one to tell
                file.close()
        self._file.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    def _flush(self) -> None:
        if not self._rows:
            return
        times, frames, people = zip(*self._rows, strict=True)
        points = np.stack(self._points)
        count = len(self._rows)
        columns = [
            pa.array(times, pa.float64()),
            pa.array(frames, pa.int64()),
            pa.array(people, pa.int64()),
            pa.array(np.zeros(count, np.int64)),
            pa.nulls(count, pa.string()),
            pa.nulls(count, pa.int64()),
            points_column(points, np.array([person is None for person in people])),
        ]
        try:
            if self._open is None:
                self._open = pq.ParquetWriter(self._file.partial, self._schema, **PARQUET)
            self._open.write_table(pa.table(columns, schema=self._schema), row_group_size=count)
        except OSError as error:
            self.abandon()
            raise self._file.failed(error) from error
        self._rows, self._points = [], []


_NOBODY: Final = np.full(NUMBERS, np.nan, np.float32)


def read_parts(path: str | os.PathLike[str]) -> Iterator[Recording]:
    """Yield a recording in parts of some thousand rows, in order; a frame is never cut in two.

    FileFormatError when it is missing, damaged or no recording, or when times go back: several recordings in one file.
    """
    rest: pa.Table | None = None
    last = -math.inf
    for table in _tables(path):
        whole = table if rest is None else pa.concat_tables([rest, table])
        frames = whole["frame"].combine_chunks()
        cut = int(np.searchsorted(np.asarray(frames) == frames[-1].as_py(), True)) if len(frames) else 0
        rest = whole.slice(cut)
        if cut:
            part = recording_of(whole.slice(0, cut), path)
            last = _check_time(part, last, path)
            yield part
    if rest is not None and len(rest):
        part = recording_of(rest, path)
        _check_time(part, last, path)
        yield part


def read_provenance(path: str | os.PathLike[str]) -> Mapping[str, object]:
    """Return what a recording says about where it comes from, without reading its rows; errors as for `read_parts`."""
    with _opened(path) as file:
        empty = file.schema_arrow.empty_table().replace_schema_metadata(said_in(file))
        return recording_of(empty, path).provenance


def is_unlabelled(path: str | os.PathLike[str]) -> bool:
    """Say whether a file is a recording of ours without any label, such as a track, without reading its rows."""
    try:
        with _opened(path) as file:
            about = file.metadata
            groups = [about.row_group(number) for number in range(about.num_row_groups)]
            if b"posknn.format" not in said_in(file) or not about.num_rows:
                return False
            columns = (group.column(place) for group in groups for place in range(group.num_columns))
            labels = [column for column in columns if column.path_in_schema == "label"]
            return len(labels) == len(groups) and all(
                column.statistics is not None and column.statistics.null_count == group.num_rows
                for column, group in zip(labels, groups, strict=True)
            )
    except (FileFormatError, pa.ArrowException):
        return False


def _check_time(part: Recording, last: float, path: str | os.PathLike[str]) -> float:
    if len(part) and part.times[0] < last:
        raise FileFormatError(f"{path}: times go back, as in a file of several recordings: give them one by one")
    return float(part.times[-1]) if len(part) else last


def _tables(path: str | os.PathLike[str]) -> Iterator[pa.Table]:
    with _opened(path) as file:
        said = said_in(file)
        for batch in _readable(path, file.iter_batches(_ROWS)):
            yield pa.table(batch).replace_schema_metadata(said)


def _opened(path: str | os.PathLike[str]) -> Any:
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        raise _unreadable(path, error) from error


def _readable(path: str | os.PathLike[str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str | os.PathLike[str], error: Exception) -> FileFormatError:
    number = getattr(error, "errno", None)
    return FileFormatError(f"cannot read {path}: {os.strerror(number) if number else str(error).splitlines()[0]}")
