"""Measures posknn's budgets on this machine, both sides of each ratio in one run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from statistics import median

import numpy as np

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.pipeline import Pipeline
from posknn.tracking.tracker import PoseTracker
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Pose, Recording

__all__ = ["Measured", "bench"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One budget. value, limit: in `unit`, smaller is better."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.value <= self.limit


def bench(*, frames: int = 150, progress: Callable[[str], object] = lambda name: None) -> list[Measured]:
    """Measure the budgets: pipeline over a bare MediaPipe loop, classify over a matrix product, start-up times.

    frames: of the packaged clip to measure on.
    """
    measured = []
    clip = _clip(frames)
    for examples, limit in ((1_000, 1.05), (50_000, 1.10)):
        progress(f"pipeline with {examples} examples")
        name = f"pipeline / bare MediaPipe loop, {examples:,} examples"
        measured.append(Measured(name, _pipeline_ratio(clip, examples), limit, "x"))
    progress("classify")
    measured.append(Measured("classify / matrix-vector product, 10,000 x 99", _classify_ratio(), 2.0, "x"))
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
    """Return a classifier of `count` examples, made of some poses with small random changes."""
    random = np.random.default_rng(1)
    points = np.stack([as_points(poses[row]) for row in random.integers(0, len(poses), count)])
    points[:, :, :3] += random.normal(0, 0.01, (count, 33, 3)).astype(np.float32)
    labels = tuple(f"pose {row % 8}" for row in range(count))
    return PoseClassifier().learn(Recording(points, labels), false_reject=None)


def _classify_ratio(rows: int = 10_000, width: int = 99, rounds: int = 300) -> float:
    random = np.random.default_rng(2)
    matrix = random.normal(size=(rows, width)).astype(np.float32)
    knn = KNNClassifier(k=5, metric="euclidean")
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


def _start_up(code: str, rounds: int = 7) -> float:
    """Return the seconds that a piece of Python takes in a fresh interpreter, less those of an empty one."""

    def once(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    pairs = [(once("pass"), once(code)) for _ in range(rounds)]
    return median(full for _, full in pairs) - (median(empty for empty, _ in pairs) if code.startswith("import") else 0)
