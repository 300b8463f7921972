"""Loads the labelled pose sets of ../shared/data/poses, each with its fair split."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton

__all__ = ["HARD", "POSES", "PoseSet", "Split", "blocked", "by_groups", "easy_splits", "hard_splits", "load"]

POSES: Final = Path(__file__).parents[2].parent / "shared" / "data" / "poses"

HARD: Final = (
    "mlkit_fitness",
    "posepilot_yoga_p1_p4",
    "sitting4_images",
    "deadlift_updown_video",
    "squat_form_psleon",
    "gestures3_video",
    "exercise9_keyframes_xy",
    "elderly9_dirty",
    "elderly9_cleaned",
    "lunge_form_video",
)
"""The ten sets of the hard protocol in EMBEDDINGS.md."""

_MERGED: Final = {"standing normally": "standing", "cough": "coughing", "heartstroke": "heart stroke"}
_FRAME: Final = re.compile(r"frame__(.{11})__")

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Split = tuple[Ints, Ints]
"""Rows to learn and rows to ask."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseSet:
    """Labelled poses in order. points: (n, 33, 4) in the set's own units, NaN where it has none.

    groups: n of them, whom or what each comes from; None when the order is all that is known. test: rows of the set's
    own test part; None without one.
    """

    name: str
    points: Floats
    labels: tuple[str, ...]
    groups: tuple[str, ...] | None = None
    test: Ints | None = None

    def __len__(self) -> int:
        return len(self.labels)


def load(name: str, folder: Path = POSES) -> PoseSet:
    """Return a set by the name of its folder in `folder`; "elderly9_cleaned" is elderly9_dirty cleaned."""
    if name == "elderly9_cleaned":
        return _cleaned(load("elderly9_dirty", folder))
    made = _LOADERS[name](folder / name)
    return replace(made, name=name)


def hard_splits(poses: PoseSet) -> list[Split]:
    """Split by subject or source, else the first 70 % of each class in time from the rest."""
    if poses.groups is None:
        return [blocked(poses.labels)]
    if len(set(poses.groups)) <= 5:
        return by_groups(poses.labels, poses.groups, len(set(poses.groups)))
    return by_groups(poses.labels, poses.groups, 5)


def easy_splits(poses: PoseSet) -> list[Split]:
    """Split as the set itself does, else into 5 stratified folds."""
    rows = np.arange(len(poses))
    if poses.test is not None:
        return [(np.setdiff1d(rows, poses.test), poses.test)]
    from sklearn.model_selection import StratifiedKFold  # the folds of the table

    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(rows, poses.labels)
    return [(learn, ask) for learn, ask in folds]


def blocked(labels: Sequence[str], share: float = 0.7) -> Split:
    """Return the first `share` of the rows of each label, and the others."""
    names = np.array(labels)
    learn = np.zeros(len(names), bool)
    for name in np.unique(names):
        own = np.flatnonzero(names == name)
        learn[own[: ceil(share * len(own))]] = True
    return np.flatnonzero(learn), np.flatnonzero(~learn)


def by_groups(labels: Sequence[str], groups: Sequence[str], folds: int) -> list[Split]:
    """Split into folds that share no group."""
    from sklearn.model_selection import GroupKFold  # the folds of the table

    return [(learn, ask) for learn, ask in GroupKFold(folds).split(np.arange(len(labels)), labels, groups)]


# --- one loader per set


def _table(path: Path, *, header: bool = True) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1 if header else 0 :]


def _points(rows: Sequence[Sequence[str]], numbers: int = 4) -> Floats:
    """Return rows of 33 times `numbers` cells as points; a visibility that is not told is 1."""
    points = np.full((len(rows), len(skeleton.KEYPOINTS), 4), np.nan, np.float32)
    points[:, :, :numbers] = np.array(rows, np.float32).reshape(len(rows), -1, numbers)
    if numbers < 4:
        points[:, :, 3] = 1
    return points


def _label_first(file: str) -> Callable[[Path], PoseSet]:
    def read(folder: Path) -> PoseSet:
        rows = _table(folder / file)
        return PoseSet(folder.name, _points([row[1:] for row in rows]), tuple(row[0] for row in rows))

    return read


def _mlkit(folder: Path) -> PoseSet:
    rows = _table(folder / "fitness_pose_samples.csv", header=False)
    found = [_FRAME.match(row[0]) for row in rows]
    # A screenshot is grouped by the minute it was taken in.
    groups = tuple(one[1] if one else row[0].rpartition(".")[0][:-3] for row, one in zip(rows, found, strict=True))
    return PoseSet(folder.name, _points([row[2:] for row in rows], 3), tuple(row[1] for row in rows), groups)


def _yoga(folder: Path) -> PoseSet:
    parts = [[row for row in _table(folder / f"{part}.csv") if row[4] == "0"] for part in ("train", "test")]
    rows = parts[0] + parts[1]
    test = np.arange(len(parts[0]), len(rows))
    return PoseSet(folder.name, _points([row[5:] for row in rows]), tuple(row[1] for row in rows), test=test)


def _posepilot(folder: Path) -> PoseSet:
    """Take every fourth frame of the middle of each clip, as the baselines do: 50 to 90 % of its length."""
    rows, labels, groups = [], [], []
    for path in sorted(folder.glob("*.csv")):
        clip = _table(path)
        middle = clip[int(0.5 * len(clip)) : int(0.9 * len(clip)) : 4]
        rows += [row[:132] for row in middle]
        labels += [row[132] for row in middle]
        groups += [path.stem.split("__")[1][:2]] * len(middle)
    return PoseSet(folder.name, _points(rows), tuple(labels), tuple(groups))


def _sitting(folder: Path) -> PoseSet:
    rows = _table(folder / "all_keypoints_vectors.csv")
    return PoseSet(folder.name, _points([row[:132] for row in rows]), tuple(row[132] for row in rows))


def _squat9(folder: Path) -> PoseSet:
    parts = [_table(folder / f"{part}.csv") for part in ("train", "test")]
    rows = parts[0] + parts[1]
    names = [
        "nose",
        *(f"{side}_{joint}" for joint in ("shoulder", "hip", "knee", "ankle") for side in ("left", "right")),
    ]
    points = np.full((len(rows), len(skeleton.KEYPOINTS), 4), np.nan, np.float32)
    numbers = np.array([row[1:] for row in rows], np.float32).reshape(len(rows), len(names), 4)
    points[:, [skeleton.index(name) for name in names]] = numbers
    return PoseSet(folder.name, points, tuple(row[0] for row in rows), test=np.arange(len(parts[0]), len(rows)))


def _exercise(folder: Path) -> PoseSet:
    rows, sources = _table(folder / "newdataset.csv"), _table(folder / "sources.csv")
    video = {int(row[0]): row[1] for row in sources}
    groups = tuple(video[line] for line in range(2, len(rows) + 2))
    return PoseSet(folder.name, _points([row[1:] for row in rows], 2), tuple(row[0] for row in rows), groups)


def _lunge(folder: Path) -> PoseSet:
    rows = _table(folder / "lunge_form.csv")
    return PoseSet(folder.name, _points([row[2:] for row in rows]), tuple(row[1] for row in rows))


def _cleaned(dirty: PoseSet) -> PoseSet:
    _, first = np.unique(dirty.points.reshape(len(dirty), -1), axis=0, return_index=True)
    rows = np.sort(first)
    labels = tuple(_MERGED.get(dirty.labels[row], dirty.labels[row]) for row in rows.tolist())
    return PoseSet("elderly9_cleaned", dirty.points[rows], labels)


_LOADERS: Final[dict[str, Callable[[Path], PoseSet]]] = {
    "mlkit_fitness": _mlkit,
    "yoga5_images": _yoga,
    "posepilot_yoga_p1_p4": _posepilot,
    "sitting4_images": _sitting,
    "squat_updown_9joints": _squat9,
    "deadlift_updown_video": _label_first("coords.csv"),
    "squat_form_psleon": _label_first("squat_coords.csv"),
    "gestures3_video": _label_first("coords.csv"),
    "exercise9_keyframes_xy": _exercise,
    "elderly9_dirty": _label_first("pose_data.csv"),
    "lunge_form_video": _lunge,
}
