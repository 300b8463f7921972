"""How alike poses seen at two moments are, which of a frame are one person seen twice, and the best assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.values import Pose

__all__ = ["Shape", "assign", "differences", "distinct", "shape", "shapes"]

Floats = npt.NDArray[np.float64]

_JOINTS: Final = np.array(
    [skeleton.index("nose")]
    + [
        skeleton.index(f"{side}_{joint}")
        for joint in ("shoulder", "hip", "knee", "ankle", "elbow", "wrist")
        for side in ("left", "right")
    ]
)
_TORSO: Final = slice(1, 5)
_IMPORTANCE: Final = np.array([1.0] + 4 * [2.0] + 2 * [1.0] + 2 * [0.7] + 2 * [1.0] + 2 * [0.7])
"""A torso hardly moves from one frame to the next; wrists and ankles fly, and the tracker mistakes them most."""
# Shoulder to hip, hip to knee and knee to ankle, left and right, among the joints above.
_BONE_STARTS: Final = slice(1, 7)
_BONE_ENDS: Final = slice(3, 9)
_BODIES: Final = np.array([2.7, 3.1, 3.1])
"""How often a torso, a thigh and a shin go into the way from the shoulders to the ankles of somebody upright."""
_LEAST_SIZE: Final = 0.02
_LEAST_WEIGHT: Final = 0.1
_TWIN_SIZES: Final = 1.5
_TWIN_TORSOS: Final = 0.15
_TWIN_BODIES: Final = 0.3
"""Body sizes between the joints of one person seen twice, as a root mean square. Two people are rarely as close."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What a pose is compared by.

    joints: (13, 2), image heights. weights: (13,), how well each is seen times how much it tells.
    size: of the body from the shoulders to the ankles, image heights, as told by the one of torso, thighs and shins
    that is foreshortened least: about the same in every posture (on 24 clips it varies by 4 %; the length of all of
    them in three dimensions by 11 %).
    center: the middle of the torso, (2,), image heights.
    """

    pose: Pose
    joints: Floats
    weights: Floats
    size: float
    center: Floats


def shape(pose: Pose) -> Shape:
    """Return what a pose is compared by."""
    return shapes([pose])[0]


def shapes(poses: Sequence[Pose]) -> list[Shape]:
    """Return what each pose is compared by; all of a frame at once, which takes little longer than one."""
    if not poses:
        return []
    joints = np.array([pose.points for pose in poses])[:, :, :2].take(_JOINTS, axis=1).astype(np.float64)
    bones = joints[:, _BONE_ENDS] - joints[:, _BONE_STARTS]
    lengths = np.hypot(bones[:, :, 0], bones[:, :, 1])
    sizes = np.maximum(((lengths[:, 0::2] + lengths[:, 1::2]) / 2 * _BODIES).max(axis=1), _LEAST_SIZE)
    weights = (
        np.maximum(np.array([pose.visibility for pose in poses]).take(_JOINTS, axis=1), _LEAST_WEIGHT) * _IMPORTANCE
    )
    centers = (joints[:, 1] + joints[:, 2] + joints[:, 3] + joints[:, 4]) / 4  # of few numbers a third of mean()'s time
    return [Shape(*row) for row in zip(poses, joints, weights, sizes.tolist(), centers, strict=True)]


def differences(expected: Sequence[Shape], moved: Floats, seen: Sequence[Shape]) -> Floats:
    """Return how unlike each expected and each seen shape are: (E, S), in body sizes, squared.

    moved: (E, 2), by how much each expected shape should have moved on, image heights. It is the mean squared distance
    of the joints, weighted by how well they are seen, and the squared logarithm of the ratio of the sizes.
    """
    if len(expected) == 1 == len(seen):  # the usual case, at every frame: a third of the time
        return np.array([[_difference(expected[0], moved[0], seen[0])]])
    here = np.array([one.joints for one in expected]) + moved[:, None]
    there = np.array([one.joints for one in seen])
    apart = here[:, None] - there[None]
    weights = np.array([one.weights for one in expected])[:, None] * np.array([one.weights for one in seen])[None]
    sizes = np.array([one.size for one in expected])[:, None], np.array([one.size for one in seen])[None]
    distance = ((apart * apart).sum(axis=3) * weights).sum(axis=2) / weights.sum(axis=2)
    total: Floats = distance / (sizes[0] * sizes[1]) + np.log(sizes[0] / sizes[1]) ** 2
    return total


def _difference(one: Shape, moved: Floats, other: Shape) -> float:
    apart = one.joints + moved - other.joints
    weights = one.weights * other.weights
    distance = float(weights @ (apart * apart).sum(axis=1)) / float(weights.sum())
    return distance / (one.size * other.size) + log(one.size / other.size) ** 2


def distinct(seen: Sequence[Shape]) -> list[Shape]:
    """Return the shapes without those of a person who is there already: of twins the one that is seen better stays."""
    kept: list[Shape] = []
    for one in seen:
        twin = next((number for number, other in enumerate(kept) if _twins(one, other)), None)
        if twin is None:
            kept.append(one)
        elif one.weights.sum() > kept[twin].weights.sum():
            kept[twin] = one
    return kept


def _twins(one: Shape, other: Shape) -> bool:
    small, size = sorted((one.size, other.size))
    x, y = (one.center - other.center).tolist()
    # The middles of torsos are no farther apart than their joints are on average: most pairs need no more than that.
    if size > _TWIN_SIZES * small or x * x + y * y >= (_TWIN_TORSOS * size) ** 2:
        return False
    apart = ((one.joints - other.joints) ** 2).sum(axis=1) / (size * size)
    return bool(apart[_TORSO].mean() < _TWIN_TORSOS**2 and apart.mean() < _TWIN_BODIES**2)


def assign(gains: npt.ArrayLike) -> list[tuple[int, int]]:
    """Return the pairs (row, column) whose gains sum to the most, sorted; a pair without a gain is no pair.

    gains: (R, C). Kuhn and Munkres' method with potentials: exact, and for the few people of a picture quicker than
    loading SciPy would ever pay for.
    """
    table = np.maximum(np.asarray(gains, np.float64), 0.0)
    if table.size == 0:
        return []
    if table.shape == (1, 1):
        return [(0, 0)] if table[0, 0] > 0 else []
    best = table.argmax(axis=1).tolist()
    if len(set(best)) == len(best):  # everybody's best is free for them: nothing adds up to more
        return [(row, column) for row, column in enumerate(best) if table[row, column] > 0]
    turned = table.shape[0] > table.shape[1]
    costs = (-(table.T if turned else table)).tolist()
    pairs = [(column, row) if turned else (row, column) for row, column in enumerate(_cheapest(costs))]
    return sorted(pair for pair in pairs if table[pair] > 0)


def _cheapest(costs: list[list[float]]) -> list[int]:
    """Return a column for every row, each used once, at the least total cost; there are at least as many columns."""
    columns = range(len(costs[0]))
    prices = [0.0] * len(costs[0])
    owner: list[int | None] = [None] * len(costs[0])
    for newcomer in range(len(costs)):
        # Dijkstra over columns: the cheapest chain of exchanges that frees a column for the newcomer.
        distance = [float("inf")] * len(costs[0])
        came_from: list[int | None] = [None] * len(costs[0])
        done: set[int] = set()
        row, column, reached = newcomer, None, 0.0
        base = min(cost - price for cost, price in zip(costs[row], prices, strict=True))
        while True:
            for other in columns:
                length = reached + costs[row][other] - prices[other] - base
                if other not in done and length < distance[other]:
                    distance[other], came_from[other] = length, column
            column = min((other for other in columns if other not in done), key=lambda other: distance[other])
            reached = distance[column]
            done.add(column)
            holder = owner[column]
            if holder is None:
                break
            row, base = holder, costs[holder][column] - prices[column]
        for other in done:
            prices[other] += distance[other] - reached
        while column is not None:
            previous = came_from[column]
            owner[column] = newcomer if previous is None else owner[previous]
            column = previous
    found = {row: column for column, row in enumerate(owner) if row is not None}
    return [found[row] for row in range(len(costs))]
