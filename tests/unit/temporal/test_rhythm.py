"""The repeated motion is found by itself, whatever it is and however fast the frames come."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.embedding import NormalisedPoints
from posknn.temporal.counting import Track
from posknn.temporal.rhythm import Rhythm, find_rhythm
from posknn.testing import Stream, synthetic

pytest.importorskip("scipy")


def rhythm_of(stream: Stream, jitter: float = 0.003) -> Rhythm:
    points = stream.recording().points
    points = points + np.random.default_rng(0).normal(0, jitter, points.shape).astype(np.float32)
    points[:, :, 3] = 1
    return find_rhythm(Track(1, np.array(stream.times), NormalisedPoints()(points)))


def counts(rhythm: Rhythm) -> int:
    return sum(one.whole for one in rhythm.repetitions)


@pytest.mark.parametrize("movement", ["squats", "jumping_jacks", "lateral_raises", "left_raises", "curls"])
@pytest.mark.parametrize("reps", [2, 7])
def test_any_exercise_is_counted(movement: str, reps: int) -> None:
    rhythm = rhythm_of(synthetic(movement, reps=reps, fps=12, seconds=1.3))
    assert counts(rhythm) == reps
    assert rhythm.period == pytest.approx(1.3, abs=0.1)
    assert rhythm.confidence > (0.6 if reps == 2 else 0.9)


@pytest.mark.parametrize("fps", [5, 8, 9, 15, 30, 60])
def test_the_frame_rate_does_not_matter(fps: int) -> None:
    stream = synthetic("squats", reps=6, fps=fps)
    rhythm = rhythm_of(stream)
    assert counts(rhythm) == 6
    for one, (start, middle, end) in zip(rhythm.repetitions, stream.spans, strict=True):
        assert start <= one.start < middle < one.end <= end
        assert one.person == 1


def test_half_depth_is_partial() -> None:
    rhythm = rhythm_of(synthetic("squats", reps=5, depths=[1, 1, 0.5, 1, 1]))
    assert [one.whole for one in rhythm.repetitions] == [True, True, False, True, True]


@pytest.mark.parametrize("movement", ["squats", "curls", "jumping_jacks"])
@pytest.mark.parametrize("depths", [[1, 0.5, 1, 0.5, 1], [1, 0.5, 1, 0.5], [0.5, 1, 0.5, 1, 0.5]], ids=str)
def test_many_half_ones_turn_nothing_round(movement: str, depths: list[float]) -> None:
    rhythm = rhythm_of(synthetic(movement, reps=len(depths), depths=depths))
    assert [one.whole for one in rhythm.repetitions] == [depth == 1 for depth in depths]


def test_a_single_movement_is_no_rhythm() -> None:
    rhythm = rhythm_of(synthetic("squats", reps=1))
    assert rhythm.period is None
    assert rhythm.confidence <= 0.25


def test_who_stands_still_repeats_nothing() -> None:
    assert (
        rhythm_of(synthetic("squats", reps=0, still=3)) == Rhythm()
        or not rhythm_of(synthetic("squats", reps=0, still=3)).repetitions
    )


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_too_short_a_stream_is_no_error(frames: int) -> None:
    vectors = np.zeros((frames, 99), np.float32)
    assert find_rhythm(Track(0, np.arange(frames) / 30, vectors)).repetitions == ()
    assert find_rhythm(Track(0, np.arange(frames) / 30, vectors * np.nan)).repetitions == ()


def test_getting_into_position_and_waiting_are_no_part_of_it() -> None:
    curls = synthetic("curls", reps=5, fps=15, seconds=1.5).recording().points
    bent = curls.copy()
    bent[:, 25:, :2] -= np.array([0.15, 0.3], np.float32)  # sitting: the legs are elsewhere
    ways = np.linspace(0, 1, 20, dtype=np.float32)[:, None, None]
    lowered = curls[:1] * (1 - ways) + bent[:1] * ways
    points = np.concatenate([np.repeat(curls[:1], 60, axis=0), lowered, bent, np.repeat(bent[-1:], 200, axis=0)])
    rhythm = find_rhythm(Track(0, np.arange(len(points)) / 15, NormalisedPoints()(points)))
    assert counts(rhythm) == 5
    assert rhythm.confidence > 0.9
