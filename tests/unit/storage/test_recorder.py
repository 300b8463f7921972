"""The recorder: what is taught, what is left out, what undo takes back and what a full disk leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.errors import OutputError
from posknn.pipeline import Pipeline, run
from posknn.storage.journal import read_journal
from posknn.storage.recorder import Recorder
from posknn.storage.recordings import RecordingWriter, read_recording, recover
from posknn.temporal.teaching import Countdown, Marks, Toggle
from posknn.testing import ScriptedTracker, check_sink, frames, stick_figure
from posknn.values import Frame, Label, Person, Pose, Result, Segment


def seen(time: float, *poses: Pose, index: int | None = None) -> Result:
    frame = Frame(np.zeros((48, 64, 3), np.uint8), time, round(time * 10) if index is None else index)
    return Result(frame, tuple(Person(number, pose) for number, pose in enumerate(poses)))


def arms(angle: float) -> Pose:
    return stick_figure(arms=angle)


def taught(classifier: PoseClassifier) -> dict[Label, int]:
    return dict(classifier.get_count_by_label())


def rows(path: Path | None) -> list[tuple[float, int, Label | None, int]]:
    assert path is not None
    assert path is not None
    recording = read_recording(path)
    columns = (recording.times.tolist(), recording.frames.tolist(), recording.labels, recording.takes.tolist())
    return list(zip(*columns, strict=True))


def test_what_is_shown_under_a_label_is_taught_and_kept(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    marks = Marks([Segment(0.1, 0.3, "down"), Segment(0.4, 0.6, "up")])
    recorder = Recorder(classifier, marks, RecordingWriter(tmp_path / "desk.parquet"), recording="desk")
    poses = [arms(angle) for angle in (5, 10, 20, 30, 120, 140, 150)]
    count = run(frames(7, fps=10), Pipeline(ScriptedTracker(poses)), recorder)

    assert count == 7
    assert taught(classifier) == recorder.counts() == {"down": 2, "up": 2}
    assert [(take.number, take.label, len(take.examples)) for take in recorder.takes] == [(0, "down", 2), (1, "up", 2)]
    assert rows(tmp_path / "desk.parquet") == [
        (0.1, 1, "down", 0),
        (0.2, 2, "down", 0),
        (0.4, 4, "up", 1),
        (0.5, 5, "up", 1),
    ]
    near = classifier.classify(arms(140)).neighbors[0]
    assert (near.label, near.recording, near.time) == ("up", "desk", 0.5)
    points = read_recording(tmp_path / "desk.parquet").points
    assert [Pose.from_points(row) for row in points] == [poses[1], poses[2], poses[4], poses[5]]
    assert list(tmp_path.iterdir()) == [tmp_path / "desk.parquet"]


def test_it_keeps_the_promises_of_a_sink(tmp_path: Path) -> None:
    check_sink(Recorder(PoseClassifier(), lambda time: "up"))
    check_sink(Recorder(PoseClassifier(), lambda time: "up", RecordingWriter(tmp_path / "a.parquet")))


def test_a_label_shown_again_is_another_take() -> None:
    toggle = Toggle()
    recorder = Recorder(PoseClassifier(), toggle)
    script: list[tuple[str | None, float]] = [
        ("up", 100), ("up", 110), ("down", 10), ("down", 20), ("up", 120), (None, 50), ("up", 130),
    ]  # fmt: skip
    for step, (label, angle) in enumerate(script):
        toggle.active = label
        recorder(seen(step / 10, arms(angle)))
        assert recorder.active == label
    assert [(take.number, take.label, len(take.examples)) for take in recorder.takes] == [
        (0, "up", 2), (1, "down", 2), (2, "up", 1), (3, "up", 1),
    ]  # fmt: skip
    assert recorder.counts() == {"up": 4, "down": 2}


def test_undo_takes_back_the_last_take_in_classifier_and_file(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    toggle = Toggle()
    recorder = Recorder(classifier, toggle, RecordingWriter(tmp_path / "a.parquet"))
    for step, (label, angle) in enumerate([("down", 10), ("down", 20), ("up", 100), ("up", 120)]):
        toggle.active = label
        recorder(seen(step / 10, arms(angle)))

    undone = recorder.undo()
    assert undone is not None
    assert (undone.number, undone.label, len(undone.examples)) == (1, "up", 2)
    assert taught(classifier) == recorder.counts() == {"down": 2}
    # What is still being shown starts a take of its own.
    recorder(seen(0.5, arms(130)))
    assert taught(classifier) == recorder.counts() == {"down": 2, "up": 1}
    assert len(recorder.takes) == 2
    recorder.close()
    assert [(time, label) for time, _, label, _ in rows(tmp_path / "a.parquet")] == [
        (0.0, "down"), (0.1, "down"), (0.5, "up"),
    ]  # fmt: skip
    assert len({take for *_, take in rows(tmp_path / "a.parquet")}) == 2


def test_undo_until_nothing_is_left(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    classifier.add_example(arms(50), "before")
    toggle = Toggle()
    recorder = Recorder(classifier, toggle, RecordingWriter(tmp_path / "a.parquet"))
    assert recorder.undo() is None
    for step, (label, angle) in enumerate([("down", 10), ("up", 100)]):
        toggle.active = label
        recorder(seen(step / 10, arms(angle)))
    assert [take.label for take in (recorder.undo(), recorder.undo()) if take] == ["up", "down"]
    assert recorder.undo() is None
    assert taught(classifier) == {"before": 1}
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_undo_survives_a_kill(tmp_path: Path) -> None:
    toggle = Toggle()
    recorder = Recorder(PoseClassifier(), toggle, RecordingWriter(tmp_path / "a.parquet", flush_every=0))
    for step, (label, angle) in enumerate([("down", 10), ("up", 100), ("up", 120)]):
        toggle.active = label
        recorder(seen(step / 10, arms(angle)))
    recorder.undo()
    journal = (tmp_path / "a.arrows.part").read_bytes()
    recorder.close()
    (tmp_path / "b.arrows.part").write_bytes(journal)
    assert [label for _, _, label, _ in rows(recover(tmp_path / "b.arrows.part"))] == ["down"]


def test_near_duplicates_are_left_out_per_label(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    toggle = Toggle()
    recorder = Recorder(classifier, toggle, RecordingWriter(tmp_path / "a.parquet"))
    toggle.active = "up"
    for step in range(10):
        recorder(seen(step / 10, arms(100)))
    assert recorder.near_duplicates == recorder.takes[0].near_duplicates == 9
    toggle.active = "down"  # the very same pose under another label is what somebody wants to teach
    recorder(seen(2.0, arms(100)))
    toggle.active = "up"
    recorder(seen(2.1, stick_figure(arms=100, at=(0.9, 0.4), size=0.1)))  # farther away it is still the same pose
    recorder(seen(2.2, arms(140)))
    assert taught(classifier) == {"up": 2, "down": 1}
    assert recorder.near_duplicates == 10
    recorder.close()
    assert len(rows(tmp_path / "a.parquet")) == 3


def test_after_undo_the_same_pose_is_no_duplicate() -> None:
    recorder = Recorder(PoseClassifier(), lambda time: "up")
    recorder(seen(0.0, arms(100)))
    recorder.undo()
    recorder(seen(0.1, arms(100)))
    assert recorder.counts() == {"up": 1}
    assert recorder.near_duplicates == 0


def test_how_far_apart_examples_must_be_can_be_chosen() -> None:
    angles = [100 + step for step in range(20)]
    counts = []
    for apart in (0.0, 0.01, 0.1, 1.0):
        recorder = Recorder(PoseClassifier(), lambda time: "up", apart=apart)
        for step, angle in enumerate(angles):
            recorder(seen(step / 10, arms(angle)))
        counts.append(recorder.counts()["up"])
        assert counts[-1] + recorder.near_duplicates == 20
    assert counts[0] == 20
    assert counts == sorted(counts, reverse=True)
    assert 1 < counts[2] < 20
    assert counts[3] == 1


def test_nobody_teaches_nothing(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    recorder = Recorder(classifier, lambda time: "up", RecordingWriter(tmp_path / "a.parquet"))
    for step in range(3):
        recorder(seen(step / 10))
    assert recorder.takes[0].nobody == 3
    assert (recorder.counts(), len(classifier)) == ({"up": 0}, 0)
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_too_little_of_a_person_teaches_nothing(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    recorder = Recorder(classifier, lambda time: "up", RecordingWriter(tmp_path / "a.parquet"))
    recorder(seen(0.0, stick_figure(visibility=0.0)))
    recorder(seen(0.1, stick_figure(visibility=0.2)))
    recorder(seen(0.2, arms(90)))
    assert recorder.takes[0].unclear == 2
    assert taught(classifier) == {"up": 1}
    recorder.close()
    assert [time for time, *_ in rows(tmp_path / "a.parquet")] == [0.2]


def test_of_two_people_the_first_is_taught(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    recorder = Recorder(classifier, lambda time: "up", RecordingWriter(tmp_path / "a.parquet"))
    recorder(seen(0.0, arms(150), arms(20)))
    recorder(seen(0.1, arms(120), arms(30)))
    recorder.close()
    points = read_recording(tmp_path / "a.parquet").points
    assert [Pose.from_points(row) for row in points] == [arms(150), arms(120)]
    assert taught(classifier) == {"up": 2}


def test_without_a_label_nothing_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(PoseClassifier(), lambda time: None, RecordingWriter(tmp_path / "a.parquet"))
    recorder(seen(0.0, arms(10)))
    assert recorder.takes == []
    assert recorder.active is None
    recorder.close()
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_countdown_ends_the_run_and_the_file_is_whole(tmp_path: Path) -> None:
    classifier = PoseClassifier()
    teacher = Countdown(["down", "up"], countdown=0.5, seconds=1.0)
    recorder = Recorder(classifier, teacher, RecordingWriter(tmp_path / "a.parquet"))
    poses = [arms(10 + step if step < 15 else 100 + step) for step in range(100)]
    count = run(frames(100, fps=10), Pipeline(ScriptedTracker(poses)), recorder)
    assert count == 31
    spans = {
        label: (times[0], times[-1])
        for label, group in groupby(rows(tmp_path / "a.parquet"), key=lambda row: row[2])
        for times in [[row[0] for row in group]]
    }
    assert spans == {"down": (0.5, 1.4), "up": (2.0, 2.9)}


def test_labels_may_be_numbers(tmp_path: Path) -> None:
    toggle = Toggle()
    recorder = Recorder(PoseClassifier(), toggle, RecordingWriter(tmp_path / "a.parquet"))
    labels: Sequence[Label] = (5, "5", 0)
    for step, label in enumerate(labels):
        toggle.active = label
        recorder(seen(step / 10, arms(40 * step)))
    recorder.close()
    assert recorder.counts() == {5: 1, "5": 1, 0: 1}
    assert [label for _, _, label, _ in rows(tmp_path / "a.parquet")] == [5, "5", 0]


@contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """Let files grow to `size` bytes and no further, as on a disk that fills up."""
    resource = pytest.importorskip("resource", reason="limits on the size of files need a Unix")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_keeps_what_was_written(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    part = tmp_path / "a.arrows.part"
    recorder = Recorder(PoseClassifier(), lambda time: "up", writer)
    for step in range(5):
        recorder(seen(step / 10, arms(20 * step)))
    with full_beyond(part.stat().st_size + 300):
        with pytest.raises(OutputError, match=r"a\.arrows\.part.*are kept") as caught:
            recorder(seen(0.5, arms(110)))
        assert "\n" not in str(caught.value)
        with pytest.raises(OutputError):
            recorder.close()
    assert part.exists()
    assert [time for time, *_ in rows(recover(part))] == [0.0, 0.1, 0.2, 0.3, 0.4]


def test_a_full_disk_ends_a_run_with_one_error(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet", flush_every=0)
    recorder = Recorder(PoseClassifier(), lambda time: "up", writer)
    tracker = ScriptedTracker([arms(3 * step) for step in range(50)])
    with full_beyond(8_000), pytest.raises(OutputError, match="doctor --mend"):
        run(frames(50), Pipeline(tracker), recorder)
    assert tracker.closed
    kept = rows(recover(tmp_path / "a.arrows.part"))
    assert 1 < len(kept) < 50
    assert [frame for _, frame, _, _ in kept] == list(range(len(kept)))


@pytest.mark.parametrize("after", [arms(10), None], ids=["holds still", "has gone"])
def test_what_was_taught_is_on_disk_though_no_new_row_comes(after: Pose | None, tmp_path: Path) -> None:
    now = 0.0
    writer = RecordingWriter(tmp_path / "desk.parquet", flush_every=0.5, clock=lambda: now)
    recorder = Recorder(PoseClassifier(), lambda time: "down" if time < 1 else None, writer)
    recorder(seen(0.0, arms(10)))
    recorder(seen(0.1, arms(40)))
    part = tmp_path / "desk.arrows.part"
    assert len(read_journal(part)) == 0
    for now in (0.6, 1.2):  # while it is taught, and when that is over
        recorder(seen(now, *([] if after is None else [after])))
        assert len(read_journal(part)) == 2
    recorder.close()
