"""Laws over time: segments never overlap and lose nothing, shares stay shares, counts do not depend on the rate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn import Ema, Frame, Label, Marks, Person, Prediction, Repetitions, Result, Segment, Segments
from posknn.testing import frames, stick_figure

FAST = settings(deadline=None, max_examples=80)
POSE, IMAGE = stick_figure(), next(frames(1)).image

SHOWN = st.sampled_from(["a", "b", 5, "5", None, "nobody"])
STEPS = st.sampled_from([1 / 60, 1 / 30, 0.04, 0.1, 0.25, 1.0])
STREAMS = st.lists(st.tuples(STEPS, st.tuples(SHOWN, SHOWN)), min_size=1, max_size=60)
SECONDS = st.sampled_from([0.0, 0.04, 0.1, 0.3, 1.0])

Stream = list[tuple[float, tuple[Label | None, ...]]]


def results(stream: Stream) -> list[Result]:
    """Return the results of a stream of steps in time and what persons 0 and 1 show after each."""
    times = np.cumsum([step for step, _ in stream])
    made = []
    for number, (time, (_, labels)) in enumerate(zip(times.tolist(), stream, strict=True)):
        people = tuple(
            Person(person, POSE, Prediction(label, {} if label is None else {label: 1.0}))
            for person, label in enumerate(labels)
            if label != "nobody"
        )
        made.append(Result(Frame(IMAGE, time, number), people))
    return made


def cut(stream: Stream, least: float = 0.0, merge: float = 0.0) -> list[Segment]:
    segments = Segments(least=least, merge=merge)
    for one in results(stream):
        segments(one)
    return segments.segments()


@FAST
@given(STREAMS, SECONDS, SECONDS)
def test_segments_of_one_person_are_sorted_and_never_overlap(stream: Stream, least: float, merge: float) -> None:
    found = cut(stream, least, merge)
    assert [segment.start for segment in found] == sorted(segment.start for segment in found)
    for person in (0, 1):
        for before, after in pairwise([segment for segment in found if segment.person == person]):
            assert before.end <= after.start
            assert (type(before.label), before.label) != (type(after.label), after.label) or (
                after.start - before.end > merge
            )
    assert all(segment.end - segment.start >= least - 1e-9 for segment in found)


@FAST
@given(STREAMS)
def test_every_labelled_frame_lies_in_its_segment_and_no_other_does(stream: Stream) -> None:
    found = cut(stream)
    for one in results(stream):
        for person in (0, 1):
            label = next((p.prediction.label for p in one.people if p.id == person and p.prediction), None)
            inside = [s.label for s in found if s.person == person and s.start <= one.frame.time < s.end]
            assert inside == ([] if label is None else [label])
            assert [type(name) for name in inside] == ([] if label is None else [type(label)])


@FAST
@given(STREAMS, SECONDS, SECONDS)
def test_segments_of_one_person_can_be_taught_as_marks(stream: Stream, least: float, merge: float) -> None:
    segments = [segment for segment in cut(stream, least, merge) if segment.person == 0]
    marks = Marks(segments)
    for segment in segments:
        assert marks(segment.start) == segment.label
        assert marks((segment.start + segment.end) / 2) == segment.label
        assert marks(segment.end) != segment.label or any(other.start == segment.end for other in segments)


@FAST
@given(STREAMS, SECONDS)
def test_a_longer_least_only_takes_away(stream: Stream, least: float) -> None:
    everything = {(one.person, one.start, one.end, one.label) for one in cut(stream)}
    assert {(one.person, one.start, one.end, one.label) for one in cut(stream, least)} <= everything


def shares_of(up: float) -> dict[Label, float]:
    return {"up": up, "down": 1 - up}


SHARES = st.floats(0, 1).map(shares_of)


@FAST
@given(st.lists(st.tuples(STEPS, SHARES, st.booleans()), min_size=1, max_size=40), SECONDS, SECONDS)
def test_smoothed_shares_sum_to_1_stay_within_what_was_seen_and_name_their_label(
    stream: list[tuple[float, dict[Label, float], bool]], tau: float, bridge: float
) -> None:
    ema, time = Ema(tau, bridge=bridge), 0.0
    seen = [shares["up"] for _, shares, _ in stream]
    for step, shares, known in stream:
        time += step
        label = max(shares, key=lambda name: shares[name]) if known else None
        answer = ema(0, Prediction(label, shares), time)
        smooth = answer.confidences_by_label
        assert abs(sum(smooth.values()) - 1) < 1e-9
        assert min(seen) - 1e-9 <= smooth["up"] <= max(seen) + 1e-9
        if known:
            assert answer.label is not None
            assert smooth[answer.label] >= 0.4 or smooth[answer.label] == max(smooth.values())


@FAST
@given(st.integers(2, 200), st.floats(0.05, 2), st.floats(0.05, 1))
def test_smoothing_a_held_pose_depends_on_the_time_only(looks: int, tau: float, seconds: float) -> None:
    held, other = Prediction("up", {"up": 1.0, "down": 0.0}), Prediction("down", {"up": 0.0, "down": 1.0})
    answers = []
    for count in (1, looks):
        ema = Ema(tau, bridge=5)
        ema(0, other, 0.0)
        for look in range(1, count + 1):
            answer = ema(0, held, seconds * look / count)
        answers.append(answer.confidences_by_label["up"])
    assert abs(answers[0] - answers[1]) < 1e-9


@FAST
@given(
    st.lists(st.tuples(st.floats(0.5, 3), st.floats(0.5, 3)), min_size=1, max_size=12),
    st.sampled_from([5, 8, 15, 30, 60]),
    st.floats(0, 0.2),
)
def test_repetitions_of_any_lengths_are_counted_at_any_rate(
    lengths: list[tuple[float, float]], fps: int, offset: float
) -> None:
    ends = np.cumsum([1.0, *(half for down, up in lengths for half in (down, up))])
    repetitions = Repetitions("up > down > up")
    for number in range(int((ends[-1] - offset) * fps)):
        time = offset + number / fps
        label = "down" if np.searchsorted(ends, time, side="right") % 2 else "up"
        repetitions(Result(Frame(IMAGE, time, number), (Person(0, POSE, Prediction(label)),)))
    assert repetitions.count() == len(lengths)
    assert [event.detail["count"] for event in repetitions.events] == list(range(1, len(lengths) + 1))
    for event, (down, _) in zip(repetitions.events, lengths, strict=True):
        assert down - 1e-6 <= event.detail["seconds"] + 1 / fps
        assert event.detail["seconds"] <= down + 2 / fps + 1e-6
