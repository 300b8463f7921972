"""Vectors are sampled evenly whenever they come, and gauged by what moves in the takes of a gesture."""

from __future__ import annotations

import numpy as np
import pytest

from posknn import GestureTake
from posknn.temporal.courses import RATE, Course, Gauge


@pytest.mark.parametrize("fps", [5, 8, 30, 60])
def test_samples_are_even_at_any_rate(fps: int) -> None:
    course = Course(1.0)
    samples = [
        (place[0], change[0], time)
        for number in range(2 * fps + 1)
        for (place, change), time in course(np.array([3.0 * number / fps], np.float32), number / fps)
    ]
    times = [time for _, _, time in samples]
    assert np.diff(times) == pytest.approx(1 / RATE)
    assert len(times) == 2 * RATE + 1
    assert [place for place, _, _ in samples] == pytest.approx([3 * time for time in times], abs=1e-5)
    assert [change for _, change, _ in samples[2:]] == pytest.approx([3 / RATE] * (len(times) - 2), abs=1e-5)


def test_somebody_who_was_away_begins_a_course_of_their_own() -> None:
    course = Course(0.5)
    fresh = []
    for time in (0.0, 0.1, 0.2, 0.9, 1.0):
        list(course(np.zeros(2, np.float32), time))
        fresh.append(course.fresh)
    assert fresh == [True, False, False, True, False]


def test_a_number_that_is_lost_stays_as_it_was() -> None:
    course = Course(1.0)
    list(course(np.array([1.0, np.nan]), 0.0))
    ((place, _), _), *_ = course(np.array([np.nan, np.nan]), 0.1)
    assert place.tolist() == [1.0, 0.0]


def circling(extra: float = 0.0) -> GestureTake:
    times = np.arange(0, 1.5, 1 / 30)
    angle = 2 * np.pi * times / 1.5
    still = np.full(len(times), extra)
    return GestureTake("circle", times, np.stack([np.cos(angle), np.sin(angle), still], axis=1).astype(np.float32))


def test_what_stands_still_in_the_takes_does_not_matter_where_it_is_but_that_it_moves() -> None:
    gauge = Gauge([circling()])
    (places, changes) = gauge.courses[0]
    usual = gauge((places, changes))
    assert usual.shape == (len(places), gauge.width)
    elsewhere = places + np.array([0, 0, 5])
    assert np.allclose(gauge((elsewhere, changes)), usual)
    assert not np.allclose(gauge((places, changes + np.array([0, 0, 0.5]))), usual, atol=0.1)


def test_stillness_before_and_after_is_cut_off() -> None:
    take = circling()
    times = np.concatenate([take.times, take.times[-1] + 1 / 30 + np.arange(60) / 30])
    vectors = np.concatenate([take.vectors, np.repeat(take.vectors[-1:], 60, axis=0)])
    longer = Gauge([GestureTake("circle", times, vectors)]).courses[0][0]
    assert abs(len(longer) - len(Gauge([take]).courses[0][0])) <= 2
