"""Scores in float32 stay within their margins of the truth, and directions are those of TF.js."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.distances import METRICS, distances, scores, unit
from posknn.classification.rows import Rows

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def truth(rows: Floats, query: Floats, metric: str, ways: int) -> Doubles:
    """Return what a score is without rounding: rises with the distance, comparable among the ways of a query."""
    x, q = rows.astype(np.float64), query.astype(np.float64)
    if metric == "cosine":
        return np.asarray(-x @ q)
    if metric == "manhattan":
        return np.asarray(np.abs(x - q).sum(axis=1))
    squares = (x - q) ** 2
    if metric == "euclidean":
        return np.asarray(squares.sum(axis=1) - (0 if ways > 1 else q @ q))
    shared = (~np.isnan(squares)).sum(axis=1)
    return np.asarray(np.nansum(squares, axis=1) * query.size / np.maximum(shared, 1))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("ways", [1, 3])
@pytest.mark.parametrize(("scale", "spread"), [(1.0, 1.0), (1.0, 1e-5), (1e6, 1.0), (1e-6, 1.0), (300.0, 1e-3)])
def test_no_score_is_farther_from_the_truth_than_its_margin(
    metric: str, ways: int, scale: float, spread: float
) -> None:
    random = np.random.default_rng(1)
    still = random.normal(size=60)  # near it, all is cancellation
    rows = (scale * (still + spread * random.normal(size=(500, 60)))).astype(np.float32)
    queries = (scale * (still + spread * random.normal(size=(4, ways, 60)))).astype(np.float32)
    if metric == "cosine":
        rows, queries = unit(rows)[0], unit(queries.reshape(-1, 60))[0].reshape(queries.shape)
    if metric == "nan_euclidean":
        rows[random.random(rows.shape) < 0.1] = np.nan
        queries[random.random(queries.shape) < 0.1] = np.nan
    kept = Rows(60, masked=metric == "nan_euclidean")
    kept.append(rows)
    matrix = kept.matrix()
    write, margins, share = scores(matrix, queries, metric)
    found = np.empty((4 * ways, 500), np.float32)
    write(matrix.chunks[0].values, slice(0, 500), found)
    for number, line in enumerate(found):
        true = truth(rows, queries[number // ways, number % ways], metric, ways)
        assert (np.abs(line - true) <= margins[number // ways] + share * true).all()


def test_pairs_have_the_distances_of_the_rows_and_queries_they_name() -> None:
    random = np.random.default_rng(2)
    rows, queries = (random.normal(size=(n, 7)).astype(np.float32) for n in (2000, 5))
    kept = Rows(7, masked=False, limit=300)
    kept.append(rows)
    which, chosen = random.integers(0, 5, 1500), random.integers(0, 2000, 1500)
    found = distances(kept.matrix(), chosen, queries, which, "euclidean")
    assert found == pytest.approx(np.linalg.norm(rows[chosen].astype(float) - queries[which].astype(float), axis=1))


def test_unit_divides_by_the_length_and_gives_it() -> None:
    given = np.array([[3, 4], [0, 0], [-1e-15, 0]], np.float32)
    units, lengths = unit(given)
    assert units.dtype == lengths.dtype == np.float32
    assert units.tolist() == [[0.6000000238418579, 0.800000011920929], [0, 0], [-1, 0]]
    assert lengths.tolist() == [5, 0, np.float32(1e-15)]
    assert given.tolist()[0] == [3, 4]
