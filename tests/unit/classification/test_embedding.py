"""The embedding depends on the pose, not on the place, and says nothing about what it cannot see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn import Pose, skeleton
from posknn.classification.embedding import NormalisedPoints, as_points, completed_points, mirrored_points
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]

HIPS = ("left_hip", "right_hip")
SHOULDERS = ("left_shoulder", "right_shoulder")


def points(pose: Pose, *, without: tuple[str, ...] = ()) -> Floats:
    """Return a pose as (1, 33, 4), some of its keypoints missing."""
    rows = as_points(pose)[None]
    rows[0, [skeleton.index(name) for name in without]] = np.nan
    return rows


def embed(pose: Pose, *, without: tuple[str, ...] = (), **options: float) -> Floats:
    """Return the embedding of one pose by keypoint: (33, 3)."""
    return NormalisedPoints(**options)(points(pose, without=without)).reshape(33, 3)


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e-3, 1e3, 1e18, 1e36])
def test_however_far_or_large_the_numbers_are_the_vector_is_the_same(scale: float) -> None:
    pose = stick_figure(arms=70)
    far = Pose(pose.points * np.float32(scale), pose.visibility)
    assert np.allclose(embed(far), embed(pose), atol=1e-5)


def test_the_hips_are_at_the_origin_and_nothing_is_farther_than_1() -> None:
    vector = embed(stick_figure(arms=180), depth=1, dense=1)
    hips = vector[[skeleton.index(name) for name in HIPS]]
    assert np.allclose(hips.mean(axis=0), 0, atol=1e-6)
    assert np.linalg.norm(vector[:, :2], axis=1).max() <= 1 + 1e-6


def test_what_hides_does_not_change_where_the_rest_is() -> None:
    whole = embed(stick_figure(arms=80))
    hidden = embed(stick_figure(arms=80), without=("left_wrist", "right_knee"))
    gone = [skeleton.index("left_wrist"), skeleton.index("right_knee")]
    assert np.isnan(hidden[gone]).all()
    assert np.array_equal(np.delete(hidden, gone, axis=0), np.delete(whole, gone, axis=0))


@pytest.mark.parametrize("depth", [0.0, 0.2, 1.0])
def test_z_weighs_as_told(depth: float) -> None:
    pose = stick_figure(hips=100, knees=80)
    assert np.allclose(embed(pose, depth=depth)[:, 2], depth * embed(pose, depth=1)[:, 2], atol=1e-6)
    assert np.array_equal(embed(pose, depth=depth)[:, :2], embed(pose, depth=1)[:, :2])


def test_face_and_hands_weigh_less_and_limbs_do_not() -> None:
    pose = stick_figure(arms=60)
    light, full = embed(pose, dense=0.1), embed(pose, dense=1)
    changed = {name for name, a, b in zip(skeleton.KEYPOINTS, light, full, strict=True) if not np.allclose(a, b)}
    assert {"left_eye", "right_ear", "mouth_left", "left_thumb", "right_index", "left_pinky"} <= changed
    assert not changed & {"nose", "left_wrist", "right_elbow", "left_foot_index", "right_foot_index", "left_heel"}


def test_a_keypoint_below_the_visibility_asked_for_is_left_out() -> None:
    visibility = np.ones(33, np.float32)
    visibility[[15, 16, 27]] = 0.49, 0.5, 0
    pose = Pose(stick_figure().points, visibility)
    vector = embed(pose)
    assert [name for name, row in zip(skeleton.KEYPOINTS, vector, strict=True) if np.isnan(row).any()] == [
        "left_wrist",
        "left_ankle",
    ]
    assert not np.isnan(embed(pose, seen=0.1)[15]).any()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", range(4))
def test_a_keypoint_with_a_wrong_number_is_left_out_and_harms_no_other(number: float, column: int) -> None:
    given = points(stick_figure())
    given[0, 15, column] = number
    vector = NormalisedPoints()(given).reshape(33, 3)
    assert np.isnan(vector[15]).all()
    assert np.array_equal(np.delete(vector, 15, axis=0), np.delete(embed(stick_figure()), 15, axis=0))


@pytest.mark.parametrize("hip", HIPS)
def test_with_one_hip_that_one_is_the_middle(hip: str) -> None:
    vector = embed(stick_figure(), without=(hip,))
    other = HIPS[1 - HIPS.index(hip)]
    assert vector[skeleton.index(other), :2].tolist() == [0, 0]
    assert np.isfinite(np.delete(vector, skeleton.index(hip), axis=0)).all()
    far = embed(stick_figure(at=(2, 1), size=0.7), without=(hip,))
    assert np.allclose(far, vector, atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("legs", [True, False])
def test_without_hips_they_are_guessed_below_the_shoulders(legs: bool) -> None:
    gone = HIPS if legs else tuple(name for name in skeleton.KEYPOINTS if any(w in name for w in ("hip", "knee", "an")))
    near = embed(stick_figure(arms=120), without=gone)
    far = embed(stick_figure(arms=120, at=(3, 2), size=0.05), without=gone)
    assert np.allclose(near, far, atol=1e-5, equal_nan=True)
    shoulders = near[[skeleton.index(name) for name in SHOULDERS]]
    assert (shoulders[:, 1] < 0).all()
    assert np.isclose(shoulders[:, 0].sum(), 0, atol=1e-6)
    assert np.isnan(near[[skeleton.index(name) for name in HIPS]]).all()


@pytest.mark.parametrize("without", [(*HIPS, *SHOULDERS), (*HIPS, SHOULDERS[0]), skeleton.KEYPOINTS])
def test_with_nothing_to_measure_from_nothing_is_known(without: tuple[str, ...]) -> None:
    assert np.isnan(embed(stick_figure(), without=without)).all()


def test_without_shoulders_the_hips_are_enough() -> None:
    assert np.isfinite(embed(stick_figure(), without=SHOULDERS)[skeleton.index("left_knee")]).all()


def test_a_person_of_no_size_is_not_known() -> None:
    assert np.isnan(NormalisedPoints()(np.ones((1, 33, 4), np.float32))).all()


def test_one_odd_pose_does_not_touch_its_neighbours() -> None:
    good = points(stick_figure(arms=50))
    nothing = np.full_like(good, np.nan)
    hipless = points(stick_figure(arms=50), without=HIPS)
    together = NormalisedPoints()(np.concatenate([good, nothing, hipless, good]))
    one_by_one = np.concatenate([NormalisedPoints()(one) for one in (good, nothing, hipless, good)])
    assert np.array_equal(together, one_by_one, equal_nan=True)


def test_no_poses_are_no_vectors() -> None:
    assert NormalisedPoints()(np.empty((0, 33, 4), np.float32)).shape == (0, 99)
    assert mirrored_points(np.empty((0, 33, 4), np.float32)).shape == (0, 33, 4)


def test_the_vectors_are_float32_and_the_points_left_alone() -> None:
    given = points(stick_figure(), without=("nose",))
    before = given.copy()
    assert NormalisedPoints()(given).dtype == np.float32
    mirrored_points(given)
    assert np.array_equal(given, before, equal_nan=True)
    given.flags.writeable = False
    NormalisedPoints()(given)


def test_points_of_a_pose_are_its_own_with_nan_where_missing() -> None:
    visibility = np.ones(33, np.float32)
    visibility[3] = 0
    pose = Pose(stick_figure().points, visibility)
    found = as_points(pose)
    assert found.shape == (33, 4)
    assert np.isnan(found[3]).all()
    assert Pose.from_points(found).visibility[3] == 0
    found[:] = 0
    assert pose == Pose(stick_figure().points, visibility)


def test_mirrored_points_are_those_of_the_mirrored_pose() -> None:
    pose = stick_figure(left_arm=160, right_arm=20)
    assert np.array_equal(mirrored_points(as_points(pose)[None])[0], as_points(pose.mirrored()))
    assert np.allclose(
        NormalisedPoints()(mirrored_points(as_points(pose)[None])),
        NormalisedPoints()(as_points(stick_figure(left_arm=20, right_arm=160))[None]),
        atol=1e-6,
    )


def test_hidden_keypoints_change_sides_in_the_mirror() -> None:
    mirrored = mirrored_points(points(stick_figure(), without=("left_wrist",)))[0]
    assert np.isnan(mirrored[skeleton.index("right_wrist")]).all()
    assert np.isfinite(mirrored[skeleton.index("left_wrist")]).all()


def test_completed_points_keep_what_is_missing_and_fill_what_was_not_told() -> None:
    points = np.full((1, 33, 4), 0.5, np.float32)
    points[0, 0] = [np.nan, 0.5, 0.5, 1]
    points[0, 1, 2] = np.nan
    points[0, 2, 3] = np.nan
    before = points.copy()
    done = completed_points(points)
    assert np.isnan(done[0, 0, 0])
    assert done[0, 1].tolist() == [0.5, 0.5, 0.0, 0.5]
    assert done[0, 2].tolist() == [0.5, 0.5, 0.5, 1.0]
    assert np.array_equal(points, before, equal_nan=True)
