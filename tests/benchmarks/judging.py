"""Measures cleaning and suggesting on the shared sets, with planted wrong labels and simulated labelling.

Run as `python tests/benchmarks/judging.py [clean|suggest|evaluate] [SET...]`; needs ../shared/data/poses.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[2]))

from posknn.classification.classifier import PoseClassifier
from posknn.classification.curation import clean
from posknn.classification.evaluation import evaluate
from posknn.classification.scores import macro_f1
from posknn.classification.suggestion import suggest
from posknn.values import Recording
from tests.benchmarks import pose_sets  # beside this script

SEPARABLE = (
    "mlkit_fitness",
    "squat_updown_9joints",
    "deadlift_updown_video",
    "gestures3_video",
    "exercise9_keyframes_xy",
)
"""Sets whose labels hardly overlap: named right, with the recording left out, more than 97 % of the time."""
OTHERS = (
    "yoga5_images",
    "posepilot_yoga_p1_p4",
    "squat_form_psleon",
    "sitting4_images",
    "elderly9_cleaned",
    "lunge_form_video",
)
RATE = 30  # frames a second, where a set is one video and tells no times
BATCH, MOST = 10, 300
SEEDS = 3

Ints = npt.NDArray[np.int64]


def groups_of(poses: pose_sets.PoseSet) -> list[str]:
    if poses.groups is not None:
        return list(poses.groups)
    if poses.name == "yoga5_images":  # every picture shows somebody else
        return [str(row) for row in range(len(poses))]
    return [poses.name] * len(poses)


def recording_of(poses: pose_sets.PoseSet, labels: Sequence[str]) -> Recording:
    times = np.arange(len(poses), dtype=np.float64) / RATE
    return Recording(poses.points, tuple(labels), times, provenance={"groups": groups_of(poses)})


def plant(labels: Sequence[str], share: float, seed: int) -> tuple[list[str], set[int]]:
    """Give a share of the examples, chosen at random, another label, chosen at random; return them and the rows."""
    random = np.random.default_rng(seed)
    names = sorted(set(labels))
    rows = random.choice(len(labels), round(share * len(labels)), replace=False).tolist()
    planted = list(labels)
    for row in rows:
        planted[row] = random.choice([name for name in names if name != labels[row]])
    return planted, set(rows)


def measure_cleaning(name: str) -> dict[float, tuple[float, float]]:
    """Return recall and precision by share planted; a right label that looks wrong counts against precision."""
    poses = pose_sets.load(name)
    before = len([one for one in clean(recording_of(poses, poses.labels)).suspects if one.suggestion is not None])
    line = f"{name:24} {len(poses):5} rows, suspects with none planted {before:3}"
    found: dict[float, tuple[float, float]] = {}
    for share in (0.02, 0.05, 0.10):
        recalls, precisions = [], []
        for seed in range(SEEDS):
            planted, rows = plant(poses.labels, share, seed)
            suspects = {one.row for one in clean(recording_of(poses, planted)).suspects if one.suggestion is not None}
            recalls.append(len(suspects & rows) / len(rows))
            precisions.append(len(suspects & rows) / max(1, len(suspects)))
        found[share] = float(np.mean(recalls)), float(np.mean(precisions))
        line += f" | {share:.0%}: recall {found[share][0]:.3f} precision {found[share][1]:.3f}"
    print(line, flush=True)
    return found


def labels_needed(points: pose_sets.Floats, kinds: Ints, split: pose_sets.Split, seed: int, *, suggested: bool) -> int:
    """Return how many labels it takes to come to 95 % of the score that all labels of the learning part give.

    It starts from one example of each label, chosen at random, the same for both ways, and counts these too.
    """
    learn, ask = split

    def score(rows: Ints) -> float:
        classifier = PoseClassifier().fit(points[rows], kinds[rows].tolist())
        return macro_f1(kinds[ask], np.array(classifier.predict(points[ask], unknown=False)))

    random = np.random.default_rng(seed)
    labelled = [int(random.choice(learn[kinds[learn] == kind])) for kind in np.unique(kinds[learn])]
    goal = 0.95 * score(learn)
    while len(labelled) < min(MOST, len(learn)) and score(np.array(labelled)) < goal:
        left = np.setdiff1d(learn, labelled)
        if suggested:
            classifier = PoseClassifier().fit(points[labelled], kinds[labelled].tolist())
            track = Recording(points[left], (None,) * len(left))
            labelled += [int(left[one.row]) for one in suggest(classifier, [track], BATCH)]
        else:
            labelled += random.choice(left, min(BATCH, len(left)), replace=False).tolist()
    return len(labelled)


def measure_suggesting(name: str) -> tuple[float, float]:
    poses = pose_sets.load(name)
    kinds = np.unique(poses.labels, return_inverse=True)[1]
    splits = (pose_sets.hard_splits(poses) if poses.test is None else pose_sets.easy_splits(poses))[:2]
    counts = [
        [
            labels_needed(poses.points, kinds, split, seed, suggested=suggested)
            for split in splits
            for seed in range(SEEDS)
        ]
        for suggested in (False, True)
    ]
    at_random, suggested = (float(np.mean(count)) for count in counts)
    print(f"{name:24} at random {at_random:6.1f}  suggested {suggested:6.1f}  {suggested / at_random:.2f}", flush=True)
    return at_random, suggested


def measure_evaluating(name: str) -> None:
    poses = pose_sets.load(name)
    start = time.perf_counter()
    found = evaluate(recording_of(poses, poses.labels))
    spent = time.perf_counter() - start
    assert found.open_set is not None
    assert found.leakage is not None
    print(
        f"{name:24} {len(poses):5} rows by {found.by:9} macro-F1 {found.macro_f1:.3f}  frames "
        f"{found.leakage.points:+5.1f}  unknown {found.unknown:5.1%}  untaught refused {found.open_set.refused:4.0%} "
        f"AUROC {found.open_set.area:.3f}  calibration error {found.calibration.error:.3f}  {spent:5.1f} s",
        flush=True,
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["clean", "suggest", "evaluate"])
    parser.add_argument("sets", nargs="*", default=[*SEPARABLE, *OTHERS])
    chosen = parser.parse_args(arguments)
    if not pose_sets.POSES.is_dir():
        sys.exit(f"there is no {pose_sets.POSES}")
    if chosen.what == "evaluate":
        for name in chosen.sets:
            measure_evaluating(name)
        return
    if chosen.what == "suggest":
        needed = [measure_suggesting(name) for name in chosen.sets]
        total = np.sum(needed, axis=0)
        print(f"all: at random {total[0]:.0f}, suggested {total[1]:.0f}, {total[1] / total[0]:.2f}")
        return
    found = {name: measure_cleaning(name) for name in chosen.sets}
    separable = [found[name] for name in chosen.sets if name in SEPARABLE]
    for share in (0.02, 0.05, 0.10) if separable else ():
        recall, precision = np.mean([one[share] for one in separable], axis=0)
        print(
            f"mean of {len(separable)} sets that can be told apart, {share:.0%} planted: {recall:.3f} {precision:.3f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
