"""Our own CSV: a recording comes back, and a wrong cell is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.formats import wide_csv
from posknn.values import Recording

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"


def recording(units: str = "heights") -> Recording:
    points = (np.arange(4 * 132, dtype=np.float32) * np.float32(0.1)).reshape(4, 33, 4)
    points[1] = np.nan
    points[2, 5] = np.nan
    return Recording(
        points,
        ("up", None, 5, 'say "5",\r\nthen rest'),
        times=np.array([0.0, 1 / 30, 2 / 30, 2 / 30]),
        frames=np.array([0, 1, 2, 2]),
        people=np.array([0, 0, 0, 1]),
        takes=np.array([0, 0, 1, 1]),
        name="squats, front",
        units=units,
    )


def assert_same(one: Recording, other: Recording) -> None:
    for column in ("points", "times", "frames", "people", "takes"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
    assert (repr(one.labels), one.name, one.units) == (repr(other.labels), other.name, other.units)


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    wide_csv.write(recording(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (GOLDEN / "wide.csv").read_bytes()


@pytest.mark.parametrize("units", ["heights", "pixels"])
def test_a_recording_comes_back(tmp_path: Path, units: str) -> None:
    wide_csv.write(recording(units), tmp_path / "a.csv")
    assert_same(wide_csv.read(tmp_path / "a.csv"), recording(units))


def test_the_header_has_no_more_than_needed(tmp_path: Path) -> None:
    plain = Recording(np.ones((1, 33, 4), np.float32), ("up",))
    wide_csv.write(plain, tmp_path / "a.csv")
    header = (tmp_path / "a.csv").read_text().splitlines()[0]
    assert header.startswith(
        "recording,frame,time,person,take,label,nose_x,nose_y,nose_z,nose_visibility,left_eye_inner_x"
    )
    assert header.count(",") == 6 + 132 - 1


def test_marks_and_line_ends_of_other_systems_do_not_matter(tmp_path: Path) -> None:
    plain = Recording(np.ones((2, 33, 4), np.float32), ("up", None))
    wide_csv.write(plain, tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + content + b"\r\n")
    assert_same(wide_csv.read(tmp_path / "a.csv"), plain)


def table(path: Path) -> list[list[str]]:
    wide_csv.write(Recording(np.full((3, 33, 4), 0.5, np.float32), ("a", "b", None), name="x"), path)
    return [line.split(",") for line in path.read_text().splitlines()]


def rewritten(path: Path, cells: list[list[str]]) -> Path:
    path.write_text("\n".join(",".join(row) for row in cells))
    return path


def test_only_keypoints_are_needed_in_any_order(tmp_path: Path) -> None:
    cells = [row[:5:-1] for row in table(tmp_path / "a.csv")]
    read = wide_csv.read(rewritten(tmp_path / "a.csv", cells))
    assert (read.labels, read.name, read.units) == ((None,) * 3, "", "heights")
    assert np.asarray(read.times).tolist() == [0, 1, 2]
    assert np.asarray(read.frames).tolist() == [0, 1, 2]
    assert (read.points == 0.5).all()


def test_whole_numbers_as_pandas_writes_them_are_read(tmp_path: Path) -> None:
    cells = table(tmp_path / "a.csv")
    cells[1][3] = "2.0"
    assert np.asarray(wide_csv.read(rewritten(tmp_path / "a.csv", cells)).people).tolist() == [2, 0, 0]


@pytest.mark.parametrize(
    ("row", "column", "cell", "message"),
    [
        (0, 7, "nose_why", "line 1: 1 columns are missing, the first is 'nose_y', but 'nose_why', which is not known"),
        (0, 5, "lable", "line 1, column 6: 'lable' is not known"),
        (0, 5, "take", "line 1: the column 'take' stands there twice"),
        (2, 7, "x", "line 3, column nose_y: expected a number, not 'x'"),
        (2, 7, "inf", "line 3, column nose_y"),
        (2, 2, "later", "line 3, column time: expected a number"),
        (2, 2, "nan", "line 3, column time"),
        (3, 2, "0.5", "line 4, column time: 0.5 comes after 1.0; sort"),
        (2, 1, "1.5", "line 3, column frame: expected a whole number"),
        (2, 3, "-", "line 3, column person"),
        (2, 4, "99999999999999999999", "line 3, column take"),
        (2, 5, "a,b", "line 3: 139 columns, but the header has 138"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, row: int, column: int, cell: str, message: str) -> None:
    cells = table(tmp_path / "a.csv")
    cells[row][column] = cell
    with pytest.raises(FileFormatError, match=rf"a\.csv, {message}"):
        wide_csv.read(rewritten(tmp_path / "a.csv", cells))


def test_times_begin_again_where_another_recording_begins(tmp_path: Path) -> None:
    groups = ["monday", "monday", "tuesday, late", "", "monday"]
    several = Recording(
        np.ones((5, 33, 4), np.float32),
        ("a",) * 5,
        times=np.array([3.0, 4.0, 1.0, 0.5, 0.0]),
        frames=np.array([30, 40, 10, 5, 0]),
        takes=np.array([1, 1, 0, 2, 2]),
        provenance={"groups": groups},
    )
    wide_csv.write(several, tmp_path / "a.csv")
    read = wide_csv.read(tmp_path / "a.csv")
    assert read.groups == tuple(groups)
    assert_same(read, replace(several, name="a"))
    content = (tmp_path / "a.csv").read_text().replace("monday,40,4.0", "monday,40,2.5")
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(FileFormatError, match=r"line 3, column time: 2\.5 comes after 3\.0"):
        wide_csv.read(tmp_path / "a.csv")


def test_one_group_is_the_name(tmp_path: Path) -> None:
    wide_csv.write(
        Recording(np.ones((2, 33, 4), np.float32), ("a", "b"), name="x", provenance={"groups": ["y", "y"]}),
        tmp_path / "a.csv",
    )
    read = wide_csv.read(tmp_path / "a.csv")
    assert (read.name, read.groups, dict(read.provenance)) == ("y", ("y", "y"), {})


def test_two_units_in_one_table_are_refused(tmp_path: Path) -> None:
    cells = table(tmp_path / "a.csv")
    for row, cell in zip(cells, ["units", "heights", "", "pixels"], strict=True):
        row.append(cell)
    with pytest.raises(FileFormatError, match="line 4, column units: pixels after heights"):
        wide_csv.read(rewritten(tmp_path / "a.csv", cells))


def test_another_unit_is_refused(tmp_path: Path) -> None:
    cells = table(tmp_path / "a.csv")
    for row, cell in zip(cells, ["units", "miles", "miles", "miles"], strict=True):
        row.append(cell)
    with pytest.raises(FileFormatError, match="line 2, column units: expected"):
        wide_csv.read(rewritten(tmp_path / "a.csv", cells))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe"])
def test_what_is_no_such_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.csv"):
        wide_csv.read(tmp_path / "a.csv")


def test_it_is_told_from_other_csv(tmp_path: Path) -> None:
    table(tmp_path / "a.csv")
    assert wide_csv.is_wide(tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    for wide in (b"\xef\xbb\xbf\r\n" + content, content.replace(b"\n", b"\r"), content + b"\xff" * 2**20):
        (tmp_path / "a.csv").write_bytes(wide)  # no more than the first line is looked at
        assert wide_csv.is_wide(tmp_path / "a.csv")
    for other in (
        b"",
        b"\n",
        b"name,class,1,2\n",
        b"start,end,label\n",
        b"f\xfcr\n",
        b'"nose_x\n',
        b"\0nose_x",
        b"1" * 2**20,
    ):
        (tmp_path / "a.csv").write_bytes(other)
        assert not wide_csv.is_wide(tmp_path / "a.csv")
    with pytest.raises(FileFormatError, match=r"cannot read .*gone\.csv"):
        wide_csv.is_wide(tmp_path / "gone.csv")


def test_an_empty_label_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no label in CSV"):
        wide_csv.write(Recording(np.ones((1, 33, 4), np.float32), ("",)), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []
