"""Measures how much memory learning from a Parquet of poses takes, in multiples of the file; see --help.

Each stage runs in a process of its own, so that the peak is its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from posknn import PoseClassifier, Recording, write_recording
from posknn.classification.embedding import as_points
from posknn.storage.classifiers import read_recordings
from posknn.testing import stick_figure

LABELS, RECORDINGS = 8, 10
STAGES = ("reading", "learning")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--poses", type=int, default=50_000, help="how many (%(default)s)")
    parser.add_argument("--distance", choices=("auto", "plain", "learnt"), default="auto", help="see PoseClassifier")
    parser.add_argument("--hidden", type=float, default=0.0, help="share of keypoints that are not seen (%(default)s)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "poses.parquet"
        apart("writing", path, str(chosen.poses), str(chosen.hidden))
        for stage in STAGES:
            apart(stage, path, chosen.distance)


def apart(stage: str, path: Path, *options: str) -> None:
    """Run a stage in a process of its own. The peak of a process starts at that of its parent: this one stays small."""
    subprocess.run([sys.executable, __file__, "--inside", stage, str(path), *options], check=True)


def walk(count: int, hidden: float) -> Recording:
    """Return poses that wander about those of some labels, in turns, taken in several recordings."""
    random = np.random.default_rng(1)
    still = np.stack([as_points(stick_figure(arms=arms)) for arms in np.linspace(0, 170, LABELS)])
    classes = np.arange(count) * LABELS * RECORDINGS // count % LABELS
    points = still[classes]
    steps = random.normal(0, 0.002, (count, 33, 3)).astype(np.float32)
    points[:, :, :3] += random.normal(0, 0.02, (count, 33, 3)) + np.cumsum(steps, axis=0) % 0.1
    points[:, :, 3] = np.where(random.random((count, 33)) < hidden, 0.2, random.uniform(0.9, 1, (count, 33)))
    groups = [f"recording {row * RECORDINGS // count}" for row in range(count)]
    labels = tuple(f"pose {kind}" for kind in classes.tolist())
    return Recording(points, labels, times=np.arange(count) / 30, provenance={"groups": groups})


def write(path: Path, count: int, hidden: float) -> None:
    write_recording(walk(count, hidden), path)
    size = path.stat().st_size
    print(f"{count:,} poses, {4 * 132 * count / 1e6:.1f} MB of numbers, a file of {size / 1e6:.1f} MB", flush=True)


def inside(stage: str, path: Path, options: Sequence[str]) -> None:
    # What Python, numpy and pyarrow need is there before.
    PoseClassifier().learn(walk(64, 0.0))
    small = path.with_name("small.parquet")
    write_recording(walk(64, 0.0), small)
    list(read_recordings(small))
    before, start = peak(), time.perf_counter()
    recordings = read_recordings(path)
    if stage == "reading":
        kept: object = list(recordings)
    else:
        kept = PoseClassifier(distance=options[0]).learn(recordings)  # type: ignore[arg-type]
    spent, size = time.perf_counter() - start, path.stat().st_size
    what = f"{kept!r}, learnt distance: {kept.learnt}" if isinstance(kept, PoseClassifier) else ""
    print(f"{stage}: {(peak() - before) / size:.1f} x the file at most, {spent:.2f} s {what}", flush=True)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        stage, path, options = sys.argv[2], Path(sys.argv[3]), sys.argv[4:]
        if stage == "writing":
            write(path, int(options[0]), float(options[1]))
        else:
            inside(stage, path, options)
    else:
        main()
