"""A stick figure stands, bends and is seen as it is told."""

from __future__ import annotations

import numpy as np

from posknn.testing import stick_figure


def test_a_stick_figure_stands_where_and_as_large_as_it_is_told() -> None:
    pose = stick_figure(at=(0.7, 0.6), size=0.3)
    hips = (pose["left_hip"] + pose["right_hip"]) / 2
    shoulders = (pose["left_shoulder"] + pose["right_shoulder"]) / 2
    assert np.allclose(hips, (0.7, 0.6, 0))
    assert np.isclose(np.linalg.norm(shoulders - hips), 0.3)


def test_a_stick_figure_faces_the_camera_its_left_at_the_right_of_the_picture() -> None:
    assert stick_figure()["left_shoulder"][0] > stick_figure()["right_shoulder"][0]


def test_a_stick_figure_is_its_own_mirror_image_unless_told_otherwise() -> None:
    pose = stick_figure(at=(0.5, 0.5))
    assert np.allclose(pose.mirrored(width=1).points, pose.points)
    one_up, other_up = stick_figure(left_arm=170, right_arm=10), stick_figure(left_arm=10, right_arm=170)
    assert np.allclose(one_up.mirrored(width=1).points, other_up.points)
    assert not np.allclose(one_up.points, other_up.points)
