"""Measures posknn's budgets on this machine, both sides of each ratio in one run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from statistics import median
from typing import Literal

import numpy as np

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.pipeline import Pipeline
from posknn.skeleton import index
from posknn.tracking.tracker import PoseTracker
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Pose, Recording

__all__ = ["Measured", "bench"]

_WRISTS = [index("left_wrist"), index("right_wrist")]


@dataclass(frozen=True, slots=True)
class Measured:
    """One budget. value, limit: in `unit`, smaller is better; or, with a `bound` of "at least", greater is."""

    name: str
    value: float
    limit: float
    unit: str
    bound: Literal["at most", "at least"] = "at most"

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.value <= self.limit if self.bound == "at most" else self.value >= self.limit


def bench(
    *,
    frames: int = 150,
    videos: int = 6,
    minutes: float = 10.0,
    only: Literal["frame", "videos"] | None = None,
    progress: Callable[[str], object] = lambda name: None,
) -> list[Measured]:
    """Measure the budgets, both sides of each in one run.

    That is, of a frame: pipeline over a bare MediaPipe loop, classify over a matrix product, start-up times; and of
    recorded videos: several, and one long one, on two workers over a bare loop, and labelling from a track over the
    time it lasts. only: one of these halves. frames: of the packaged clip to measure on. videos: how many copies of it.
    minutes: how long the track is.
    """
    measured = []
    if only != "videos":
        measured += _frame_budgets(frames, progress)
    if only != "frame":
        measured += _video_budgets(videos, minutes, progress)
    return measured


def _video_budgets(videos: int, minutes: float, progress: Callable[[str], object]) -> list[Measured]:
    from posknn.tasks.bench_videos import many_videos, one_video, relabelling

    measured = []
    with as_file(files("posknn") / "clips" / "jumping_jacks.mp4") as path:
        progress("several videos")
        name = f"{videos} videos on 2 workers, times as fast as a bare loop"
        measured.append(Measured(name, many_videos(path, videos), 1.8, "x", "at least"))
        progress("one video")
        name = f"one video {videos} times as long, times as fast as a bare loop"
        measured.append(Measured(name, one_video(path, videos), 1.2, "x", "at least"))
    progress("labelling from a track")
    with PoseTracker() as tracker:
        poses = [pose for frame in _clip(60) for pose in tracker(frame)]
    speed = relabelling(poses, _taught(poses, 1_000), minutes)
    measured.append(Measured("labelling from a track, times real time", speed, 200.0, "x", "at least"))
    return measured


def _frame_budgets(frames: int, progress: Callable[[str], object]) -> list[Measured]:
    measured = []
    clip = _clip(frames)
    for examples, limit in ((1_000, 1.05), (50_000, 1.10)):
        progress(f"pipeline with {examples} examples")
        name = f"pipeline / bare MediaPipe loop, {examples:,} examples"
        measured.append(Measured(name, _pipeline_ratio(clip, examples), limit, "x"))
    progress("classify")
    measured.append(Measured("classify / matrix-vector product, 10,000 x 99", _classify_ratio(), 2.0, "x"))
    measured.append(Measured("add_example, a thousand of 99 numbers", _adding(), 0.020, "s"))
    measured.append(Measured("classify, 200,000 x 99, per million", _large_query(), 0.060, "s"))
    progress("start-up")
    measured.append(Measured("import posknn", _start_up("import posknn"), 0.15, "s"))
    measured.append(Measured("posknn --help", _start_up("from posknn.cli import main; main(['--help'])"), 0.4, "s"))
    return measured


def _clip(count: int) -> list[Frame]:
    with as_file(files("posknn") / "clips" / "jumping_jacks.mp4") as path, VideoFile(path) as video:
        return [frame for frame in video if frame.index < count]


def _pipeline_ratio(clip: list[Frame], examples: int) -> float:
    """Return the time of the pipeline over that of MediaPipe alone; the two take turns at every frame.

    Each frame goes first through one and then through the other, in changing order, so that both meet the same
    machine; the ratio of each pair is taken, and of those the median.
    """
    poses = []
    with PoseTracker() as tracker:
        poses = [pose for frame in clip for pose in tracker(frame)]
    classifier = _taught(poses, examples)
    bare, tracker = PoseTracker(accept=None), PoseTracker()
    pipeline = Pipeline(tracker, classifier)
    spent: tuple[list[float], list[float]] = ([], [])
    sides: tuple[Callable[[Frame], object], ...] = (bare.detect, pipeline)
    with bare, tracker:
        for frame in clip:
            for side in (0, 1) if frame.index % 2 else (1, 0):
                start = time.perf_counter()
                sides[side](frame)
                spent[side].append(time.perf_counter() - start)
    settled = slice(10, None)
    return median(ours / theirs for theirs, ours in zip(spent[0][settled], spent[1][settled], strict=True))


def _taught(poses: list[Pose], count: int) -> PoseClassifier:
    """Return a classifier of `count` examples, made of some poses with small random changes.

    Eight labels, by how high the wrists are: as in a real lesson, neighbours agree but where two labels meet.
    """
    random = np.random.default_rng(1)
    rows = random.integers(0, len(poses), count)
    points = np.stack([as_points(poses[row]) for row in rows])
    height = points[:, _WRISTS, 1].mean(axis=1)
    steps = np.searchsorted(np.quantile(height, np.arange(1, 8) / 8), height)
    points[:, :, :3] += random.normal(0, 0.01, (count, 33, 3)).astype(np.float32)
    labels = tuple(f"pose {step}" for step in steps.tolist())
    return PoseClassifier().learn(Recording(points, labels), false_reject=None)


def _classify_ratio(rows: int = 10_000, width: int = 99, rounds: int = 300) -> float:
    random = np.random.default_rng(2)
    matrix = random.normal(size=(rows, width)).astype(np.float32)
    knn = KNNClassifier(k=5)
    knn.add_examples(matrix, [f"label {row % 5}" for row in range(rows)])
    ours, plain = [], []
    for _ in range(rounds):
        query = random.normal(size=width).astype(np.float32)
        start = time.perf_counter()
        matrix @ query
        middle = time.perf_counter()
        knn.classify(query)
        ours.append(time.perf_counter() - middle)
        plain.append(middle - start)
    return median(ours) / median(plain)


def _adding(count: int = 5_000, width: int = 99) -> float:
    """Return the seconds that a thousand examples take one by one, on the way to `count`."""
    vectors = np.random.default_rng(3).normal(size=(count, width)).astype(np.float32)
    knn = KNNClassifier()
    start = time.perf_counter()
    for row, vector in enumerate(vectors):
        knn.add_example(vector, f"label {row % 5}")
    return (time.perf_counter() - start) / count * 1_000


def _large_query(rows: int = 200_000, width: int = 99, rounds: int = 15) -> float:
    """Return the seconds of one answer, extrapolated to a million examples: at this size time is that of memory."""
    random = np.random.default_rng(4)
    knn = KNNClassifier(k=5)
    for _ in range(rows // 10_000):
        knn.add_examples(random.random((10_000, width), np.float32), [f"label {row % 5}" for row in range(10_000)])
    spent = []
    for query in random.random((rounds, width), np.float32):
        start = time.perf_counter()
        knn.classify(query)
        spent.append(time.perf_counter() - start)
    return median(spent) * 1_000_000 / rows


def _start_up(code: str, rounds: int = 7) -> float:
    """Return the seconds that a piece of Python takes in a fresh interpreter, less those of an empty one."""

    def once(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    pairs = [(once("pass"), once(code)) for _ in range(rounds)]
    return median(full for _, full in pairs) - (median(empty for empty, _ in pairs) if code.startswith("import") else 0)
