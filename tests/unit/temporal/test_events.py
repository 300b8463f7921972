"""Events: one per thing that happened, at any frame rate, whatever flickers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from posknn import Ema, Event, Events, Frame, Label, Person, Pipeline, Prediction, Repetitions, Result, Tally
from posknn.testing import ScriptedTracker, frames, stick_figure
from posknn.values import Pose

POSE = stick_figure()
IMAGE = next(frames(1)).image
RATES = (5, 8, 9, 15, 30, 60)
Shown = Mapping[int, Label | None]
"""What each person in the picture shows."""


def moment(time: float, shown: Shown) -> Result:
    predictions = {person: Prediction(label, {} if label is None else {label: 1.0}) for person, label in shown.items()}
    people = tuple(Person(person, POSE, prediction) for person, prediction in predictions.items())
    return Result(Frame(IMAGE, time, 0), people)


def stream(script: Callable[[float], Shown], seconds: float, fps: float) -> Iterator[Result]:
    return (moment(number / fps, script(number / fps + 1e-9)) for number in range(round(seconds * fps)))


def noticed(events: Events, results: Iterable[Result]) -> list[Event]:
    return [event for result in results for event in events(result).events]


def said(events: Iterable[Event]) -> list[tuple[str, Label | None, int | None]]:
    return [(event.kind, event.label, event.person) for event in events]


def steps(*turns: tuple[float, Label | None]) -> Callable[[float], Shown]:
    """Return a script of one person who shows each label from its time on."""

    def script(time: float) -> Shown:
        return {0: [label for start, label in turns if start <= time][-1]}

    return script


DAY = steps((0, "upright"), (1, "slouch"), (6, None), (8, "upright"))


@pytest.mark.parametrize("fps", RATES)
def test_a_hold_is_told_once_when_it_is_reached(fps: int) -> None:
    events = noticed(Events("slouch held 2s"), stream(DAY, 12, fps))
    assert said(events) == [("held", "slouch", 0)]
    assert 3 - 1e-6 <= events[0].time <= 3 + 1 / fps + 1e-6
    assert events[0].detail["seconds"] == 2
    assert events[0].detail["start"] == pytest.approx(1, abs=1 / fps)


def test_each_length_asked_for_is_told_in_order() -> None:
    events = noticed(Events("slouch held 4s", "any held 2s", "slouch held 2s", "unknown for 1s"), stream(DAY, 9, 10))
    assert [(event.label, event.detail["seconds"]) for event in events] == [("slouch", 2), ("slouch", 4), (None, 1)]
    assert [event.time for event in events] == pytest.approx([3, 5, 7])


@pytest.mark.parametrize("fps", RATES)
def test_entering_and_leaving_are_told_in_order(fps: int) -> None:
    events = noticed(Events("any enter", "any exit", "unknown enter", "unknown exit"), stream(DAY, 9, fps))
    assert [(event.kind, event.label) for event in events] == [
        ("enter", "upright"), ("exit", "upright"), ("enter", "slouch"), ("exit", "slouch"), ("enter", None),
        ("exit", None), ("enter", "upright"),
    ]  # fmt: skip
    times = [event.time for event in events]
    assert times == sorted(times)
    # Decided after 0.3 s, bridged unknown included, told with the true start.
    assert times == pytest.approx([0.3, 1.3, 1.3, 6.3, 6.3, 8.3, 8.3], abs=1 / fps + 1e-6)
    starts = [event.detail["start"] for event in events]
    assert starts == pytest.approx([0, 0, 1, 1, 6, 6, 8], abs=1 / fps + 1e-6)
    assert events[3].detail["seconds"] == pytest.approx(5, abs=1 / fps + 1e-6)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("glitch", ["other", None])
def test_a_glitch_of_a_third_of_a_second_is_nothing(fps: int, glitch: Label | None) -> None:
    script = steps((0, "slouch"), (3, glitch), (3.29, "slouch"))
    events = noticed(Events("any enter", "any exit", "unknown enter", "slouch held 5s"), stream(script, 8, fps))
    assert said(events) == [("enter", "slouch", 0), ("held", "slouch", 0)]
    assert events[1].time == pytest.approx(5, abs=1 / fps)


def test_a_glance_as_long_as_told_ends_no_hold_and_a_longer_one_does() -> None:
    for glance, told in ((1.9, 1), (2.2, 0)):
        script = steps((0, "slouch"), (4, "away"), (4 + glance, "slouch"))
        assert len(noticed(Events("slouch held 8s", settle=2.0), stream(script, 9, 10))) == told, glance


def test_a_pose_that_is_lost_among_flickers_is_left() -> None:
    script = steps((0, "slouch"), *((2 + n / 10, "ab"[n % 2]) for n in range(20)), (4, "slouch"))
    events = noticed(Events("any enter", "any exit"), stream(script, 6, 20))
    assert said(events) == [("enter", "slouch", 0), ("exit", "slouch", 0), ("enter", "slouch", 0)]
    assert events[1].detail["seconds"] == pytest.approx(2)


def test_a_hold_shorter_than_flickers_need_not_wait() -> None:
    events = noticed(Events("slouch held 0.1s"), stream(DAY, 3, 20))
    assert [event.time for event in events] == pytest.approx([1.15], abs=0.06)


@pytest.mark.parametrize("fps", RATES)
def test_who_comes_and_goes_is_found_and_lost_once_each(fps: int) -> None:
    def script(time: float) -> Shown:
        there: dict[int, Label | None] = {}
        if 1 <= time < 6 and not 3 <= time < 3.7:  # out of sight for a moment
            there[4] = "stand"
        if 5 <= time < 9:
            there[7] = "stand"
        if 7 <= time < 7.1 or time >= 12:  # a ghost; somebody again
            there[9] = None
        return there

    rules = ("person found", "person lost", "any exit", "nobody for 2s")
    events = noticed(Events(*rules), stream(script, 16, fps))
    assert said(events) == [
        ("found", None, 4), ("found", None, 7), ("exit", "stand", 4), ("lost", None, 4), ("exit", "stand", 7),
        ("lost", None, 7), ("held", None, None), ("found", None, 9),
    ]  # fmt: skip
    times = [event.time for event in events]
    assert times == pytest.approx([1.3, 5.3, 7, 7, 10, 10, 11, 12.3], abs=1 / fps + 1e-6)
    lost = [event for event in events if event.kind == "lost"]
    assert [event.detail["start"] for event in lost] == pytest.approx([1, 5], abs=1 / fps + 1e-6)
    assert [event.detail["seconds"] for event in lost] == pytest.approx([5, 4], abs=1 / fps + 1e-6)


def test_a_hold_goes_on_while_somebody_is_out_of_sight_for_a_moment() -> None:
    def script(time: float) -> Shown:
        return {} if 2 <= time < 2.9 else {0: "slouch"}

    events = noticed(Events("slouch held 2.5s", "slouch held 4s", "any exit"), stream(script, 6, 10))
    assert [event.time for event in events] == pytest.approx([2.9, 4.0])


def test_nobody_is_told_again_after_somebody_was_there() -> None:
    def script(time: float) -> Shown:
        return {0: "a"} if 5 <= time < 6 else {}

    events = noticed(Events("nobody for 2s"), stream(script, 10, 10))
    assert [event.time for event in events] == pytest.approx([2, 8])


def test_people_are_kept_apart() -> None:
    def script(time: float) -> Shown:
        return {0: "slouch" if time >= 1 else "up", 1: "up", 2: "slouch" if time >= 2 else "up"}

    events = noticed(Events("slouch held 2s"), stream(script, 6, 10))
    assert [event.person for event in events] == [0, 2]
    assert [event.time for event in events] == pytest.approx([3, 4])
    assert said(noticed(Events("slouch held 2s by person 2"), stream(script, 6, 10))) == [("held", "slouch", 2)]


def test_without_rules_all_but_holds_are_told() -> None:
    events = noticed(Events(), stream(lambda time: DAY(time) if time < 9 else {}, 12, 10))
    assert [event.kind for event in events] == ["found", "enter", "exit", "enter", "exit", "enter", "exit", "lost"]
    assert all(event.label is not None for event in events if event.kind in ("enter", "exit"))


def test_an_event_asked_for_twice_is_told_once() -> None:
    assert len(noticed(Events("slouch enter", "any enter", "slouch enter"), stream(DAY, 3, 10))) == 2


def test_people_without_a_classifier_are_found_and_nothing_else() -> None:
    people = [Result(Frame(IMAGE, n / 10, n), (Person(0, POSE),)) for n in range(20)]
    assert said(noticed(Events("person found", "any enter", "unknown for 1s"), people)) == [("found", None, 0)]


def squats(time: float) -> Shown:
    return {0: "down" if time % 1 >= 0.5 else "up"}


@pytest.mark.parametrize("fps", [8, 15, 30])
def test_repetitions_are_told_by_the_name_of_their_counter(fps: int) -> None:
    events = Events("squat rep", "wave rep", counters={"squat": Repetitions("up > down > up")})
    told = noticed(events, stream(squats, 10.2, fps))
    assert said(told) == [("rep", "squat", 0)] * 10
    assert [event.detail["count"] for event in told] == list(range(1, 11))


def test_spotters_keep_the_names_of_their_events() -> None:
    class Waves:
        def __init__(self) -> None:
            self.events: list[Event] = []

        def __call__(self, result: Result) -> None:
            if result.frame.index == 1:
                self.events.append(Event("gesture", "wave", 0, result.frame.time))

    results = [Result(Frame(IMAGE, n / 10, n)) for n in range(4)]
    assert said(noticed(Events("wave gesture", spotters=[Waves()]), results)) == [("gesture", "wave", 0)]
    assert noticed(Events("clap gesture", spotters=[Waves()]), results) == []


def test_tallies_count_and_hold_for_who_is_in_the_picture() -> None:
    events = Events("up held 2s", "up held 4s", counters={"squat": Repetitions("up > down > up")})
    script = steps((0, "up"), (1, "down"), (2, "up"))

    def tallies(time: float, shown: Shown) -> list[tuple[Label | None, int, int | None, float | None, float | None]]:
        return [
            (each.label, each.person, each.count, None if each.held is None else round(each.held, 3), each.goal)
            for each in events(moment(time, shown)).tallies
        ]

    seen = {n: tallies(n / 10, script(n / 10 + 1e-9)) for n in range(80)}
    assert seen[0] == [("squat", 0, 0, None, None)]
    assert seen[5] == [("squat", 0, 0, None, None), ("up", 0, None, 0.5, 2.0)]
    assert seen[15] == [("squat", 0, 0, None, None)]
    assert seen[30] == [("squat", 0, 1, None, None), ("up", 0, None, 1.0, 2.0)]
    assert seen[50][1] == ("up", 0, None, 3.0, 4.0)
    assert seen[79][1] == ("up", 0, None, 5.9, 4.0)
    assert tallies(8.0, {}) == []


def test_the_pipeline_gives_results_with_events() -> None:
    def classify(pose: Pose) -> Prediction:
        label = "up" if pose["left_wrist"][1] < pose["nose"][1] else "down"
        return Prediction(label, {"up": float(label == "up"), "down": float(label == "down")})

    poses = [stick_figure(arms=170 if n >= 30 else 10) for n in range(120)]
    pipeline = Pipeline(ScriptedTracker(poses), classify, Ema(0.1), Events("up held 2s"))
    results = [pipeline(frame) for frame in frames(120)]
    (event,) = [event for result in results for event in result.events]
    assert event.time == pytest.approx(3.0, abs=0.2)
    assert results[-1].person is not None
    assert results[-1].tallies == () or isinstance(results[-1].tallies[0], Tally)
    assert len(results[-1].tallies) == 1


@pytest.mark.parametrize("fps", RATES)
def test_noisy_confidences_hold_alike_at_every_rate(fps: int) -> None:
    """As in the counting test of noisy repetitions: a share of 0.35 of noise, steadied in seconds."""
    noise = random.Random(fps)
    smoother = Ema(0.3)

    def noisy(number: int) -> Result:
        time = number / fps
        up = min(max(float(time % 8 >= 4) + noise.gauss(0, 0.35), 0.0), 1.0)
        prediction = Prediction("up" if up >= 0.5 else "down", {"up": up, "down": 1 - up})
        return Result(Frame(IMAGE, time, number), (Person(0, POSE, smoother(0, prediction, time)),))

    told = noticed(Events("up held 2s", "up enter", settle=0.6), map(noisy, range(40 * fps)))
    assert [event.kind for event in told] == ["enter", "held"] * 5
    holds = [event.time for event in told if event.kind == "held"]
    assert holds == pytest.approx([6, 14, 22, 30, 38], abs=0.5 + 1 / fps)


@pytest.mark.parametrize(("settle", "lost"), [(-1, 1), (float("nan"), 1), (0.3, 0), (0.3, float("nan"))])
def test_times_that_make_no_sense_are_refused(settle: float, lost: float) -> None:
    with pytest.raises(ValueError, match="settle is seconds"):
        Events(settle=settle, lost=lost)


def test_at_the_end_of_the_stream_whoever_is_there_leaves_and_is_lost() -> None:
    events = Events("any exit", "person lost", "any enter")
    before = noticed(events, stream(lambda time: {0: "slouch", 1: "upright"} if time < 3 else {0: "slouch"}, 3.5, 10))
    assert said(before) == [("enter", "slouch", 0), ("enter", "upright", 1)]
    ending = events.end()
    assert said(ending) == [("exit", "slouch", 0), ("lost", None, 0), ("exit", "upright", 1), ("lost", None, 1)]
    assert {event.time for event in ending} == {3.4}
    assert [event.detail["start"] for event in ending] == [0.0] * 4
    assert [event.detail["seconds"] for event in ending] == pytest.approx([3.4, 3.4, 3.0, 3.0])
    assert {event.detail["stream_end"] for event in ending} == {1.0}
    assert events.end() == ()  # it ends once


def test_an_end_tells_what_rules_ask_for_and_nothing_of_what_was_no_event() -> None:
    glimpse = Events()
    assert noticed(glimpse, stream(lambda time: {0: "slouch"}, 0.2, 20)) == []
    assert glimpse.end() == ()
    assert Events().end() == ()
    only = Events("slouch exit by person 1")
    noticed(only, stream(lambda time: {0: "slouch", 1: "slouch"}, 2, 20))
    assert said(only.end()) == [("exit", "slouch", 1)]


def test_who_was_lost_before_the_end_is_not_lost_again() -> None:
    events = Events()
    before = noticed(events, stream(lambda time: {0: "up"} if time < 1 else {}, 4, 20))
    assert [event.kind for event in before] == ["found", "enter", "exit", "lost"]
    assert all("stream_end" not in event.detail for event in before)
    assert events.end() == ()


def test_a_label_left_just_before_the_end_was_left_then() -> None:
    events = Events("any exit")
    noticed(events, stream(steps((0, "up"), (2, "down")), 2.2, 10))
    (ending,) = events.end()
    assert ending.label == "up"
    assert ending.detail["seconds"] == pytest.approx(2.0)
