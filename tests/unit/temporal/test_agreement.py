"""Agreement of two sets of segments, held against scikit-learn and against answers worked out by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from posknn.temporal.agreement import agreement
from posknn.values import Segment


def test_the_same_twice_agrees() -> None:
    segments = [Segment(0, 2, "up"), Segment(3, 5, "down"), Segment(5, 6, 7)]
    found = agreement([(segments, segments)])
    assert (found.kappa, found.agreed, found.f1, found.matched) == (1, 1, 1, 3)
    assert (found.boundary_mean, found.boundary_median, found.bias) == (0, 0, 0)
    assert [(one.label, one.f1, one.seconds_both) for one in found.by_label] == [
        ("7", 1, 1),
        ("down", 1, 2),
        ("up", 1, 2),
    ]


def test_worked_out_by_hand() -> None:
    ours = [Segment(0, 4, "up"), Segment(6, 10, "down")]
    theirs = [Segment(0.5, 4, "up"), Segment(7, 10, "down"), Segment(4, 5, "up")]
    found = agreement([(ours, theirs)])
    assert found.seconds == 10
    # 3.5 s up, 3 s down, 1 s nothing are said by both.
    assert found.agreed == pytest.approx(0.75)
    chance = 0.4 * 0.45 + 0.4 * 0.3 + 0.2 * 0.25
    assert found.kappa == pytest.approx((0.75 - chance) / (1 - chance))
    assert (found.ours, found.theirs, found.matched) == (2, 3, 2)
    assert found.f1 == pytest.approx(0.8)
    assert found.boundary_mean == pytest.approx((500 + 0 + 1000 + 0) / 4)
    assert found.boundary_median == pytest.approx(250)
    assert found.bias == pytest.approx(-375)


def test_half_is_enough_and_less_is_not() -> None:
    assert agreement([([Segment(0, 1, "a")], [Segment(0, 2, "a")])]).matched == 1
    assert agreement([([Segment(0, 0.99, "a")], [Segment(0, 2, "a")])]).matched == 0
    assert agreement([([Segment(0, 1, "a")], [Segment(0, 1, "b")])]).matched == 0


def test_nothing_at_all() -> None:
    found = agreement([([], [])])
    assert (found.kappa, found.f1, found.agreed, found.boundary_mean) == (None, 1, 1, None)
    missed = agreement([([Segment(0, 1, "a")], [])])
    assert (missed.kappa, missed.f1, missed.agreed) == (0, 0, 0)


def test_people_may_have_other_numbers() -> None:
    ours = [Segment(0, 2, "up", 0), Segment(0, 2, "down", 1), Segment(0, 2, "up", 2)]
    theirs = [Segment(0, 2, "down", 5), Segment(0, 2, "up", 8)]
    found = agreement([(ours, theirs)])
    assert found.matched == 2
    assert found.f1 == pytest.approx(0.8)
    assert agreement([([Segment(0, 1, "a", 0)], [Segment(0, 1, "a")])]).f1 == 1


LABELS = st.lists(st.sampled_from(["a", "b", None]), min_size=20, max_size=20)


def runs(labels: list[str | None]) -> list[Segment]:
    edges = [0, *(np.flatnonzero([a != b for a, b in itertools.pairwise(labels)]) + 1).tolist(), len(labels)]
    return [
        Segment(first / 4, after / 4, label)
        for first, after in itertools.pairwise(edges)
        if (label := labels[first]) is not None
    ]


@settings(deadline=None, max_examples=60)
@given(LABELS, LABELS)
def test_kappa_is_that_of_the_frames(ours: list[str | None], theirs: list[str | None]) -> None:
    ours[-1] = "a"  # so that both last until the end
    found = agreement([(runs(ours), runs(theirs))])
    names = [[str(label) for label in labels] for labels in (ours, theirs)]
    if set(names[0]) | set(names[1]) == {"a"}:
        assert found.kappa is None
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(*names), abs=1e-9)
    back = agreement([(runs(theirs), runs(ours))])
    assert back.f1 == found.f1
    assert back.kappa == pytest.approx(found.kappa)
