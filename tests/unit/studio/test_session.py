from pathlib import Path

import pytest

from posknn import PoseClassifier, read_recordings
from posknn.errors import OutputError, UnknownLabelError
from posknn.studio.session import Session
from posknn.testing import ScriptedTracker, stick_figure
from posknn.values import Label


def counts(session: Session) -> dict[Label, int]:
    return dict(session.counts())


def on_disk(session: Session) -> dict[Label, int]:
    recordings = list(read_recordings(session.project.folder))
    return dict(PoseClassifier().learn(recordings).get_count_by_label())


def test_an_empty_folder_is_made_and_is_how_a_project_begins(session: Session) -> None:
    overview = session.overview()
    assert session.project.folder.is_dir()
    assert (overview["counts"], overview["recordings"], overview["problems"]) == ([], [], [])
    assert session.listed() == []


def test_what_a_camera_taught_is_a_recording_that_the_next_session_reads(taught: Session) -> None:
    assert counts(taught) == {"down": 4, "side": 4}
    assert on_disk(taught) == {"down": 4, "side": 4}
    again = Session(taught.project.folder, lambda: ScriptedTracker([]))
    assert counts(again) == {"down": 4, "side": 4}
    assert all(one.path and one.row is not None for one in again.examples.values())


def test_examples_move_to_another_label_on_disk_too_and_back(taught: Session) -> None:
    ids = [one.id for one in taught.examples.values() if one.label == "side"][:3]
    taught.relabel(ids, "lifted")
    assert counts(taught) == on_disk(taught) == {"down": 4, "side": 1, "lifted": 3}
    taught.undo()
    assert counts(taught) == on_disk(taught) == {"down": 4, "side": 4}


def test_a_deleted_example_is_gone_from_disk_and_comes_back_by_undo(taught: Session) -> None:
    path = next(iter(taught.project.recordings))
    one = next(iter(taught.examples))
    taught.relabel([one], None)
    assert on_disk(taught) == {"down": 3, "side": 4}
    assert len(taught.project.recordings[path]) == 7
    taught.undo()
    assert on_disk(taught) == {"down": 4, "side": 4}


def test_deleting_all_deletes_the_file_and_undo_brings_it_back(taught: Session) -> None:
    taught.relabel(list(taught.examples), None)
    assert list(taught.project.folder.iterdir()) == []
    assert counts(taught) == {}
    taught.undo()
    assert on_disk(taught) == {"down": 4, "side": 4}


def test_takes_of_a_finished_recording_are_undone_one_by_one(taught: Session) -> None:
    taught.undo()
    assert counts(taught) == on_disk(taught) == {"down": 4}
    taught.undo()
    assert counts(taught) == {}
    with pytest.raises(OutputError, match="nothing to undo"):
        taught.undo()


def test_an_example_still_being_recorded_can_be_moved(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    feed.teach("down")
    feed.look(jpeg)
    feed.look(jpeg)
    session.relabel([next(iter(session.examples))], "up")
    assert counts(session) == on_disk(session) == {"up": 1, "down": 1}
    feed.teach("more")
    feed.look(jpeg)
    feed.close()
    assert on_disk(session) == {"up": 1, "down": 1, "more": 1}
    assert len({one.recording for one in session.examples.values()}) == 1  # one sitting is one group


def test_a_change_of_what_is_gone_or_has_no_name_changes_nothing(taught: Session) -> None:
    one = next(iter(taught.examples))
    with pytest.raises(UnknownLabelError, match="gone already"):
        taught.relabel([one, 999], "up")
    with pytest.raises(ValueError, match="needs a name"):
        taught.relabel([one], "  ")
    assert counts(taught) == {"down": 4, "side": 4}


def test_one_damaged_file_is_told_and_the_rest_is_read(taught: Session) -> None:
    (taught.project.folder / "broken.parquet").write_bytes(b"PAR1 not really")
    again = Session(taught.project.folder, lambda: ScriptedTracker([]))
    assert counts(again) == {"down": 4, "side": 4}
    assert [problem for problem in again.overview()["problems"] if "broken.parquet" in problem]


def test_what_a_kill_left_behind_is_recovered(tmp_path: Path, jpeg: bytes) -> None:
    session = Session(tmp_path, lambda: ScriptedTracker(stick_figure(arms=arms) for arms in (10, 20, 30)))
    feed = session.feed()
    feed.teach("down")
    for _ in range(3):
        feed.look(jpeg)
    feed.teach(None)  # it is on disk as soon as the label is let go
    for part in tmp_path.glob("*.part"):
        (tmp_path / "killed").mkdir()
        (tmp_path / "killed" / part.name).write_bytes(part.read_bytes())
    again = Session(tmp_path / "killed", lambda: ScriptedTracker([]))
    assert counts(again) == {"down": 3}
    feed.close()


def test_the_map_and_the_order_know_every_example(taught: Session) -> None:
    listed = taught.listed()
    assert [one["label"] for one in listed] == ["down"] * 4 + ["side"] * 4
    assert all(abs(number) <= 1 for one in listed for number in one["place"])
    assert len(listed[0]["points"]) == 99
