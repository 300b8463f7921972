from pathlib import Path

import numpy as np

from posknn import PoseClassifier, write_recording
from posknn.studio.marks import Mark
from posknn.studio.timeline import Read, Stretch, laid, read_track
from posknn.testing import stick_figure
from posknn.values import Recording, Segment

EDGES = np.arange(0, 5.05, 0.1)


def read(*named: Segment, seen: tuple[Segment, ...] = (Segment(0.0, 5.0, "yes", 0),)) -> Read:
    return Read(named, (), seen, EDGES)


def test_what_is_unknown_fills_what_has_no_name() -> None:
    found = laid(read(Segment(1.0, 2.0, "a", 0, 0.9)), [])
    assert found == [Stretch(0.0, 1.0, None, 0), Stretch(1.0, 2.0, "a", 0, confidence=0.9), Stretch(2.0, 5.0, None, 0)]


def test_marks_lie_over_what_was_read_and_slivers_beside_them_are_left_out() -> None:
    found = laid(read(Segment(1.0, 2.0, "a", 0, 0.9)), [Mark(1.05, 1.5, "b"), Mark(3.0, 4.0, None)])
    assert [(one.start, one.end, one.label, one.marked) for one in found] == [
        (0.0, 1.05, None, False),
        (1.05, 1.5, "b", True),
        (1.5, 2.0, "a", False),
        (2.0, 3.0, None, False),
        (3.0, 4.0, None, True),
        (4.0, 5.0, None, False),
    ]


def test_what_was_read_is_one_stretch_with_the_mark_of_its_label_and_two_marks_are_two() -> None:
    named = (Segment(1.0, 3.0, "a", 0, 0.9), Segment(4.0, 5.0, "a", 0, 0.8))
    found = laid(read(*named), [Mark(1.5, 2.0, "a"), Mark(2.0, 2.5, "a"), Mark(3.05, 3.95, "b"), Mark(3.95, 4.5, "a")])
    assert [(one.start, one.end, one.label, one.marked, one.partly, one.confidence) for one in found] == [
        (0.0, 1.0, None, False, False, None),
        (1.0, 2.0, "a", False, True, 0.9),
        (2.0, 3.0, "a", False, True, 0.9),
        (3.05, 3.95, "b", True, False, None),
        (3.95, 5.0, "a", False, True, 0.8),
    ]


def test_people_are_laid_apart_and_nobody_is_there_while_nobody_is_seen() -> None:
    seen = (Segment(0.0, 1.0, "yes", 0), Segment(2.0, 3.0, "yes", 4))
    found = laid(read(Segment(2.0, 2.5, "a", 4, 1.0), seen=seen), [Mark(0.0, 1.0, "b", 0)])
    assert [(one.person, one.start, one.end, one.label) for one in found] == [
        (0, 0.0, 1.0, "b"),
        (4, 2.0, 2.5, "a"),
        (4, 2.5, 3.0, None),
    ]


def test_a_track_is_read_with_what_is_unsure_in_it(tmp_path: Path) -> None:
    angles = [10.0] * 10 + [50.0] * 10 + [90.0] * 10
    poses = [stick_figure(arms=angle) for angle in angles]
    points = np.array([np.column_stack([pose.points, pose.visibility]) for pose in poses], np.float32)
    points[25:] = np.nan
    write_recording(Recording(points, (None,) * 30, np.arange(30) / 10), tmp_path / "track.parquet")
    classifier = PoseClassifier(k=3)
    for angle in range(0, 101, 4):
        classifier.add_example(stick_figure(arms=float(angle)), "down" if angle < 50 else "up")
    found = read_track(tmp_path / "track.parquet", classifier)
    assert [(one.label, one.start) for one in found.named] == [("down", 0.0), ("up", 1.0)]
    assert [(one.start, one.end) for one in found.seen] == [(0.0, 2.5)]
    assert [(round(one.start, 3), round(one.end, 3)) for one in found.unsure] == [(1.0, 2.0)]
    assert len(found.edges) == 31


def test_before_anything_is_taught_all_is_unknown(tmp_path: Path) -> None:
    pose = stick_figure()
    points = np.array([np.column_stack([pose.points, pose.visibility])] * 5, np.float32)
    write_recording(Recording(points, (None,) * 5, np.arange(5) / 10), tmp_path / "track.parquet")
    found = read_track(tmp_path / "track.parquet", PoseClassifier())
    assert laid(found, []) == [Stretch(0.0, 0.5, None, 0)]
