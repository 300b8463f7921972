"""A recorded stream is counted on a person's own scale, and the odd one out is not counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from posknn import Between, PoseClassifier, Prediction
from posknn.classification.embedding import NormalisedPoints
from posknn.temporal.counting import Track, count_repetitions
from posknn.testing import Stream, synthetic

PATTERN = "up > down > up"


def track_of(stream: Stream, predictions: Sequence[Prediction] | None = None) -> Track:
    vectors = NormalisedPoints()(stream.recording().points)
    return Track(3, np.array(stream.times), vectors, stream.predictions if predictions is None else predictions)


def squashed(stream: Stream, low: float, high: float) -> list[Prediction]:
    """Return predictions of somebody whose poses lie between the taught ones."""
    ways = [low + (high - low) * depth for depth in stream.depths]
    return [Prediction("down" if way > 0.5 else "up", {"up": 1 - way, "down": way}) for way in ways]


def wholes(track: Track, **options: bool) -> list[bool]:
    return [one.whole for one in count_repetitions(track, PATTERN, **options)]


@pytest.mark.parametrize("fps", [5, 8, 30])
def test_half_depth_among_full_ones_is_partial(fps: int) -> None:
    found = count_repetitions(track_of(synthetic("squats", reps=4, fps=fps, depths=[1, 1, 0.5, 1])), PATTERN)
    assert [one.whole for one in found] == [True, True, False, True]
    assert {one.person for one in found} == {3}


def test_half_depth_alone_stays_half_unless_depth_is_relative() -> None:
    track = track_of(synthetic("squats", reps=3, depths=0.5))
    assert wholes(track) == [False, False, False]
    assert wholes(track, relative=True) == [True, True, True]


def test_somebody_who_stands_and_squats_a_little_otherwise_is_counted() -> None:
    stream = synthetic("squats", reps=4, depths=[1, 1, 0.5, 1])
    assert wholes(track_of(stream, squashed(stream, 0.3, 0.75))) == [True, True, False, True]


def test_between_measures_depth_where_votes_are_all_or_nothing() -> None:
    classifier = PoseClassifier().learn(synthetic("squats", reps=2).recording())
    stream = synthetic("squats", reps=3, depths=[1, 0.45, 1])
    by_way = Between(classifier, ["up", "down"])
    assert wholes(track_of(stream, [by_way(pose) for pose in stream.poses])) == [True, False, True]


def test_another_movement_is_the_odd_one_out() -> None:
    stream = synthetic("lateral_raises", reps=5)
    vectors = NormalisedPoints()(stream.recording().points)
    start, _, end = stream.spans[2]
    times = np.array(stream.times)
    during = (times > start) & (times < end)
    vectors[during] += 5 * np.abs(np.nan_to_num(vectors[during] - vectors[0]))  # as deep, and quite another pose
    track = Track(0, times, vectors, stream.predictions)
    assert [one.whole for one in count_repetitions(track, "down > up > down")] == [True, True, False, True, True]


def test_nothing_is_counted_of_nobody() -> None:
    assert count_repetitions(Track(0, np.empty(0), np.empty((0, 99), np.float32)), PATTERN) == []
