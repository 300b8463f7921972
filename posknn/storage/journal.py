"""The journal of a recording under way: what is written to it survives the end of the process."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from posknn.errors import FileFormatError, OutputError
from posknn.files import output_error
from posknn.storage.columns import SCHEMA, check_metadata, recording_of
from posknn.storage.reading import read_bytes
from posknn.values import Recording

__all__ = ["JOURNAL_SCHEMA", "Journal", "is_whole", "lock", "read_journal"]

JOURNAL_SCHEMA = SCHEMA.append(pa.field("undone", pa.int64()))
"""A row whose `undone` is not null takes back the rows of that take before it, and is no pose itself."""

if sys.platform == "win32":
    import msvcrt

    def lock(file: IO[bytes]) -> bool:
        """Claim an open journal until it is closed or the process ends; False when another has it."""
        place = file.tell()
        file.seek(2**30 - 1)  # a lock hides the locked bytes from readers there, so it lies beyond the end
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(place)
        return True

else:
    import fcntl

    def lock(file: IO[bytes]) -> bool:
        """Claim an open journal until it is closed or the process ends; False when another has it."""
        with suppress(OSError):  # a file system without locks: nobody can be asked, so nobody is refused
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True


class Journal:
    """An Arrow stream that grows by whole batches. OutputError when `path` exists or cannot be written."""

    def __init__(self, path: Path, metadata: dict[str, str]) -> None:
        self._path = path
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise output_error(path, error) from error
        lock(self._file)
        try:
            self.end = self._write(JOURNAL_SCHEMA.with_metadata(metadata).serialize(), 0)
        except OutputError:  # an empty journal would only stand in the way of the next try
            self._file.close()
            path.unlink()
            raise

    def write(self, batch: pa.RecordBatch, at: int) -> int:
        """Write a batch at byte `at`, after the batches to keep; return the byte after it.

        OutputError names the file and leaves it as it was: what was written before stays readable.
        """
        return self._write(batch.serialize(), at)

    def close(self) -> None:
        """Close the file, which gives it free for recovery; a later `write` opens it again."""
        self._file.close()

    def _write(self, message: pa.Buffer, at: int) -> int:
        # One call per batch, so that a kill falls between batches. A call may stop short when the disk is full.
        rest = memoryview(message)
        try:
            if self._file.closed:
                self._file = self._path.open("r+b", buffering=0)
                lock(self._file)
            self._file.seek(at)
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
        except OSError as error:
            with suppress(OSError, ValueError):  # ValueError: it could not be opened again
                self._file.truncate(at)
            raise output_error(self._path, error) from error
        return at + len(message)


def read_journal(path: str | os.PathLike[str]) -> Recording:
    """Return what a journal holds up to the first damage, without takes that were undone; possibly no row.

    FileFormatError when it is no journal or torn in its first line, NewerFormatError when a later posknn wrote it.
    """
    schema, batches, _ = _read(path)
    if schema is None:
        raise FileFormatError(f"{path}: no row can be read from it; if you do not need it, delete it")
    check_metadata(schema.metadata, path)
    if not schema.equals(JOURNAL_SCHEMA):
        raise FileFormatError(f"{path}: damaged: its columns are not those of a journal")
    table = pa.Table.from_batches(batches, schema)
    return recording_of(table.filter(pa.array(_kept(table))), path)


def is_whole(path: str | os.PathLike[str]) -> bool:
    """Say whether a journal can be read to its end, so that nothing is in it but what `read_journal` returns."""
    return _read(path)[2]


def _read(path: str | os.PathLike[str]) -> tuple[pa.Schema | None, list[pa.RecordBatch], bool]:
    """Return the columns, None when they are torn, the batches up to the first damage, and whether there is none."""
    schema: pa.Schema | None = None
    batches = []
    try:
        # All of it in memory: a file that is mapped cannot be deleted everywhere.
        with pa.ipc.open_stream(pa.BufferReader(read_bytes(path))) as stream:
            schema = stream.schema
            for batch in stream:
                batch.validate(full=True)
                batches.append(batch)
    except (pa.ArrowException, ValueError, OSError, MemoryError):  # the torn end of a recording that was cut off
        return schema, batches, False
    return schema, batches, True


def _kept(table: pa.Table) -> npt.NDArray[np.bool_]:
    kept = np.ones(len(table), bool)
    takes = table["take"].fill_null(0).to_numpy()
    undone = table["undone"].fill_null(0).to_numpy()
    for row in np.flatnonzero(table["undone"].is_valid()):
        kept[:row] &= takes[:row] != undone[row]
        kept[row] = False
    return kept
