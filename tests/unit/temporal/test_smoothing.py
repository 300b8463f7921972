"""Ema settles equally fast at any frame rate, bridges short gaps and survives whatever the classifier does."""

from __future__ import annotations

from itertools import count

import pytest

from posknn import Ema, Label, Prediction

RATES = [5, 8, 15, 24, 30, 60]


def sure(label: Label, *others: Label) -> Prediction:
    return Prediction(label, {label: 1.0, **dict.fromkeys(others, 0.0)})


UP, DOWN = Prediction("up", {"up": 1.0, "down": 0.0}, class_index=0), Prediction("down", {"up": 0.0, "down": 1.0})
NOTHING = Prediction(None, {"up": 0.5, "down": 0.5})


def settle(fps: float, *, tau: float = 0.3, share: float = 0.9) -> float:
    """Return the seconds from the moment a pose changes until its share is reached."""
    ema = Ema(tau)
    ema(0, UP, 0.0)
    for frame in count(1):
        time = frame / fps
        if ema(0, DOWN, time).confidences_by_label["down"] >= share:
            return time
    raise AssertionError


@pytest.mark.parametrize("fps", RATES)
def test_it_settles_equally_fast_at_any_frame_rate(fps: float) -> None:
    assert settle(10_000) - 1e-9 <= settle(fps) <= settle(10_000) + 1 / fps


@pytest.mark.parametrize("fps", RATES)
def test_shares_depend_on_the_time_and_not_on_how_often_was_looked(fps: int) -> None:
    ema = Ema(0.5)
    ema(0, UP, 0.0)
    for frame in range(1, fps + 1):
        answer = ema(0, DOWN, frame / fps)
    assert answer.confidences_by_label["up"] == pytest.approx(2.718281828459045**-2)
    assert sum(answer.confidences_by_label.values()) == pytest.approx(1)


def test_the_first_answer_is_taken_as_it_is_and_a_steady_one_stays() -> None:
    ema = Ema(1.0)
    for step in range(5):
        assert ema(0, UP, step / 30).confidences_by_label == UP.confidences_by_label


def test_a_flicker_is_held_down_and_the_label_follows_the_shares() -> None:
    ema = Ema(0.2)
    ema(0, UP, 0.0)
    flicker = ema(0, DOWN, 1 / 30)
    assert flicker.label == "up"
    assert flicker.class_index == 0
    assert ema(0, DOWN, 0.5).label == "down"


def test_without_a_time_constant_shares_stay_as_they_are() -> None:
    ema = Ema(0)
    assert ema(0, UP, 0.0).label == "up"
    assert ema(0, DOWN, 0.001).confidences_by_label == DOWN.confidences_by_label


def test_people_are_kept_apart() -> None:
    ema = Ema(10)
    ema(1, UP, 0.0)
    assert ema(2, DOWN, 0.1).label == "down"
    assert ema(1, NOTHING, 0.1).label == "up"
    assert ema(2, NOTHING, 0.1).label == "down"
    assert ema(3, NOTHING, 0.1).label is None


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("start", [0, 1, 7, 33])
def test_a_label_outlives_unknown_for_as_long_as_told_and_no_longer(fps: int, start: int) -> None:
    ema = Ema(0.1, bridge=0.4)
    ema(0, UP, start / fps)
    held = [ema(0, NOTHING, (start + frame) / fps).label for frame in range(1, fps + 1)]
    assert held == ["up" if 5 * frame <= 2 * fps else None for frame in range(1, fps + 1)]


def test_unknown_stays_unknown_without_a_bridge() -> None:
    ema = Ema(bridge=0)
    ema(0, UP, 0.0)
    answer = ema(0, NOTHING, 0.01)
    assert answer.label is None
    assert answer.class_index is None


def test_a_bridge_does_not_prolong_itself() -> None:
    ema = Ema(bridge=0.25)
    ema(0, UP, 0.0)
    assert [ema(0, NOTHING, time).label for time in (0.2, 0.4, 0.6)] == ["up", None, None]


def test_somebody_who_was_away_long_starts_afresh() -> None:
    ema = Ema(0.1, bridge=0.2)
    ema(0, UP, 0.0)
    assert ema(0, DOWN, 5.0).confidences_by_label == DOWN.confidences_by_label
    ema(1, UP, 0.0)
    assert ema(1, NOTHING, 5.0).label is None


def test_what_else_an_answer_says_is_left_as_it_is() -> None:
    given = Prediction("up", {"up": 1.0}, 0.25, 0.5, class_index=4, confidences={4: 1.0})
    answer = Ema()(0, given, 0.0)
    assert (answer.distance, answer.limit, answer.class_index, answer.confidences) == (0.25, 0.5, 4, {4: 1.0})
    assert given.confidences_by_label == {"up": 1.0}


def test_shares_by_class_index_are_smoothed_alike_though_indices_have_gaps() -> None:
    ema = Ema(1.0)
    ema(0, Prediction("b", {"b": 1.0, "d": 0.0}, class_index=1, confidences={1: 1.0, 3: 0.0}), 0.0)
    answer = ema(0, Prediction("d", {"b": 0.0, "d": 1.0}, class_index=3, confidences={1: 0.0, 3: 1.0}), 0.1)
    assert answer.label == "b"
    assert answer.class_index == 1
    assert answer.confidences == {1: answer.confidences_by_label["b"], 3: answer.confidences_by_label["d"]}
    later = ema(0, Prediction(None, {"b": 0.0, "d": 1.0}, confidences={1: 0.0, 3: 1.0}), 0.2)
    assert (later.label, later.class_index) == ("b", 1)


def test_labels_that_are_taught_while_it_runs_start_afresh() -> None:
    ema = Ema(10)
    ema(0, sure("up"), 0.0)
    assert ema(0, sure("down", "up"), 0.1).label == "down"


def test_a_label_that_is_cleared_while_it_runs_is_not_held() -> None:
    ema = Ema(bridge=1)
    ema(0, sure("up", "down"), 0.0)
    assert ema(0, Prediction(None, {"down": 1.0}), 0.1).label is None


def test_answers_without_shares_are_bridged_too() -> None:
    ema = Ema(bridge=0.2)
    assert ema(0, Prediction("up"), 0.0).label == "up"
    answer = ema(0, Prediction(None), 0.1)
    assert (answer.label, answer.class_index, dict(answer.confidences_by_label)) == ("up", None, {})
    assert ema(0, Prediction(None), 0.5).label is None
    ema(1, sure("up"), 0.0)
    assert ema(1, Prediction(None), 0.1).label == "up"


def test_5_and_the_word_5_are_two_labels() -> None:
    ema = Ema(0.2)
    ema(0, sure(5, "5"), 0.0)
    assert ema(0, Prediction("5", {5: 0.0, "5": 1.0}), 1 / 30).label == 5


@pytest.mark.parametrize(("tau", "bridge"), [(-0.1, 0.2), (0.1, -0.2), (float("nan"), 0.2), (0.1, float("nan"))])
def test_seconds_are_0_or_more(tau: float, bridge: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Ema(tau, bridge=bridge)


def test_a_label_stays_until_its_confidence_is_below_leave() -> None:
    ema = Ema(0.0)
    shares = [0.9, 0.55, 0.45, 0.41, 0.39, 0.45, 0.59, 0.61]
    labels = [
        ema(0, Prediction("up" if up > 0.5 else "down", {"up": up, "down": 1 - up}), number / 10).label
        for number, up in enumerate(shares)
    ]
    assert labels == ["up", "up", "up", "up", "down", "down", "down", "up"]


def test_with_enter_an_unsure_answer_is_unknown() -> None:
    ema = Ema(0.0, enter=0.6)
    assert ema(0, Prediction("up", {"up": 0.5, "down": 0.3, "other": 0.2}), 0.0).label is None
    assert ema(0, Prediction("up", {"up": 0.7, "down": 0.3, "other": 0.0}), 0.1).label == "up"
    assert ema(0, Prediction("down", {"up": 0.3, "down": 0.5, "other": 0.2}), 0.2).label is None
