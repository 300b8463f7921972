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


def scores(ways: Floats, classes: Ints, groups: Ints) -> tuple[float, float]:
    """Return macro-F1 by the plain and by a learnt distance, with groups left out."""
    folds = folds_of(classes, groups)[0]
    plain, learnt = (
        macro_f1(leave_out(ways, classes, folds, folds, k=5, weights="means", learnt=one)) for one in (False, True)
    )
    return plain, learnt


def test_a_learnt_distance_is_used_where_it_helps() -> None:
    ways, classes, groups = hidden(noise=0.5)
    found = study(ways, classes, groups, k=5, weights="means", learnt=None)
    assert found.by_groups
    assert found.discriminants is not None
    plain, learnt = scores(ways, classes, groups)
    assert learnt > plain + 0.1


def test_a_learnt_distance_is_not_used_where_it_helps_no_more_than_chance_could() -> None:
    ways, classes, groups = hidden(noise=2.0)
    plain, learnt = scores(ways, classes, groups)
    assert plain < learnt < plain + 0.06
    assert study(ways, classes, groups, k=5, weights="means", learnt=None).discriminants is None


def test_a_learnt_distance_is_not_used_where_the_plain_one_makes_no_mistakes() -> None:
    ways, classes, groups = hidden(noise=0.05)
    assert scores(ways, classes, groups)[0] == 1
    assert study(ways, classes, groups, k=5, weights="means", learnt=None).discriminants is None


def test_few_examples_or_one_class_learn_no_distance() -> None:
    ways, classes, groups = hidden(40)
    assert study(ways, classes, groups, k=5, weights="means", learnt=None).discriminants is None
    assert study(ways, classes, groups, k=5, weights="means", learnt=True).discriminants is not None
    one = study(ways, np.zeros(40, np.int64), groups, k=5, weights="means", learnt=None)
    assert one.discriminants is None
    assert one.confidence is None
