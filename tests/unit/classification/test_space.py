"""Poses become vectors, with what was learnt beside the embedding."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from posknn.classification.discriminants import Discriminants
from posknn.classification.embedding import as_points, mirrored_points
from posknn.classification.shape import PoseShape
from posknn.classification.space import PoseSpace, plain_distances
from posknn.testing import stick_figure

ROWS = np.stack([as_points(stick_figure(left_arm=angle, right_arm=20)) for angle in (30, 90, 150)])
WIDTH = PoseShape()(ROWS).shape[1]
LEARNT = Discriminants(np.zeros(WIDTH, np.float32), np.eye(WIDTH, 2, dtype=np.float32), np.eye(WIDTH, dtype=np.float32))


def test_what_was_learnt_stands_behind_the_embedding() -> None:
    plain = PoseShape()(ROWS)
    assert np.array_equal(PoseSpace(PoseShape())(ROWS), plain)
    vectors = PoseSpace(PoseShape(), LEARNT)(ROWS)
    assert np.array_equal(vectors[:, :WIDTH], plain)
    assert np.array_equal(vectors[:, WIDTH:], plain[:, :2])
    assert PoseSpace(PoseShape(), LEARNT)(ROWS[:0]).shape[0] == 0


def test_ways_are_the_pose_and_its_mirror_image() -> None:
    space = PoseSpace(PoseShape(), LEARNT)
    ways = space.ways(ROWS, mirrored=True)
    assert ways.shape == (3, 2, WIDTH + 2)
    assert np.allclose(ways[:, 0], space(ROWS))
    assert np.allclose(ways[:, 1], space(mirrored_points(ROWS)))
    assert space.ways(ROWS, mirrored=False).shape == (3, 1, WIDTH + 2)


def test_the_plain_part_of_vectors_is_the_embeddings() -> None:
    ways = PoseSpace(PoseShape(), LEARNT).ways(ROWS, mirrored=True)
    assert np.array_equal(PoseSpace(PoseShape(), LEARNT).plain(ways)[:, 0], PoseShape()(ROWS))
    assert np.array_equal(PoseSpace(PoseShape()).plain(ways), ways)


def test_the_plain_distance_is_that_of_the_nearest_way() -> None:
    vectors = np.array([[[0, 0], [3, 4]], [[0, 0], [9, 9]]], np.float32)
    ways = np.array([[[0, 1], [3, 3]], [[0, 1], [0, 2]]], np.float32)
    assert plain_distances(ways, vectors).tolist() == [[1, 1], [1, pytest.approx(130**0.5)]]


@pytest.mark.parametrize(("known", "distance"), [([3, np.nan], 3 * 2**0.5), ([np.nan, np.nan], np.inf)])
def test_missing_numbers_are_left_out_of_the_plain_distance(known: list[float], distance: float) -> None:
    found = plain_distances(np.array([[known]], np.float32), np.zeros((1, 2, 2), np.float32))
    assert found[0].tolist() == [pytest.approx(distance)] * 2


def test_many_poses_are_embedded_bit_by_bit() -> None:
    space, poses = PoseSpace(PoseShape(), LEARNT), np.tile(ROWS, (1000, 1, 1))
    tracemalloc.start()
    try:
        ways = space.ways(poses, mirrored=True)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * ways.nbytes
    finally:
        tracemalloc.stop()
    assert np.allclose(ways, np.tile(space.ways(ROWS, mirrored=True), (1000, 1, 1)))
    assert np.allclose(space(poses), ways[:, 0])
