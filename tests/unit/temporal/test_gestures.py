"""Taught gestures are spotted once each, faster and slower, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from posknn import Frame, Gestures, GestureTake, Person, Recording, Result, learn_gestures
from posknn.classification.embedding import NormalisedPoints
from posknn.testing import Stream, frames, stick_figure, synthetic

pytest.importorskip("dtaidistance")

NAMES = ["wave", "swipe", "clap", "circle"]


def vectors_of(stream: Stream, seed: int = 0) -> np.ndarray:
    points = stream.recording().points
    points = points + np.random.default_rng(seed).normal(0, 0.003, points.shape).astype(np.float32)
    points[:, :, 3] = 1
    return NormalisedPoints()(points)


def take_of(name: str, seconds: float = 1.5) -> GestureTake:
    stream = synthetic(name, reps=1, seconds=seconds)
    return GestureTake(name, np.array(stream.times), vectors_of(stream, seed=1))


def spotted(gestures: Gestures, stream: Stream) -> list[tuple[object, float]]:
    """Return which gestures ended when; each is told at the frame that makes it certain."""
    found: list[tuple[object, float]] = []
    for vector, time in zip(vectors_of(stream), stream.times, strict=True):
        before = len(gestures.events)
        gestures.take(0, vector, time)
        for event in gestures.events[before:]:
            assert event.time == time
            found.append((event.label, event.detail["start"] + event.detail["seconds"]))
            assert time - found[-1][1] <= 0.25 + 1 / 12 + stream.times[1]
    return found


@pytest.mark.parametrize("takes", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_each_is_spotted_once_at_its_end_faster_and_slower(name: str, takes: int) -> None:
    taught = [take_of(other, seconds) for other in NAMES for seconds in (1.5, 1.2, 2.0)[:takes]]
    for fps, seconds in ((8, 1.1), (20, 2.1)):
        stream = synthetic(name, reps=2, fps=fps, seconds=seconds)
        found = spotted(Gestures(taught), stream)
        assert [label for label, _ in found] == [name] * 2
        for (_, time), (_, middle, end) in zip(found, stream.spans, strict=True):
            assert middle < time <= end + 0.5


@pytest.mark.parametrize("movement", ["squats", "jumping_jacks", "lateral_raises", "left_raises", "curls"])
def test_other_movements_are_unknown(movement: str) -> None:
    assert spotted(Gestures([take_of(name) for name in NAMES]), synthetic(movement, reps=3, fps=15)) == []


def test_a_limit_of_its_own_makes_it_stricter() -> None:
    stream = synthetic("wave", reps=2)
    assert spotted(Gestures([take_of("wave")], limit=0.01), stream) == []
    gestures = Gestures([take_of("wave")])
    assert gestures.limits == {"wave": 0.5}
    assert len(spotted(gestures, stream)) == 2
    detail = gestures.events[0].detail
    assert 0 < detail["distance"] < detail["limit"] == 0.5


def test_a_gesture_that_the_stream_ends_with_is_told_at_its_end() -> None:
    stream = synthetic("swipe", reps=1)
    shown = list(zip(vectors_of(stream), stream.times, strict=True))
    whole, cut = Gestures([take_of("swipe")]), Gestures([take_of("swipe")])
    for vector, time in shown:
        whole.take(0, vector, time)
    told = whole.events[0].time
    for vector, time in shown:
        if time < told:
            cut.take(0, vector, time)
    before = len(cut.events)
    cut.end()
    cut.end()
    assert (before, [event.label for event in cut.events]) == (0, ["swipe"])
    assert cut.events[0].time < told


def test_people_are_watched_apart_and_somebody_who_was_away_begins_anew() -> None:
    gestures = Gestures([take_of("swipe")])
    stream = synthetic("swipe", reps=1)
    vectors = vectors_of(stream)
    for number, (vector, time) in enumerate(zip(vectors, stream.times, strict=True)):
        gestures.take(number % 2, vector, time)  # each sees every other frame
    assert {event.person for event in gestures.events} == {0, 1}
    assert len(gestures.events) == 2
    half = len(vectors) // 2
    broken = Gestures([take_of("swipe")])
    for vector, time in zip(vectors, stream.times, strict=True):
        broken.take(0, vector, time + (5.0 if time > stream.times[half] else 0.0))
    assert broken.events == []


def test_recordings_teach_with_the_other_hand_too_and_results_are_watched() -> None:
    stream = synthetic("circle", reps=1)
    shown = stream.recording()
    lesson = Recording(shown.points, ("circle",) * len(shown), times=shown.times)
    for mirror, number in ((None, 1), (False, 0)):
        gestures = learn_gestures(lesson, mirror=mirror)
        for result in stream:
            person = Person(0, result.people[0].pose.mirrored(1.0))
            gestures(Result(result.frame, (person,)))
        assert [event.kind for event in gestures.events] == ["gesture"] * number


def test_what_cannot_be_learnt_is_refused() -> None:
    with pytest.raises(ValueError, match="without a take"):
        Gestures([])
    still = synthetic("squats", reps=0, still=2)
    with pytest.raises(ValueError, match="nothing moves in a take of 'wave'"):
        Gestures([GestureTake("wave", np.array(still.times), NormalisedPoints()(still.recording().points))])
    shown = still.recording()
    lesson = Recording(shown.points, ("wave",) * len(shown), times=shown.times + 2.5, name="monday")
    with pytest.raises(ValueError, match=r"take of 'wave' \(monday at 2\.5 s\): show"):
        learn_gestures(lesson)
    with pytest.raises(ValueError, match="limit"):
        Gestures([take_of("wave")], limit=0)
    with pytest.raises(ValueError, match="embed"):
        Gestures([take_of("wave")])(Result(Frame(next(frames(1)).image, 0.0, 0), (Person(0, stick_figure()),)))
