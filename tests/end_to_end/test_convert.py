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
from posknn.errors import FileFormatError, NotTaughtError, OutputError
from posknn.storage.classifiers import load, read_recordings
from posknn.storage.formats.layout import Reading
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


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("out.posknn", "frames, takes, rows without a label, provenance"),
        ("out.csv", "provenance"),
        ("out.parquet", None),
        ("OUT.PARQUET", None),
    ],
)
def test_poses_stay_what_they_are(monday: Path, tmp_path: Path, name: str, lost: str | None) -> None:
    done = convert(monday, tmp_path / name)
    assert (done.file, done.examples, done.labels, done.kind, done.lost) == (tmp_path / name, 7, 3, "poses", lost)
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
    for name in ("week.posknn", "week.csv", "week.json", "week.parquet"):
        done = convert(folder, tmp_path / name)
        assert (done.examples, done.labels) == (14, 3)
        assert labels(tmp_path / name)[:2] == ["down", "down"]
    joined = read_recording(tmp_path / "week.parquet")
    assert joined.groups == ("monday",) * 8 + ("tuesday",) * 8
    one = recording()
    assert joined.labels == one.labels * 2
    for column in ("points", "times", "frames", "people", "takes"):
        assert np.array_equal(getattr(joined, column), np.concatenate([getattr(one, column)] * 2), equal_nan=True)
    origin = {"source": "camera 0", "mirrored": False}
    assert joined.provenance["recordings"] == [{"name": name, **origin} for name in ("monday", "tuesday")]
    again = tmp_path / "again"
    again.mkdir()
    convert(tmp_path / "week.parquet", again / "week.csv")
    (table,) = read_recordings(again)
    assert (table.groups, table.labels) == (joined.groups, joined.labels)
    for column in ("points", "times", "frames", "people", "takes"):
        assert np.array_equal(getattr(joined, column), getattr(table, column), equal_nan=True)
    # Two sessions in one classifier: their times go back to the beginning, and the file stays readable.
    convert(tmp_path / "week.posknn", tmp_path / "again.parquet")
    assert set(read_recording(tmp_path / "again.parquet").groups) == {"monday", "tuesday"}


def test_two_recordings_of_one_name_stay_two(tmp_path: Path) -> None:
    for day in ("1", "2", "3"):
        (tmp_path / "week" / day).mkdir(parents=True)
        write_recording(recording("desk"), tmp_path / "week" / day / "desk.parquet")
    convert(tmp_path / "week", tmp_path / "week.csv")
    (table,) = read_recordings(tmp_path / "week.csv")
    assert table.groups == ("desk",) * 8 + ("desk-2",) * 8 + ("desk-3",) * 8
    assert table.times.tolist() == recording().times.tolist() * 3


def test_groups_told_row_by_row_go_on_in_the_next_file(tmp_path: Path) -> None:
    (tmp_path / "week").mkdir()
    for name, groups in {"a": "xxxxyyyy", "b": "yyyyxxxx", "c": "zzzzxxxx"}.items():
        told = replace(recording(name), times=np.arange(8.0), provenance={"groups": list(groups)})
        write_recording(told, tmp_path / "week" / f"{name}.parquet")
    convert(tmp_path / "week", tmp_path / "week.parquet")
    joined = read_recording(tmp_path / "week.parquet")
    assert joined.groups == tuple("xxxxyyyy") + ("y-2",) * 4 + tuple("xxxxzzzzxxxx")


def test_a_classifier_of_two_recordings_comes_back_through_other_formats(monday: Path, tmp_path: Path) -> None:
    classifier = PoseClassifier(k=2).learn([recording("monday"), recording("tuesday"), recording("monday")])
    classifier.add_example(stick_figure(arms=120), "late", time=3)
    classifier.add_example(stick_figure(arms=125), "late", time=1)
    classifier.add_example(stick_figure(arms=130), "late")
    classifier.save(tmp_path / "a.posknn")
    for name in ("b.csv", "b.parquet"):
        done = convert(tmp_path / "a.posknn", tmp_path / name)
        assert (done.examples, done.lost) == (24, "k, weights, embedding, mirroring, limits, ids")
        convert(tmp_path / name, tmp_path / "c.posknn")
        one, other = PoseClassifier.load(tmp_path / "a.posknn").recording(), load(tmp_path / "c.posknn")
        assert isinstance(other, PoseClassifier)
        found = other.recording()
        assert (found.groups, found.labels) == (one.groups, one.labels)
        assert found.groups == ("monday",) * 7 + ("tuesday",) * 7 + ("monday",) * 7 + ("",) * 3
        assert found.times.tolist() == one.times.tolist()
        assert found.times[-3:].tolist() == [0, 1, 3]
        assert np.array_equal(found.points, one.points, equal_nan=True)


def test_a_classifier_copied_is_the_same_to_the_byte(tmp_path: Path) -> None:
    classifier = PoseClassifier(k=2, weights="uniform", mirror=False).learn(recording(), false_reject=0.3)
    classifier.forget(1)
    classifier.save(tmp_path / "a.posknn")
    assert convert(tmp_path / "a.posknn", tmp_path / "B.POSKNN").lost is None
    assert (tmp_path / "B.POSKNN").read_bytes() == (tmp_path / "a.posknn").read_bytes()
    done = convert(tmp_path / "B.POSKNN", tmp_path / "C.JSON")
    assert done.lost == (
        "k, weights, embedding, mirroring, limits, ids, where examples were taught, times, units, "
        "missing keypoints, vector lengths"
    )
    knn = KNNClassifier(k=7, weights="distance")
    knn.add_examples(np.eye(4) * 3, ["a", 5, "a", "b"], recordings=["x"] * 4, times=[1, 2, 3, 4])
    knn.clear_label("b")
    knn.save(tmp_path / "v.posknn")
    assert convert(tmp_path / "v.posknn", tmp_path / "w.posknn").lost is None
    assert (tmp_path / "v.posknn").read_bytes() == (tmp_path / "w.posknn").read_bytes()
    assert convert(tmp_path / "v.posknn", tmp_path / "v.json").lost
    assert convert(tmp_path / "v.json", tmp_path / "w.json").lost is None


def test_units_are_mixed_where_the_format_allows_it(tmp_path: Path) -> None:
    (tmp_path / "week").mkdir()
    write_recording(recording("a"), tmp_path / "week" / "a.parquet")
    pixels = recording("b").points * np.array([500, 500, 500, 1], np.float32)
    write_recording(replace(recording("b"), points=pixels, units="pixels"), tmp_path / "week" / "b.parquet")
    for name in ("week.posknn", "week.json"):
        assert convert(tmp_path / "week", tmp_path / name).examples == 14
        assert [str(label) for label in labels(tmp_path / name)] == [str(label) for label in EXPECTED]
    for name in ("week.csv", "week.parquet"):
        with pytest.raises(FileFormatError, match="one by one"):
            convert(tmp_path / "week", tmp_path / name)
        assert not (tmp_path / name).exists()
    done = convert(tmp_path / "week.posknn", tmp_path / "week.csv")
    assert "which poses are in which units" in (done.lost or "")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_track_without_labels_stays_one(tmp_path: Path, name: str) -> None:
    track = replace(recording(), labels=(None,) * 8)
    write_recording(track, tmp_path / "track.parquet")
    done = convert(tmp_path / "track.parquet", tmp_path / name)
    assert (done.examples, done.labels, done.kind) == (0, 0, "a track of 8 rows")
    (again,) = read_recordings(tmp_path / name)
    assert again.labels == track.labels
    np.testing.assert_array_equal(again.points, track.points)


@pytest.mark.parametrize("name", ["a.posknn", "a.json", "a.csv", "a.parquet", "a.npz", "a.npy"])
def test_nothing_is_written_of_no_example(tmp_path: Path, name: str) -> None:
    write_recording(replace(recording(), labels=(None,) * 8), tmp_path / "track.parquet")
    KNNClassifier().save(tmp_path / "empty.json")
    PoseClassifier().save(tmp_path / "empty.posknn")
    holds_tracks = name in ("a.csv", "a.parquet")
    for source in ("empty.json", "empty.posknn", *(() if holds_tracks else ("track.parquet",))):
        with pytest.raises(NotTaughtError, match=f"{source} holds no labelled example"):
            convert(tmp_path / source, tmp_path / name)
        assert not (tmp_path / name).exists()


def test_only_poses_that_can_be_learned_are_counted(tmp_path: Path) -> None:
    points = recording().points.copy()
    points[1] = np.nan  # labelled, but nobody is there
    write_recording(replace(recording(), points=points), tmp_path / "a.parquet")
    for name, examples in {"a.posknn": 6, "a.json": 6, "a.csv": 7}.items():
        assert convert(tmp_path / "a.parquet", tmp_path / name).examples == examples


def test_poses_become_vectors_for_ml5(monday: Path, tmp_path: Path) -> None:
    done = convert(monday, tmp_path / "a.json")
    assert (done.examples, done.labels, done.kind) == (7, 3, "poses")
    rows = "frames, takes, rows without a label, provenance"
    assert done.lost == f"where examples were taught, times, {rows}, units, missing keypoints, vector lengths"
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
    assert (done.examples, done.lost) == (7, "times, frames, takes, units, provenance")
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


@pytest.mark.parametrize(("name", "to"), [("a.npz", None), ("a.npy", None), ("a.csv", "coords"), ("a.csv", "google")])
def test_formats_of_others_go_both_ways(monday: Path, tmp_path: Path, name: str, to: str | None) -> None:
    simple = replace(
        recording(),
        points=np.stack([as_points(stick_figure(arms=angle)) for angle, _ in POSES]),
        labels=tuple(str(label)[0] if label else None for label in recording().labels),
    )
    write_recording(simple, monday)
    done = convert(monday, tmp_path / name, to=to)
    assert (done.examples, done.labels, done.file) == (7, 3, tmp_path / name)
    reading = None if name == "a.npz" or to == "google" else Reading(units="heights")
    back = convert(tmp_path / name, tmp_path / "back.posknn", reading=reading)
    assert (back.examples, back.labels) == (7, 3)
    assert labels(tmp_path / "back.posknn") == ["d", "d", "t", "t", "5"]
    classifier = PoseClassifier.load(tmp_path / "back.posknn")
    assert np.allclose(classifier.recording().points[..., :3], simple.points[LABELLED][..., :3], atol=1e-6)


def test_what_the_others_lose_is_said(monday: Path, tmp_path: Path) -> None:
    mixed = "numbers among labels that are text"
    assert convert(monday, tmp_path / "a.npz").lost == f"rows without a label, {mixed}, provenance"
    everything = "where examples were taught, times, frames, takes, rows without a label, provenance, units"
    assert convert(monday, tmp_path / "a.npy").lost == f"{everything}, {mixed}"
    assert convert(monday, tmp_path / "a.csv", to="coords").lost == f"{everything}, {mixed}"


def test_nothing_is_said_of_a_file_that_says_itself(monday: Path, tmp_path: Path) -> None:
    convert(monday, tmp_path / "a.posknn")
    with pytest.raises(ValueError, match="needs no reading"):
        convert(tmp_path / "a.posknn", tmp_path / "b.csv", reading=Reading(aspect=2))
