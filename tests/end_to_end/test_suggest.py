"""`posknn suggest`: moments of tracks and videos, a table to act on, marks to fill in that teach."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import cv2
import numpy as np
import pytest

import posknn
from posknn import cli
from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError, NotTaughtError, OutputError
from posknn.storage.recordings import read_recording, write_recording
from posknn.storage.segments import read_segments
from posknn.tasks.suggest import suggest
from posknn.testing import stick_figure
from posknn.tracking.video import VideoFile
from posknn.values import Recording

CLIPS = Path(next(iter(posknn.__path__))) / "clips"


@pytest.fixture
def desk(lesson: Callable[..., Recording], tmp_path: Path) -> Path:
    """A classifier that knows arms down and arms up."""
    path = tmp_path / "desk.parquet"
    write_recording(lesson(labels=["down", "up"]), path)
    return path


@pytest.fixture
def monday(tmp_path: Path) -> Path:
    """A track of somebody whose arms are mostly down, then a while at the side."""
    angles = [10.0] * 60 + [90.0] * 30
    points = np.stack([as_points(stick_figure(arms=angle)) for angle in angles])
    path = tmp_path / "monday.parquet"
    times = np.arange(90, dtype=np.float64) / 30
    write_recording(Recording(points, (None,) * 90, times, name="monday"), path)
    return path


def test_the_table_says_where_to_look(desk: Path, monday: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["suggest", str(desk), str(monday), "-n", "2"])
    out = capsys.readouterr().out
    assert "2 of 90 moments without a label" in out
    first = out.splitlines()[3]
    assert "monday.parquet" in first
    assert 2 <= float(first.split()[1]) < 3


def test_marks_that_are_filled_in_are_marks(desk: Path, monday: Path, tmp_path: Path) -> None:
    done = suggest(desk, [str(monday)], count=3, out=tmp_path / "marks")
    assert done.files == (tmp_path / "marks" / "monday.marks.csv",)
    lines = done.files[0].read_text().splitlines()
    assert lines[0].split(",")[:3] == ["start", "end", "label"]
    assert len(lines) == 4
    with pytest.raises(FileFormatError, match="expected a label"):
        read_segments(done.files[0])
    filled = [line.replace(",,", ",side,", 1) for line in lines]
    done.files[0].write_text("\n".join(filled) + "\n")
    segments = read_segments(done.files[0])
    times = read_recording(monday).times
    assert [segment.label for segment in segments] == ["side"] * 3
    for segment, one in zip(segments, sorted(done.suggestions, key=lambda one: one.time), strict=True):
        held = times[(times >= segment.start) & (times < segment.end)]
        assert held.tolist() == [one.time]  # a mark holds the frame that was meant and no other


def test_json_is_for_scripts(desk: Path, monday: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["suggest", str(desk), str(monday), "-n", "1", "--json"])
    found = json.loads(capsys.readouterr().out)
    (one,) = found["suggestions"]
    assert found["tracks"] == [str(monday)]
    assert found["moments"] == 90
    assert {"time", "guess", "between", "doubt", "unlike", "stands_for"} <= set(one)


def test_a_folder_of_tracks_and_a_track_are_one_list(desk: Path, monday: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tracks"
    folder.mkdir()
    (folder / "tuesday.parquet").write_bytes(monday.read_bytes())
    (folder / "monday.parquet").write_bytes(monday.read_bytes())
    done = suggest(desk, [str(folder), str(monday)], count=60, out=tmp_path / "marks")
    assert [Path(name).name for name in done.tracks] == ["monday.parquet", "tuesday.parquet", "monday.parquet"]
    assert done.moments == 270
    assert len(set(done.files)) == len(done.files) == len({one.recording for one in done.suggestions})


def test_what_it_cannot_work_with_is_said(desk: Path, monday: Path, tmp_path: Path) -> None:
    knn = KNNClassifier()
    knn.add_example([1.0, 2.0], "a")
    with pytest.raises(FileFormatError, match="plain vectors"):
        suggest(knn.save(tmp_path / "v.json"), [str(monday)])
    with pytest.raises(NotTaughtError, match="taught nothing"):
        suggest(PoseClassifier().save(tmp_path / "empty.posknn"), [str(monday)])
    with pytest.raises(OutputError, match="is a file"):
        suggest(desk, [str(monday)], out=monday)


def test_pictures_are_tracked_first(desk: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with VideoFile(CLIPS / "poses.mp4") as video:
        for frame in video:
            if frame.index % 20 == 0:
                cv2.imwrite(str(pictures / f"{frame.index:04d}.png"), frame.image[:, :, ::-1])
            if frame.index == 60:
                break
    done = suggest(desk, [str(pictures)], count=2, out=tmp_path)
    assert len(done.suggestions) == 2
    assert 2 <= done.moments <= 4
    assert done.files == (tmp_path / "pictures.marks.csv",)
    assert len({one.time for one in done.suggestions}) == 2


def test_a_track_with_nothing_to_label_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["suggest", str(desk), str(desk)])
    assert capsys.readouterr().out.startswith("Nothing to suggest")


def test_a_folder_of_videos_stands_for_what_is_in_it(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "monday").mkdir()
    with as_file(files("posknn") / "clips" / "poses.mp4") as clip:
        shutil.copy(clip, tmp_path / "monday")
    done = suggest(desk, [str(tmp_path / "monday")], count=2)
    assert done.tracks == (str(tmp_path / "monday" / "poses.mp4"),)
    assert len(done.suggestions) == 2
