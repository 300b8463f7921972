"""Classifiers are saved and loaded, and made of whatever file or folder somebody has."""

from __future__ import annotations

import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError, NotTaughtError, OutputError
from posknn.storage.classifiers import load, load_knn, load_poses, read_recordings, save
from posknn.storage.formats import google_csv, wide_csv
from posknn.storage.recordings import write_recording
from posknn.testing import stick_figure
from posknn.values import Label, Pose, Recording

POSES: list[tuple[Pose, Label]] = [
    *((stick_figure(arms=angle), "down") for angle in (5, 10, 15)),
    *((stick_figure(arms=angle), "up") for angle in (160, 165, 170)),
]


def recording(name: str = "monday", *, labelled: bool = True) -> Recording:
    points = np.stack([as_points(pose) for pose, _ in POSES])
    return Recording(points, tuple(label if labelled else None for _, label in POSES), name=name)


@pytest.fixture
def poses() -> PoseClassifier:
    return PoseClassifier().learn(recording())


@pytest.fixture
def vectors() -> KNNClassifier:
    knn = KNNClassifier()
    knn.add_examples([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.9, 0.1, 0.0]], ["a", "b", "a"])
    return knn


def answers(classifier: PoseClassifier | KNNClassifier) -> list[tuple[Label | None, float | None]]:
    """Return what a classifier of poses says of some."""
    assert isinstance(classifier, PoseClassifier)
    asked = (classifier.classify(stick_figure(arms=angle)) for angle in (0, 30, 90, 150, 175))
    return [(answer.label, answer.distance) for answer in asked]


def test_a_pose_classifier_comes_back(tmp_path: Path, poses: PoseClassifier) -> None:
    path = save(poses, tmp_path / "a.posknn")
    assert path == tmp_path / "a.posknn"
    for loaded in (load(path), load_poses(path), PoseClassifier.load(str(path))):
        assert answers(loaded) == answers(poses)
        assert isinstance(loaded, PoseClassifier)
        assert loaded.get_count_by_label() == {"down": 3, "up": 3}
        assert loaded.limits == poses.limits


def test_a_classifier_of_vectors_comes_back_from_both_formats(tmp_path: Path, vectors: KNNClassifier) -> None:
    for name in ("a.posknn", "a.json"):
        path = save(vectors, tmp_path / name)
        assert path == tmp_path / name
        for loaded in (load(path), load_knn(str(path))):
            assert isinstance(loaded, KNNClassifier)
            answer = loaded.classify([1, 0.2, 0])
            assert (answer.label, answer.confidences_by_label) == ("a", {"a": 2 / 3, "b": 1 / 3})


def test_as_in_ml5_any_other_name_becomes_json(tmp_path: Path, vectors: KNNClassifier) -> None:
    assert save(vectors, tmp_path / "mine") == tmp_path / "mine.json"
    assert save(vectors, tmp_path / "v1.2") == tmp_path / "v1.2.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "v1.2.json"]


def test_a_pose_classifier_is_no_json(tmp_path: Path, poses: PoseClassifier) -> None:
    for name in ("a.json", "a", "a.csv"):
        with pytest.raises(ValueError, match=r"saved as \.posknn"):
            save(poses, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_saving_where_nothing_can_be_saved(tmp_path: Path, poses: PoseClassifier, vectors: KNNClassifier) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        save(poses, tmp_path / "nowhere" / "a.posknn")
    with pytest.raises(OutputError, match="nowhere"):
        save(vectors, tmp_path / "nowhere" / "a.json")


def test_the_two_kinds_are_not_mixed_up(tmp_path: Path, poses: PoseClassifier, vectors: KNNClassifier) -> None:
    of_poses, of_vectors = save(poses, tmp_path / "p.posknn"), save(vectors, tmp_path / "v.posknn")
    with pytest.raises(FileFormatError, match=r"p\.posknn holds a classifier of poses"):
        load_knn(of_poses)
    with pytest.raises(FileFormatError, match=r"v\.posknn holds a classifier of plain vectors"):
        load_poses(of_vectors)


def test_recordings_and_tables_are_classifiers(tmp_path: Path, poses: PoseClassifier) -> None:
    write_recording(recording(), tmp_path / "monday.parquet")
    wide_csv.write(recording(), tmp_path / "wide.csv")
    google_csv.write(recording(), tmp_path / "google.csv")
    assert answers(load(tmp_path / "monday.parquet")) == answers(poses)
    assert [label for label, _ in answers(load(tmp_path / "wide.csv"))] == [label for label, _ in answers(poses)]
    google = load(tmp_path / "google.csv")
    assert isinstance(google, PoseClassifier)
    assert google.get_count_by_label() == {"down": 3, "up": 3}
    assert google.classify(stick_figure(arms=165)).label == "up"


def test_a_folder_of_recordings_is_a_classifier(tmp_path: Path) -> None:
    (tmp_path / "week").mkdir()
    write_recording(recording("monday"), tmp_path / "monday.parquet")
    wide_csv.write(recording("tuesday"), tmp_path / "week" / "tuesday.csv")
    (tmp_path / "notes.txt").write_text("to be left alone")
    loaded = load(tmp_path)
    assert isinstance(loaded, PoseClassifier)
    assert loaded.get_count_by_label() == {"down": 6, "up": 6}
    assert set(loaded.state.recordings) == {"monday", "tuesday"}
    assert {near.recording for near in loaded.classify(stick_figure(arms=10)).neighbors} <= {"monday", "tuesday"}
    assert [one.name for one in read_recordings(tmp_path)] == ["monday", "tuesday"]


def test_recordings_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        write_recording(recording(name), tmp_path / f"{name}.parquet")
    assert [one.name for one in read_recordings(str(tmp_path))] == ["a", "b", "c"]
    assert [one.name for one in read_recordings(tmp_path / "b.parquet")] == ["b"]


def test_unlabelled_rows_teach_nothing(tmp_path: Path) -> None:
    write_recording(recording(labelled=False), tmp_path / "track.parquet")
    with pytest.raises(NotTaughtError, match=r"track\.parquet holds no labelled example"):
        load(tmp_path / "track.parquet")
    with pytest.raises(NotTaughtError, match="holds no labelled example"):
        load(tmp_path)
    half = replace(recording(), labels=("down", None, None, "up", None, None))
    write_recording(half, tmp_path / "half.parquet")
    loaded = load(tmp_path)
    assert isinstance(loaded, PoseClassifier)
    assert loaded.get_count_by_label() == {"down": 1, "up": 1}


def test_what_cannot_be_read_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, content in {
        "text.txt": b"hello",
        "text.posknn": b"hello",
        "text.parquet": b"hello",
        "text.json": b"hello",
        "empty.csv": b"",
        "empty.posknn": b"",
        "empty.parquet": b"",
        "empty.json": b"",
        "head.csv": b"a,b,c\n",
        "picture.csv": b"\xff\xd8\xff\xe0",
        "no_ending": b"hello",
    }.items():
        (tmp_path / name).write_bytes(content)
    names = [path.name for path in tmp_path.iterdir()]
    for name in [*names, *(f"missing{ending}" for ending in ("", ".csv", ".json", ".parquet", ".posknn"))]:
        with pytest.raises((FileFormatError, NotTaughtError)) as caught:
            load(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_one_bad_recording_of_a_folder_is_named(tmp_path: Path) -> None:
    write_recording(recording(), tmp_path / "a.parquet")
    shutil.copyfile(tmp_path / "a.parquet", tmp_path / "b.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-50])
    with pytest.raises(FileFormatError, match=r"b\.parquet"):
        load(tmp_path)


def test_endings_may_be_in_capitals(tmp_path: Path, poses: PoseClassifier) -> None:
    wide_csv.write(recording(), tmp_path / "wide.csv")
    (tmp_path / "wide.csv").rename(tmp_path / "WIDE.CSV")
    loaded = load(tmp_path / "WIDE.CSV")
    assert isinstance(loaded, PoseClassifier)
    assert loaded.get_count_by_label() == poses.get_count_by_label()
    write_recording(recording(), tmp_path / "D.PARQUET")
    assert [one.name for one in read_recordings(tmp_path)] == ["monday", "monday"]
    assert len(load(tmp_path / "D.PARQUET")) == 6
    assert save(poses, tmp_path / "D.POSKNN") == tmp_path / "D.POSKNN"
    assert len(load(tmp_path / "D.POSKNN")) == len(load_poses(tmp_path / "D.POSKNN")) == 6
    knn = KNNClassifier()
    knn.add_example([1.0, 2.0], "a")
    assert save(knn, tmp_path / "V.JSON") == tmp_path / "V.JSON"
    assert len(load(tmp_path / "V.JSON")) == len(load_knn(tmp_path / "V.JSON")) == 1
    save(knn, tmp_path / "V.POSKNN")
    assert len(load_knn(tmp_path / "V.POSKNN")) == 1


def test_in_a_folder_only_poses_are_read(tmp_path: Path) -> None:
    google_csv.write(recording("g"), tmp_path / "google.csv")
    assert [one.name for one in read_recordings(tmp_path)] == ["google"]
    write_recording(recording("desk"), tmp_path / "desk.parquet")
    (tmp_path / "notes.csv").write_bytes("Übung,für,später\n".encode("latin-1"))
    (tmp_path / "marks.csv").write_text("start,end,label\n0,1,up\n")
    (tmp_path / "table.csv").write_text("frame,time,person,label,confidence,distance,limit,neighbors\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0" * 10**5)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.parquet").mkdir()
    assert [one.name for one in read_recordings(tmp_path)] == ["desk", "google"]


def test_a_damaged_table_of_poses_in_a_folder_is_named(tmp_path: Path) -> None:
    wide_csv.write(recording(), tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes((tmp_path / "a.csv").read_bytes()[:-700] + b"\xff\n")
    with pytest.raises(FileFormatError, match=r"a\.csv"):
        load(tmp_path)


def test_loading_takes_less_than_five_times_the_size_of_the_file(tmp_path: Path, poses: PoseClassifier) -> None:
    state, count = poses.state, 6 * 1000
    points = np.tile(state.points, (1000, 1, 1))
    points[::7, 20] = np.nan
    many = replace(
        state,
        points=points,
        ids=np.arange(count),
        next_id=count,
        labels=state.labels * 1000,
        recordings=state.recordings * 1000,
        times=np.tile(state.times, 1000),
    )
    path = PoseClassifier.from_state(many).save(tmp_path / "many.posknn")
    tracemalloc.start()
    try:
        loaded = load_poses(path)
        assert tracemalloc.get_traced_memory()[1] < 5 * path.stat().st_size
    finally:
        tracemalloc.stop()
    assert len(loaded) == count
