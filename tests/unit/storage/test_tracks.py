"""Tracks: recordings like any other, written and read in parts without cutting a frame in two."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.recordings import read_recording, write_recording
from posknn.storage.tracks import TrackWriter, is_unlabelled, read_parts, read_provenance
from posknn.testing import check_sink, frames, stick_figure
from posknn.values import Person, Recording, Result


def written(path: Path, count: int, people: int = 2, **about: object) -> Path:
    """Write a track with nobody in every tenth frame."""
    poses = [stick_figure(arms=10 * number) for number in range(people)]
    with TrackWriter(path, name="film", provenance={"source": "film.mp4"}) as writer:
        for frame in frames(count):
            seen = tuple(Person(number, pose) for number, pose in enumerate(poses)) if frame.index % 10 else ()
            writer(Result(frame, seen))
        writer.note(**about)
    return path


def test_a_track_is_a_recording(tmp_path: Path) -> None:
    recording = read_recording(written(tmp_path / "a.parquet", 25, problems=["damaged at 0.1 s"]))
    assert (recording.name, set(recording.labels)) == ("film", {None})
    assert recording.provenance == {"source": "film.mp4", "problems": ["damaged at 0.1 s"]}
    assert len(recording) == 3 + 2 * 22
    assert recording.times[-1] == pytest.approx(24 / 30)
    nobody = np.isnan(recording.points).all(axis=(1, 2))
    assert recording.frames[nobody].tolist() == [0, 10, 20]
    assert recording.people[~nobody].tolist() == [0, 1] * 22
    pose = stick_figure(arms=10)
    assert np.array_equal(recording.points[2, :, :3], pose.points)


def test_a_track_is_told_from_recordings_with_a_label_and_from_other_files(tmp_path: Path) -> None:
    track = written(tmp_path / "track.parquet", 3000)
    assert is_unlabelled(track)
    recording = read_recording(track)
    for label in ("a", 7):
        labels = (*recording.labels[:-1], label)
        write_recording(replace(recording, labels=labels), tmp_path / "taught.parquet")
        assert not is_unlabelled(tmp_path / "taught.parquet")
    write_recording(Recording(np.empty((0, 33, 4), np.float32), ()), tmp_path / "empty.parquet")
    pq.write_table(pa.table({"label": pa.array([None, None], pa.string())}), tmp_path / "foreign.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    for name in ("empty", "foreign", "broken", "missing"):
        assert not is_unlabelled(tmp_path / f"{name}.parquet")


def test_parts_are_the_whole_and_cut_no_frame(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", 3000, people=3)
    parts, whole = list(read_parts(path)), read_recording(path)
    assert len(parts) > 2
    assert max(len(part) for part in parts) < 3000
    for column in ("points", "times", "frames", "people"):
        joined = np.concatenate([getattr(part, column) for part in parts])
        assert np.array_equal(joined, getattr(whole, column), equal_nan=True)
    for part, after in pairwise(parts):
        assert part.frames[-1] < after.frames[0]
    assert read_provenance(path) == whole.provenance == parts[0].provenance


def test_parts_of_a_recording_written_otherwise(tmp_path: Path) -> None:
    points = np.zeros((5, 33, 4), np.float32)
    write_recording(Recording(points, (None,) * 5), tmp_path / "a.parquet")
    assert sum(len(part) for part in read_parts(tmp_path / "a.parquet")) == 5


def test_several_recordings_in_one_file_are_no_track(tmp_path: Path) -> None:
    points = np.zeros((4, 33, 4), np.float32)
    two = Recording(points, (None,) * 4, times=np.array([0.0, 1, 0, 1]), provenance={"groups": ["a", "a", "b", "b"]})
    write_recording(two, tmp_path / "a.parquet")
    with pytest.raises(FileFormatError, match="go"):
        list(read_parts(tmp_path / "a.parquet"))


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = written(tmp_path / "a.parquet", 50), written(tmp_path / "b.parquet", 50)
    assert one.read_bytes() == other.read_bytes()


def fail_after(writer: TrackWriter, count: int) -> None:
    for frame in frames(count):
        writer(Result(frame))
    raise ZeroDivisionError


def test_nothing_is_left_of_an_error_or_of_no_frame(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), TrackWriter(tmp_path / "a.parquet") as writer:
        fail_after(writer, 3000)
    TrackWriter(tmp_path / "b.parquet").close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="no folder"):
        TrackWriter(tmp_path / "none" / "a.parquet")


def test_it_is_a_sink(tmp_path: Path) -> None:
    writer = TrackWriter(tmp_path / "a.parquet")
    check_sink(writer)
    with pytest.raises(ValueError, match="closed"):
        writer(Result(next(frames(1))))


@pytest.mark.parametrize("content", [b"", b"PAR1 no more", b"x" * 5000])
def test_what_is_no_track_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    for read in (lambda: list(read_parts(path)), lambda: read_provenance(path)):
        with pytest.raises(FileFormatError, match=r"bad\.parquet"):
            read()
