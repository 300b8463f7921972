"""Heads: found from keypoints, made unrecognisable, and nothing else of the picture changed."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from posknn import skeleton
from posknn.output.faces import Head, heads_of, without_faces
from posknn.values import Pose

FACE = [number for number, name in enumerate(skeleton.KEYPOINTS) if re.search("nose|eye|ear$|mouth", name)]


def inside(head: Head, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return np.asarray(np.hypot(points[:, 0] - head[0], points[:, 1] - head[1]) / head[2], np.float64)


def unsure(pose: Pose) -> Pose:
    visibility = pose.visibility.copy()
    visibility[FACE] = 0.3
    return Pose(pose.points, visibility)


def noise(height: int = 120, width: int = 160) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)


def test_a_head_holds_the_face_with_room(figure: Callable[..., Pose]) -> None:
    pose = figure()
    (head,) = heads_of(pose)
    assert inside(head, pose.points[FACE]).max() < 0.75
    hips = np.array([pose["left_hip"], pose["right_hip"]])
    assert inside(head, hips).min() > 1


def test_from_the_side_the_shoulders_and_the_face_say_how_large_it_is(figure: Callable[..., Pose]) -> None:
    pose = figure()
    points = pose.points.copy()
    points[FACE, 0] = points[FACE, 0].mean() + 0.1 * (points[FACE, 0] - points[FACE, 0].mean())
    (front,), (side,) = heads_of(pose), heads_of(Pose(points, pose.visibility))
    assert side[2] > 0.6 * front[2]


def test_an_uncertain_face_is_looked_for_above_the_shoulders_too(figure: Callable[..., Pose]) -> None:
    pose = figure()
    (sure,) = heads_of(pose)
    larger, above = heads_of(unsure(pose))
    assert larger[2] > 1.5 * sure[2]
    shoulders = (pose["left_shoulder"] + pose["right_shoulder"]) / 2
    assert above[1] < shoulders[1]
    assert inside(above, pose.points[FACE]).min() < 1


@pytest.mark.parametrize("place", [(0.5, 0.5), (0.0, 0.0), (1.33, 1.0), (0.66, -0.1)])
def test_only_the_head_is_changed_and_few_colours_are_left(place: tuple[float, float]) -> None:
    image = noise()
    before = image.copy()
    picture = without_faces(image, [(*place, 0.2)])
    assert (image == before).all()
    rows, columns = np.ogrid[:120, :160]
    circle = np.hypot(rows + 0.5 - 120 * place[1], columns + 0.5 - 120 * place[0]) <= 24
    assert (picture[~circle] == image[~circle]).all()
    assert (picture[circle] != image[circle]).any(axis=1).mean() > 0.9
    assert len(np.unique(picture[circle], axis=0)) <= 25


def test_a_head_elsewhere_changes_nothing() -> None:
    image = noise()
    assert (without_faces(image, [(5.0, 0.5, 0.2), (0.5, -3.0, 0.2)]) == image).all()
    assert (without_faces(image, []) == image).all()


def test_a_far_head_keeps_one_colour() -> None:
    picture = without_faces(noise(), [(0.5, 0.5, 0.001)])
    assert len(np.unique(picture[58:62, 58:62].reshape(-1, 3), axis=0)) <= 4
