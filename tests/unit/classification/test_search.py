"""The search finds exactly what brute force in float64 finds, whatever the numbers are like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics.pairwise import nan_euclidean_distances

from posknn.classification.search import Matrix, Rows, nearest, nearest_many, unit

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def matrix(rows: Floats, *, masked: bool = False, limit: int | None = None) -> Matrix:
    kept = Rows(rows.shape[1], masked=masked, limit=limit)
    kept.append(rows)
    return kept.matrix()


def find(rows: Floats, query: Floats, k: int, metric: str) -> tuple[Ints, Doubles]:
    return nearest(matrix(rows, masked=metric == "nan_euclidean"), query[None], k, metric, np.zeros_like)


def brute(rows: Floats, query: Floats, metric: str) -> Doubles:
    x, q = rows.astype(np.float64), query.astype(np.float64)
    if metric == "cosine":
        odd = np.abs((x * x).sum(axis=1) - 1) > 1e-5
        return np.where(odd, 1 - x @ q, ((x - q) ** 2).sum(axis=1) / 2)  # of unit vectors: 1 minus the cosine
    if metric == "manhattan":
        return np.asarray(np.abs(x - q).sum(axis=1))
    if metric == "euclidean":
        return np.asarray(np.sqrt(((x - q) ** 2).sum(axis=1)))
    squares = (x - q) ** 2
    shared = (~np.isnan(squares)).sum(axis=1)
    means = np.nansum(squares, axis=1) / np.maximum(shared, 1)
    return np.where(shared > 0, np.sqrt(means * q.size), np.inf)


def check(rows: Floats, query: Floats, k: int, metric: str) -> None:
    """Compare with brute force; two rows that differ by less than float64 resolves may change places."""
    found, distances = find(rows, query, k, metric)
    true = brute(rows, query, metric)
    if metric == "cosine" and np.abs(distances).max() < 1e-6:
        # Directions in float32 are not quite of length 1: this near, half the squared chord is the truer distance.
        true = brute(rows, query, "euclidean") ** 2 / 2
    wanted = np.argsort(true, kind="stable")[:k]
    assert len(set(found.tolist())) == k
    resolved = 1e-14 * float(np.abs(true[np.isfinite(true)]).max())
    assert distances == pytest.approx(true[found], rel=1e-12, abs=resolved)
    assert true[found] == pytest.approx(true[wanted], rel=1e-12, abs=resolved)
    assert (distances[:-1] <= distances[1:]).all()


def video(random: np.random.Generator, count: int, width: int) -> tuple[Floats, Floats]:
    """Return rows that creep like the frames of a video, thousands almost alike, and queries among them."""
    still = np.repeat(random.uniform(0, 1, (20, width)), count // 20, axis=0)
    rows = (still + np.cumsum(random.normal(0, 2e-5, still.shape), axis=0) % 1e-2).astype(np.float32)
    queries = rows[random.integers(0, len(rows), 25)] + random.normal(0, 2e-5, (25, width)).astype(np.float32)
    return rows, queries.astype(np.float32)


METRICS = ["euclidean", "cosine", "manhattan", "nan_euclidean"]


@pytest.mark.parametrize("metric", METRICS)
def test_near_duplicates_of_a_video_are_told_apart(metric: str) -> None:
    rows, queries = video(np.random.default_rng(3), 4000, 99)
    if metric == "cosine":
        rows, queries = unit(rows)[0], unit(queries)[0]
    for query in queries:
        check(rows, query, 5, metric)


def test_the_textbook_formula_would_fail_on_this_video() -> None:
    rows, queries = video(np.random.default_rng(3), 4000, 99)
    squares = np.einsum("ij,ij->i", rows, rows)
    wrong = sum(
        set(np.argsort(squares - 2 * (rows @ query), kind="stable")[:5])
        != set(np.argsort(brute(rows, query, "euclidean"), kind="stable")[:5])
        for query in queries
    )
    assert wrong > len(queries) / 2  # else the test above tests nothing


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1e-23, 3e-22, 1e-20, 1e-10, 1e14, 1e18, 1e30, 3e37])
def test_huge_and_tiny_numbers_are_compared_exactly(metric: str, scale: float) -> None:
    random = np.random.default_rng(4)
    rows = (random.normal(size=(300, 33)) * scale).astype(np.float32)
    queries = (random.normal(size=(12, 33)) * scale).astype(np.float32)
    if metric == "cosine":  # under which only directions are left
        rows, queries = (unit(given / np.float32(scale))[0] for given in (rows, queries))
    for query in queries:
        check(rows, query, 5, metric)


def test_rows_that_were_never_normalised_are_ranked_exactly_under_cosine() -> None:
    random = np.random.default_rng(5)
    still = random.normal(size=99)
    rows = 1000 * (still + random.normal(0, 1e-6, (500, 99))).astype(np.float32)
    query = unit((still + random.normal(0, 1e-6, (1, 99))).astype(np.float32))[0][0]
    check(rows, query, 5, "cosine")


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "nan_euclidean"])
def test_one_huge_row_does_not_blur_the_others(metric: str) -> None:
    random = np.random.default_rng(6)
    rows = random.normal(size=(200, 20)).astype(np.float32)
    rows[77] = 1e17
    for query in random.normal(size=(10, 20)).astype(np.float32):
        check(rows, query, 5, metric)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("query_share", [0.0, 0.5])
def test_missing_coordinates_are_left_out_as_scikit_learn_does(share: float, query_share: float) -> None:
    random = np.random.default_rng(7)
    rows = random.normal(size=(400, 24)).astype(np.float32)
    rows[random.random(rows.shape) < share] = np.nan
    rows[np.isnan(rows).all(axis=1), 0] = 1
    for _ in range(20):
        query = random.normal(size=24).astype(np.float32)
        query[random.random(24) < query_share] = np.nan
        query[0] = 0
        check(rows, query, 7, "nan_euclidean")
        theirs = nan_euclidean_distances(rows.astype(np.float64), query[None].astype(np.float64))[:, 0]
        found, distances = find(rows, query, 400, "nan_euclidean")
        assert np.where(np.isnan(theirs), np.inf, theirs)[found] == pytest.approx(distances)


def test_missing_coordinates_on_a_video_are_exact_too() -> None:
    random = np.random.default_rng(8)
    rows, queries = video(random, 2000, 99)
    for hidden in (slice(0, 30), slice(60, 66)):
        rows[random.random(len(rows)) < 0.3, hidden] = np.nan
        queries[random.random(len(queries)) < 0.3, hidden] = np.nan
    for query in queries:
        check(rows, query, 5, "nan_euclidean")


def test_a_row_that_shares_no_coordinate_is_infinitely_far() -> None:
    rows = np.array([[1, np.nan], [np.nan, 0]], np.float32)
    found, distances = find(rows, np.array([0, np.nan], np.float32), 2, "nan_euclidean")
    assert found.tolist() == [0, 1]
    assert distances.tolist() == [np.sqrt(2), np.inf]


@pytest.mark.parametrize("metric", METRICS)
def test_equal_distances_go_to_the_better_rank_then_to_the_earlier_row(metric: str) -> None:
    rows = np.tile(np.array([[0.6, 0.8]], np.float32), (9, 1))
    rows[4] = (0.8, 0.6)
    query = np.array([0.8, 0.6], np.float32)
    ranks = np.array([2, 1, 0, 2, 2, 1, 0, 2, 1])
    found, _ = nearest(matrix(rows, masked=metric == "nan_euclidean"), query[None], 6, metric, lambda c: ranks[c])
    assert found.tolist() == [4, 2, 6, 1, 5, 8]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scale", [1.0, 1e20])
def test_equal_rows_tie_wherever_they_stand_among_thousands(metric: str, scale: float) -> None:
    random = np.random.default_rng(9)
    rows = random.normal(size=(4097, 33)).astype(np.float32)  # one more than what is compared at a time
    query = random.normal(size=33).astype(np.float32)
    rows[[7, 2000, 4096]] = query * np.float32(1.01)
    if metric == "cosine":
        rows, query = unit(rows)[0], unit(query[None])[0][0]
    else:
        rows, query = rows * np.float32(scale), query * np.float32(scale)
    found, distances = find(rows, query, 3, metric)
    assert found.tolist() == [7, 2000, 4096]
    assert len(set(distances.tolist())) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_of_several_variants_the_nearest_counts(metric: str) -> None:
    random = np.random.default_rng(10)
    rows, queries = (random.normal(size=(n, 20)).astype(np.float32) for n in (3000, 3))
    queries *= np.array([[1], [2], [0.5]], np.float32)
    if metric == "cosine":
        rows, queries = unit(rows)[0], unit(queries)[0]
    found, distances = nearest(matrix(rows, masked=metric == "nan_euclidean"), queries, 9, metric, np.zeros_like)
    true = np.min([brute(rows, query, metric) for query in queries], axis=0)
    assert found.tolist() == np.argsort(true, kind="stable")[:9].tolist()
    assert distances == pytest.approx(np.sort(true)[:9])


def test_a_metric_of_your_own_is_asked_for_all_rows() -> None:
    rows = np.array([[0, 5], [1, 0], [3, 0]], np.float32)

    def first_only(rows: Floats, query: Floats) -> Floats:
        return np.asarray(np.abs(rows[:, 0] - query[0]))

    found, distances = nearest(matrix(rows), np.array([[2.9, 0]], np.float32), 2, first_only, np.zeros_like)
    assert found.tolist() == [2, 1]
    assert distances == pytest.approx([0.1, 1.9], abs=1e-6)


@pytest.mark.parametrize("wrong", [lambda rows, query: 1.0, lambda rows, query: rows])
def test_a_metric_of_your_own_gives_a_distance_per_row(wrong: Callable[[Floats, Floats], Floats]) -> None:
    with pytest.raises(ValueError, match=r"gives \(n,\) distances"):
        nearest(matrix(np.zeros((3, 2), np.float32)), np.zeros((1, 2), np.float32), 1, wrong, np.zeros_like)


# --- many at a time


def some(random: np.random.Generator, metric: str, shape: tuple[int, ...]) -> Floats:
    """Return vectors with many ties and near copies, for nan_euclidean with gaps."""
    coarse = np.round(random.normal(size=shape)) + 0.25 + np.round(random.random(shape)) * 1e-6
    vectors = coarse.astype(np.float32)
    if metric == "cosine":
        return unit(vectors.reshape(-1, shape[-1]))[0].reshape(shape)
    if metric == "nan_euclidean":
        vectors[random.random(shape) < 0.2] = np.nan
        vectors[..., 0] = 0.5
    return vectors


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("count", "width", "ways", "k"), [(3, 2, 1, 3), (700, 3, 2, 9), (3000, 40, 2, 5), (900, 1, 3, 1)]
)
def test_many_are_found_as_one_by_one(metric: str, count: int, width: int, ways: int, k: int) -> None:
    random = np.random.default_rng(13)
    found_in = matrix(some(random, metric, (count, width)), masked=metric == "nan_euclidean")
    queries = some(random, metric, (90, ways, width))
    if metric != "cosine":
        queries[5] *= np.float32(1e20)  # beyond what float32 can choose among
    ranks = random.integers(0, 3, count)
    rows, distances = nearest_many(found_in, queries, k, metric, lambda c: ranks[c])
    for place, query in enumerate(queries):
        alone, its_distances = nearest(found_in, query, k, metric, lambda c: ranks[c])
        assert rows[place].tolist() == alone.tolist()
        assert distances[place].tolist() == its_distances.tolist()


@pytest.mark.parametrize("metric", METRICS)
def test_rows_in_several_chunks_are_searched_as_one(metric: str) -> None:
    random = np.random.default_rng(14)
    rows, queries = some(random, metric, (2500, 8)), some(random, metric, (40, 2, 8))
    masked = metric == "nan_euclidean"
    whole, cut = matrix(rows, masked=masked), matrix(rows, masked=masked, limit=300)
    assert (len(whole.chunks), len(cut.chunks)) == (1, 9)
    for one, other in zip(*(nearest_many(m, queries, 7, metric, np.zeros_like) for m in (whole, cut)), strict=True):
        assert one.tolist() == other.tolist()


def test_thousands_of_equal_rows_do_not_fill_the_memory_when_many_are_asked_for() -> None:
    rows = np.ones((20_000, 2), np.float32)
    found, distances = nearest_many(matrix(rows), rows[:50, None], 3, "euclidean", np.zeros_like)
    assert (found == np.arange(3)).all()
    assert (distances == 0).all()


def test_more_neighbours_than_a_chunk_has_rows_are_found() -> None:
    rows = np.arange(40, dtype=np.float32)[:, None]
    found, _ = nearest_many(matrix(rows, limit=8), rows[:3, None], 20, "euclidean", np.zeros_like)
    assert [sorted(one) for one in found.tolist()] == [list(range(20))] * 3
