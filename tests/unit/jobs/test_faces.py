"""Heads that the tracker loses for a moment stay hidden, before and after; those that are gone do not."""

from __future__ import annotations

import numpy as np

from posknn.jobs.faces import held

HERE, THERE = (0.5, 0.3, 0.1), (1.2, 0.3, 0.1)


def test_a_gap_is_filled_from_both_sides() -> None:
    times = (np.arange(30) / 10).tolist()
    found = [(HERE,) if 10 <= number < 12 or number == 20 else () for number in range(30)]
    heads = list(held(times, found))
    assert [number for number in range(30) if heads[number]] == list(range(5, 26))
    assert heads[10] == (HERE,)
    assert heads[7][0][2] > HERE[2]


def test_each_person_is_held() -> None:
    heads = list(held([0.0, 0.1, 0.2], [(HERE, THERE), (HERE,), ()]))
    assert [len(one) for one in heads] == [2, 2, 2]
    assert heads[1][0] == HERE


def test_who_moves_is_not_held_behind() -> None:
    found = [((0.5 + number / 100, 0.3, 0.1),) for number in range(5)]
    assert list(held([number / 30 for number in range(5)], found)) == found


def test_no_frames() -> None:
    assert list(held([], [])) == []
