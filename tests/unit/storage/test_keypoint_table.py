"""Anybody's table of keypoints is read, and what is wrong with one is named by line and column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from posknn import skeleton
from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.errors import FileFormatError
from posknn.storage.classifiers import load, read_recordings
from posknn.storage.formats import google_csv, keypoint_table
from posknn.storage.formats.layout import Reading
from posknn.testing import stick_figure
from posknn.values import Recording

SETS = Path(__file__).parents[4] / "shared" / "data" / "poses"

ANGLES = (5, 10, 15, 160, 165, 170)
LABELS = ("down",) * 3 + ("up",) * 3
POINTS = np.round(np.stack([as_points(stick_figure(arms=angle)) for angle in ANGLES]), 5)
POINTS[np.isnan(POINTS)] = 0.25
POINTS[..., 3] = np.clip(POINTS[..., 3], 0.1, 0.9)
"""Poses in fractions of a square picture, no number of which is a whole one."""
POINTS[POINTS == 0] = 0.001

Table = list[list[object]]


def table(parts: int = 4, *, points: npt.NDArray[np.floating] = POINTS) -> Table:
    """Return rows without label or header."""
    return [[str(number) for number in pose[:, :parts].ravel()] for pose in points]


def names(parts: int = 4) -> list[str]:
    return [f"{part}{point}" for point in range(1, 34) for part in "xyzv"[:parts]]


def written(path: Path, rows: Sequence[Sequence[object]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def beside(rows: Table, *, first: Sequence[object] = (), last: Sequence[object] = ()) -> Table:
    """Put a column before and one behind, as far as they are given."""
    return [
        [*first[at : at + 1], *row, *last[at : at + 1]]
        for at, row in enumerate(rows)
    ]  # fmt: skip


def said(recording: Recording) -> str:
    sentences = recording.provenance["read_as"]
    assert isinstance(sentences, list)
    return "; ".join(sentences)


@pytest.mark.parametrize("parts", [2, 3, 4])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("labels", [LABELS, (1, 1, 1, 2, 2, 2)])
def test_any_layout(tmp_path: Path, parts: int, header: bool, place: str, labels: tuple[str | int, ...]) -> None:
    rows = beside(table(parts), **{place: labels})
    if header:
        rows.insert(0, ["class", *names(parts)] if place == "first" else [*names(parts), "class"])
    read = keypoint_table.read(written(tmp_path / "a.csv", rows))
    assert read.labels == labels
    np.testing.assert_array_equal(read.points[..., :parts], POINTS[..., :parts])
    np.testing.assert_array_equal(read.points[..., parts:], np.broadcast_to([0, 1], (6, 33, 2))[..., parts - 2 :])
    assert f"33 keypoints of {', '.join(('x', 'y', 'z', 'visibility')[:parts])}" in said(read)
    assert f"label: column {1 if place == 'first' else 1 + 33 * parts}" in said(read)
    assert (read.units, read.name) == ("fractions", "a")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows: Table = [["label", *names()], *beside(table(), first=LABELS)]
    read = keypoint_table.read(written(tmp_path / "a.csv", rows, delimiter))
    assert read.labels == LABELS
    np.testing.assert_array_equal(read.points, POINTS)


def test_what_pandas_writes_without_names(tmp_path: Path) -> None:
    rows: Table = [
        ["", *map(str, range(132)), "pose"],
        *[[str(i), *row] for i, row in enumerate(beside(table(), last=LABELS))],
    ]
    read = keypoint_table.read(written(tmp_path / "a.csv", rows))
    assert read.labels == LABELS
    np.testing.assert_array_equal(read.points, POINTS)
    assert "not used: column 1" in said(read)


def test_without_names_the_label_is_the_text_that_repeats(tmp_path: Path) -> None:
    pictures = [f"{number}.jpg" for number in range(6)]
    rows = beside(beside(table(3), first=LABELS), first=pictures)
    read = keypoint_table.read(written(tmp_path / "a.csv", rows))
    assert (read.labels, read.provenance["names"]) == (LABELS, pictures)
    assert read.groups == ("0", "1", "2", "3", "4", "5")
    rows = beside(beside(table(3), first=pictures), first=LABELS)
    assert keypoint_table.read(written(tmp_path / "a.csv", rows)).labels == LABELS


def test_other_columns_have_their_meaning(tmp_path: Path) -> None:
    head = ["video", "frame", "time_ms", "person", "split", "width", "height", "label", *names()]
    video = ["a"] * 3 + ["b"] * 3
    rows: Table = [[video[i], i * 2, i * 40, 7, "train", 1600, 900, LABELS[i], *row] for i, row in enumerate(table())]
    read = keypoint_table.read(written(tmp_path / "c.csv", [head, *rows]))
    assert (read.groups, read.labels, read.units, read.name) == (tuple(video), LABELS, "heights", "c")
    assert np.asarray(read.times).tolist() == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    assert np.asarray(read.frames).tolist() == [0, 2, 4, 6, 8, 10]
    assert set(np.asarray(read.people).tolist()) == {7}
    wide = POINTS * np.array([16 / 9, 1, 16 / 9, 1], np.float32)
    np.testing.assert_allclose(read.points, wide, rtol=1e-6)
    assert "not used: column 5 ('split')" in said(read)
    assert "fractions of pictures of 1600 x 900 became image heights" in said(read)


def test_another_group_begins_where_frames_go_back(tmp_path: Path) -> None:
    rows: Table = [["frame", "label", *names()], *[[i % 3, LABELS[i], *row] for i, row in enumerate(table())]]
    assert keypoint_table.read(written(tmp_path / "a.csv", rows)).groups == ("a",) * 3 + ("a-2",) * 3
    rows = [["time", "label", *names()], *[[i % 2, LABELS[i], *row] for i, row in enumerate(table())]]
    read = keypoint_table.read(written(tmp_path / "a.csv", rows))
    assert read.groups == ("a", "a", "a-2", "a-2", "a-3", "a-3")


def test_nobody_and_missing_keypoints(tmp_path: Path) -> None:
    rows: Table = [["label", "detected", *names()], *[[LABELS[i], 1, *row] for i, row in enumerate(table())]]
    rows[1][2:] = ["0"] * 132
    rows[2][2:] = [""] * 132
    rows[3][1] = "0"
    rows[4][2:6] = ["nan", "NaN", "", "None"]
    rows[5][2:6] = ["0", "0.0", "0.3", "0"]
    points = keypoint_table.read(written(tmp_path / "a.csv", rows)).points
    assert np.isnan(points).all(axis=(1, 2)).tolist() == [True, True, True, False, False, False]
    assert np.isnan(points[3:]).any(axis=2).sum(axis=1).tolist() == [1, 1, 0]


def test_labels_are_numbers_where_all_are(tmp_path: Path) -> None:
    for cells, labels in {
        ("1", "2.0", "", "-3", "1", "1"): (1, 2, None, -3, 1, 1),
        ("1", "2", "x ", " 3", "1", "1"): ("1", "2", "x", "3", "1", "1"),
        ("007", "2", "2", "3", "1", "1"): ("007", "2", "2", "3", "1", "1"),
        ("1.5", "2", "2", "3", "1", "1"): ("1.5", "2", "2", "3", "1", "1"),
    }.items():
        rows: Table = [["label", *names()], *beside(table(), first=cells)]
        assert keypoint_table.read(written(tmp_path / "a.csv", rows)).labels == labels


def test_a_few_named_keypoints(tmp_path: Path) -> None:
    points = [
        skeleton.index(name) for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee")
    ]
    head = ["label", *(f"{skeleton.KEYPOINTS[point]}_{part}" for point in points for part in "xyzv")]
    rows: Table = [[LABELS[i], *map(str, pose[points].ravel())] for i, pose in enumerate(POINTS)]
    read = keypoint_table.read(written(tmp_path / "a.csv", [head, *rows]))
    assert sorted(np.flatnonzero(~np.isnan(read.points).any(axis=(0, 2))).tolist()) == sorted(points)
    assert "5 keypoints of x, y, z, visibility" in said(read)


# --- what somebody knows better


def test_the_label_can_be_named(tmp_path: Path) -> None:
    rows: Table = [["split", "what", *names()], *[["train", LABELS[i], *row] for i, row in enumerate(table())]]
    path = written(tmp_path / "a.csv", rows)
    for label in ("what", "2", 2):
        assert keypoint_table.read(path, Reading(label=label)).labels == LABELS
    assert keypoint_table.read(path, Reading(label="split")).labels == ("train",) * 6
    for label, message in {
        "which": "no column is called 'which'",
        "200": "there is no column 200",
        "x1": "a keypoint",
    }.items():
        with pytest.raises(FileFormatError, match=rf"a\.csv: .*{message}"):
            keypoint_table.read(path, Reading(label=label))


def test_header_numbers_and_units_can_be_said(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", beside(table(4), first=LABELS))
    assert len(keypoint_table.read(path, Reading(header=True))) == 5
    assert keypoint_table.read(path, Reading(units="heights")).units == "heights"
    assert keypoint_table.read(path, Reading(aspect=2)).points[0, 0, 0] == POINTS[0, 0, 0] * 2
    with pytest.raises(FileFormatError, match="3 times 33"):
        keypoint_table.read(written(tmp_path / "b.csv", table(2)), Reading(per_keypoint=3))


def test_x_y_and_visibility(tmp_path: Path) -> None:
    pairs = np.concatenate([POINTS[..., :2], np.full((6, 33, 1), 0.97, np.float32)], axis=2)
    rows = beside([pose.ravel().tolist() for pose in pairs], first=LABELS)
    np.savez(tmp_path / "b.npz", X=pairs, y=LABELS)
    for read in (keypoint_table.read(written(tmp_path / "a.csv", rows)), *read_recordings(tmp_path / "b.npz")):
        assert "33 keypoints of x, y, visibility in" in said(read)
        assert "no z: taken as 0" in said(read)
        np.testing.assert_array_equal(read.points[..., [0, 1, 3]], pairs)


@pytest.mark.skipif(not SETS.is_dir(), reason="the sets of poses are not beside the repository")
def test_googles_samples_are_read_alike_by_both() -> None:
    path = SETS / "mlkit_fitness" / "fitness_pose_samples.csv"
    one, other = google_csv.read(path), keypoint_table.read(path)
    assert (one.labels, one.groups, one.units) == (other.labels, other.groups, other.units)
    assert one.provenance["names"] == other.provenance["names"]
    np.testing.assert_array_equal(one.points, other.points)


def test_marks_and_line_ends_of_other_systems_do_not_matter(tmp_path: Path) -> None:
    rows: Table = [["label", *names()], *beside(table(), first=LABELS)]
    text = "\r\n".join(" , ".join(map(str, row)) for row in rows)
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\r\n")
    assert keypoint_table.is_table(tmp_path / "a.csv")
    read = keypoint_table.read(tmp_path / "a.csv")
    assert read.labels == LABELS
    np.testing.assert_array_equal(read.points, POINTS)
    (tmp_path / "a.csv").write_bytes(text.replace("down", "ü").encode("latin-1"))
    with pytest.raises(FileFormatError, match=r"a\.csv: not UTF-8 text: byte [0-9]+ cannot be read"):
        keypoint_table.read(tmp_path / "a.csv")


def test_a_file_a_pose(tmp_path: Path) -> None:
    """As Google's Colab for ML Kit makes them: picture and 99 numbers in squat_up.csv."""
    for name in ("squat_up", "squat_down"):
        many = table(3, points=np.tile(POINTS, (2, 1, 1)))
        written(tmp_path / f"{name}.csv", beside(many, first=[f"{name}_{at}.jpg" for at in range(12)]))
    (down, up) = read_recordings(tmp_path, Reading(file_is_label=True))
    assert (down.labels, up.labels) == (("squat_down",) * 12, ("squat_up",) * 12)
    assert "label: the name of the file ('squat_up')" in said(up)
    (down, _) = read_recordings(tmp_path)
    assert down.labels == (None,) * 12
    assert "picture: column 1; no column of labels" in said(down)


def test_columns_that_cannot_be_told_apart_ask_for_the_label(tmp_path: Path) -> None:
    rows = beside(table(4), first=["0.5", "0.25", "0.5", "0.5", "0.1", "0.7"])
    path = written(tmp_path / "a.csv", rows)
    with pytest.raises(FileFormatError, match=r"a\.csv: which of the 133 columns .*--label"):
        keypoint_table.read(path)
    read = keypoint_table.read(path, Reading(label=1))
    np.testing.assert_array_equal(read.points, POINTS)


# --- wrong files


def replaced(row: int, column: int, cell: str) -> Callable[[Table], object]:
    return lambda rows: rows[row].__setitem__(column, cell)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (replaced(3, 3, "left"), r"line 4, column y1: expected a number, not 'left'"),
        (replaced(3, 3, "inf"), r"line 4, column y1: expected a number, not 'inf'"),
        (replaced(3, 3, "1e39"), r"line 4, column y1"),
        (replaced(3, 3, "1_0"), r"line 4, column y1"),
        (replaced(2, 133, "x"), r"line 3, column v33"),
        (replaced(2, 0, "soon"), r"line 3, column time: expected a number, not 'soon'"),
        (replaced(2, 5, "7"), r"visibility of a keypoint is a number from 0 to 1, not 7"),
        (lambda rows: rows[2].pop(), r"line 3: 133 columns, but the first line has 134"),
        (lambda rows: rows[4].append("1"), r"line 5: 135 columns, but the first line has 134"),
        (lambda rows: rows.__delitem__(slice(1, None)), "a header, and not one row below it"),
        (lambda rows: rows.clear(), "not one row in it"),
        (lambda rows: [row.__delitem__(slice(80, 90)) for row in rows], "no column for|numbered"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, damage: Callable[[Table], object], message: str) -> None:
    many = np.tile(POINTS, (50, 1, 1))
    rows: Table = [["time", "label", *names()]]
    rows += [[i, LABELS[i % 6], *row] for i, row in enumerate(table(points=many))]
    damage(rows)
    with pytest.raises(FileFormatError, match=rf"a\.csv.*{message}") as caught:
        keypoint_table.read(written(tmp_path / "a.csv", rows))
    assert "\n" not in str(caught.value)


def test_it_is_told_from_other_tables(tmp_path: Path) -> None:
    for rows in ([["label", *names(2)]], [["down", *table(3)[0]]], [[*table(4)[0]]]):
        assert keypoint_table.is_table(written(tmp_path / "a.csv", rows))
    for text in (
        "",
        "start,end,label\n",
        "x1,y1\n",
        "frame,time,person,label,confidence\n",
        "\xff\xd8",
        "1,2,3\n" * 50,
    ):
        (tmp_path / "a.csv").write_text(text, encoding="utf-8")
        assert not keypoint_table.is_table(tmp_path / "a.csv")


# --- and so it is a classifier


def test_any_table_is_a_classifier(tmp_path: Path) -> None:
    (tmp_path / "both").mkdir()
    written(tmp_path / "both" / "a.csv", [["class", *names()], *beside(table(), first=LABELS)])
    written(tmp_path / "both" / "b.csv", beside(table(3), last=LABELS))
    written(tmp_path / "both" / "counts.csv", [["clip", "count"], ["a", 3]])
    classifier = load(tmp_path / "both", Reading(units="heights"))
    assert isinstance(classifier, PoseClassifier)
    assert len(classifier) == 12
    assert classifier.classify(stick_figure(arms=165)).label == "up"
    assert [one.name for one in read_recordings(tmp_path / "both")] == ["a", "b"]


@pytest.mark.skipif(not SETS.is_dir(), reason="the sets of poses are not beside the repository")
def test_every_set_of_poses_is_read() -> None:
    expected = {
        "deadlift_updown_video": (1198, 2, "fractions"),
        "elderly9_dirty": (531, 9, "fractions"),
        "exercise9_keyframes_xy": (627, 9, "fractions"),
        "gestures3_video": (1333, 3, "fractions"),
        "lunge_form_video": (842, 2, "fractions"),
        "mlkit_fitness": (839, 6, "pixels"),
        "posepilot_yoga_p1_p4": (5464, 6, "fractions"),
        "rep_videos_a": (5090, 0, "fractions"),
        "sitting4_images": (540, 4, "pixels"),
        "squat_form_psleon": (928, 8, "fractions"),
        "squat_updown_9joints": (5013, 2, "fractions"),
        "yoga5_images": (1196, 5, "heights"),
    }
    found = {}
    for folder in expected:
        recordings = list(read_recordings(SETS / folder))
        labels = {label for one in recordings for label in one.labels} - {None}
        found[folder] = (sum(map(len, recordings)), len(labels), "+".join({one.units for one in recordings}))
    assert found == expected


@pytest.mark.skipif(not SETS.is_dir(), reason="the sets of poses are not beside the repository")
def test_frames_without_anybody_are_nobody() -> None:
    recordings = list(read_recordings(SETS / "rep_videos_a"))
    nobody = sum(int(np.isnan(one.points).all(axis=(1, 2)).sum()) for one in recordings)
    with (SETS / "rep_videos_a" / "counts.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert nobody == sum(round(int(row["frames"]) * (1 - float(row["detected_share"]))) for row in rows)
    assert all(np.asarray(replace(one).times)[-1] < 60 for one in recordings)
