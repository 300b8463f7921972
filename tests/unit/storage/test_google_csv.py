"""Google's pose samples are read and written as they are."""

from pathlib import Path

import numpy as np
import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.formats import google_csv
from posknn.values import Recording

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "poses" / "mlkit_fitness" / "fitness_pose_samples.csv"

NUMBERS = ",".join(str(number / 8) for number in range(99))


def recording() -> Recording:
    points = np.ones((3, 33, 4), np.float32)
    points[:, :, :3] = (np.arange(3 * 99, dtype=np.float32) * np.float32(1.1)).reshape(3, 33, 3)
    points[1] = np.nan
    return Recording(points, ("up", None, 5), name="squats", units="pixels")


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    google_csv.write(recording(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (GOLDEN / "google.csv").read_bytes()


def test_samples_are_read(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_bytes(f'\ufeffframe__ab__c__0012.jpg,up,{NUMBERS}\r\n\r\n"a,b.png",,{NUMBERS}\n'.encode())
    read = google_csv.read(path)
    assert (read.labels, read.units, read.name) == (("up", None), "pixels", "samples")
    assert read.provenance == {"names": ["frame__ab__c__0012.jpg", "a,b.png"], "groups": ["frame__ab__c", "a,b"]}
    np.testing.assert_array_equal(read.points[0, :, :3].ravel(), np.arange(99) / 8)
    assert (read.points[:, :, 3] == 1).all()
    assert np.asarray(read.times).tolist() == [0, 1]
    assert np.asarray(read.takes).tolist() == [0, 0]


def test_it_is_told_from_other_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for sample in (f"a,up,{NUMBERS}\n", f'\ufeff\r\n"a,b",,{NUMBERS}', f"a,up,{NUMBERS}\nrubbish\n"):
        path.write_bytes(sample.encode())
        assert google_csv.is_google(path)
    for other in ("", "a,up\n", f"a,{NUMBERS}", f"a,b,c,{NUMBERS}", f"a,up,{NUMBERS}x", f"a,up,{NUMBERS[:-5]},"):
        path.write_text(other)
        assert not google_csv.is_google(path)
    path.write_bytes(f"caf\xe9,up,{NUMBERS}".encode("latin-1"))
    assert not google_csv.is_google(path)
    with pytest.raises(FileFormatError, match="cannot read"):
        google_csv.is_google(tmp_path / "gone.csv")


def test_groups_survive(tmp_path: Path) -> None:
    groups = ["monday", "", "tuesday"]
    points = np.ones((3, 33, 4), np.float32)
    google_csv.write(Recording(points, ("a", "b", "c"), provenance={"groups": groups}), tmp_path / "a.csv")
    assert google_csv.read(tmp_path / "a.csv").groups == ("frame__monday", "frame__a", "frame__tuesday")


def test_names_and_numbers_survive(tmp_path: Path) -> None:
    google_csv.write(recording(), tmp_path / "a.csv")
    read = google_csv.read(tmp_path / "a.csv")
    assert read.labels == ("up", "5")
    assert read.provenance["names"] == ["frame__squats__0000000.jpg", "frame__squats__0000002.jpg"]
    assert read.provenance["groups"] == ["frame__squats"] * 2
    np.testing.assert_array_equal(read.points, recording().points[[0, 2]])
    google_csv.write(read, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,up,1,2,3", "line 2: 5 columns, but expected 101"),
        (f"a,up,{NUMBERS},1", "line 2: 102 columns"),
        (f"a,up,{NUMBERS}".replace("0.125", "left"), "line 2, column nose_y: expected a number, not 'left'"),
        (f"a,up,{NUMBERS}".replace("0.125", ""), "line 2, column nose_y: expected a number, not ''"),
        (f"a,up,{NUMBERS}".replace("0.125", "nan"), "line 2, column nose_y"),
        (f"a,up,{NUMBERS}".replace("0.125", "inf"), "line 2, column nose_y"),
        (f"a,up,{NUMBERS}".replace("12.25", "1e39"), "line 2, column right_foot_index_z"),
        (f"a,up,{NUMBERS}".replace("0.125", "1_0"), "line 2, column nose_y"),
        ('a,"up', "line 2: unexpected end of data"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(f"a,up,{NUMBERS}\n{line}")
    with pytest.raises(FileFormatError, match=rf"a\.csv, {message}") as caught:
        google_csv.read(tmp_path / "a.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfea\x00", b"a" * 200_000, b"\0" * 50])
def test_what_is_no_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.csv"):
        google_csv.read(tmp_path / "a.csv")


def test_a_missing_keypoint_cannot_be_written(tmp_path: Path) -> None:
    points = np.ones((1, 33, 4), np.float32)
    points[0, 15] = np.nan
    with pytest.raises(OutputError, match="no left_wrist"):
        google_csv.write(Recording(points, ("up",)), tmp_path / "a.csv")


@pytest.mark.skipif(not SAMPLES.exists(), reason="Google's samples are not here")
def test_googles_own_samples_survive(tmp_path: Path) -> None:
    read = google_csv.read(SAMPLES)
    assert len(read) == 812
    assert {label: read.labels.count(label) for label in read.labels} == {
        "pushups_up": 201,
        "pushups_down": 195,
        "squats_up": 191,
        "squats_down": 225,
    }
    groups = read.provenance["groups"]
    assert isinstance(groups, list)
    assert len(set(groups)) == 285 + 329
    google_csv.write(read, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == SAMPLES.read_bytes().replace(b"\r\n", b"\n")
