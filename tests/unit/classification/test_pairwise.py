"""Distances of many to many: those of float64 arithmetic, the nearest of several ways, missing numbers left out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn.metrics.pairwise import nan_euclidean_distances

from posknn.classification.pairwise import distance_blocks, distances, least_distances


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


def test_the_least_are_those_of_all_with_another_code_in_any_number_of_blocks() -> None:
    random = np.random.default_rng(4)
    vectors = random.normal(size=(5000, 6)).astype(np.float32)
    vectors[random.random(vectors.shape) < 0.1] = np.nan
    queries = np.stack([vectors[:30], vectors[100:130]], axis=1)
    codes = random.integers(0, 4, 5000)
    between = distances(queries, vectors)
    assert least_distances(queries, vectors).tolist() == between.min(axis=1).tolist()
    between[codes[:30, None] == codes] = np.inf
    assert least_distances(queries, vectors, (codes[:30], codes)).tolist() == between.min(axis=1).tolist()
    assert np.isinf(least_distances(queries, vectors[:0])).all()


def test_many_vectors_take_little_memory_beside_the_answer() -> None:
    vectors = np.zeros((60_000, 64), np.float32)
    tracemalloc.start()
    least_distances(vectors[:4, None], vectors)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.nbytes / 2
