"""A recording as an Arrow table: the columns that recording files and journals share."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
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
    "bearable_table",
    "check_metadata",
    "label_cells",
    "metadata",
    "numbers_of",
    "points_column",
    "recording_of",
    "said_in",
    "table_of",
]

FORMAT = 1
"""The number of the format; later versions keep reading earlier numbers."""

NUMBERS = 4 * len(skeleton.KEYPOINTS)
"""How many numbers one pose has: x, y, z, visibility per keypoint."""

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


def bearable_table(file: Any, path: str | os.PathLike[str]) -> pa.Table:
    """Return the table of an open pyarrow.parquet.ParquetFile; FileFormatError for one made to fill the memory.

    It is read batch by batch, so that this is seen before it happens.
    """
    size = Path(path).stat().st_size
    batches = []
    poses = rows = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        rows += len(batch)
        if "points" in batch.schema.names:
            poses += len(batch) - batch["points"].null_count
        # A frame with nobody takes no room in the file, and hours of them are an honest recording.
        check_growth(poses * _POSE, size, f"{path}, row {rows}", compressed=True)
        if rows - poses > _NOBODY:
            raise FileFormatError(f"{path}: refused: more than {_NOBODY} frames with nobody in them")
        batches.append(batch)
    return pa.Table.from_batches(batches, file.schema_arrow).replace_schema_metadata(said_in(file))


def said_in(file: Any) -> dict[bytes, bytes]:
    """Return the metadata of an open ParquetFile; what was added at its end replaces what stood at its beginning."""
    return {**(file.schema_arrow.metadata or {}), **(file.metadata.metadata or {})}


def recording_of(table: pa.Table, path: str | os.PathLike[str]) -> Recording:
    """Undo `table_of`; NewerFormatError, or FileFormatError when the table is no recording. path: for the error."""
    said = check_metadata(table.schema.metadata, path)
    try:
        missing = [name for name in SCHEMA.names if name not in table.schema.names]
        if missing:
            raise FileFormatError(f"{path}: the column {missing[0]} is missing")
        table = table.select(SCHEMA.names).cast(SCHEMA)
        table.validate(full=True)
        name, provenance = json.loads(said[b"posknn.name"]), json.loads(said[b"posknn.provenance"])
        texts, numbers = table["label"].to_pylist(), table["label_number"].to_pylist()
        return Recording(
            points=_points(table["points"].combine_chunks()),
            labels=tuple(text if number is None else number for text, number in zip(texts, numbers, strict=True)),
            times=table["time"].to_numpy(),
            frames=_integers(table["frame"]),
            people=_integers(table["person"].fill_null(0)),
            takes=_integers(table["take"]),
            name=str(name),
            units=said[b"posknn.units"].decode(),
            provenance=dict(provenance),
        )
    except (pa.ArrowException, ValueError, TypeError, KeyError, RecursionError) as error:
        raise FileFormatError(f"{path}: damaged: {str(error).splitlines()[0]}") from error


def _points(column: pa.FixedSizeListArray) -> npt.NDArray[np.float32]:
    seen = column.is_valid().to_numpy(zero_copy_only=False)
    points = np.full((len(column), NUMBERS), np.nan, np.float32)
    points[seen] = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, NUMBERS)
    return points.reshape(-1, len(skeleton.KEYPOINTS), 4)


def _integers(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    if column.null_count:
        raise ValueError("a row without frame or take")
    integers: npt.NDArray[np.int64] = column.to_numpy()
    return integers
