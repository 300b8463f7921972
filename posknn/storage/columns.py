"""A recording as an Arrow table: the columns that recording files and journals share."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from posknn import skeleton
from posknn.errors import FileFormatError, NewerFormatError
from posknn.storage.reading import check_growth
from posknn.values import UNITS, Label, Pose, Recording

__all__ = [
    "FORMAT",
    "NUMBERS",
    "PARQUET",
    "SCHEMA",
    "bearable_batches",
    "check_metadata",
    "label_cells",
    "metadata",
    "numbers_of",
    "points_column",
    "reading_errors",
    "recording_of",
    "recording_of_batches",
    "said_in",
    "table_of",
]

FORMAT = 1
"""The number of the format; later versions keep reading earlier numbers."""

NUMBERS = 4 * len(skeleton.KEYPOINTS)
"""How many numbers one pose has: x, y, z, visibility per keypoint."""

_NO_POINTS = np.empty((0, len(skeleton.KEYPOINTS), 4), np.float32)
_BATCH = 4096
_POSE = 3 * 4 * NUMBERS  # bytes of memory while it is read: in the table, gathered, in the recording
_NOBODY = 4_000_000  # a day and a half at 30 frames a second

SCHEMA = pa.schema(
    [
        ("time", pa.float64()),  # seconds
        ("frame", pa.int64()),
        ("person", pa.int64()),  # null: nobody was seen in this frame
        ("take", pa.int64()),
        ("label", pa.string()),  # null: no example
        ("label_number", pa.int64()),  # not null: the label is this number, not the text
        ("points", pa.list_(pa.float32(), NUMBERS)),
    ]
)


PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": ["label"],
    "use_byte_stream_split": ["points.list.element"],
    "write_page_checksum": True,
}
"""How a recording is packed."""


def metadata(name: str, units: str, provenance: Mapping[str, object]) -> dict[str, str]:
    """Return what a file says of itself; ValueError for another unit or a provenance that JSON cannot hold."""
    if units not in UNITS:
        raise ValueError(f"the units of a recording are one of {', '.join(UNITS)}, not {units!r}")
    try:
        origin = json.dumps(dict(provenance), sort_keys=True, allow_nan=False)
    except TypeError as error:
        raise ValueError(f"the provenance of a recording must be what JSON can hold: {error}") from error
    return {
        "posknn.format": str(FORMAT),
        "posknn.name": json.dumps(name),
        "posknn.units": units,
        "posknn.provenance": origin,
        "posknn.keypoints": json.dumps(skeleton.KEYPOINTS),
    }


def check_metadata(said: Mapping[bytes, bytes] | None, path: str | os.PathLike[str]) -> Mapping[bytes, bytes]:
    """Return what a file says of itself; NewerFormatError, or FileFormatError when it is no recording."""
    said = said or {}
    number = said.get(b"posknn.format", b"")
    if not (number.isdigit() and len(number) < 10):
        raise FileFormatError(f"{path}: not a recording of posknn: its schema does not say so")
    if int(number) > FORMAT:
        raise NewerFormatError(
            f"{path}: format {int(number)}, but this posknn reads up to {FORMAT}: install a later posknn"
        )
    if said.get(b"posknn.keypoints") != json.dumps(skeleton.KEYPOINTS).encode():
        raise FileFormatError(f"{path}: a recording of other keypoints than the {len(skeleton.KEYPOINTS)} of MediaPipe")
    return said


def label_cells(label: Label | None) -> tuple[str | None, int | None]:
    """Return a label as text, and as a number when it is one; ValueError for a label that no file can hold."""
    if label is None:
        return None, None
    if not isinstance(label, str):
        number = int(label)
        if not -(2**63) <= number < 2**63:
            raise ValueError(f"a label that is a number needs to fit 64 bits, unlike {number}")
        return str(number), number
    try:
        label.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the label {label!r} has half a character in it, which no file can hold") from None
    return label, None


def numbers_of(pose: Pose) -> npt.NDArray[np.float32]:
    """Return (132,) numbers, NaN for each keypoint that the pose has at the origin, unseen: that means missing."""
    points = pose.flat().reshape(-1, 4)
    points[(points == 0).all(axis=1)] = np.nan
    return points.ravel()


def points_column(points: npt.NDArray[np.float32], nobody: npt.NDArray[np.bool_]) -> pa.Array:
    """Return poses as a column, null where nobody is. points: (n, 33, 4) or (n, 132). nobody: (n,)."""
    numbers = pa.array(np.ascontiguousarray(points, np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(numbers, NUMBERS, mask=pa.array(nobody, pa.bool_()))


def table_of(recording: Recording) -> pa.Table:
    """Return the table of a recording; ValueError for a label or provenance that no file can hold."""
    nobody = np.asarray(np.isnan(recording.points).all(axis=(1, 2)))
    people = np.asarray(recording.people, np.int64)
    labels = [label_cells(label) for label in recording.labels]
    columns = [
        pa.array(recording.times, pa.float64()),
        pa.array(recording.frames, pa.int64()),
        pa.array(people, pa.int64(), mask=nobody & (people == 0)),
        pa.array(recording.takes, pa.int64()),
        pa.array([text for text, _ in labels], pa.string()),
        pa.array([number for _, number in labels], pa.int64()),
        points_column(recording.points, nobody),
    ]
    said = metadata(recording.name, recording.units, recording.provenance)
    return pa.table(columns, schema=SCHEMA.with_metadata(said))


def bearable_batches(file: Any, path: str | os.PathLike[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of an open pyarrow.parquet.ParquetFile, some at a time.

    FileFormatError when they cannot be read, and for a file made to fill the memory, before it does.
    """
    size = Path(path).stat().st_size
    poses = rows = 0
    batches = file.iter_batches(batch_size=_BATCH)
    while True:
        with reading_errors(path):
            batch = next(batches, None)
        if batch is None:
            return
        rows += len(batch)
        if "points" in batch.schema.names:
            poses += len(batch) - batch["points"].null_count
        # A frame with nobody takes no room in the file, and hours of them are an honest recording.
        check_growth(poses * _POSE, size, f"{path}, row {rows}", compressed=True)
        if rows - poses > _NOBODY:
            raise FileFormatError(f"{path}: refused: more than {_NOBODY} frames with nobody in them")
        yield batch


@contextmanager
def reading_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make a FileFormatError of what goes wrong while a Parquet file is opened or read."""
    try:
        yield
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else str(error).splitlines()[0]
        raise FileFormatError(f"cannot read {path}: {reason}") from error


def said_in(file: Any) -> dict[bytes, bytes]:
    """Return the metadata of an open ParquetFile; what was added at its end replaces what stood at its beginning."""
    return {**(file.schema_arrow.metadata or {}), **(file.metadata.metadata or {})}


def recording_of(table: pa.Table, path: str | os.PathLike[str]) -> Recording:
    """Undo `table_of`; NewerFormatError, or FileFormatError when the table is no recording. path: for the error."""
    return recording_of_batches(table.to_batches(), table.schema, path)


def recording_of_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: str | os.PathLike[str]
) -> Recording:
    """Do what `recording_of` does with a table that comes some rows at a time."""
    said = check_metadata(schema.metadata, path)
    try:
        name, provenance = json.loads(said[b"posknn.name"]), json.loads(said[b"posknn.provenance"])
        missing = [name for name in SCHEMA.names if name not in schema.names]
        if missing:
            raise FileFormatError(f"{path}: the column {missing[0]} is missing")
        pieces: list[list[Any]] = [[_NO_POINTS], [], [np.empty(0)], *([np.empty(0, np.int64)] for _ in range(3))]
        for batch in batches:
            for column, piece in zip(pieces, _arrays_of(batch), strict=True):
                column.append(piece)
        points, labels, *numbers = pieces
        times, frames, people, takes = (np.concatenate(column) for column in numbers)
        return Recording(
            points=_joined(points),
            labels=tuple(itertools.chain(*labels)),
            times=times,
            frames=frames,
            people=people,
            takes=takes,
            name=str(name),
            units=said[b"posknn.units"].decode(),
            provenance=dict(provenance),
        )
    except (pa.ArrowException, ValueError, TypeError, KeyError, RecursionError) as error:
        raise FileFormatError(f"{path}: damaged: {str(error).splitlines()[0]}") from error


def _arrays_of(batch: pa.RecordBatch) -> tuple[Any, ...]:
    """Return points, labels, times, frames, people and takes of some rows."""
    batch = batch.select(SCHEMA.names).cast(SCHEMA)
    batch.validate(full=True)
    texts, numbers = batch["label"].to_pylist(), batch["label_number"].to_pylist()
    labels = [text if number is None else number for text, number in zip(texts, numbers, strict=True)]
    frames, people, takes = _integers(batch["frame"]), _numbers(batch["person"], 0), _integers(batch["take"])
    return _points(batch["points"]), labels, _numbers(batch["time"], np.nan), frames, people, takes


def _joined(pieces: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Return pieces (m, ...) as one array and let go of them: they are what takes the memory."""
    joined = np.concatenate(pieces)
    pieces.clear()
    return joined


def _points(column: pa.FixedSizeListArray) -> npt.NDArray[np.float32]:
    seen = _array(column.is_valid())
    points = np.full((len(column), NUMBERS), np.nan, np.float32)
    points[seen] = _array(column.flatten()).reshape(-1, NUMBERS)
    return points.reshape(-1, len(skeleton.KEYPOINTS), 4)


def _integers(column: pa.Array) -> npt.NDArray[Any]:
    if column.null_count:
        raise ValueError("a row without frame or take")
    return _array(column)


def _numbers(column: pa.Array, missing: float) -> npt.NDArray[Any]:
    """Return numbers as an array, with `missing` in place of null."""
    if not column.null_count:
        return _array(column)
    values = _array(pa.Array.from_buffers(column.type, len(column), [None, column.buffers()[1]], offset=column.offset))
    return np.where(_array(column.is_valid()), values, values.dtype.type(missing))


def _array(column: pa.Array) -> npt.NDArray[Any]:
    """Return numbers or flags, none of them null, as an array.

    `to_numpy` does more than that: it loads pandas where it is installed, 50 MB of it.
    """
    if pa.types.is_boolean(column.type):
        return np.from_dlpack(column.cast(pa.uint8())).astype(bool)
    return np.from_dlpack(column)
