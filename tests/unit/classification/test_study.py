"""What is found out with recordings left out: fair folds, the better distance, what votes are worth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.confidence import Confidence, learn_confidence
from posknn.classification.leaving_out import LeftOut, folds_of, leave_out, macro_f1, neighbors_that_vote
from posknn.classification.study import study

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def hidden(count: int = 240, width: int = 20, noise: float = 1.0) -> tuple[Floats, Ints, Ints]:
    """Return vectors seen one way (n, 1, D) whose class is in one small number among many large ones."""
    random = np.random.default_rng(0)
    classes, groups = np.arange(count) % 2, np.arange(count) * 6 // count
    vectors = random.normal(0, noise, (count, width))
    vectors[:, 0] = 0.5 * classes + random.normal(0, 0.05, count)
    return vectors.astype(np.float32)[:, None], classes, groups


# --- folds


def test_folds_keep_groups_together_where_every_class_has_several() -> None:
    _, classes, groups = hidden()
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


# --- choosing


def test_a_learnt_distance_is_used_where_it_helps() -> None:
    ways, classes, groups = hidden()
    found = study(ways, classes, groups, k=5, weights="distance", learnt=None)
    assert found.by_groups
    assert found.discriminants is not None
    folds = folds_of(classes, groups)[0]
    plain, learnt = (
        macro_f1(leave_out(ways, classes, folds, folds, k=5, weights="distance", learnt=one)) for one in (False, True)
    )
    assert learnt > plain + 0.05


def test_a_learnt_distance_is_not_used_where_it_harms() -> None:
    """What tells the classes apart in all but one recording is turned round in that one."""
    random = np.random.default_rng(1)
    classes, groups = np.arange(240) % 2, np.arange(240) * 6 // 240
    vectors = random.normal(0, 0.02, (240, 40)).astype(np.float32)
    vectors[:, 0] += classes  # the truth
    vectors[:, 1:] += (random.normal(0, 0.6, (6, 39)) * np.array([[1.0]]))[groups] * (2 * classes - 1)[:, None]
    ways = vectors[:, None]
    folds = folds_of(classes, groups)[0]
    plain, learnt = (
        macro_f1(leave_out(ways, classes, folds, folds, k=5, weights="distance", learnt=one)) for one in (False, True)
    )
    found = study(ways, classes, groups, k=5, weights="distance", learnt=None)
    assert (found.discriminants is not None) == (learnt >= plain - 0.05)


def test_few_examples_or_one_class_learn_no_distance() -> None:
    ways, classes, groups = hidden(40)
    assert study(ways, classes, groups, k=5, weights="distance", learnt=None).discriminants is None
    assert study(ways, classes, groups, k=5, weights="distance", learnt=True).discriminants is not None
    one = study(ways, np.zeros(40, np.int64), groups, k=5, weights="distance", learnt=None)
    assert one.discriminants is None
    assert one.confidence is None


# --- confidence


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
