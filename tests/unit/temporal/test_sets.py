"""Repetitions of a set are judged by one another: by what the body does, whatever was taught."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from posknn import Prediction, Repetition
from posknn.temporal.sets import Track, judged_as_set, odd_ones_out, upper_median

FPS = 20


def a_set(*movements: tuple[Sequence[float], str], unseen: int | None = None) -> tuple[list[Repetition], Track]:
    """Return repetitions of a second each, and a track in which the body goes to a place and back in each.

    movements: where it goes (D,), and the label of the far pose. The classifier takes every one for whole.
    """
    times = np.arange(0, len(movements) + 1, 1 / FPS)
    vectors = np.zeros((len(times), len(movements[0][0])), np.float32)
    shares: list[dict[str | int, float]] = []
    for row, time in enumerate(times):
        number = min(int(time), len(movements) - 1)
        place, label = movements[number]
        way = max(0.0, float(np.sin(np.pi * (time - number)))) if time < len(movements) else 0.0
        vectors[row] = way * np.array(place)
        shares.append({"near": 1 - min(1.0, 2 * way), label: min(1.0, 2 * way)})  # halfway is far enough, it says
    if unseen is not None:
        vectors[:, unseen] = np.nan
    repetitions = [Repetition(0, number + 0.1, number + 0.9, label, 1.0) for number, (_, label) in enumerate(movements)]
    return repetitions, Track(
        0, times, vectors, [Prediction(max(one, key=lambda name: one[name]), one) for one in shares]
    )


def judged(*movements: tuple[Sequence[float], str], unseen: int | None = None) -> list[bool]:
    repetitions, track = a_set(*movements, unseen=unseen)
    ways = np.array([1 - one.confidences_by_label["near"] for one in track.predictions])
    return [one.whole for one in judged_as_set(repetitions, track, track.predictions, ways)]


FULL, HALF = ([1.0, 0.0, 0.0], "far"), ([0.6, 0.0, 0.0], "far")


def test_half_the_usual_way_is_partial_though_it_looks_like_the_far_pose() -> None:
    assert judged(FULL, HALF, FULL, HALF, FULL) == [True, False, True, False, True]
    assert judged(FULL, HALF) == [True, False]
    assert judged(HALF, FULL, HALF, FULL, HALF) == [False, True, False, True, False]


def test_depth_of_a_shallow_one_is_its_share_of_the_usual_way() -> None:
    repetitions, track = a_set(FULL, HALF, FULL)
    ways = np.array([1 - one.confidences_by_label["near"] for one in track.predictions])
    depths = [one.depth for one in judged_as_set(repetitions, track, track.predictions, ways)]
    assert depths == pytest.approx([1.0, 0.6, 1.0], abs=0.02)


def test_who_goes_a_little_less_far_is_counted_and_so_is_one_alone() -> None:
    assert judged(FULL, ([0.8, 0.0, 0.0], "far"), FULL) == [True] * 3
    assert judged(HALF) == [True]
    assert judged(HALF, HALF, HALF) == [True] * 3  # only what was taught can tell


def test_one_huge_movement_makes_none_of_the_others_shallow() -> None:
    huge = ([3.0, 0.0, 0.0], "far")  # odd itself
    assert judged(FULL, FULL, huge, FULL, FULL) == [True, True, False, True, True]


def test_each_far_pose_is_a_set_of_its_own() -> None:
    left, right, small = ([0.0, 1.0, 0.0], "left"), ([0.0, -1.0, 0.0], "right"), ([0.0, 0.0, 0.5], "nod")
    assert judged(left, left, left, right) == [True] * 4
    assert judged(left, left, left, small, small) == [True] * 5


def test_what_is_never_seen_is_left_out() -> None:
    assert judged(FULL, HALF, FULL, unseen=1) == [True, False, True]
    repetitions, track = a_set(FULL, HALF)
    blind = Track(0, track.times, np.full_like(track.vectors, np.nan), track.predictions)
    assert [one.whole for one in judged_as_set(repetitions, blind, track.predictions, np.ones(len(track.times)))] == [
        True,
        True,
    ]


def test_partial_ones_stay_partial() -> None:
    repetitions, track = a_set(FULL, FULL)
    partial = Repetition(0, 0.2, 0.4, "far", 0.3, whole=False)
    ways = np.array([1 - one.confidences_by_label["near"] for one in track.predictions])
    assert judged_as_set([partial, *repetitions], track, track.predictions, ways)[0] is partial


def test_of_two_nobody_can_say_which_is_odd_and_equals_are_not() -> None:
    assert odd_ones_out(np.array([[1.0, 0.0], [0.0, 9.0]])).tolist() == [False, False]
    assert odd_ones_out(np.ones((4, 2))).tolist() == [False] * 4
    assert odd_ones_out(np.array([[1.0, 0.0]] * 3 + [[0.0, 3.0]])).tolist() == [False, False, False, True]


def test_the_upper_median_is_moved_neither_by_low_ones_nor_by_one_that_is_huge() -> None:
    assert upper_median([1.0]) == 1.0
    assert upper_median([0.5, 1.0]) == 1.0
    assert upper_median([0.1, 0.2, 1.0, 1.0, 1.0, 9.0]) == 1.0
