"""One state machine says what somebody shows: hysteresis, and gaps bridged for as long as told."""

from __future__ import annotations

from math import inf

import pytest

from posknn import Label, Prediction, Steady


def said(up: float) -> Prediction:
    return Prediction("up" if up >= 0.5 else "down", {"up": up, "down": 1 - up})


def shown(steady: Steady, *moments: tuple[float, Prediction | None]) -> list[Label | None]:
    return [steady(prediction, time) for time, prediction in moments]


def test_a_label_is_entered_above_one_confidence_and_left_below_another() -> None:
    ups = [0.55, 0.6, 0.45, 0.4, 0.39, 0.5, 0.6]
    labels = shown(Steady(), *((number / 10, said(up)) for number, up in enumerate(ups)))
    assert labels == [None, "up", "up", "up", "down", "down", "down"]


def test_between_the_two_it_is_none_when_nothing_is_sure_enough() -> None:
    three = Prediction("b", {"a": 0.3, "b": 0.5, "c": 0.2})
    steady = Steady()
    assert shown(steady, (0.0, Prediction("a", {"a": 1.0, "b": 0.0, "c": 0.0})), (0.1, three)) == ["a", None]
    assert steady.since == 0.1


@pytest.mark.parametrize("gap", [None, Prediction(None, {"up": 1.0})])
def test_unknown_and_away_are_bridged_and_what_was_bridged_in_vain_ended_at_its_start(gap: Prediction | None) -> None:
    steady = Steady(bridge=0.2)
    moments = [(0.0, said(1.0)), (0.1, gap), (0.2, gap)]
    assert shown(steady, *moments) == ["up", "up", "up"]
    assert steady(gap, 0.21) is None
    assert steady.since == 0.1
    bridged = Steady(bridge=0.2)
    shown(bridged, *moments, (0.25, said(1.0)))
    assert (bridged.label, bridged.since) == ("up", 0.0)


@pytest.mark.parametrize("fps", [5, 8, 15, 30, 60])
def test_it_changes_within_a_frame_of_the_moment_at_any_rate(fps: int) -> None:
    steady = Steady()
    for number in range(4 * fps):
        time = number / fps
        steady(said(1.0 if time < 1.73 else 0.0) if time < 3.1 else None, time)
        if time < 1.73:
            assert (steady.label, steady.since) == ("up", 0.0)
        elif time < 3.1:
            assert steady.label == "down"
            assert 1.73 <= steady.since <= 1.73 + 1 / fps
    assert steady.label is None
    assert 3.1 <= steady.since <= 3.1 + 1 / fps


def test_nothing_is_shown_before_the_first_answer() -> None:
    steady = Steady()
    assert (steady.label, steady.since) == (None, -inf)
    assert steady(None, 0.0) is None


def test_an_answer_without_shares_is_sure() -> None:
    assert shown(Steady(), (0.0, Prediction("up")), (0.1, Prediction("down"))) == ["up", "down"]


@pytest.mark.parametrize("options", [{"enter": 1.1}, {"leave": -0.1}, {"bridge": -1.0}, {"bridge": float("nan")}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"0 to 1|0 or more"):
        Steady(**options)
