"""Likeness of poses, twins and the best assignment."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from posknn import Pose
from posknn.testing import stick_figure
from posknn.tracking.matching import assign, differences, distinct, shape, shapes

STILL = np.zeros((1, 2))


def best(gains: npt.NDArray[np.float64]) -> float:
    """Return the greatest sum of gains by trying everything."""
    table = np.maximum(gains if gains.shape[0] <= gains.shape[1] else gains.T, 0)
    rows = range(table.shape[0])
    return max(
        float(sum(table[row, column] for row, column in zip(rows, columns, strict=True)))
        for columns in permutations(range(table.shape[1]), table.shape[0])
    )


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(-9, 9).map(float)))
def test_the_assignment_is_the_best_of_all(gains: npt.NDArray[np.float64]) -> None:
    pairs = assign(gains)
    rows, columns = [row for row, _ in pairs], [column for _, column in pairs]
    assert len(set(rows)) == len(rows)
    assert len(set(columns)) == len(columns)
    assert all(gains[pair] > 0 for pair in pairs)
    assert sum(gains[pair] for pair in pairs) == best(gains)


def test_of_nobody_nobody_is_assigned() -> None:
    assert assign(np.zeros((0, 3))) == []
    assert assign(np.zeros((3, 0))) == []
    assert assign([[0.0]]) == []


@given(st.floats(10, 170), st.floats(60, 180), st.floats(0.05, 0.3))
def test_the_size_is_that_of_the_body_whatever_the_posture(arms: float, knees: float, torso: float) -> None:
    bent = shape(stick_figure(arms=arms, knees=knees, hips=knees, size=torso))
    assert bent.size == pytest.approx(shape(stick_figure(size=torso)).size, rel=0.2)
    assert bent.size == pytest.approx(2.75 * torso, rel=0.2)


def test_likeness_is_in_body_sizes_and_does_not_change_with_the_distance_to_the_camera() -> None:
    found = []
    for scale in (1.0, 0.3):
        here = shape(stick_figure(at=(0.5, 0.5), size=0.2 * scale))
        there = shape(stick_figure(at=(0.5 + 0.2 * scale, 0.5), size=0.2 * scale))
        found.append(float(differences([here], STILL, [there])[0, 0]))
    assert found[0] == pytest.approx(found[1], rel=1e-4)
    assert found[0] == pytest.approx((0.2 / (2.75 * 0.2)) ** 2, rel=0.1)


def test_one_pair_differs_as_it_does_among_others() -> None:
    one, other = shape(stick_figure()), shape(stick_figure(at=(0.7, 0.55), size=0.23, arms=70, visibility=0.7))
    moved = np.array([[0.1, -0.02], [0.3, 0.0]])
    among = differences([one, other], moved, [one, other])
    assert differences([one], moved[:1], [other])[0, 0] == pytest.approx(among[0, 1], rel=1e-9)


def test_expected_motion_size_and_posture_count() -> None:
    figure = shape(stick_figure())
    others = [
        shape(stick_figure(at=(0.6, 0.5))),
        shape(stick_figure(size=0.3)),
        shape(stick_figure(arms=170)),
    ]
    still = differences([figure], STILL, [figure, *others])[0]
    assert still[0] == 0
    assert (still[1:] > 0.02).all()
    moved = differences([figure], np.array([[0.1, 0.0]]), others)[0]
    assert moved[0] == pytest.approx(0, abs=1e-9)


def test_what_is_hardly_seen_hardly_counts() -> None:
    pose = stick_figure()
    points, visibility = pose.points.copy(), pose.visibility.copy()
    points[15:17, :2] += 1.0
    visibility[15:17] = 0.01
    clear = differences([shape(pose)], STILL, [shape(Pose(points, pose.visibility))])[0, 0]
    unclear = differences([shape(pose)], STILL, [shape(Pose(points, visibility))])[0, 0]
    assert unclear < clear / 5


def test_a_person_reported_twice_is_one_the_one_seen_better() -> None:
    dim, clear = shape(stick_figure(visibility=0.6)), shape(stick_figure(at=(0.51, 0.5), visibility=0.9))
    other = shape(stick_figure(at=(1.0, 0.5)))
    assert distinct([dim, other, clear]) == [clear, other]
    assert distinct([clear, dim]) == [clear]


def test_people_side_by_side_or_one_behind_the_other_are_several() -> None:
    front, behind = shape(stick_figure(size=0.2)), shape(stick_figure(size=0.1, at=(0.5, 0.4)))
    beside = shape(stick_figure(at=(0.65, 0.5)))
    assert distinct([front, behind, beside]) == [front, behind, beside]


def test_shapes_of_a_frame_are_those_of_its_poses_one_by_one() -> None:
    poses = [
        stick_figure(at=(0.3 * number, 0.5), arms=40 * number, visibility=0.4 + 0.2 * number) for number in range(3)
    ]
    for together, alone in zip(shapes(poses), map(shape, poses), strict=True):
        assert together.pose is alone.pose
        assert np.array_equal(together.joints, alone.joints)
        assert np.array_equal(together.weights, alone.weights)
        assert (together.size, together.center.tolist()) == (alone.size, alone.center.tolist())
    assert shapes([]) == []
