"""Cutting videos into chunks: cuts fixed by time, every frame once, seams that are looked at."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import posknn
from posknn.jobs.chunks import Chunk, SeamError, cut, joined, track_chunk
from posknn.jobs.hiring import Workers
from posknn.jobs.tracking import result_of
from posknn.output.video import VideoWriter
from posknn.storage.recordings import read_recording
from posknn.storage.tracks import TrackWriter
from posknn.tasks.track import track
from posknn.testing import stick_figure
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Pose, Result

CLIPS = Path(next(iter(posknn.__path__))) / "clips"


def film(path: Path, times: Iterable[float]) -> Path:
    """Write a film with a frame at each time, each of another grey."""
    with_frames = VideoWriter(path, draw=lambda result: result.frame.image)
    for index, time in enumerate(times):
        with_frames(Result(Frame(np.full((48, 64, 3), index % 250, np.uint8), time, index)))
    with_frames.close()
    return path


@pytest.mark.parametrize("uneven", [False, True])
def test_every_frame_belongs_to_one_chunk(tmp_path: Path, uneven: bool) -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.02, 0.4, 120)) if uneven else np.arange(240) / 10
    video = VideoFile(film(tmp_path / "a.mp4", times.tolist()))
    shown = [frame.time for frame in video]
    assert video.moments() == shown
    chunks = cut(video, 5.0)
    assert len(chunks) == round(shown[-1] / 5)
    for number, chunk in enumerate(chunks):
        assert (chunk.number, chunk.start) == (number, 5.0 * number)
        read = [frame.time for frame in VideoFile(video.path, begin=chunk.begin)][: chunk.count]
        assert read == shown[chunk.index : chunk.index + chunk.count]
        assert read[-1] == chunk.last < chunk.end
        assert not number or chunk.start - 1.0 <= read[0] <= chunk.start
    own = [time for chunk in chunks for time in shown if chunk.start <= time < chunk.end]
    assert own == shown


def test_what_is_short_or_not_known_for_sure_is_not_cut(tmp_path: Path) -> None:
    video = VideoFile(film(tmp_path / "a.mp4", [number / 10 for number in range(50)]))
    assert cut(video, 4.0) == []
    assert cut(video, 0.0) == []
    assert len(cut(video, 2.0)) == 2
    gap = VideoFile(
        film(tmp_path / "b.mp4", [*(number / 10 for number in range(20)), *(20 + number / 10 for number in range(20))])
    )
    assert cut(gap, 2.0) == []
    assert cut(VideoFile(video.path, decoder="opencv"), 2.0) == []


def test_a_chunk_that_is_not_as_planned_is_refused(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", [number / 10 for number in range(50)])
    first, _ = cut(VideoFile(video), 2.0)
    wrong = Chunk(0, first.begin, first.start, first.end, first.index, first.count, first.last + 0.1)
    with pytest.raises(SeamError):
        track_chunk(video, wrong, tmp_path / "a.parquet", max_people=1, mirrored=False)
    assert not (tmp_path / "a.parquet").exists()


def chunk_of(path: Path, begin: int, end: int, people: dict[int, list[Pose]], default: list[Pose]) -> Path:
    """Write what was found in frames `begin` to `end`, ten a second."""
    with TrackWriter(path) as writer:
        for index in range(begin, end):
            writer(result_of((index, index / 10, tuple(people.get(index, default)))))
    return path


@pytest.mark.parametrize(
    ("after", "fits"),
    [
        ([stick_figure(at=(0.502, 0.5)), stick_figure(at=(1.2, 0.5))], True),
        ([stick_figure(at=(1.2, 0.5)), stick_figure(at=(0.502, 0.5))], True),
        ([stick_figure(at=(0.502, 0.5))], False),
        ([stick_figure(at=(0.502, 0.5)), stick_figure(at=(0.9, 0.5))], False),
        ([], False),
    ],
)
def test_chunks_fit_when_they_saw_the_same_people_before_the_cut(tmp_path: Path, after: list[Pose], fits: bool) -> None:
    both = [stick_figure(at=(0.5, 0.5)), stick_figure(at=(1.2, 0.5))]
    chunks = [Chunk(0, 0.0, 0.0, 5.0, 0, 50, 4.9), Chunk(1, 4.0, 5.0, 10.0, 40, 60, 9.9)]
    # The tracker of the second chunk sees nobody at first, and a flicker does no harm.
    found: dict[int, list[Pose]] = {index: [] for index in (40, 41, 47)}
    files = [
        chunk_of(tmp_path / "0.parquet", 0, 50, {}, both),
        chunk_of(tmp_path / "1.parquet", 40, 100, found, after),
    ]
    if not fits:
        with pytest.raises(SeamError, match=r"5\.0 s"):
            list(joined(chunks, files))
        return
    seen = list(joined(chunks, files))
    assert [index for index, _, _ in seen] == list(range(100))
    assert seen[49][2] == tuple(both)
    assert seen[50][2] == tuple(after)


def test_a_cut_video_is_tracked_as_one_and_the_same_by_anybody(tmp_path: Path) -> None:
    video = str(tmp_path / "jacks.mp4")
    writer = VideoWriter(video, draw=lambda result: result.frame.image)
    with VideoFile(CLIPS / "jumping_jacks.mp4") as clip:
        for frame in islice(clip, 60):
            writer(Result(frame))
    writer.close()
    files = [
        one.file
        for (one,) in (
            track([video], tmp_path / "whole", chunk=0.0),
            track([video], tmp_path / "here", chunk=1.5),
            track([video], tmp_path / "pool", chunk=1.5, workers=Workers(2)),
        )
    ]
    whole, here, pool = (read_recording(file) for file in files if file is not None)
    assert (tmp_path / "here" / "jacks.parquet").read_bytes() == (tmp_path / "pool" / "jacks.parquet").read_bytes()
    assert (whole.provenance["chunk"], here.provenance["chunk"], len(pool)) == (None, 1.5, len(whole))
    assert np.array_equal(whole.times, here.times)
    assert np.array_equal(whole.frames, here.frames)
    assert np.abs(whole.points[..., :2] - here.points[..., :2]).mean() < 0.005
