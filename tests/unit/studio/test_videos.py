"""The Video view without a server and without a tracker: tracks of stick figures."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from posknn import PoseClassifier, read_recordings, read_segments
from posknn.errors import NotTaughtError, OutputError, SourceError
from posknn.studio.exports import KINDS
from posknn.studio.marks import Mark
from posknn.studio.session import Session
from posknn.studio.videos import Videos
from posknn.testing import ScriptedTracker
from posknn.values import Label

CLIP = Path(__file__).parents[3] / "posknn" / "clips" / "poses.mp4"
Write = Callable[..., None]


def opened(folder: Path) -> Session:
    return Session(folder, lambda: ScriptedTracker([]))


@pytest.fixture
def desk(tmp_path: Path, write_track: Write, turns: list[float]) -> Session:
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


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != ".rrd"])
def test_every_export_is_written(desk: Session, tmp_path: Path, kind: str) -> None:
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, "side")
    (tmp_path / "out").mkdir()
    path = desk.videos.export(only(desk), kind, tmp_path / "out")
    assert path.name == f"clip{kind}"
    assert path.stat().st_size > 20


def test_exports_say_what_the_timeline_shows(desk: Session, tmp_path: Path) -> None:
    name(desk, 0.0, 2.0, "down")
    name(desk, 2.0, 4.0, "side")
    name(desk, 7.0, 8.0, None)
    shown = [(start, end, label) for start, end, label, _ in read(desk) if label is not None]
    for kind in (".segments.csv", ".vtt", ".eaf", ".TextGrid"):
        path = desk.videos.export(only(desk), kind, tmp_path)
        assert [(round(one.start, 3), round(one.end, 3), one.label) for one in read_segments(path)] == shown
    marks = read_segments(desk.videos.export(only(desk), ".marks.csv", tmp_path))
    assert [(one.start, one.end, one.label) for one in marks] == [(0.0, 2.0, "down"), (2.0, 4.0, "side")]
    frames = desk.videos.export(only(desk), ".csv", tmp_path).read_text().splitlines()
    assert sum(",down," in line for line in frames) == 40
    assert not any(",side," in line or ",down," in line for line in frames[-10:])
    with pytest.raises(OutputError, match="no export"):
        desk.videos.export(only(desk), ".exe", tmp_path)


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


# --- finding and tracking


def wait_for(videos: Videos, done: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    for _ in range(500):
        (film,) = videos.shelf.listed()
        if done(film):
            return film
        time.sleep(0.01)
    raise AssertionError(film)


def test_a_video_is_tracked_once_in_the_background_with_progress(
    tmp_path: Path, write_track: Write, turns: list[float]
) -> None:
    session = opened(tmp_path)
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    going, asked = threading.Event(), []

    def track(source: str, file: Path, tracking: object, told: Callable[[float, float | None], None]) -> None:
        asked.append(source)
        told(1.0, 8.0)
        going.wait(10)
        write_track(file, turns)

    videos = Videos(session, track)
    film = str(videos.shelf.listed()[0]["id"])
    assert videos.shelf.listed()[0]["tracked"] is False
    with pytest.raises(SourceError, match="not tracked yet"):
        videos.timeline(film)
    videos.shelf.track(film)
    said = wait_for(videos, lambda one: bool(one["done"]))
    assert (said["working"], said["done"], said["total"]) == (True, 1.0, 8.0)
    videos.shelf.track(film)
    going.set()
    wait_for(videos, lambda one: bool(one["tracked"]))
    videos.shelf.track(film)
    assert len(asked) == 1
    assert Videos(opened(tmp_path), track).timeline(film)["duration"] == 8.0
    videos.close()


def test_tracking_that_fails_or_is_stopped_says_so_and_can_begin_again(tmp_path: Path) -> None:
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    begun = threading.Event()

    def track(source: str, file: Path, tracking: object, told: Callable[[float, float | None], None]) -> None:
        if not begun.is_set():
            begun.set()
            raise SourceError("cannot read clip.mp4: no picture in it")
        while True:
            told(0.5, None)
            time.sleep(0.005)

    videos = Videos(opened(tmp_path), track)
    film = str(videos.shelf.listed()[0]["id"])
    videos.shelf.track(film)
    said = wait_for(videos, lambda one: one["error"] is not None)
    assert (said["working"], said["error"]) == (False, "cannot read clip.mp4: no picture in it")
    videos.shelf.track(film)
    wait_for(videos, lambda one: bool(one["working"]))
    videos.shelf.stop(film)
    assert wait_for(videos, lambda one: not one["working"])["error"] is None
    with pytest.raises(ValueError, match="1 to 9"):
        videos.shelf.track(film, 0)
    videos.close()


def test_a_track_that_a_command_made_is_found_by_the_name_of_its_video(
    tmp_path: Path, write_track: Write, turns: list[float]
) -> None:
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    session = opened(tmp_path)
    write_track(tmp_path / "elsewhere" / "any.parquet", turns)
    write_track(tmp_path / "tracks" / "lonely.parquet", turns, source="gone.mp4")
    found = {one["name"]: (one["tracked"], one["track"], one["picture"]) for one in session.videos.shelf.listed()}
    assert found == {
        "clip.mp4": (True, "elsewhere/any.parquet", True),
        "tracks/lonely.parquet": (True, "tracks/lonely.parquet", False),
    }


def test_videos_of_one_name_in_two_folders_are_two(tmp_path: Path, write_track: Write, turns: list[float]) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(CLIP, tmp_path / folder / "clip.mp4")
    session = opened(tmp_path)
    write_track(tmp_path / "tracks" / "clip.parquet", turns)
    videos = [one for one in session.videos.shelf.listed() if one["picture"]]
    assert len({one["track"] for one in videos}) == len({one["id"] for one in videos}) == 2
    assert not any(one["tracked"] for one in videos)


def test_links_that_lead_out_of_the_project_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "desk" / ".hidden").mkdir(parents=True)
    (tmp_path / "desk" / "out.mp4").symlink_to(CLIP)
    shutil.copy(CLIP, tmp_path / "desk" / ".hidden" / "clip.mp4")
    shutil.copy(CLIP, tmp_path / "desk" / "done.labelled.mp4")
    assert opened(tmp_path / "desk").videos.shelf.listed() == []


def test_a_picture_is_decoded_for_browsers_that_cannot(tmp_path: Path) -> None:
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    session = opened(tmp_path)
    film = only(session)
    first, later, back = (session.videos.still(film, at) for at in (0.0, 7.0, 0.0))
    assert first[:2] == b"\xff\xd8"
    assert first == back != later
    assert session.videos.still(film, 7.5) != later
    assert session.videos.still(film, 99.0)[:2] == b"\xff\xd8"
    session.videos.close()


def test_what_is_sent_and_is_no_video_is_deleted(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.videos.shelf.uploads.mkdir()
    path = session.videos.shelf.uploads / "wrong.mp4"
    path.write_bytes(b"no video at all")
    with pytest.raises(SourceError, match=r"wrong\.mp4"):
        session.videos.shelf.arrived(path)
    assert not path.exists()
