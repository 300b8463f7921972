"""A learnt distance is used where it helps on recordings left out, and nowhere else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from posknn.classification.leaving_out import folds_of, leave_out, macro_f1
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
