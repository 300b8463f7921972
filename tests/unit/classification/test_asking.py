"""One thing and many are asked about by the same rules, also where some ways of seeing them cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest

from posknn import KNNClassifier
from posknn.classification.asking import Rules, ask_many, ask_one


@pytest.mark.parametrize("weights", ["uniform", "distance", "means"])
def test_ways_that_cannot_be_compared_are_passed_over_for_one_and_for_many(weights: str) -> None:
    random = np.random.default_rng(5)
    knn = KNNClassifier(4, metric="nan_euclidean", weights=weights)  # type: ignore[arg-type]
    knn.add_examples(random.normal(size=(50, 3)), [f"label {row % 3}" for row in range(50)])
    things = random.normal(size=(20, 2, 3)).astype(np.float32)
    things[:8, 0] = np.nan
    things[5:9, 1] = np.inf
    snapshot, rules = knn._examples.snapshot, Rules("nan_euclidean", weights, balanced=False)
    many = ask_many(snapshot, 4, rules, things)
    one_by_one = [ask_one(snapshot, 4, rules, thing) for thing in things]
    assert [one.label for one in many] == [one.label for one in one_by_one]
    assert [dict(one.confidences_by_label) for one in many] == [dict(one.confidences_by_label) for one in one_by_one]
    assert [one.label is None for one in one_by_one] == [row in (5, 6, 7) for row in range(20)]
