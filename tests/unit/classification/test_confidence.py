"""Shares of votes become how often they are right."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.confidence import Confidence, learn_confidence


def test_probabilities_keep_the_order_of_votes_and_never_promise_all() -> None:
    confidence = Confidence(0.03, 0.7)
    likely = confidence(np.array([[1.0, 0, 0], [0.5, 0.3, 0.2]]))
    assert np.allclose(likely.sum(axis=1), 1)
    assert likely[0].max() < 1
    assert likely[1].tolist() == sorted(likely[1].tolist(), reverse=True)


@pytest.mark.parametrize("right", [0.55, 0.75, 0.95])
def test_what_votes_are_worth_is_learnt(right: float) -> None:
    random = np.random.default_rng(4)
    classes = random.integers(0, 3, 3000)
    said = np.where(random.random(3000) < right, classes, (classes + random.integers(1, 3, 3000)) % 3)
    shares = np.eye(3)[said]
    confidence = learn_confidence(shares, classes)
    assert confidence is not None
    assert confidence(shares).max(axis=1).mean() == pytest.approx(right, abs=0.04)


def test_too_few_answers_tell_nothing() -> None:
    assert learn_confidence(np.eye(2)[[0, 1] * 9], np.array([0, 1] * 9)) is None


def test_the_greatest_of_one_is_that_of_many() -> None:
    shares = np.array([[0.7, 0.2, 0.1], [1, 0, 0], [0.5, 0.5, 0]])
    for confidence in (Confidence(), Confidence(0.03, 0.35)):
        each = [confidence.greatest(row) for row in shares.tolist()]
        assert each == pytest.approx(confidence(shares).max(axis=1).tolist())
