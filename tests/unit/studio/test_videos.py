"""What is read in a video, corrections that teach, and the moment to look at next."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from posknn import PoseClassifier, read_recordings
from posknn.errors import NotTaughtError, OutputError, SourceError
from posknn.studio.marks import Mark
from posknn.studio.session import Session
from posknn.testing import ScriptedTracker
from posknn.values import Label


def opened(folder: Path) -> Session:
    return Session(folder, lambda: ScriptedTracker([]))


@pytest.fixture
def desk(tmp_path: Path, write_track: Callable[..., None], turns: list[float]) -> Session:
    write_track(tmp_path / "tracks" / "clip.parquet", turns)
    return opened(tmp_path)


def only(session: Session) -> str:
    (film,) = session.videos.shelf.listed()
    return str(film["id"])


def read(session: Session) -> list[tuple[float, float, Label | None, bool]]:
    (person,) = session.videos.timeline(only(session))["people"]
    return [(one["start"], one["end"], one["label"], one["marked"]) for one in person["stretches"]]


def name(session: Session, start: float, end: float, label: Label | None, *, erase: bool = False) -> None:
    session.videos.correct(only(session), [(Mark(start, end, label), erase)])


def test_naming_a_stretch_of_each_pose_names_the_rest(desk: Session) -> None:
    assert read(desk) == [(0.0, 8.0, None, False)]
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, "side")
    assert read(desk) == [
        (0.0, 2.0, "down", True),
        (2.0, 4.0, "side", True),
        (4.0, 6.0, "down", False),
        (6.0, 8.0, "side", False),
    ]


def test_a_correction_changes_what_is_read_elsewhere_and_undo_takes_it_back(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, "side")
    before = read(desk)
    name(desk, 0.0, 2.0, "rest")
    assert [label for *_, label, _ in read(desk)] == ["rest", "side", "rest", "side"]
    desk.undo()
    assert read(desk) == before


def test_what_is_set_right_shows_at_once_and_says_that_the_rest_will_follow(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    said = desk.videos.correct(only(desk), [(Mark(2.0, 4.0, "side"), False)])
    assert said["behind"] is True
    assert [one["label"] for one in said["people"][0]["stretches"]][:2] == ["down", "side"]
    assert desk.videos.timeline(only(desk))["behind"] is False


def test_everything_is_there_after_a_restart_and_for_the_command_line(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, 5)
    name(desk, 7.0, 8.0, None)
    before = read(desk)
    again = opened(desk.project.folder)
    assert read(again) == before
    learned = PoseClassifier().learn(read_recordings(desk.project.folder))
    assert learned.get_count_by_label() == dict(again.counts()) == dict(desk.counts())
    assert {one.recording for one in again.examples.values()} == {"clip"}


def test_erased_marks_give_way_to_what_is_read(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, "side")
    name(desk, 2.0, 3.0, None, erase=True)
    assert read(desk)[1] == (2.0, 4.0, "side", False)  # half of it is set right, and the other half is read as the same
    name(desk, 0.0, 9.0, None, erase=True)
    assert read(desk) == [(0.0, 8.0, None, False)]
    assert list((desk.project.folder / "marked").iterdir()) == []


def test_a_correction_that_cannot_be_changes_nothing(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    with pytest.raises(ValueError, match="begin before"):
        name(desk, 9.0, 10.0, "down")
    with pytest.raises(ValueError, match="needs a name"):
        Mark(0.0, 1.0, " ")
    with pytest.raises(SourceError, match="not in the project"):
        desk.videos.correct("0" * 16, [(Mark(0.0, 1.0, "a"), False)])
    assert [label for *_, label, marked in read(desk) if marked] == ["down"]


def test_the_next_moment_is_outside_of_what_was_set_right(desk: Session) -> None:
    with pytest.raises(NotTaughtError, match="name a stretch"):
        desk.videos.next(only(desk))
    name(desk, 0.0, 2.0, "down")
    found = desk.videos.next(only(desk))
    assert found["time"] >= 2.0
    assert (found["unknown"], found["guess"]) == (True, "down")
    name(desk, 2.0, 8.0, "side")
    assert desk.videos.next(only(desk)) == {"time": None}


def test_poses_come_in_the_layout_that_is_described(desk: Session) -> None:
    content = desk.videos.poses(only(desk), 1.0, 1.5)
    count = int.from_bytes(content[:4], "little")
    assert count == 5
    times = np.frombuffer(content, "<f4", count, 4)
    assert np.allclose(times, [1.0, 1.1, 1.2, 1.3, 1.4])
    places = np.frombuffer(content, "<i2", count * 66, 4 + 8 * count).reshape(count, 33, 2)
    recording = next(iter(read_recordings(desk.project.folder / "tracks")))
    wrist = recording.points[10, 15, :2]
    assert np.abs(places[0, 15] / 4096 - wrist).max() < 1e-3
    assert len(content) == 4 + count * (4 + 4 + 132)


def test_examples_of_a_mark_that_are_deleted_one_by_one_stay_deleted_and_the_mark_stays(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    desk.videos.timeline(only(desk))
    desk.relabel(list(desk.examples), None)
    assert desk.counts() == []
    assert read(desk)[0] == (0.0, 2.0, "down", True)
    name(desk, 2.0, 4.0, "side")
    desk.videos.timeline(only(desk))
    assert [label for label, _ in desk.counts()] == ["side"]
    assert read(opened(desk.project.folder)) == read(desk)


def test_examples_that_were_chosen_before_a_correction_are_not_taken_for_others(desk: Session) -> None:
    name(desk, 2.0, 4.0, "side")
    chosen = [one["id"] for one in desk.listed()]
    name(desk, 0.0, 2.0, "down")
    with pytest.raises(OutputError, match="just changed"):
        desk.relabel(chosen, "wrong")
    assert "wrong" not in {label for label, _ in desk.counts()}


def test_examples_of_a_correction_are_what_is_evaluated(desk: Session) -> None:
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, "side")
    snapshot = desk.snapshot()
    assert len(snapshot.labelled) == len(desk.examples) > 2
    for place, label in enumerate(snapshot.labelled.labels):
        example = snapshot.example(place)
        assert example is not None
        assert example.label == label
