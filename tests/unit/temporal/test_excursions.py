"""A rise that is undone is noticed once, with how high it was."""

from __future__ import annotations

import pytest

from posknn.temporal.excursions import Excursion, own_range


def turns(values: list[float], least: float = 0.3) -> list[tuple[float, float, float]]:
    watch = Excursion(least)
    found = [watch(value, float(time)) for time, value in enumerate(values)]
    return [(turn.start, turn.low, turn.peak) for turn in found if turn is not None]


def test_a_rise_is_told_when_half_of_it_is_undone() -> None:
    assert turns([0.1, 0.0, 0.3, 0.6, 0.31]) == []
    assert turns([0.1, 0.0, 0.3, 0.6, 0.3]) == [(1.0, 0.0, 0.6)]


def test_small_rises_and_slow_beginnings_do_not_matter() -> None:
    assert turns([0.5, 0.6, 0.5, 0.7, 0.55]) == []
    assert turns([0.9, 0.2, 0.1, 0.5, 0.1, 0.6, 0.1]) == [(2.0, 0.1, 0.5), (4.0, 0.1, 0.6)]


def test_the_own_range_does_not_mind_a_shallow_one() -> None:
    values = [0.2, 0.9, 0.2, 0.5, 0.2, 0.9, 0.2, 0.9, 0.2]
    assert own_range(values, [float(number) for number in range(len(values))]) == pytest.approx((0.2, 0.9))


def test_what_never_turns_has_no_range() -> None:
    assert own_range([0.0, 0.5, 1.0], [0.0, 1.0, 2.0]) is None
    assert own_range([], []) is None
