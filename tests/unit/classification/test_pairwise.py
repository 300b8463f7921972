"""Distances of many to many: those of float64 arithmetic, the nearest of several ways, missing numbers left out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics.pairwise import nan_euclidean_distances

from posknn.classification.pairwise import distance_blocks, distances


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_they_are_those_of_scikit_learn(missing: float) -> None:
    random = np.random.default_rng(3)
    queries, vectors = (random.normal(size=(count, 12)).astype(np.float32) for count in (700, 40))
    for array in (queries, vectors):
        array[random.random(array.shape) < missing] = np.nan
    found = distances(queries[:, None], vectors)
    wanted = nan_euclidean_distances(queries.astype(np.float64), vectors.astype(np.float64))
    there = ~np.isnan(wanted)
    np.testing.assert_allclose(found[there], wanted[there], rtol=1e-4, atol=1e-5)
    assert np.isinf(found[~there]).all()


def test_the_nearest_way_counts() -> None:
    queries = np.array([[[0, 0], [3, 4]]], np.float32)
    assert distances(queries, np.array([[3, 4], [0, 1]], np.float32)).tolist() == [[0, 1]]


def test_near_duplicates_far_from_the_origin_are_told_apart() -> None:
    vectors = np.full((2, 100), 10, np.float32)
    vectors[1, 0] += 0.001
    assert distances(vectors[:1, None], vectors)[0, 1] == pytest.approx(0.001, rel=0.02)


def test_nothing_asked_nothing_answered() -> None:
    assert distances(np.empty((0, 1, 3), np.float32), np.zeros((5, 3), np.float32)).shape == (0, 5)
    assert list(distance_blocks(np.empty((0, 1, 3), np.float32), np.zeros((5, 3), np.float32))) == []
