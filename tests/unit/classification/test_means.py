"""A label comes as near as its nearest example or as the mean of its nearest few, whatever is missing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn import KNNClassifier
from posknn.classification.means import nearest_mean

Doubles = npt.NDArray[np.float64]


def brute(gaps: Doubles, most: int) -> float:
    """Return what `nearest_mean` should for one thing, gaps (c, D), step by step."""

    def far(gap: Doubles) -> float:
        known = gap[~np.isnan(gap)]
        return float((known**2).sum() * len(gap) / len(known)) if len(known) else np.inf

    near = sorted(gaps, key=far)[:most]
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = [(~np.isnan(near[:size])).sum(axis=0) for size in range(1, len(near) + 1)]
        means = [np.nansum(near[:size], axis=0) / count for size, count in enumerate(counts, 1)]
    return min(far(mean) for mean in means)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_it_is_the_nearest_of_all_running_means(share: float) -> None:
    random = np.random.default_rng(7)
    gaps = random.normal(size=(40, 6, 5)) + 0.5
    gaps[random.random(gaps.shape) < share] = np.nan
    assert nearest_mean(gaps, 4) == pytest.approx([brute(one, 4) for one in gaps])


def test_one_example_is_its_own_mean() -> None:
    assert nearest_mean(np.array([[[3.0, 4.0]]]), 5).tolist() == [25]


def test_what_shares_no_number_is_infinitely_far() -> None:
    assert nearest_mean(np.full((1, 2, 3), np.nan), 5).tolist() == [np.inf]


@pytest.mark.parametrize("metric", ["euclidean", "nan_euclidean"])
def test_a_thing_is_compared_with_means_as_a_whole_in_each_of_its_ways(metric: str) -> None:
    """Half of the examples are near to it as it is, half to its mirror image: their mean is near to neither."""
    knn = KNNClassifier(3, metric=metric, weights="means")
    knn.add_examples([[1, 0.5], [-1, -0.5], [1, -0.3], [1, 0.9]], ["mixed", "mixed", "other", "other"])
    answer = knn.classify_variants([[1, 0.0], [-1, 0.0]])
    other, mixed = 0.3, 0.5
    assert answer.label == "other"
    assert answer.confidences_by_label["mixed"] == pytest.approx(other**5 / (other**5 + mixed**5))


def test_what_is_far_beyond_the_neighbours_is_not_looked_at() -> None:
    """Two neighbours are asked, and of their labels what is among the sixteen nearest."""
    knn = KNNClassifier(2, metric="euclidean", weights="means")
    knn.add_examples(
        [[0, 1.0]] + [[0, -1.1 - step / 100] for step in range(20)] + [[0, -9.0]], ["a"] + ["b"] * 20 + ["a"]
    )
    shares = knn.classify([0, 0]).confidences_by_label
    assert shares["a"] == pytest.approx(1.1**5 / (1 + 1.1**5), rel=1e-5)


def test_neighbours_that_cannot_be_compared_disagree_about_nothing() -> None:
    """Nothing is divided by what nobody measured: that would be a warning on the user's screen."""
    knn = KNNClassifier(3, metric="nan_euclidean", weights="means")
    missing = np.nan
    knn.add_examples([[1, missing, missing], [2, missing, missing], [missing, 1, missing]], ["a", "b", "a"])
    things = [[missing, missing, 1], [missing, 3, missing]]
    with np.errstate(all="raise"):
        assert [knn.classify(thing).label for thing in things] == [None, "a"]
        assert knn.classify_many(things).labels == [None, "a"]
