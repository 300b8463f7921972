"""Examples go from format to format and stay what they are, as far as the format can hold them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError, OutputError
from posknn.storage.classifiers import load
from posknn.storage.recordings import read_recording, write_recording
from posknn.tasks.convert import convert
from posknn.testing import stick_figure
from posknn.values import Label, Recording

POSES: list[tuple[float, Label | None]] = [
    (5, "down"),
    (10, "down"),
    (15, "down"),
    (60, None),
    (90, 't, "quoted"\n人'),
    (100, 't, "quoted"\n人'),
    (160, 5),
    (170, 5),
]


def recording(name: str = "monday") -> Recording:
    points = np.stack([as_points(stick_figure(arms=angle)) for angle, _ in POSES])
    points[0, 20] = np.nan  # a keypoint that was not seen
    return Recording(
        points,
        tuple(label for _, label in POSES),
        times=np.arange(len(POSES)) / 10,
        frames=np.arange(len(POSES)) * 3,
        takes=np.array([0, 0, 0, 0, 1, 1, 2, 2]),
        name=name,
        provenance={"source": "camera 0", "mirrored": False},
    )


LABELLED = [row for row, (_, label) in enumerate(POSES) if label is not None]


def labels(path: Path) -> list[Label | None]:
    """Return what the classifier of a file says of some poses."""
    classifier = load(path)
    angles = (8, 12, 92, 98, 165)
    if isinstance(classifier, KNNClassifier):
        flat = [np.nan_to_num(as_points(stick_figure(arms=angle))).ravel() for angle in angles]
        return [classifier.classify(vector).label for vector in flat]
    return [classifier.classify(stick_figure(arms=angle)).label for angle in angles]


EXPECTED = ["down", "down", 't, "quoted"\n人', 't, "quoted"\n人', 5]


@pytest.fixture
def monday(tmp_path: Path) -> Path:
    path = tmp_path / "monday.parquet"
    write_recording(recording(), path)
    return path


def points(path: Path) -> npt.NDArray[np.float32]:
    classifier = load(path)
    assert isinstance(classifier, PoseClassifier)
    return classifier.recording().points


@pytest.mark.parametrize("name", ["out.posknn", "out.csv", "out.parquet"])
def test_poses_stay_what_they_are(monday: Path, tmp_path: Path, name: str) -> None:
    done = convert(monday, tmp_path / name)
    assert (done.file, done.examples, done.labels, done.kind, done.lost) == (tmp_path / name, 7, 3, "poses", None)
    assert labels(tmp_path / name) == labels(monday) == EXPECTED
    found = points(tmp_path / name)
    assert np.allclose(found, recording().points[LABELLED], atol=1e-6, equal_nan=True)
    assert np.isnan(found[0, 20]).all()
    # And back, through every other format.
    for back in ("back.posknn", "back.csv", "back.parquet"):
        again = convert(tmp_path / name, tmp_path / back)
        assert (again.examples, again.labels) == (7, 3)
        assert np.allclose(points(tmp_path / back), found, atol=1e-6, equal_nan=True)
        assert labels(tmp_path / back) == EXPECTED


def test_a_recording_copied_is_the_same_recording(monday: Path, tmp_path: Path) -> None:
    convert(monday, tmp_path / "copy.parquet")
    one, other = read_recording(monday), read_recording(tmp_path / "copy.parquet")
    assert other.labels == one.labels
    for column in ("points", "times", "frames", "people", "takes"):
        assert np.array_equal(getattr(one, column), getattr(other, column), equal_nan=True)
    assert dict(other.provenance) == dict(one.provenance)
    before = monday.read_bytes()
    convert(monday, monday)
    assert read_recording(monday).labels == one.labels
    assert len(before) == len(monday.read_bytes())


def test_where_examples_were_taught_is_kept(monday: Path, tmp_path: Path) -> None:
    convert(monday, tmp_path / "a.posknn")
    near = PoseClassifier.load(tmp_path / "a.posknn").classify(stick_figure(arms=170)).neighbors[0]
    assert (near.label, near.recording, near.time) == (5, "monday", 0.7)


def test_a_folder_of_recordings_becomes_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "week"
    folder.mkdir()
    for name in ("monday", "tuesday"):
        write_recording(recording(name), folder / f"{name}.parquet")
    for name in ("week.posknn", "week.parquet", "week.csv", "week.json"):
        done = convert(folder, tmp_path / name)
        assert (done.examples, done.labels) == (14, 3)
        assert labels(tmp_path / name)[:2] == ["down", "down"]
    joined = read_recording(tmp_path / "week.parquet")
    assert joined.groups == ("monday",) * 8 + ("tuesday",) * 8
    # Two sessions in one classifier: their times go back to the beginning, and the file stays readable.
    convert(tmp_path / "week.posknn", tmp_path / "again.parquet")
    assert set(read_recording(tmp_path / "again.parquet").groups) == {"monday", "tuesday"}


def test_poses_become_vectors_for_ml5(monday: Path, tmp_path: Path) -> None:
    done = convert(monday, tmp_path / "a.json")
    assert (done.examples, done.labels, done.kind) == (7, 3, "poses")
    assert done.lost
    knn = KNNClassifier.load(tmp_path / "a.json")
    assert (knn.width, len(knn)) == (132, 7)
    assert [str(label) for label in labels(tmp_path / "a.json")] == [str(label) for label in EXPECTED]


def test_vectors_stay_vectors(tmp_path: Path) -> None:
    knn = KNNClassifier(k=1)
    knn.add_examples(np.eye(4), ["a", "b", "a", "b"])
    knn.save(tmp_path / "a.json")
    assert convert(tmp_path / "a.json", tmp_path / "b.posknn").kind == "vectors"
    assert convert(tmp_path / "b.posknn", tmp_path / "c.json").examples == 4
    answer = KNNClassifier.load(tmp_path / "c.json").classify([0, 1, 0, 0], k=1)
    assert answer.label == "b"
    for name in ("d.csv", "d.parquet"):
        with pytest.raises(FileFormatError, match=r"b\.posknn holds vectors of 4 numbers"):
            convert(tmp_path / "b.posknn", tmp_path / name)
        assert not (tmp_path / name).exists()


def test_googles_format_keeps_places_and_labels(monday: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="right_index"):  # the one that was not seen
        convert(monday, tmp_path / "a.csv", to="google")
    simple = replace(
        recording(),
        points=np.stack([as_points(stick_figure(arms=angle)) for angle, _ in POSES]),
        labels=tuple(str(label)[0] if label else None for _, label in POSES),
    )
    write_recording(simple, monday)
    done = convert(monday, tmp_path / "a.csv", to="google")
    assert (done.examples, done.lost) == (7, "visibility, times")
    assert load(tmp_path / "a.csv").labels == ("d", "t", "5")
    assert labels(tmp_path / "a.csv") == ["d", "d", "t", "t", "5"]


def test_endings_and_formats_that_do_not_go_together(monday: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out\.xml"):
        convert(monday, tmp_path / "out.xml")
    with pytest.raises(ValueError, match="google"):
        convert(monday, tmp_path / "out.json", to="google")
    with pytest.raises(ValueError, match="google"):
        convert(monday, tmp_path / "out.csv", to="coco")
    with pytest.raises(FileFormatError, match=r"gone\.csv"):
        convert(tmp_path / "gone.csv", tmp_path / "out.json")
    assert [path.name for path in tmp_path.iterdir()] == ["monday.parquet"]


def test_an_existing_file_stays_when_converting_fails(monday: Path, tmp_path: Path) -> None:
    (tmp_path / "keep.posknn").write_bytes(b"mine")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileFormatError):
        convert(tmp_path / "bad.csv", tmp_path / "keep.posknn")
    assert (tmp_path / "keep.posknn").read_bytes() == b"mine"
    convert(monday, tmp_path / "keep.posknn")
    assert len(load(tmp_path / "keep.posknn")) == 7
