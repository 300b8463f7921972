"""Measures how well poses are recognised on the labelled sets: python tests/benchmarks/recognition.py [--poses DIR].

Prints one table; --json FILE keeps the numbers. The protocols are those of the baselines in EMBEDDINGS.md beside the
sets. Nothing is tuned here: every classifier is a PoseClassifier as users make it, but for what a line says.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score, roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[2]))

from posknn import Pose, PoseClassifier
from posknn.classification.shape import PoseShape
from tests.benchmarks import pose_sets  # beside this script
from tests.benchmarks.changes import CHANGES, Change, same, turned
from tests.benchmarks.columns import B2, E7, E8
from tests.benchmarks.pose_sets import HARD, PoseSet, Split

Floats = npt.NDArray[np.float32]
Load = Callable[[str], PoseSet]
Say = Callable[[str, Any, str], None]


Make = Callable[[], Any]

EASY: Final = (*HARD[:3], "yoga5_images", "squat_updown_9joints", *HARD[3:])
BEST_KNN: Final = (0.995, 0.860, 0.742, 0.994, 0.975, 1.000, 0.974, 0.659, 0.743, 0.629)
"""The best single column of the hard protocol's table, in the order of HARD."""
MANY: Final = (
    "posepilot_yoga_p1_p4",
    "squat_form_psleon",
    "exercise9_keyframes_xy",
    "elderly9_cleaned",
    "yoga5_images",
)


def names(poses: PoseSet) -> npt.NDArray[np.str_]:
    return np.array(poses.labels)


def fitted(make: Make, poses: PoseSet, rows: npt.NDArray[np.int64]) -> Any:
    groups = None if poses.groups is None else [poses.groups[row] for row in rows.tolist()]
    return make().fit(poses.points[rows], [poses.labels[row] for row in rows.tolist()], groups)


def macro_f1(make: Make, poses: PoseSet, splits: Sequence[Split]) -> float:
    """Return macro-F1 over the pooled answers of all splits."""
    asked, said = [], []
    for learn, ask in splits:
        said += fitted(make, poses, learn).predict(poses.points[ask], unknown=False)
        asked += names(poses)[ask].tolist()
    return float(f1_score(asked, [str(label) for label in said], average="macro", labels=sorted(set(asked))))


def accuracy(make: Make, poses: PoseSet, splits: Sequence[Split], changes: Sequence[Change]) -> list[float]:
    """Return the accuracy under each change of the test poses."""
    right = np.zeros(len(changes))
    count = 0
    for learn, ask in splits:
        classifier = fitted(make, poses, learn)
        count += len(ask)
        for place, change in enumerate(changes):
            said = classifier.predict(change(poses.points[ask]), unknown=False)
            right[place] += sum(one == other for one, other in zip(said, names(poses)[ask].tolist(), strict=True))
    return [float(share) for share in right / count]


# --- the lines of the table


def protocol(make: Make, load: Load, which: str) -> dict[str, float]:
    splits = pose_sets.hard_splits if which == "hard" else pose_sets.easy_splits
    return {name: macro_f1(make, load(name), splits(load(name))) for name in (HARD if which == "hard" else EASY)}


def robustness(make: Make, load: Load) -> dict[str, dict[str, float]]:
    found = {}
    for name in EASY:
        poses = load(name)
        scores = accuracy(make, poses, pose_sets.easy_splits(poses)[:2], list(CHANGES.values()))
        found[name] = dict(zip(CHANGES, scores, strict=True))
    return found


def untaught(make: Make, load: Load, which: str, *, told: bool = False) -> dict[str, float]:
    """Return per set the mean over classes of the AUROC of decision_distance with that class left out.

    told: of the probability of the class instead, by a classifier that was taught it: no rule can know more of it.
    """
    found = {}
    for name in EASY:
        poses = load(name)
        if len(set(poses.labels)) < 4:
            continue
        splits = pose_sets.hard_splits(poses) if which == "hard" else pose_sets.easy_splits(poses)[:2]
        scores = []
        for label in sorted(set(poses.labels)):
            unlike, distances = [], []
            for learn, ask in splits:
                if told:
                    classifier = fitted(make, poses, learn)
                    column = list(classifier.labels).index(label)
                    distances.append(classifier.predict_proba(poses.points[ask])[:, column])
                else:
                    taught = learn[names(poses)[learn] != label]
                    distances.append(fitted(make, poses, taught).decision_distance(poses.points[ask]))
                unlike.append(names(poses)[ask] == label)
            truth = np.concatenate(unlike)
            if 0 < truth.sum() < len(truth):
                scores.append(roc_auc_score(truth, np.minimum(np.concatenate(distances), 1e9)))
        found[name] = float(np.mean(scores))
    return found


def few(make: Make, load: Load, count: int, rounds: int = 5) -> dict[str, float]:
    """Return macro-F1 with `count` examples a class, drawn from the learning side of the hard split."""
    found = {}
    for name in MANY:
        poses = load(name)
        learn, ask = pose_sets.hard_splits(poses)[0] if name != "yoga5_images" else pose_sets.easy_splits(poses)[0]
        scores = []
        for seed in range(rounds):
            random = np.random.default_rng(seed)
            own = [
                random.permutation(learn[names(poses)[learn] == label])[:count] for label in sorted(set(poses.labels))
            ]
            scores.append(macro_f1(make, poses, [(np.sort(np.concatenate(own)), ask)]))
        found[name] = float(np.mean(scores))
    return found


def calibration(make: Make, load: Load) -> tuple[float, float, dict[str, float]]:
    """Return the expected calibration error over all sets of probabilities and of vote shares, and by set."""
    certain: list[npt.NDArray[np.float64]] = []
    shares: list[npt.NDArray[np.float64]] = []
    right: list[npt.NDArray[np.float64]] = []
    by_set = {}
    for name in HARD:
        poses, here = load(name), []
        for learn, ask in pose_sets.hard_splits(poses):
            classifier = fitted(make, poses, learn)
            table = classifier.predict_proba(poses.points[ask])
            answers = [classifier.classify(Pose.from_points(row)) for row in poses.points[ask]]
            here.append(
                np.column_stack(
                    [
                        table.max(axis=1),
                        [answer.confidence for answer in answers],
                        np.array(classifier.labels)[table.argmax(axis=1)] == names(poses)[ask],
                    ]
                )
            )
        columns = np.concatenate(here).T
        by_set[name] = error(columns[0], columns[2])
        for kept, column in zip((certain, shares, right), columns, strict=True):
            kept.append(column)
    truth = np.concatenate(right)
    return error(np.concatenate(certain), truth), error(np.concatenate(shares), truth), by_set


def error(certain: npt.NDArray[np.float64], right: npt.NDArray[np.float64], bins: int = 15) -> float:
    places = np.minimum((certain * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(certain[places == at].mean() - right[places == at].mean()) * np.mean(places == at) for at in set(places)
        )
    )


def accepted(make: Make, load: Load) -> dict[str, float]:
    """Return the share of known poses of the hard protocol that are called unknown."""
    found = {}
    for name in HARD:
        poses = load(name)
        said: list[Any] = []
        for learn, ask in pose_sets.hard_splits(poses):
            said += fitted(make, poses, learn).predict(poses.points[ask])
        found[name] = sum(label is None for label in said) / len(said)
    return found


def squeezed(load: Load) -> float:
    """Return the share of answers that stay the same when pictures of 16:9 are squeezed to 9:16 and said to be so."""
    poses = load("yoga5_images")
    learn, ask = pose_sets.easy_splits(poses)[0]
    labels = [poses.labels[row] for row in learn.tolist()]
    wide = PoseClassifier().fit(poses.points[learn], labels, scale="unit", size=(16, 9))
    tall = poses.points[ask].copy()  # the same image heights on a picture of another shape
    tall[:, :, [0, 2]] *= (16 / 9) / (9 / 16)
    one = wide.predict(poses.points[ask], unknown=False, scale="unit", size=(16, 9))
    other = wide.predict(tall, unknown=False, scale="unit", size=(9, 16))
    return float(np.mean([a == b for a, b in zip(one, other, strict=True)]))


def push_time(load: Load, count: int) -> float:
    """Return the median milliseconds of naming one pose among `count` examples."""
    poses = load("mlkit_fitness")
    random = np.random.default_rng(4)
    rows = random.integers(0, len(poses), count)
    points = poses.points[rows]
    points[:, :, :3] = points[:, :, :3] / 1000 + random.normal(0, 0.01, (count, 33, 3))
    classifier = PoseClassifier().fit(points, [poses.labels[row] for row in rows.tolist()])
    asked = [Pose.from_points(row / np.array([1000, 1000, 1000, 1], np.float32)) for row in poses.points[:200]]
    took: list[float] = []
    for pose in asked:
        start = time.perf_counter()
        classifier(pose)
        took.append(time.perf_counter() - start)
    return 1000 * float(np.median(took))


def learning_time(load: Load, count: int = 5000) -> float:
    poses = load("squat_updown_9joints")
    start = time.perf_counter()
    PoseClassifier().fit(poses.points[:count], poses.labels[:count])
    return time.perf_counter() - start


def mean(scores: dict[str, float]) -> float:
    return float(np.mean(list(scores.values())))


def by_set(scores: dict[str, float]) -> str:
    return " ".join(f"{score:.3f}" for score in scores.values())


def plain() -> PoseClassifier:
    return PoseClassifier(distance="plain")


def rolling() -> PoseClassifier:
    return PoseClassifier(embedding=PoseShape(roll=True))


def hard_part(load: Load, say: Say) -> None:
    print(f"{'sets of the hard protocol':34s} {', '.join(HARD)}")
    for name, make in (("hard, as it chooses", PoseClassifier), ("hard, plain distance", plain)):
        scores = protocol(make, load, "hard")
        behind = max(best - score for best, score in zip(BEST_KNN, scores.values(), strict=True))
        say(name, scores, f"| farthest behind the best column: {behind:.3f}")


def easy_part(load: Load, say: Say) -> None:
    print(f"{'sets of the easy protocol':34s} {', '.join(EASY)}")
    say("easy, as it chooses", protocol(PoseClassifier, load, "easy"), "")


def robust_part(load: Load, say: Say) -> None:
    for kind, make in (("as it chooses", PoseClassifier), ("plain", plain)):
        table = robustness(make, load)
        for change in CHANGES:
            say(f"{change}, {kind}", {name: row[change] for name, row in table.items()}, "")
    poses = load("mlkit_fitness")
    for kind, make in (("roll option", rolling), ("as it is", PoseClassifier)):
        scores = accuracy(make, poses, pose_sets.hard_splits(poses), [same, turned(45), turned(45, exactly=True)])
        for change, score in zip(("clean", "rotated up to 45", "rotated by 45"), scores, strict=True):
            say(f"mlkit {change}, {kind}", score, "")
    say("squeezed, same answers", squeezed(load), "")


def unknown_part(load: Load, say: Say) -> None:
    for which in ("easy", "hard"):
        scores = untaught(PoseClassifier, load, which)
        say(f"untaught AUROC, {which} split", scores, f"| worst {min(scores.values()):.3f}")
        say("  had the label been taught", untaught(PoseClassifier, load, which, told=True), "")
    say("known called unknown, hard split", accepted(PoseClassifier, load), "")


def few_part(load: Load, say: Say) -> None:
    for count in (5, 10, 30):
        for kind, make in (("ours", PoseClassifier), ("e7", E7), ("e8", E8)):
            say(f"{count} examples a class, {kind}", few(make, load, count), "")


def calibration_part(load: Load, say: Say) -> None:
    certain, shares, sets = calibration(PoseClassifier, load)
    say("calibration error, probability", certain, "")
    say("calibration error, vote share", shares, "")
    say("calibration error by set", sets, "")


def speed_part(load: Load, say: Say) -> None:
    say("push among 1,000, ms", push_time(load, 1_000), "")
    say("push among 10,000, ms", push_time(load, 10_000), "")
    say("learning 5,000, s", learning_time(load), "")


def baseline_part(load: Load, say: Say) -> None:
    """Ask columns of the table anew, to see that the protocol is the table's."""
    for kind, make in (("b''", B2), ("e7", E7), ("e8", E8)):
        for which in ("hard", "easy"):
            say(f"{which}, column {kind}", protocol(make, load, which), "")


PARTS: Final[dict[str, Callable[[Load, Say], None]]] = {
    "baseline": baseline_part,
    "hard": hard_part,
    "easy": easy_part,
    "robust": robust_part,
    "unknown": unknown_part,
    "few": few_part,
    "calibration": calibration_part,
    "speed": speed_part,
}


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"some of {', '.join(PARTS)}; all when left out")
    parser.add_argument("--poses", type=Path, default=pose_sets.POSES, help="the folder of sets")
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    args = parser.parse_args()
    if not args.poses.is_dir():
        parser.error(f"the labelled sets are not at {args.poses}: give their folder with --poses")
    warnings.filterwarnings("ignore", category=UserWarning)  # a class with fewer members than folds
    known: dict[str, PoseSet] = {}
    found: dict[str, Any] = {}

    def load(name: str) -> PoseSet:
        if name not in known:
            known[name] = pose_sets.load(name, args.poses)
        return known[name]

    def say(name: str, value: Any, note: str) -> None:
        found[name] = value
        shown = f"{mean(value):.4f}  {by_set(value)}" if isinstance(value, dict) else f"{value:.4f}"
        print(f"{name:34s} {shown} {note}", flush=True)

    for part in args.parts:
        PARTS[part](load, say)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
