"""Events as messages and in words."""

from __future__ import annotations

import json

import pytest

from posknn import Event
from posknn.output.publishers.message import describe, message, message_text, subject

HELD = Event("held", "slouch", 2, 12.3456789, {"start": 2.3456789, "seconds": 10.0})
REP = Event("rep", "squat", 0, 3.0, {"count": 3.0, "start": 1.0, "seconds": 2.0})


@pytest.mark.parametrize(
    ("event", "words", "about"),
    [
        (HELD, "slouch held 10 s", "slouch"),
        (REP, "squat rep 3", "squat"),
        (Event("enter", "slouch", 0, 1.0, {"start": 0.5}), "slouch enter", "slouch"),
        (Event("enter", 5, 0, 1.0), "5 enter", "5"),
        (Event("held", None, 0, 1.0, {"seconds": 2.5}), "unknown held 2.5 s", "unknown"),
        (Event("held", None, None, 1.0, {"seconds": 5.0}), "nobody for 5 s", "nobody"),
        (Event("lost", None, 0, 1.0), "person lost", "person"),
        (Event("gesture", "wave", 0, 1.0), "wave gesture", "wave"),
        (Event("partial", "squat", 0, 1.0, {"depth": 0.5}), "squat partial", "squat"),
        (Event("exit", "slouch", 0, 1.0, {"stream_end": 1.0}), "slouch exit, end of stream", "slouch"),
    ],
)
def test_an_event_in_words(event: Event, words: str, about: str) -> None:
    assert describe(event) == words
    assert subject(event) == about


def test_a_message_is_flat_and_its_count_is_whole() -> None:
    assert message(HELD) == {
        "kind": "held", "label": "slouch", "person": 2, "time": 12.345679, "start": 2.345679, "seconds": 10.0,
    }  # fmt: skip
    assert message_text(REP) == (
        '{"kind": "rep", "label": "squat", "person": 0, "time": 3.0, "count": 3, "start": 1.0, "seconds": 2.0}'
    )


def test_a_message_says_that_the_stream_ended() -> None:
    lost = Event("lost", None, 1, 9.0, {"start": 1.0, "seconds": 8.0, "stream_end": 1.0})
    assert message_text(lost) == (
        '{"kind": "lost", "label": null, "person": 1, "time": 9.0, "start": 1.0, "seconds": 8.0, "stream_end": true}'
    )


def test_a_message_is_one_line_whatever_the_label() -> None:
    for label in ("a\nb", "深蹲", '"', "\u2028"):
        text = message_text(Event("enter", label, None, 0.0))
        assert "\n" not in text
        assert json.loads(text) == {"kind": "enter", "label": label, "person": None, "time": 0.0}
