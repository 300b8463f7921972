"""Comparing files and folders of segments, whatever their formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from posknn import cli
from posknn.errors import FileFormatError, SourceError
from posknn.jobs.clips import clip_of
from posknn.storage.segments import write_segments
from posknn.tasks.agree import agree
from posknn.values import Segment

MakeTrack = Callable[..., str]
UP, DOWN = Segment(0, 0.2, "up"), Segment(0.3, 0.6, "down")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "ours", tmp_path / "theirs"
    for folder in found:
        folder.mkdir()
    return found


def test_two_files_of_other_formats(tmp_path: Path) -> None:
    write_segments([UP, DOWN], tmp_path / "a.eaf")
    write_segments([UP, Segment(0.35, 0.6, "down")], tmp_path / "b.srt")
    found = agree(tmp_path / "a.eaf", tmp_path / "b.srt")
    assert (found.files, found.alone) == (("a.eaf",), ())
    assert found.overall.f1 == 1
    assert found.overall.boundary_mean == pytest.approx(12.5)


def test_folders_are_matched_by_name(folders: tuple[Path, Path], make_track: MakeTrack) -> None:
    ours, theirs = folders
    write_segments([UP], ours / "one.segments.csv")
    (ours / "one.csv").write_text("frame,time,person,label\n0,0,,\n")  # the table of frames beside it
    (ours / "one.coco.json").write_text("{}")
    write_segments([DOWN], ours / "one.vtt")  # goes after the CSV
    write_segments([DOWN], ours / "two.boris.tsv")
    (ours / "four.csv").write_text("frame,time,person,label\n0,0,,\n")
    write_segments([UP], theirs / "one.eaf")
    write_segments([DOWN], theirs / "two.csv")
    write_segments([DOWN], theirs / "three.csv")
    found = agree(ours, theirs)
    assert found.files == ("one", "two")
    assert found.alone == (theirs / "three.csv",)
    assert (found.overall.f1, found.overall.matched, found.overall.kappa) == (1, 2, 1)


def test_frames_are_counted_in_the_video(folders: tuple[Path, Path], make_track: MakeTrack) -> None:
    ours, theirs = folders
    track = Path(make_track(count=30))
    clip = clip_of(str(track))
    segment = Segment(*clip.span(3, 12), "up")
    write_segments([segment], ours / "film.label-studio.json", clip)
    write_segments([segment], theirs / "film.vtt")
    with pytest.raises(FileFormatError, match="counts frames"):
        agree(ours, theirs)
    for video in (track, track.parent):
        assert agree(ours, theirs, video=video).overall.boundary_mean == pytest.approx(0, abs=0.51)
    (empty := ours.parent / "empty").mkdir()
    with pytest.raises(SourceError, match=r"no video with the name of film\.label-studio\.json"):
        agree(ours, theirs, video=empty)


def test_what_cannot_be_compared_is_told(folders: tuple[Path, Path], tmp_path: Path) -> None:
    ours, theirs = folders
    write_segments([UP], ours / "one.csv")
    write_segments([UP], theirs / "two.csv")
    with pytest.raises(SourceError, match="has the name of one in"):
        agree(ours, theirs)
    with pytest.raises(SourceError, match="two files or two folders"):
        agree(ours / "one.csv", theirs)
    with pytest.raises(SourceError, match="there is no"):
        agree(ours, tmp_path / "none")
    (theirs / "one.csv").write_text("start,end,label\nsoon,1,a\n")
    with pytest.raises(FileFormatError, match=r"one\.csv, line 2, column start"):
        agree(ours, theirs)


def test_the_command_prints_figures_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_segments([UP, DOWN], tmp_path / "a.csv")
    write_segments([UP], tmp_path / "b.vtt")
    cli.main(["agree", str(tmp_path / "a.csv"), str(tmp_path / "b.vtt")])
    shown = capsys.readouterr().out
    assert "F1        0.667  (1 matched of our 2 and their 1 segments)" in shown
    assert "ours 0 ms later" in shown
    assert "  down  F1 0.000" in shown
    cli.main(["agree", str(tmp_path / "a.csv"), str(tmp_path / "b.vtt"), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["overall"]["f1"] == pytest.approx(2 / 3)
    assert said["files"] == ["a.csv"]
