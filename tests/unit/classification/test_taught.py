"""Poses stay as they were taught, and come back as one recording."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.knn import KNNClassifier
from posknn.classification.taught import TaughtPoses
from posknn.values import UNITS

POSES = np.arange(3 * 33 * 4, dtype=np.float32).reshape(3, 33, 4)


def taught() -> TaughtPoses:
    poses = TaughtPoses()
    poses.add(POSES, [4, 7, 5])
    return poses


def test_poses_are_copies_under_the_ids_of_their_examples() -> None:
    mine = POSES.copy()
    poses = TaughtPoses()
    poses.add(mine, [4, 7, 5])
    mine[:] = 0
    assert np.array_equal(poses.of(np.array([5, 4])), POSES[[2, 0]])
    assert poses.of(np.array([], np.int64)).shape == (0, 33, 4)


def test_some_rows_are_copies_too_and_are_gathered_when_asked_for() -> None:
    mine = POSES.copy()
    poses = TaughtPoses()
    poses.add(mine, [4, 7], np.array([2, 0]))
    mine[:] = 0
    assert np.array_equal(poses.of(np.array([4, 7])), POSES[[2, 0]])
    assert np.array_equal(poses.those(np.array([7, 4]))[np.array([1, 1, 0])], POSES[[2, 2, 0]])


def test_poses_can_be_let_go_of() -> None:
    poses = taught()
    poses.forget(7)
    poses.forget(99)
    with pytest.raises(KeyError):
        poses.of(np.array([7]))
    poses.keep([5, 7])
    assert np.array_equal(poses.of(np.array([5])), POSES[[2]])
    with pytest.raises(KeyError):
        poses.of(np.array([4]))
    poses.units.add("unit")
    poses.clear()
    assert poses.units == set()
    with pytest.raises(KeyError):
        poses.of(np.array([5]))


def test_a_recording_goes_by_time_within_a_run_of_one_recording() -> None:
    knn = KNNClassifier()
    vectors = np.eye(3)
    knn.add_examples(vectors, ["b", "a", "a"], recordings=["monday", "monday", None], times=[2.0, 1.0, np.nan])
    poses = TaughtPoses()
    poses.add(POSES, range(3))
    made = poses.recording(knn.state)
    assert made.labels == ("a", "b", "a")
    assert made.times.tolist() == [1, 2, 0]
    assert np.array_equal(made.points, POSES[[1, 0, 2]])
    assert (made.name, made.units, tuple(made.groups)) == ("monday+", "heights", ("monday", "monday", ""))
    poses.units.update({"heights", UNITS[1]})
    assert poses.recording(knn.state).units == UNITS[1]
