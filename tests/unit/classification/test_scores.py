"""Scores: the same numbers as scikit-learn, and calibration and refusal by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from posknn.classification.scores import (
    accepted_share,
    area_under_curve,
    calibration,
    confusion_matrix,
    label_scores,
    macro_f1,
)

RANDOM = np.random.default_rng(5)
TRUTH = RANDOM.integers(0, 3, 200)
ANSWERS = np.where(RANDOM.random(200) < 0.7, TRUTH, RANDOM.integers(0, 3, 200))


def test_macro_f1_and_the_scores_of_labels_are_those_of_scikit_learn() -> None:
    assert macro_f1(TRUTH, ANSWERS) == pytest.approx(metrics.f1_score(TRUTH, ANSWERS, average="macro"))
    matrix = confusion_matrix(TRUTH, ANSWERS, 3)
    assert matrix[:, :3].tolist() == metrics.confusion_matrix(TRUTH, ANSWERS).tolist()
    unknown = np.arange(200) % 10 == 0
    found = label_scores("abc", matrix, TRUTH, unknown)
    wanted = metrics.precision_recall_fscore_support(TRUTH, ANSWERS)
    np.testing.assert_allclose(
        [[one.precision, one.recall, one.f1, one.examples] for one in found], np.transpose(wanted)
    )
    assert found[1].unknown == pytest.approx(unknown[TRUTH == 1].mean())


def test_no_answer_has_a_column_of_its_own_and_is_wrong() -> None:
    truth, answers = np.array([0, 0, 1]), np.array([0, -1, 1])
    assert confusion_matrix(truth, answers, 2).tolist() == [[1, 0, 1], [0, 1, 0]]
    assert macro_f1(truth, answers) == pytest.approx((2 / 3 + 1) / 2)


def test_a_label_that_is_never_asked_has_zeros() -> None:
    found = label_scores("ab", confusion_matrix(np.array([0]), np.array([0]), 2), np.array([0]), np.array([False]))
    assert (found[1].examples, found[1].f1, found[1].unknown) == (0, 0, 0)


def test_honest_confidence_has_no_error_and_boasting_has() -> None:
    right = np.array([True] * 8 + [False] * 2)
    assert calibration(np.full(10, 0.8), right).error == pytest.approx(0)
    boast = calibration(np.full(10, 1.0), right)
    assert boast.error == pytest.approx(0.2)
    assert [(one.confidence, one.right, one.count) for one in boast.bins] == [(1.0, 0.8, 10)]


def test_errors_of_bins_weigh_by_their_answers() -> None:
    confidences = np.array([0.95] * 9 + [0.55])
    found = calibration(confidences, np.array([True] * 9 + [False]))
    assert found.error == pytest.approx((9 * 0.05 + 0.55) / 10)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_the_area_is_that_of_scikit_learn(known: list[int], untaught: list[int]) -> None:
    truth = [0] * len(known) + [1] * len(untaught)
    wanted = metrics.roc_auc_score(truth, known + untaught)
    assert area_under_curve(np.array(known, float), np.array(untaught, float)) == pytest.approx(wanted)


def test_what_is_refused_when_a_share_is_accepted() -> None:
    known = np.arange(1, 101, dtype=float)
    untaught = np.array([50.0, 96.0, 200.0, np.inf])
    assert accepted_share(known, untaught, np.array([0.95])).tolist() == [0.5]
    assert accepted_share(known, untaught, np.array([0.5, 1.0])).tolist() == [0.75, 0.5]
    assert (np.diff(accepted_share(known, untaught, np.linspace(0, 1, 20))) <= 0).all()


def test_distances_that_are_infinite_are_no_trouble() -> None:
    known = np.array([0.1, 0.2, np.inf])
    assert accepted_share(known, np.array([0.3]), np.array([0.5, 1.0])).tolist() == [1.0, 0.0]
