"""Examples are asked about with their recording left out: fair folds, honest answers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.leaving_out import LeftOut, folds_of, leave_out, macro_f1, neighbors_that_vote

Ints = npt.NDArray[np.int64]


def test_folds_keep_groups_together_where_every_class_has_several() -> None:
    classes, groups = np.arange(240) % 2, np.arange(240) * 6 // 240
    folds, by_groups = folds_of(classes, groups)
    assert by_groups
    assert len(np.unique(folds)) == 5
    assert all(len(np.unique(folds[groups == group])) == 1 for group in np.unique(groups))


def test_few_groups_are_left_out_one_at_a_time() -> None:
    classes, groups = np.tile([0, 1], 30), np.repeat([3, 1, 2], 20)
    folds, _ = folds_of(classes, groups)
    assert len(np.unique(folds)) == 3
    assert len(np.unique(np.column_stack([folds, groups]), axis=0)) == 3


@pytest.mark.parametrize("groups", [np.zeros(50, np.int64), np.repeat([0, 1], 25)])
def test_otherwise_each_class_is_cut_into_stretches_of_time(groups: Ints) -> None:
    classes = np.repeat([0, 1], 25)
    folds, by_groups = folds_of(classes, groups)
    assert not by_groups
    for kind in (0, 1):
        assert folds[classes == kind].tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5


# --- asking


def test_an_example_is_not_asked_of_itself_or_its_fold() -> None:
    vectors = np.array([[[0.0]], [[0.0]], [[9.0]], [[9.0]]], np.float32)
    classes, folds = np.array([0, 1, 0, 1]), np.array([0, 1, 0, 1])
    answers = leave_out(vectors, classes, folds, folds, k=1, weights="distance", learnt=False)
    assert macro_f1(answers) == 0
    apart = np.array([0, 0, 1, 1])
    assert (
        leave_out(vectors, classes, apart, apart, k=1, weights="distance", learnt=False).shares.tolist() == [[1, 0]] * 4
    )


def test_a_class_that_is_only_in_the_fold_left_out_gets_no_vote() -> None:
    vectors = np.array([[[0.0]], [[0.1]], [[5.0]]], np.float32)
    folds = np.array([0, 1, 1])
    answers = leave_out(vectors, np.array([0, 0, 7]), folds, folds, k=1, weights="uniform", learnt=False)
    assert answers.classes.tolist() == [0, 0, 1]
    assert answers.shares.shape == (3, 2)
    assert answers.shares[2].tolist() == [1, 0]


def test_macro_f1_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    random = np.random.default_rng(3)
    shares, classes = random.random((60, 4)), random.integers(0, 4, 60)
    assert macro_f1(LeftOut(shares, classes)) == pytest.approx(
        f1_score(classes, shares.argmax(axis=1), average="macro")
    )


@pytest.mark.parametrize(("counts", "votes"), [([1, 90], 1), ([9, 90], 1), ([10, 90], 2), ([25, 90], 5), ([], 1)])
def test_of_few_examples_few_vote(counts: list[int], votes: int) -> None:
    assert neighbors_that_vote(5, counts) == votes
