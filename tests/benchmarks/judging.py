"""Measures cleaning and suggesting on the shared sets, with planted wrong labels and simulated labelling.

Run as `python tests/benchmarks/judging.py [clean|suggest|evaluate] [SET...]`; needs ../shared/data/poses.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
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
RUN = 15  # frames that are wrong together, half a second
BATCH, MOST = 10, 300
SEEDS = 3
RUNS = 12  # of simulated labelling on each set: one more or less lucky start moves a ratio by a half

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def groups_of(poses: pose_sets.PoseSet) -> list[str]:
    if poses.groups is not None:
        return list(poses.groups)
    if poses.name == "yoga5_images":  # every picture shows somebody else
        return [str(row) for row in range(len(poses))]
    return [poses.name] * len(poses)


def recording_of(poses: pose_sets.PoseSet, labels: Sequence[str]) -> Recording:
    times = np.arange(len(poses), dtype=np.float64) / RATE
    return Recording(poses.points, tuple(labels), times, provenance={"groups": groups_of(poses)})


def plant(labels: Sequence[str], share: float, seed: int, length: int = 1) -> tuple[list[str], Bools]:
    """Give a share of the examples another label, chosen at random; return the labels and where they are wrong: (n,).

    length: how many of one label, one after the other, become wrong together.
    """
    random = np.random.default_rng(seed)
    names = sorted(set(labels))
    count = round(share * len(labels))
    planted, wrong = list(labels), np.zeros(len(labels), bool)
    for start in random.permutation(len(labels)).tolist():
        other = random.choice([name for name in names if name != labels[start]])
        for row in range(start, min(start + length, len(labels))):
            if wrong.sum() == count:
                return planted, wrong
            if labels[row] == labels[start] and not wrong[row]:
                planted[row], wrong[row] = str(other), True
    return planted, wrong


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was found of what was planted. sure: the precision without those that are suspects with none planted.

    average: the average precision of the suspects' order. told: the share that is a suspect or within a stretch, and
    told_right: the precision of that.
    """

    recall: float
    precision: float
    sure: float
    average: float
    told: float
    told_right: float


def clean_once(poses: pose_sets.PoseSet, labels: Sequence[str], wrong: Bools, own: Bools) -> Cleaned:
    found = clean(recording_of(poses, labels))
    scores, told = np.zeros(len(labels)), np.zeros(len(labels), bool)
    for one in found.suspects:
        if one.suggestion is not None:
            scores[one.row] = one.factor
    for stretch in found.stretches:
        told[stretch.first : stretch.last + 1] = True
    suspected = scores > 0
    told |= suspected
    right = wrong[np.argsort(-scores, kind="stable")]
    average = (np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean()
    caught = (suspected & wrong).sum()
    return Cleaned(
        caught / wrong.sum(),
        caught / max(1, suspected.sum()),
        caught / max(1, (suspected & ~(own & ~wrong)).sum()),
        float(average),
        (told & wrong).sum() / wrong.sum(),
        (told & wrong).sum() / max(1, told.sum()),
    )


def measure_cleaning(name: str) -> dict[float, tuple[float, float]]:
    """Return recall and precision by share planted; a right label that looks wrong counts against precision."""
    poses = pose_sets.load(name)
    own = np.zeros(len(poses), bool)
    before = clean(recording_of(poses, poses.labels))
    own[[one.row for one in before.suspects if one.suggestion is not None]] = True
    print(f"{name}: {len(poses)} rows; with none planted {own.sum()} suspects, {len(before.stretches)} stretches")
    found: dict[float, tuple[float, float]] = {}
    for length in (1, RUN):
        for share in (0.02, 0.05, 0.10):
            each = [astuple(clean_once(poses, *plant(poses.labels, share, seed, length), own)) for seed in range(SEEDS)]
            recall, precision, sure, average, told, told_right = np.mean(each, axis=0).tolist()
            if length == 1:
                found[share] = recall, precision
                more = f"without its own suspects {sure:.3f}  average precision {average:.3f}"
            else:
                more = f"with stretches: recall {told:.3f} precision {told_right:.3f}"
            what = "one by one" if length == 1 else f"in runs of {length}"
            print(f"  {share:4.0%} {what:13} recall {recall:.3f} precision {precision:.3f}  {more}", flush=True)
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


def ratio_between(counts: Ints) -> tuple[float, float]:
    """Return the 95 % interval of the ratio of the means of two rows of counts, by resampling their pairs."""
    picks = np.random.default_rng(0).integers(counts.shape[1], size=(2000, counts.shape[1]))
    means = counts[:, picks].mean(axis=2)
    low, high = np.quantile(means[1] / means[0], [0.025, 0.975])
    return float(low), float(high)


def measure_suggesting(name: str) -> tuple[float, float]:
    poses = pose_sets.load(name)
    kinds = np.unique(poses.labels, return_inverse=True)[1]
    splits = (pose_sets.hard_splits(poses) if poses.test is None else pose_sets.easy_splits(poses))[:2]
    counts = np.array(
        [
            [
                labels_needed(poses.points, kinds, split, seed, suggested=suggested)
                for split in splits
                for seed in range(RUNS // len(splits))
            ]
            for suggested in (False, True)
        ]
    )
    at_random, suggested = counts.mean(axis=1).tolist()
    low, high = ratio_between(counts)
    print(
        f"{name:24} at random {at_random:6.1f}  suggested {suggested:6.1f}  {suggested / at_random:.2f} "
        f"({low:.2f} to {high:.2f})  {counts.shape[1]} runs",
        flush=True,
    )
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
        ratios = [suggested / at_random for at_random, suggested in needed]
        print(
            f"all: at random {total[0]:.0f}, suggested {total[1]:.0f}, {total[1] / total[0]:.2f}; "
            f"mean of the ratios {np.mean(ratios):.2f}, the worst {max(ratios):.2f}"
        )
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
