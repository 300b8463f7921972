"""What a person names as a source becomes the right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from posknn.errors import SourceError
from posknn.tracking.images import ImageFolder
from posknn.tracking.sources import open_source, videos_meant
from posknn.tracking.video import VideoFile

Film = Callable[..., Path]


def write_picture(path: Path, suffix: str = ".png") -> Path:
    path.write_bytes(cv2.imencode(suffix, np.zeros((4, 6, 3), np.uint8))[1].tobytes())
    return path


def test_a_video_by_path_text_and_file_address(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "with space 人.mp4")
    for spec in (path, str(path), f" {path}\n", path.as_uri()):
        source = open_source(spec, mirrored=True)
        assert isinstance(source, VideoFile)
        assert source.mirrored
        assert len(list(source)) == 8


def test_pictures_by_folder_ending_and_content(tmp_path: Path) -> None:
    for path in (write_picture(tmp_path / "a.png"), write_picture(tmp_path / "no_ending", ".jpg"), tmp_path):
        source = open_source(path, mirrored=True)
        assert isinstance(source, ImageFolder)
        assert source.mirrored
        assert source.size == (6, 4)


def test_a_gif_is_a_video(film: Film, tmp_path: Path) -> None:
    assert isinstance(open_source(film(tmp_path / "a.gif", codec="gif", pix_fmt="rgb8")), VideoFile)


def test_a_stream_of_jpegs_is_a_video(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mjpeg", codec="mjpeg", pix_fmt="yuvj420p")
    source = open_source(path)
    assert isinstance(source, VideoFile)
    assert len(list(source)) == 8


def test_an_empty_picture_is_told_as_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    with pytest.raises(SourceError, match=r"picture .*a\.jpg.* empty"):
        open_source(tmp_path / "a.jpg")


@pytest.mark.parametrize("spec", ["", "  ", "missing.mp4", "-1", "00x", "nul\0byte", "x" * 5000])
def test_what_is_nothing_says_what_there_is(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as caught:
        open_source(spec)
    assert "\n" not in str(caught.value)


def test_the_forms_are_named_when_a_path_is_missing() -> None:
    with pytest.raises(SourceError, match=r"missing\.mp4.*camera number.*folder of pictures.*://"):
        open_source("missing.mp4")


@pytest.mark.parametrize("spec", [63, "63", "063"])
def test_numbers_are_cameras(spec: str | int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match=r"camera 63.*connect a camera"):
        open_source(spec)
    assert capfd.readouterr().err == ""


def test_addresses_are_streams() -> None:
    with pytest.raises(SourceError, match=r"rtsp://127.0.0.1:9/live: check the address") as caught:
        open_source("rtsp://me:secret@127.0.0.1:9/live")
    assert "secret" not in str(caught.value)


def test_a_folder_of_videos_and_tracks_stands_for_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "monday").mkdir()
    for name in ("a10.mp4", "a2.MOV", "b.parquet", "notes.txt", ".hidden.mp4"):
        (tmp_path / "monday" / name).touch()
    (tmp_path / "monday" / "sub.mp4").mkdir()
    inside = [str(tmp_path / "monday" / name) for name in ("a2.MOV", "a10.mp4", "b.parquet")]
    assert videos_meant(["x.mp4", str(tmp_path / "monday"), "rtsp://host/stream"]) == [
        "x.mp4",
        *inside,
        "rtsp://host/stream",
    ]


def test_a_folder_of_pictures_and_whatever_is_none_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "nothing").mkdir()
    write_picture(tmp_path / "pictures" / "a.png")
    given = [str(tmp_path / "pictures"), str(tmp_path / "nothing"), str(tmp_path / "gone"), "no\0name"]
    assert videos_meant(given) == given


def test_a_folder_of_both_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    write_picture(tmp_path / "a.png")
    with pytest.raises(SourceError, match=r"holds pictures \(a.png\) and videos \(clip.mp4\): name .*\*.mp4"):
        videos_meant([str(tmp_path)])
