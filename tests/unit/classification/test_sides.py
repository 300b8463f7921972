"""Labels that name a side are told from labels that only look like it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn import Label, Pose
from posknn.classification.embedding import as_points, mirrored_points
from posknn.classification.shape import PoseShape
from posknn.classification.sides import looked_at, mirror_pairs, names_sides
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]


@pytest.mark.parametrize(
    "label",
    [
        "left", "RIGHT", "left_arm_up", "arm-left", "lean left", "leftArm", "armRight", "LeftArmUp", "left2", "2right",
        "arm.left", "(right)", "Arm links", "rechts", "bras_gauche", "droite", "brazo-izquierda", "derecha", "sinistra",
        "destra",
    ],
)  # fmt: skip
def test_a_side_is_named(label: str) -> None:
    assert names_sides(("standing", label))


@pytest.mark.parametrize(
    "label",
    ["bright", "leftover", "upright", "copyright", "cleft", "righteous", "squat", "destraction", "", 5, 0, "日本"],
)
def test_no_side_is_named(label: Label) -> None:
    assert not names_sides(("standing", label))


def test_words_are_not_read_across_labels() -> None:
    assert not names_sides(("le", "ft"))
    assert not names_sides(())


def examples(*poses: Pose, each: int = 8) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return the vectors of poses as they are and mirrored, and their classes."""
    random = np.random.default_rng(0)
    points = np.repeat(np.stack([as_points(pose) for pose in poses]), each, axis=0)
    points[:, :, :3] += random.normal(0, 0.004, (len(points), 33, 3))
    return PoseShape()(points), PoseShape()(mirrored_points(points)), np.repeat(np.arange(len(poses)), each)


LEFT, RIGHT = stick_figure(left_arm=150, right_arm=10), stick_figure(left_arm=10, right_arm=150)


def test_examples_that_swap_in_a_mirror_are_found() -> None:
    assert mirror_pairs(*examples(stick_figure(arms=90), LEFT, RIGHT)) == [(1, 2)]


def test_poses_that_a_mirror_does_not_change_are_no_pair() -> None:
    assert mirror_pairs(*examples(stick_figure(arms=20), stick_figure(arms=90), stick_figure(arms=160))) == []


def test_a_pose_done_on_either_side_is_no_pair() -> None:
    straight, mirrored, _ = examples(LEFT, RIGHT, stick_figure(arms=90))
    assert mirror_pairs(straight, mirrored, np.repeat([0, 0, 1], 8)) == []


def test_people_filmed_from_one_side_only_are_no_pair() -> None:
    one, other = stick_figure(left_arm=150, right_arm=10), stick_figure(left_arm=80, right_arm=10)
    assert mirror_pairs(*examples(one, other)) == []


def test_two_examples_are_too_few_to_tell() -> None:
    assert mirror_pairs(*examples(LEFT, RIGHT, each=2)) == []
    assert mirror_pairs(*examples(LEFT, RIGHT, each=3)) == [(0, 1)]


def test_a_few_of_each_class_are_looked_at_and_tell_the_same() -> None:
    straight, mirrored, classes = examples(stick_figure(arms=90), LEFT, RIGHT, each=500)
    classes[:2] = 9
    few = looked_at(classes)
    assert np.unique(classes[few], return_counts=True)[1].tolist() == [60, 60, 60]
    assert looked_at(classes[few]).tolist() == list(range(180))
    assert mirror_pairs(straight[few], mirrored[few], classes[few]) == [(1, 2)]
    assert mirror_pairs(straight, mirrored, classes) == [(1, 2)]
