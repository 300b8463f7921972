"""The default embedding sees how a body is held, not where, how large or how much of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posknn import Pose, skeleton
from posknn.classification.embedding import as_points, mirrored_points
from posknn.classification.shape import PoseShape
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]


def points(pose: Pose, *, without: tuple[str, ...] = ()) -> Floats:
    rows = as_points(pose)[None]
    rows[0, [skeleton.index(name) for name in without]] = np.nan
    return rows


def turned(pose: Pose, degrees: float) -> Floats:
    rows = points(pose)
    angle = np.deg2rad(degrees)
    x, y = rows[:, :, 0].copy(), rows[:, :, 1].copy()
    rows[:, :, 0], rows[:, :, 1] = np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y
    return rows


def distance(one: Floats, other: Floats) -> float:
    return float(np.sqrt(np.nansum((one - other) ** 2)))


@given(x=st.floats(-5, 5), y=st.floats(-5, 5), scale=st.floats(0.01, 100))
def test_place_and_size_do_not_matter(x: float, y: float, scale: float) -> None:
    rows = points(stick_figure(arms=70, knees=40))
    moved = rows.copy()
    moved[:, :, :3] *= scale
    moved[:, :, :2] += np.array([x, y], np.float32) * np.float32(scale)
    assert np.allclose(PoseShape()(moved), PoseShape()(rows), atol=2e-4)


def test_poses_are_embedded_together_as_one_by_one() -> None:
    rows = np.concatenate(
        [points(stick_figure(arms=30 * n), without=("left_hip",) if n == 1 else ()) for n in range(4)]
    )
    together = PoseShape()(rows)
    assert np.array_equal(together, np.concatenate([PoseShape()(row[None]) for row in rows]), equal_nan=True)
    assert together.dtype == np.float32


def test_points_given_are_left_as_they_are() -> None:
    rows = points(stick_figure(), without=("right_hip", "left_wrist"))
    before = rows.copy()
    PoseShape(roll=True, place=1)(rows)
    assert np.array_equal(rows, before, equal_nan=True)


@pytest.mark.parametrize(
    "without",
    [("left_hip",), ("right_shoulder",), ("left_hip", "right_shoulder"), ("left_hip", "right_hip")],
)
def test_what_is_still_seen_of_a_torso_tells_where_the_rest_is(without: tuple[str, ...]) -> None:
    pose, other = stick_figure(arms=120), stick_figure(arms=20)
    whole, part = PoseShape()(points(pose)), PoseShape()(points(pose, without=without))
    assert np.isnan(part).any()
    assert np.isfinite(part).sum() > part.size / 2
    both = np.isfinite(part)
    assert distance(whole, part) < 0.5 * distance(np.where(both, PoseShape()(points(other)), np.nan), part)


def test_without_torso_or_anything_clear_nothing_is_known() -> None:
    torso = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
    assert np.isnan(PoseShape()(points(stick_figure(), without=torso))).all()
    assert np.isnan(PoseShape()(points(stick_figure(visibility=0.2)))).all()
    assert np.isnan(PoseShape()(np.full((1, 33, 4), np.nan, np.float32))).all()
    assert np.isfinite(PoseShape()(points(stick_figure(visibility=0.6)))).all()


def test_a_depth_or_visibility_nobody_told_hides_no_keypoint() -> None:
    rows = points(stick_figure(arms=60))
    flat = rows.copy()
    flat[:, :, 2] = np.nan
    vector = PoseShape()(flat)
    assert np.isnan(vector).mean() == pytest.approx(1 / 3, abs=0.01)
    seen = np.isfinite(vector)
    assert np.isfinite(vector).any()
    assert np.allclose(
        PoseShape(limbs=0)(flat)[np.isfinite(PoseShape(limbs=0)(flat))],
        PoseShape(limbs=0)(rows)[np.isfinite(PoseShape(limbs=0)(flat))],
        atol=1e-6,
    )
    assert seen.any()
    untold = rows.copy()
    untold[:, :, 3] = np.nan
    assert np.array_equal(PoseShape()(untold), PoseShape()(rows))


def test_a_weight_of_0_leaves_a_block_out() -> None:
    rows = points(stick_figure())
    widths = [PoseShape(points=p, differences=d, limbs=limb)(rows).shape[1] for p, d, limb in np.eye(3).tolist()]
    assert sum(widths) == PoseShape()(rows).shape[1]
    limbs = PoseShape(points=0, differences=0, limbs=1, depth=1)(rows).reshape(-1, 3)
    assert np.allclose(np.linalg.norm(limbs, axis=1), 1, atol=1e-5)


def test_angles_only_are_blind_to_the_build() -> None:
    rows = points(stick_figure(arms=100))
    longer = rows.copy()
    for side in ("left", "right"):
        elbow = skeleton.index(f"{side}_elbow")
        rest = [skeleton.index(f"{side}_{name}") for name in ("wrist", "index", "pinky", "thumb")]
        longer[0, rest, :3] += 0.5 * (rows[0, rest[0], :3] - rows[0, elbow, :3])
    angles = PoseShape(points=0, differences=0, limbs=1)
    assert np.allclose(angles(longer), angles(rows), atol=1e-5)
    assert not np.allclose(PoseShape()(longer), PoseShape()(rows), atol=1e-2)


@pytest.mark.parametrize("degrees", [-44, -20, 20, 44])
def test_a_camera_held_askew_does_not_matter_with_roll(degrees: float) -> None:
    pose = stick_figure(arms=120, knees=30)
    assert np.allclose(PoseShape(roll=True)(turned(pose, degrees)), PoseShape(roll=True)(points(pose)), atol=1e-4)
    assert distance(PoseShape()(turned(pose, degrees)), PoseShape()(points(pose))) > 0.3


def test_lying_is_not_standing_even_with_roll() -> None:
    pose = stick_figure(arms=20)
    roll = PoseShape(roll=True)
    assert distance(roll(turned(pose, 90)), roll(points(pose))) > roll.repeat


def test_place_matters_when_asked_for() -> None:
    rows = points(stick_figure())
    lower = rows.copy()
    lower[:, :, 1] += 0.2
    assert PoseShape(place=1).keeps_place
    assert not PoseShape().keeps_place
    assert distance(PoseShape(place=2)(lower), PoseShape(place=2)(rows)) == pytest.approx(0.4, abs=1e-5)


def test_a_mirrored_pose_is_the_mirrored_vector() -> None:
    """A pose raised on the other side is the mirror image of one raised on this side."""
    left = stick_figure(left_arm=150, right_arm=10)
    right = stick_figure(left_arm=10, right_arm=150)
    assert np.allclose(PoseShape()(mirrored_points(points(left))), PoseShape()(points(right)), atol=1e-5)
