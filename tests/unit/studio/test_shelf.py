"""Videos are tracked in the background, once."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from posknn.errors import SourceError
from posknn.studio.project import Project
from posknn.studio.shelf import Shelf

CLIP = Path(__file__).parents[3] / "posknn" / "clips" / "poses.mp4"
Write = Callable[..., None]
Told = Callable[[float, float | None, int], object]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    return Project(tmp_path)


def wait_for(shelf: Shelf, done: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    for _ in range(1000):
        (film,) = shelf.listed()
        if done(film):
            return film
        time.sleep(0.005)
    raise AssertionError(film)


def test_a_video_is_tracked_once_in_the_background_with_progress(
    project: Project, write_track: Write, turns: list[float]
) -> None:
    going, asked = threading.Event(), []

    def track(source: str, file: Path, tracking: object, told: Told) -> None:
        asked.append(source)
        told(1.0, 8.0, 10)
        going.wait(10)
        write_track(file, turns)

    shelf = Shelf(project, track)
    film = str(shelf.listed()[0]["id"])
    with pytest.raises(SourceError, match="not tracked yet"):
        shelf.tracked(film)
    shelf.track(film)
    said = wait_for(shelf, lambda one: bool(one["done"]))
    assert (said["working"], said["done"], said["total"], said["tracked"]) == (True, 1.0, 8.0, False)
    shelf.track(film)
    going.set()
    wait_for(shelf, lambda one: bool(one["tracked"]))
    shelf.track(film)
    assert asked == [str(project.folder / "clip.mp4")]
    assert Shelf(Project(project.folder)).tracked(film).track.exists()
    shelf.close()


def test_tracking_that_fails_or_is_stopped_says_so_and_can_begin_again(project: Project) -> None:
    begun = threading.Event()

    def track(source: str, file: Path, tracking: object, told: Told) -> None:
        if not begun.is_set():
            begun.set()
            raise SourceError("cannot read clip.mp4: no picture in it")
        while True:
            told(0.5, None, 5)
            time.sleep(0.002)

    shelf = Shelf(project, track)
    film = str(shelf.listed()[0]["id"])
    shelf.track(film)
    said = wait_for(shelf, lambda one: one["error"] is not None)
    assert (said["working"], said["error"]) == (False, "cannot read clip.mp4: no picture in it")
    shelf.track(film)
    wait_for(shelf, lambda one: bool(one["working"]))
    shelf.stop(film)
    assert wait_for(shelf, lambda one: not one["working"])["error"] is None
    for wrong in (0, 10):
        with pytest.raises(ValueError, match="1 to 9"):
            shelf.track(film, wrong)
    shelf.close()


def test_what_is_sent_is_listed_and_what_is_no_video_is_deleted(tmp_path: Path) -> None:
    shelf = Shelf(Project(tmp_path))
    shelf.uploads.mkdir()
    shutil.copy(CLIP, shelf.uploads / "sent.mp4")
    assert shelf.arrived(shelf.uploads / "sent.mp4")["name"] == "videos/sent.mp4"
    wrong = shelf.uploads / "wrong.mp4"
    wrong.write_bytes(b"no video at all")
    with pytest.raises(SourceError, match=r"wrong\.mp4"):
        shelf.arrived(wrong)
    assert not wrong.exists()
