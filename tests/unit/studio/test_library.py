"""Which videos and tracks there are, and which track is whose."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from posknn.errors import SourceError
from posknn.studio.library import Library

CLIP = Path(__file__).parents[3] / "posknn" / "clips" / "poses.mp4"
Write = Callable[..., None]


def test_a_track_that_a_command_made_is_found_by_the_name_of_its_video(
    tmp_path: Path, write_track: Write, turns: list[float]
) -> None:
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    write_track(tmp_path / "elsewhere" / "any.parquet", turns)
    write_track(tmp_path / "tracks" / "lonely.parquet", turns, source="gone.mp4")
    found = {one.name: (one.tracked, one.track.name, one.video is not None) for one in Library(tmp_path).films()}
    assert found == {
        "clip.mp4": (True, "any.parquet", True),
        "tracks/lonely.parquet": (True, "lonely.parquet", False),
    }


def test_videos_of_one_name_in_two_folders_are_two(tmp_path: Path, write_track: Write, turns: list[float]) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(CLIP, tmp_path / folder / "clip.mp4")
    write_track(tmp_path / "tracks" / "clip.parquet", turns)
    films = Library(tmp_path).films()
    videos = [one for one in films if one.video is not None]
    assert [one.name for one in films] == ["a/clip.mp4", "b/clip.mp4", "tracks/clip.parquet"]
    assert not any(one.tracked for one in videos)  # whose is it?
    for places in ({one.track for one in films}, {one.id for one in films}, {one.marked for one in films}):
        assert len(places) == 3


def test_one_is_found_by_its_id_and_by_nothing_else(tmp_path: Path) -> None:
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    library = Library(tmp_path)
    (film,) = library.films()
    assert library.film(film.id).video == tmp_path / "clip.mp4"
    assert library.id_of(tmp_path / "clip.mp4") == film.id
    for wrong in ("clip.mp4", "../clip.mp4", "", "0" * 16):
        with pytest.raises(SourceError, match="not in the project"):
            library.film(wrong)


def test_links_that_lead_out_of_the_project_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    (desk / ".hidden").mkdir(parents=True)
    (desk / "out.mp4").symlink_to(CLIP)
    shutil.copy(CLIP, desk / ".hidden" / "clip.mp4")
    shutil.copy(CLIP, desk / "done.labelled.mp4")
    (desk / "notes.parquet").write_bytes(b"no recording")
    assert Library(desk).films() == []
