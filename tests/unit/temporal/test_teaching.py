"""Marks, countdown and keys say which label is taught at a moment, and never two."""

from __future__ import annotations

import pytest

from posknn import Countdown, Label, Marks, Segment, Stop, Toggle


def test_marks_teach_from_their_start_to_just_before_their_end() -> None:
    marks = Marks([Segment(2, 3, "b"), Segment(0.5, 2, "a")])
    assert [marks(time) for time in (0, 0.49, 0.5, 1.99, 2, 2.99, 3, 100)] == [
        None, None, "a", "a", "b", "b", None, None,
    ]  # fmt: skip
    assert marks.labels == ("a", "b")


def test_marks_can_be_asked_in_any_order() -> None:
    marks = Marks([Segment(0, 1, "a"), Segment(5, 6, 7)])
    assert [marks(time) for time in (5.5, 0.5, 3, 5.5)] == [7, "a", None, 7]


def test_labels_of_marks_are_named_once_in_order_of_time() -> None:
    assert Marks([Segment(4, 5, "a"), Segment(2, 3, "b"), Segment(0, 1, "a")]).labels == ("a", "b")
    assert Marks([]).labels == ()
    assert Marks([])(0) is None


@pytest.mark.parametrize("later", [Segment(0.9, 2, "b"), Segment(0, 1, "b"), Segment(0.2, 0.3, "a")])
def test_marks_that_overlap_are_refused(later: Segment) -> None:
    with pytest.raises(ValueError, match=r"overlap at .* one label at a time"):
        Marks([Segment(0, 1, "a"), later])


def test_a_countdown_pauses_then_teaches_each_label_and_stops() -> None:
    countdown = Countdown(["a", 5], countdown=3, seconds=2)
    taught: list[Label | None] = [countdown(100 + half / 2) for half in range(20)]
    assert taught == [None] * 6 + ["a"] * 4 + [None] * 6 + [5] * 4
    with pytest.raises(Stop):
        countdown(110)
    assert countdown.message == ""


def test_a_countdown_tells_what_to_do() -> None:
    countdown = Countdown(["arms up"], countdown=3, seconds=8)
    assert countdown.message == ""
    said = []
    for time in (0, 0.1, 1, 2.9, 3, 3.5, 10.9):
        countdown(time)
        said.append(countdown.message)
    assert said == [
        "arms up in 3", "arms up in 3", "arms up in 2", "arms up in 1",
        "hold arms up: 8", "hold arms up: 8", "hold arms up: 1",
    ]  # fmt: skip


def test_the_clock_of_a_countdown_starts_when_it_is_first_asked() -> None:
    countdown = Countdown(["a"], countdown=1, seconds=1)
    assert [countdown(time) for time in (50.0, 50.9, 51.0, 51.9)] == [None, None, "a", "a"]


@pytest.mark.parametrize("fps", [5, 30, 60])
def test_a_countdown_teaches_each_label_for_as_long_as_told(fps: int) -> None:
    countdown = Countdown(["a", "b", "c"], countdown=0.7, seconds=1.1)
    taught = [countdown(0.123 + frame / fps) for frame in range(int(3 * 1.8 * fps))]
    for label in "abc":
        assert abs(taught.count(label) / fps - 1.1) <= 1 / fps + 1e-9


def test_a_countdown_may_do_without_a_pause() -> None:
    countdown = Countdown(["a", "b"], countdown=0, seconds=1)
    assert [countdown(time) for time in (0, 0.5, 1, 1.5)] == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("labels", "countdown", "seconds"), [([], 3, 8), (["a"], -1, 8), (["a"], 3, 0), (["a"], float("nan"), 8)]
)
def test_a_countdown_needs_labels_and_time(labels: list[Label], countdown: float, seconds: float) -> None:
    with pytest.raises(ValueError, match="a countdown needs"):
        Countdown(labels, countdown=countdown, seconds=seconds)


def test_a_toggle_teaches_one_label_until_it_is_switched_off() -> None:
    toggle = Toggle()
    assert toggle(0) is None
    toggle.switch("a")
    assert toggle(1) == toggle.active == "a"
    toggle.switch("b")
    assert toggle(2) == "b"
    toggle.switch("b")
    assert toggle(3) is None


def test_5_and_the_word_5_are_two_switches() -> None:
    toggle = Toggle()
    toggle.switch(5)
    toggle.switch("5")
    assert toggle(0) == "5"
