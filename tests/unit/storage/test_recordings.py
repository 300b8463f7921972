"""Recording files: what is written comes back, and what is no recording is refused in one line."""

import importlib.util
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posknn.errors import FileFormatError, NewerFormatError, OutputError
from posknn.storage.recordings import read_recording, write_recording
from posknn.values import Recording

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"


def small_recording() -> Recording:
    points = (np.arange(4 * 132, dtype=np.float32) / np.float32(8)).reshape(4, 33, 4)
    points[1] = np.nan
    points[2, 5] = np.nan
    return Recording(
        points,
        ("up", None, 5, "5"),
        times=np.array([0.0, 0.04, 0.08, 0.08]),
        frames=np.array([0, 1, 2, 2]),
        people=np.array([0, 0, 0, 1]),
        takes=np.array([0, 0, 1, 1]),
        name="squats",
        provenance={"source": "camera 0", "size": [640, 480]},
    )


def assert_same(one: Recording, other: Recording) -> None:
    for column in ("points", "times", "frames", "people", "takes"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
        assert getattr(one, column).dtype == getattr(other, column).dtype
    assert one.labels == other.labels
    assert [type(label) for label in one.labels] == [type(label) for label in other.labels]
    assert (one.name, one.units, dict(one.provenance)) == (other.name, other.units, dict(other.provenance))


def test_a_recording_comes_back(tmp_path: Path) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    assert_same(read_recording(tmp_path / "a.parquet"), small_recording())


def test_an_empty_recording_comes_back(tmp_path: Path) -> None:
    empty = Recording(np.empty((0, 33, 4), np.float32), (), name="nothing", units="pixels")
    write_recording(empty, tmp_path / "a.parquet")
    assert_same(read_recording(tmp_path / "a.parquet"), empty)


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_recording(small_recording(), tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_file_of_format_1_stays_readable() -> None:
    assert_same(read_recording(GOLDEN / "recording.parquet"), small_recording())


def test_other_tools_find_plain_columns(tmp_path: Path) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table["label"].to_pylist() == ["up", None, "5", "5"]
    assert table["label_number"].to_pylist() == [None, None, 5, None]
    assert table["person"].to_pylist() == [0, None, 0, 1]
    assert table["points"].null_count == 1


def test_a_file_that_is_missing_or_no_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"a\.parquet: No such file"):
        read_recording(tmp_path / "a.parquet")
    for content in (b"", b"hello", b"PAR1" * 100):
        (tmp_path / "a.parquet").write_bytes(content)
        with pytest.raises(FileFormatError, match=r"cannot read .*a\.parquet"):
            read_recording(tmp_path / "a.parquet")


def test_parquet_of_somebody_else_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(FileFormatError, match="not a recording of posknn"):
        read_recording(tmp_path / "a.parquet")


def changed_metadata(path: Path, **changes: str) -> None:
    table = pq.read_table(path)
    metadata = table.schema.metadata | {f"posknn.{key}".encode(): value.encode() for key, value in changes.items()}
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_a_later_format_asks_for_a_later_posknn(tmp_path: Path) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    changed_metadata(tmp_path / "a.parquet", format="2")
    with pytest.raises(NewerFormatError, match="format 2"):
        read_recording(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "9" * 5000},
        {"keypoints": "[]"},
        {"units": "miles"},
        {"provenance": "[1"},
        {"provenance": "[" * 10**5},
    ],
)
def test_wrong_metadata_is_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    changed_metadata(tmp_path / "a.parquet", **changes)
    with pytest.raises(FileFormatError) as caught:
        read_recording(tmp_path / "a.parquet")
    assert "a.parquet" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_times_go_back_only_where_another_group_begins(tmp_path: Path) -> None:
    several = Recording(
        np.ones((3, 33, 4), np.float32),
        ("a", "b", "c"),
        times=np.array([0.0, 2.0, 1.0]),
        provenance={"groups": ["monday", "monday", "tuesday"]},
    )
    write_recording(several, tmp_path / "a.parquet")
    assert np.asarray(read_recording(tmp_path / "a.parquet").times).tolist() == [0, 2, 1]
    changed_metadata(tmp_path / "a.parquet", provenance="{}")
    with pytest.raises(FileFormatError, match=r"a\.parquet: damaged: the times of a recording go back in row 2"):
        read_recording(tmp_path / "a.parquet")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    pq.write_table(pq.read_table(tmp_path / "a.parquet").drop_columns(["take"]), tmp_path / "a.parquet")
    with pytest.raises(FileFormatError, match="the column take is missing"):
        read_recording(tmp_path / "a.parquet")


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    for end in range(0, len(content), 97):
        (tmp_path / "a.parquet").write_bytes(content[:end])
        with pytest.raises(FileFormatError):
            read_recording(tmp_path / "a.parquet")


def test_changed_poses_are_noticed(tmp_path: Path) -> None:
    write_recording(small_recording(), tmp_path / "a.parquet")
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    chunk = pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(0).column(6)
    content[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 1
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(FileFormatError):
        read_recording(tmp_path / "a.parquet")


@pytest.mark.parametrize("label", ["half \ud800", 2**63, -(2**70)])
def test_a_label_that_no_file_can_hold_is_the_callers_fault(tmp_path: Path, label: str | int) -> None:
    with pytest.raises(ValueError, match="label"):
        write_recording(Recording(np.zeros((1, 33, 4), np.float32), (label,)), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_provenance_must_be_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="provenance"):
        write_recording(
            Recording(np.zeros((0, 33, 4), np.float32), (), provenance={"x": Path()}), tmp_path / "a.parquet"
        )


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        write_recording(small_recording(), tmp_path / "no" / "a.parquet")


def told_after_reading(path: Path, expression: str) -> str:
    """Return what an expression is in a process that has read a recording and done nothing else."""
    code = f"import sys; from posknn import read_recording; read_recording(sys.argv[1]); print({expression})"
    told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def test_poses_are_unpacked_some_at_a_time(tmp_path: Path) -> None:
    path, count = tmp_path / "many.parquet", 20_000
    points = np.random.default_rng(0).normal(size=(count, 33, 4)).astype(np.float32)
    write_recording(Recording(points, ("up",) * count), path)
    tracemalloc.start()
    try:
        read_recording(path)
        assert tracemalloc.get_traced_memory()[1] < 2.6 * points.nbytes
    finally:
        tracemalloc.stop()
    unpacked = told_after_reading(path, "__import__('pyarrow').default_memory_pool().max_memory()")
    assert int(unpacked) < 2 * points.nbytes


def test_a_row_without_a_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_recording(small_recording(), path)
    table = pq.read_table(path)
    times = table["time"].to_pylist()
    place = table.schema.get_field_index("time")
    pq.write_table(table.set_column(place, "time", pa.array([*times[:-1], None])), path)
    with pytest.raises(FileFormatError, match="a time that is no number"):
        read_recording(path)


def test_reading_leaves_pandas_alone(tmp_path: Path) -> None:
    if importlib.util.find_spec("pandas") is None:
        pytest.skip("pandas is not installed")
    path = tmp_path / "a.parquet"
    write_recording(small_recording(), path)
    assert told_after_reading(path, "'pandas' in sys.modules") == "False"
