"""Read Parquet files that are no recordings of ours: a column per number, as pandas writes them say."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from posknn.errors import FileFormatError
from posknn.storage.formats import keypoint_table
from posknn.storage.formats.layout import Reading
from posknn.storage.recordings import read_recording
from posknn.values import Recording

__all__ = ["is_foreign", "read", "read_recording"]

_TOGETHER = 256


def is_foreign(path: str | os.PathLike[str]) -> bool:
    """Say whether a Parquet file is readable and no recording of ours."""
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError, ValueError):
        return False
    return b"posknn.format" not in (schema.metadata or {})


def read(path: str | os.PathLike[str], reading: Reading | None = None) -> Recording:
    """Return the poses in a table, one number a column, as `keypoint_table` does. FileFormatError names the row."""
    try:
        return keypoint_table.read_rows(_rows(path), path, reading or Reading(), compressed=True)
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise FileFormatError(f"cannot read {path}: {str(error).splitlines()[0]}") from error


def _rows(path: str | os.PathLike[str]) -> Iterator[keypoint_table.Row]:
    with pq.ParquetFile(path) as file:
        names = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
        yield f"{path}, header", names
        count = 0
        for batch in file.iter_batches(batch_size=_TOGETHER, columns=names):
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                count += 1
                yield f"{path}, row {count}", cells
