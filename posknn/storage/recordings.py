"""Recordings on disk: Parquet files, and how one comes to be while the recording goes on."""

from __future__ import annotations

import itertools
import math
import os
import time as clocks
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from posknn.errors import FileFormatError, OutputError
from posknn.files import WholeFile
from posknn.storage.columns import (
    NUMBERS,
    PARQUET,
    bearable_batches,
    label_cells,
    metadata,
    numbers_of,
    points_column,
    reading_errors,
    recording_of_batches,
    said_in,
    table_of,
)
from posknn.storage.journal import JOURNAL_SCHEMA, Journal, is_whole, lock, read_journal
from posknn.values import Label, Pose, Recording

__all__ = ["RecordingWriter", "find_parts", "read_recording", "recover", "write_recording"]

_PART = ".arrows.part"
_WHOLE = ".parquet"
_BUFFER = 2**16


class _Row(NamedTuple):
    """One row of a journal: a pose, nobody, or the mark that takes back a take."""

    time: float | None = None
    frame: int | None = None
    person: int | None = None
    take: int | None = None
    label: str | None = None
    label_number: int | None = None
    points: npt.NDArray[np.float32] | None = None
    undone: int | None = None


def write_recording(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write a recording as Parquet that pandas, polars and DuckDB read too; the same recording gives the same bytes.

    OutputError when the file cannot be written, ValueError for a label or provenance that no file can hold.
    """
    table = table_of(recording)
    with WholeFile(path) as temporary:
        pq.write_table(table, temporary, **PARQUET)


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Return the recording in a Parquet file.

    FileFormatError when it is missing, damaged or no recording, NewerFormatError when a later posknn wrote it.
    """
    with reading_errors(path):
        # Without a buffer of this size it would take in all of a column at once.
        file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False, buffer_size=_BUFFER)
    with file:
        schema = file.schema_arrow.with_metadata(said_in(file))
        recording = recording_of_batches(bearable_batches(file, path), schema, path)
    pa.default_memory_pool().release_unused()  # else what pages were unpacked in stays with the process
    return recording


def find_parts(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the journals below a folder, sorted: of recordings that were cut off or still go on."""
    return sorted(Path(folder).rglob(f"*{_PART}"))


def recover(part: str | os.PathLike[str]) -> Path | None:
    """Make a recording of the journal of one that was cut off, delete the journal and return the recording's path.

    None when there was nothing in it; the journal is deleted all the same. Nothing is overwritten: where NAME.parquet
    exists it becomes NAME-recovered.parquet. FileFormatError when it is damaged before the first row, OutputError when
    it is still being recorded or there is no room; either way the journal stays.
    """
    part = Path(part)
    if not part.name.endswith(_PART):
        raise FileFormatError(f"{part}: the journal of a recording is called NAME{_PART}")
    try:
        journal = part.open("rb")
    except OSError as error:
        raise FileFormatError(f"cannot read {part}: {error.strerror}") from error
    with journal:
        if not lock(journal):
            raise OutputError(f"{part} is still being recorded: stop that recording first")
        recording = read_journal(part)
        path = _free(part.with_name(part.name.removesuffix(_PART) + _WHOLE)) if len(recording) else None
        if path is not None:
            write_recording(recording, path)
        elif not is_whole(part):
            raise FileFormatError(f"{part}: no row can be read from it; if you do not need it, delete it")
    part.unlink()
    return path


class RecordingWriter:
    """Write a recording row by row, so that a process that dies loses no more than about the last second.

    While it goes on there is NAME.arrows.part beside `path`, which is NAME.parquet and appears at the end. Rows are
    written about every `flush_every` seconds of `clock`, when a row comes or `flush_due` is called. OutputError when
    either file exists or cannot be written; then all that was written before stays in the journal.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str = "",
        units: str = "heights",
        provenance: Mapping[str, object] | None = None,
        flush_every: float = 0.5,
        clock: Callable[[], float] = clocks.monotonic,
    ) -> None:
        path = Path(path)
        if path.suffix.lower() != _WHOLE:
            raise ValueError(f"a recording is called NAME{_WHOLE}, not {path.name}")
        self._wanted = path
        self._part = path.with_suffix(_PART)
        if path.exists():
            raise OutputError(f"{path} exists already: choose another name")
        if self._part.exists():
            raise OutputError(
                f"{self._part} is left from a recording that was cut off: "
                "choose another name, or let `posknn doctor --mend` recover it"
            )
        self._journal = Journal(self._part, metadata(name or path.stem, units, provenance or {}))
        self._flush_every = flush_every
        self._clock = clock
        self._flushed = clock()
        self._end = self._journal.end
        self._pending: list[_Row] = []
        self._last_time = -math.inf
        self._ending = False
        self._finished = False
        self._path: Path | None = None

    def append(
        self, pose: Pose | None, *, time: float, frame: int, person: int = 0, label: Label | None = None, take: int = 0
    ) -> None:
        """Add a row; pose is None for a frame in which nobody was seen. time: seconds, never going back."""
        if self._ending:
            raise ValueError("the recording is finished: no row can be added")
        if not (math.isfinite(time) and time >= self._last_time):
            raise ValueError(f"time must be finite and not go back: {time} after {self._last_time}")
        text, number = label_cells(label)
        points = None if pose is None else numbers_of(pose)
        who = None if points is None else int(person)
        self._pending.append(_Row(float(time), int(frame), who, int(take), text, number, points))
        self._last_time = time
        self.flush_due()

    def undo(self, take: int) -> None:
        """Take back all rows of a take so far, for good; the number may be used again."""
        self._pending.append(_Row(undone=int(take)))
        self.flush()

    def flush_due(self) -> None:
        """Write the rows that wait when it is time to; for whoever has no row to add for a while."""
        if self._pending and self._clock() - self._flushed >= self._flush_every:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait, so that they survive the end of the process."""
        if self._finished or not self._pending:
            return
        try:
            end = self._journal.write(_batch(self._pending), self._end)
        except OutputError as error:
            raise OutputError(f"{error}; all rows before are kept, `posknn doctor --mend` recovers them") from error
        # One statement: Ctrl-C between the two would write the rows a second time.
        self._end, self._pending = end, []
        self._flushed = self._clock()

    def finish(self) -> Path | None:
        """Make the recording of the journal and return its path; None, and no file, when it has no row.

        OutputError when that cannot be written; then the journal stays, and `recover` does it later. A call that was
        cut off, by Ctrl-C or an error, is made good by the next one.
        """
        if self._finished:
            return self._path
        self._ending = True
        try:
            self.flush()
        finally:
            self._journal.close()
        # The name was free and a file appears whole: where it exists, the call before this one was cut off after it.
        if self._part.exists() and not (self._path is not None and self._path.exists()):
            self._publish()
        self._part.unlink(missing_ok=True)
        self._finished = True
        return self._path

    def close(self) -> None:
        """Do what `finish` does."""
        self.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def _publish(self) -> None:
        recording = read_journal(self._part)
        if not len(recording):
            return
        self._path = _free(self._wanted)
        try:
            write_recording(recording, self._path)
        except OutputError as error:
            self._path = None  # not ours, should another program write a file of that name
            raise OutputError(f"{error}; all is in {self._part}, `posknn doctor --mend` recovers it") from error


def _batch(rows: list[_Row]) -> pa.RecordBatch:
    *cells, points, undone = zip(*rows, strict=True)
    nobody = np.array([pose is None for pose in points])
    poses = np.zeros((len(rows), NUMBERS), np.float32)
    for row in np.flatnonzero(~nobody):
        poses[row] = points[row]
    columns = [pa.array(column, field.type) for column, field in zip(cells, JOURNAL_SCHEMA, strict=False)]
    columns += [points_column(poses, nobody), pa.array(undone, pa.int64())]
    return pa.record_batch(columns, schema=JOURNAL_SCHEMA)


def _free(path: Path) -> Path:
    """Return the first name for a recording that no file has."""
    endings = itertools.chain(["", "-recovered"], (f"-recovered-{number}" for number in itertools.count(2)))
    return next(free for ending in endings if not (free := path.with_stem(path.stem + ending)).exists())
