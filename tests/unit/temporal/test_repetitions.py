"""Repetitions are counted in seconds: the same 20 at every frame rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from posknn import Frame, Label, Person, Prediction, Repetitions, Result
from posknn.temporal.repetitions import parse_pattern
from posknn.testing import frames, result, stick_figure

RATES = [5, 8, 15, 30, 60]


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
    assert count(["up", "down", "down", "up", "down", "down", "up"]) == 2


def test_a_pattern_that_ends_elsewhere_begins_anew() -> None:
    assert count(["up", "down"] * 5, pattern="up > down", least=0) == 5
    assert count([0, 1, 2] * 4, pattern=(0, 1, 2)) == 4


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
    assert (event.kind, event.label, event.person) == ("rep", "up", 3)
    assert event.time == pytest.approx(6.0)
    assert event.detail == {"count": 1, "start": pytest.approx(4.9), "seconds": pytest.approx(1.1)}


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
