"""Stick figures: poses for tests, without a camera or a model."""

from __future__ import annotations

import math

import numpy as np

from posknn import skeleton
from posknn.values import Pose

__all__ = ["stick_figure"]


def stick_figure(
    *,
    arms: float = 10,
    left_arm: float | None = None,
    right_arm: float | None = None,
    elbows: float = 180,
    hips: float = 180,
    knees: float = 180,
    at: tuple[float, float] = (0.5, 0.5),
    size: float = 0.2,
    visibility: float = 1.0,
) -> Pose:
    """Return the pose of a stick figure that faces the camera.

    arms: how far they are raised to the side, degrees, 0 down and 180 up; left_arm, right_arm: one by one.
    elbows, hips, knees: angles in degrees, 180 straight; bent hips and knees lower the figure as in a squat.
    at: the middle of the hips, size: the length of the torso, both in image heights.
    """
    points = np.zeros((33, 3), np.float32)
    place = {name: points[skeleton.index(name)] for name in skeleton.KEYPOINTS}
    for side, sign, raised in (
        ("left", 1, arms if left_arm is None else left_arm),
        ("right", -1, arms if right_arm is None else right_arm),
    ):
        place[f"{side}_shoulder"][:] = (sign * 0.35, -1, 0)
        place[f"{side}_hip"][:] = (sign * 0.2, 0, 0)
        upper = math.radians(raised)
        lower = upper + math.radians(180 - elbows)
        _limb(place, side, ("shoulder", "elbow"), (sign * 0.6 * math.sin(upper), 0.6 * math.cos(upper), 0))
        _limb(place, side, ("elbow", "wrist"), (sign * 0.5 * math.sin(lower), 0.5 * math.cos(lower), 0))
        for finger in ("pinky", "index", "thumb"):
            _limb(place, side, ("wrist", finger), (sign * 0.1 * math.sin(lower), 0.1 * math.cos(lower), 0))
        thigh = math.radians(180 - hips)
        shin = thigh - math.radians(180 - knees)
        _limb(
            place, side, ("hip", "knee"), (sign * 0.3 * math.sin(thigh), 0.9 * math.cos(thigh), -0.8 * math.sin(thigh))
        )
        _limb(
            place, side, ("knee", "ankle"), (sign * 0.1 * math.sin(shin), 0.9 * math.cos(shin), -0.8 * math.sin(shin))
        )
        _limb(place, side, ("ankle", "heel"), (0, 0.1, 0.05))
        _limb(place, side, ("ankle", "foot_index"), (sign * 0.05, 0.12, -0.2))
        for name, x, y in (
            ("eye_inner", 0.04, -1.5),
            ("eye", 0.07, -1.5),
            ("eye_outer", 0.1, -1.5),
            ("ear", 0.15, -1.45),
        ):
            place[f"{side}_{name}"][:] = (sign * x, y, -0.1)
        place[f"mouth_{side}"][:] = (sign * 0.05, -1.35, -0.1)
    place["nose"][:] = (0, -1.42, -0.15)
    points *= np.float32(size)
    points[:, :2] += np.array(at, np.float32)
    return Pose(points, np.full(33, visibility, np.float32))


def _limb(place: dict[str, np.ndarray], side: str, joints: tuple[str, str], along: tuple[float, float, float]) -> None:
    start, end = (place[f"{side}_{joint}"] for joint in joints)
    end[:] = start + np.array(along, np.float32)
