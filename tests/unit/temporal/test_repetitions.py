"""Repetitions are counted in seconds: the same 20 at every frame rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from posknn import Ema, Frame, Label, Person, Prediction, Repetitions, Result
from posknn.temporal.repetitions import parse_pattern
from posknn.testing import Stream, frames, result, stick_figure, synthetic

RATES = [5, 8, 15, 30, 60]


def counted(stream: Stream, pattern: str = "up > down > up", **options: float) -> Repetitions:
    """Return the counter of a scripted stream, behind a smoother."""
    repetitions, ema = Repetitions(pattern, **options), Ema()
    for time, prediction in zip(stream.times, stream.predictions, strict=True):
        repetitions.take(0, ema(0, prediction, time), time)
    return repetitions


def count(labels: Sequence[Label | None], *, pattern: Any = "up > down > up", fps: float = 10, **options: float) -> int:
    """Return how often a stream, one label per frame, goes through a pattern."""
    repetitions = Repetitions(pattern, **options)
    for number, label in enumerate(labels):
        repetitions(result(label, time=number / fps, index=number))
    return repetitions.count()


def squats(fps: int, *, number: int = 20, seconds: float = 2.0) -> list[Label | None]:
    """Return the labels of squats, half of the time down, that begin and end standing."""
    frames = range(int((number * seconds + 0.5) * fps))
    return ["down" if n / fps < number * seconds and n / fps % seconds >= seconds / 2 else "up" for n in frames]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("seconds", [0.8, 1.5, 2.0, 3.7])
def test_20_are_20_at_any_frame_rate(fps: int, seconds: float) -> None:
    assert count(squats(fps, seconds=seconds), fps=fps) == 20


@pytest.mark.parametrize("fps", RATES)
def test_unknown_and_nobody_on_the_way_pass_unnoticed(fps: int) -> None:
    labels = squats(fps)
    for number in range(0, len(labels), 4):
        labels[number] = None if number % 8 else "some other pose"
    assert count(labels, fps=fps) == 20
    repetitions = Repetitions("up > down > up")
    for number, label in enumerate(squats(fps)):
        frame = Frame(next(frames(1)).image, number / fps, number)
        repetitions(Result(frame) if number % 3 == 2 else result(label, time=frame.time))
    assert repetitions.count() == 20


def test_the_last_label_of_one_is_the_first_of_the_next() -> None:
    assert count(["up", "down", "down", "up", "down", "down", "up"], rest=0) == 2


def test_a_pattern_that_ends_elsewhere_begins_anew() -> None:
    assert count(["up", "down"] * 5, pattern="up > down", least=0, rest=0) == 5
    assert count([0, 1, 2] * 4, pattern=(0, 1, 2), rest=0) == 4


def test_a_half_one_does_not_count() -> None:
    assert count(["up", "up", "down", "down"]) == 0
    assert count(["down", "down", "up", "up"]) == 0


def test_a_wrong_turn_begins_anew_with_what_came_last() -> None:
    assert count("abac", pattern=("a", "b", "c", "a"), least=0) == 0
    assert count("abababca", pattern=("a", "b", "c", "a"), least=0) == 1
    assert count("bca", pattern=("a", "b", "c", "a"), least=0) == 0


def test_an_extra_repetition_of_the_beginning_does_not_hide_the_pattern() -> None:
    for extra in range(4):
        assert count("ab" * extra + "abac", pattern=("a", "b", "a", "c"), least=0) == 1


def test_a_repetition_is_as_long_as_from_leaving_the_start_to_coming_back() -> None:
    repetitions = Repetitions("up > down > up")
    for number, label in enumerate(["up"] * 50 + ["down"] * 10 + ["up"] * 5):
        repetitions(result(label, time=number / 10, index=number, person=3))
    (event,) = repetitions.events
    assert (event.kind, event.label, event.person) == ("rep", "down", 3)
    assert event.time == pytest.approx(6.0)
    assert event.detail == {
        "count": 1,
        "start": pytest.approx(4.9),
        "seconds": pytest.approx(1.1),
        "depth": 1.0,
        "hold": pytest.approx(0.9),
        "tempo": pytest.approx(1.1),
    }


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("start", [0, 1, 13])
def test_too_short_and_too_long_do_not_count_and_the_bounds_do(fps: int, start: int) -> None:
    labels = ["up"] * (start + 1) + ["down"] * (fps - 1) + ["up"]  # one second
    for least, greatest, number in ((1.0, 30, 1), (1.01, 30, 0), (0.1, 1.0, 1), (0.1, 0.99, 0)):
        assert count(labels, fps=fps, least=least, greatest=greatest) == number


def test_after_one_that_was_too_long_counting_goes_on() -> None:
    labels = ["up", *["down"] * 50, "up", *["down"] * 5, "up"]
    assert count(labels, greatest=2) == 1


def test_a_flicker_is_no_repetition() -> None:
    assert count(["up"] * 20 + ["down"] * 2 + ["up"] * 20, fps=30) == 0


def test_people_are_counted_apart() -> None:
    repetitions = Repetitions("up > down > up")
    for time, (one, two) in enumerate([("up", "up"), ("down", "up"), ("up", "down"), ("down", "down"), ("up", "up")]):
        people = [Person(n, stick_figure(), Prediction(label)) for n, label in ((4, one), (9, two))]
        repetitions(Result(Frame(next(frames(1)).image, float(time), time), tuple(people)))
    assert [repetitions.count(4), repetitions.count(9), repetitions.count(5), repetitions.count()] == [2, 1, 0, 3]
    assert [(event.person, event.detail["count"]) for event in repetitions.events] == [(4, 1), (4, 2), (9, 1)]


def test_somebody_without_a_prediction_is_passed_over() -> None:
    repetitions = Repetitions("up > down")
    repetitions(Result(next(frames(1)), (Person(0, stick_figure()),)))
    assert repetitions.count() == 0


def test_a_pattern_is_read_with_or_without_spaces() -> None:
    assert parse_pattern("up>arms down > up") == ("up", "arms down", "up")


@pytest.mark.parametrize(
    "pattern",
    ["", "up", "up >", "> up", "up > > down", "up > up", "up > down > down", (), ("up",), ("up", "up"), ("", "a")],
)
def test_a_pattern_has_two_labels_or_more_and_no_two_alike_in_a_row(pattern: str | tuple[Label, ...]) -> None:
    with pytest.raises(ValueError, match='such as "up > down > up"'):
        Repetitions(pattern)


@pytest.mark.parametrize(("least", "greatest"), [(-1, 1), (1, 1), (2, 1), (float("nan"), 1)])
def test_seconds_are_in_order(least: float, greatest: float) -> None:
    with pytest.raises(ValueError, match="least < greatest"):
        Repetitions("up > down", least=least, greatest=greatest)


@pytest.mark.parametrize("fps", [5, 8, 9, 15, 30, 60])
def test_flicker_neither_adds_nor_takes_any(fps: int) -> None:
    """As measured for others: 20 one-second repetitions, 40 % of the time down, noise of 0.35 on the confidence."""
    counts = []
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(0, 0.35, 21 * fps)
        repetitions, ema = Repetitions("up > down > up"), Ema()
        for number, extra in enumerate(noise.tolist()):
            time = number / fps
            down = min(max(float(0.3 <= time % 1 < 0.7 and time < 20) + extra, 0.0), 1.0)
            said = Prediction("down" if down > 0.5 else "up", {"up": 1 - down, "down": down})
            repetitions.take(0, ema(0, said, time), time)
        counts.append(repetitions.count())
    assert sum(counts) / len(counts) == pytest.approx(20, abs=1)
    assert sum(abs(number - 20) <= 1 for number in counts) >= 9


@pytest.mark.parametrize("fps", RATES)
def test_half_depth_is_partial_and_not_counted(fps: int) -> None:
    repetitions = counted(synthetic("squats", reps=4, fps=fps, depths=[1, 0.5, 1, 0.5]))
    assert (repetitions.count(), repetitions.partials()) == (2, 2)
    assert [one.whole for one in repetitions.repetitions] == [True, False, True, False]
    assert [event.kind for event in repetitions.events] == ["rep", "partial", "rep", "partial"]
    assert [event.detail.get("count") for event in repetitions.events] == [1, None, 2, None]
    assert repetitions.events[1].detail["depth"] < 0.6
    assert all(0.35 < one.depth < 0.55 for one in repetitions.repetitions if not one.whole)


def test_what_is_entered_but_not_deep_enough_is_partial_too() -> None:
    repetitions = counted(synthetic("squats", reps=3, depths=[1, 0.75, 1]), full=0.85)
    assert [one.whole for one in repetitions.repetitions] == [True, False, True]


def test_tempo_is_from_one_to_the_next_and_of_the_first_its_own_length() -> None:
    repetitions = counted(synthetic("squats", reps=3, fps=60, seconds=1.5))
    first, *others = repetitions.repetitions
    assert first.tempo == first.seconds
    assert [one.tempo for one in others] == pytest.approx([1.5, 1.5], abs=0.02)
    assert all(0.4 < one.hold < 1.0 for one in repetitions.repetitions)


def test_the_side_is_told_where_a_label_names_it() -> None:
    labels = ["stand", "left_lunge", "stand", "right_lunge", "stand", "other", "stand"]
    repetitions = Repetitions("stand > left_lunge | right_lunge > stand")
    for number, label in enumerate(labels):
        repetitions(result(label, time=float(number), index=number))
    assert [(one.label, one.side) for one in repetitions.repetitions] == [
        ("left_lunge", "left"),
        ("right_lunge", "right"),
    ]


def test_no_other_one_ends_within_the_rest() -> None:
    labels = ["up", "down", "down", "up", "down", "down", "up", "down", "down", "up"]
    assert [count(labels, rest=rest) for rest in (0, 0.3, 0.31, 0.61)] == [3, 3, 2, 1]


@pytest.mark.parametrize("options", [{"rest": -1}, {"full": 1.1}, {"enter": 2}, {"leave": -0.1}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"0 to 1|0 or more"):
        Repetitions("up > down", **options)
