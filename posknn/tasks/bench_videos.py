"""Measures how fast recorded videos are done, against a bare loop over the same videos in the same run."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from posknn.classification.classifier import PoseClassifier
from posknn.jobs.hiring import Workers
from posknn.jobs.tracking import result_of
from posknn.storage.tracks import TrackWriter
from posknn.tasks.label import label
from posknn.tasks.track import track
from posknn.tracking.tracker import PoseTracker
from posknn.values import Frame, Pose

__all__ = ["looped", "many_videos", "one_video", "relabelling"]

WORKERS = 2


def many_videos(clip: Path, count: int = 6) -> float:
    """Return how many times as fast some videos are tracked by two workers, their start included."""
    with tempfile.TemporaryDirectory() as folder:
        # Of three quarters of a minute each, as recorded videos are at least: the start of a worker is a second.
        videos = [looped(clip, 4, Path(folder) / f"{number}.mp4") for number in range(count)]
        half = count // 2
        # The bare loop before and after ours, so that a machine that changes its pace favours neither.
        before = _seconds(lambda: _bare(videos[:half]))
        ours = _seconds(lambda: track([str(video) for video in videos], Path(folder) / "out", workers=Workers(WORKERS)))
        return (before + _seconds(lambda: _bare(videos[half:]))) / ours


def one_video(clip: Path, times: int = 6, *, workers: int = WORKERS) -> float:
    """Return how many times as fast one long video is tracked: a clip that is shown several times over."""
    with tempfile.TemporaryDirectory() as folder:
        video = looped(clip, times, Path(folder) / "long.mp4")
        ours = _seconds(lambda: track([str(video)], Path(folder) / "out", workers=Workers(workers)))
        return _seconds(lambda: _bare([video])) / ours


def relabelling(poses: list[Pose], classifier: PoseClassifier, minutes: float = 10.0) -> float:
    """Return how many times as fast as it lasts a track is labelled, of some poses over and over at 30 a second."""
    with tempfile.TemporaryDirectory() as folder:
        model = classifier.save(Path(folder) / "bench.posknn")
        file = Path(folder) / "long.parquet"
        with TrackWriter(file) as writer:
            for index in range(round(minutes * 60 * 30)):
                writer(result_of((index, index / 30, (poses[index % len(poses)],))))
        return minutes * 60 / _seconds(lambda: label(model, [str(file)], Path(folder) / "out"))


def looped(clip: Path, times: int, path: Path) -> Path:
    """Write a clip several times over, as it is encoded, and return the path."""
    import av

    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        shown = source.streams.video[0]
        stream = target.add_stream_from_template(shown)
        packets = [packet for packet in source.demux(shown) if packet.dts is not None]
        length = sum(packet.duration or 0 for packet in packets)
        for turn in range(times):
            for one in packets:
                packet: Any = av.Packet(bytes(one))
                packet.pts, packet.dts = cast(int, one.pts) + turn * length, cast(int, one.dts) + turn * length
                packet.duration, packet.is_keyframe = one.duration, one.is_keyframe
                packet.time_base, packet.stream = shown.time_base, stream
                target.mux(packet)
    return path


def _bare(videos: list[Any]) -> None:
    """Do what a script does: read, convert, detect, one after the other."""
    for video in videos:
        capture = cv2.VideoCapture(os.fspath(video))
        rate = capture.get(cv2.CAP_PROP_FPS)
        with closing(PoseTracker(accept=None)) as tracker:
            index = 0
            while True:
                ok, image = capture.read()
                if not ok:
                    break
                picture = cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
                tracker.detect(Frame(picture, index / rate, index))
                index += 1
        capture.release()


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
