"""A table of keypoints in Parquet, from pandas or anything else, is read as one in CSV is."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posknn.errors import FileFormatError
from posknn.storage import parquet_tables
from posknn.storage.classifiers import read_recordings
from posknn.storage.formats.layout import Reading
from posknn.storage.recordings import write_recording
from posknn.values import Recording

X = np.random.default_rng(1).random((5, 132)).astype(np.float32)


def written(path: Path, **columns: object) -> Path:
    numbers = {f"{part}{point}": X[:, 4 * point + at] for point in range(33) for at, part in enumerate("xyzv")}
    pq.write_table(pa.table(numbers | columns), path)
    return path


def test_a_table_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", label=["up", "up", None, "down", "down"], notes=[[1], [], [2], [3], []])
    (read,) = read_recordings(path)
    np.testing.assert_array_equal(read.points.reshape(5, -1), X)
    assert read.labels == ("up", "up", None, "down", "down")
    assert (read.units, read.name) == ("fractions", "a")
    (read,) = read_recordings(path, Reading(size=(200, 100)))
    assert read.units == "heights"
    np.testing.assert_array_equal(read.points[..., 0], X.reshape(5, 33, 4)[..., 0] * 2)


def test_a_recording_is_no_foreign_table(tmp_path: Path) -> None:
    recording = Recording(X.reshape(5, 33, 4), ("up",) * 5, units="fractions")
    write_recording(recording, tmp_path / "a.parquet")
    assert not parquet_tables.is_foreign(tmp_path / "a.parquet")
    assert parquet_tables.is_foreign(written(tmp_path / "b.parquet"))
    (read,) = read_recordings(tmp_path / "a.parquet", Reading(aspect=2))
    assert read.units == "heights"
    with pytest.raises(FileFormatError, match=r"a\.parquet is a recording of posknn"):
        list(read_recordings(tmp_path / "a.parquet", Reading(label="label")))


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", x5=["0.5", "0.5", "0.5", "left", "0.5"])
    with pytest.raises(FileFormatError, match=r"a\.parquet, row 4, column x5: expected a number, not 'left'"):
        list(read_recordings(path))
    pq.write_table(pa.table({"a": [1, 2], "points": [[1.0], [2.0]]}), path)
    with pytest.raises(FileFormatError, match=r"a\.parquet: no table of poses"):
        list(read_recordings(path))
    pq.write_table(pa.table({}), path)
    with pytest.raises(FileFormatError, match=r"a\.parquet"):
        list(read_recordings(path))
