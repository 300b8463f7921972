"""Rules in words: what they ask for, and which word is at fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posknn import Event, Result, on, parse_rule
from posknn.temporal.rules import ALL_EVENTS
from posknn.testing import frames


def held(label: str | int | None, seconds: float, person: int | None = 0) -> Event:
    return Event("held", label, person, 20.0, {"start": 20.0 - seconds, "seconds": seconds})


@pytest.mark.parametrize(
    ("text", "kind", "subject", "label", "seconds", "person"),
    [
        ("slouch held 10s", "held", "label", "slouch", 10, None),
        ("slouch for 10 s", "held", "label", "slouch", 10, None),
        ("slouch held 10", "held", "label", "slouch", 10, None),
        ("slouch held 500ms", "held", "label", "slouch", 0.5, None),
        ("slouch held .5 min", "held", "label", "slouch", 30, None),
        ("slouch held 2 hours", "held", "label", "slouch", 7200, None),
        ("slouch enter", "enter", "label", "slouch", None, None),
        ("arms up exit", "exit", "label", "arms up", None, None),
        ("5 held 2s", "held", "label", "5", 2, None),
        ("squat rep", "rep", "label", "squat", None, None),
        ("rep", "rep", "any", None, None, None),
        ("any rep", "rep", "any", None, None, None),
        ("squat partial", "partial", "label", "squat", None, None),
        ("partial", "partial", "any", None, None, None),
        ("wave gesture", "gesture", "label", "wave", None, None),
        ("any enter", "enter", "any", None, None, None),
        ("unknown for 3s", "held", "unknown", None, 3, None),
        ("unknown exit", "exit", "unknown", None, None, None),
        ("nobody for 5s", "held", "nobody", None, 5, None),
        ("nobody held 5s", "held", "nobody", None, 5, None),
        ("person lost", "lost", "any", None, None, None),
        ("lost", "lost", "any", None, None, None),
        ("any found", "found", "any", None, None, None),
        ("person 2 lost", "lost", "any", None, None, 2),
        ("person found by 2", "found", "any", None, None, 2),
        ("slouch held 10s by person 2", "held", "label", "slouch", 10, 2),
        ("squat rep by 0", "rep", "label", "squat", None, 0),
        ('"held" held 1s', "held", "label", "held", 1, None),
        ('"nobody" enter', "enter", "label", "nobody", None, None),
        ('"stand by me" enter by 1', "enter", "label", "stand by me", None, 1),
        ("  slouch   held   10s  ", "held", "label", "slouch", 10, None),
    ],
)
def test_a_rule_is_read(
    text: str, kind: str, subject: str, label: str | None, seconds: float | None, person: int | None
) -> None:
    rule = parse_rule(text)
    assert (rule.kind, rule.subject, rule.label, rule.seconds, rule.person) == (kind, subject, label, seconds, person)
    assert rule.text == text


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("slouch", "slouch", "held"),
        ("slouch hold 10s", "hold", 'did you mean "held"'),
        ("Slouch Held 10s", "Held", 'did you mean "held"'),
        ("slouch enterd", "enterd", 'did you mean "enter"'),
        ("slouch held", "held", "held 10s"),
        ("slouch held ten", "ten", "10s"),
        ("slouch held 10 parsecs", "parsecs", "ms, min or h"),
        ("slouch held 0s", "0s", "longer than 0"),
        ("slouch held -3s", "-3s", "a number and a unit"),
        ("slouch enter 10s", "10s", "nothing but how long"),
        ("held 10s", "held", "before it"),
        ("held held 10s", "held", "quotes"),
        ("nobody", "nobody", "nobody for 5s"),
        ("nobody enter", "enter", "nobody for 5s"),
        ("nobody for 5s by 1", "for", "no person"),
        ("slouch lost", "slouch", "not labels"),
        ("person x lost", "x", "not labels"),
        ("unknown rep", "unknown", "has a name"),
        ("unknown partial", "unknown", "has a name"),
        ("person 2 enter", "person", "any enter by person 2"),
        ("slouch enter by bob", "bob", "by person 2"),
        ("slouch enter by", "by", "by person 2"),
        ("stand by enter", "enter", "quotes"),
        ("person 2 slouch enter", "person", "quotes"),
        ('"a b" c enter', '"a b"', "quotes"),
        ('"slouch enter', '"slouch', "quotes"),
        ('"" enter', '""', "has a name"),
    ],
)
def test_an_error_points_at_the_word(text: str, word: str, hint: str) -> None:
    with pytest.raises(ValueError, match="goes wrong at") as caught:
        parse_rule(text)
    (line,) = str(caught.value).splitlines()
    assert f"at {word!r}, character {text.rindex(word) + 1 if text.count(word) == 1 else text.index(word) + 1}" in line
    assert hint in line.partition("character")[2]
    assert repr(text) in line


def test_an_empty_rule_is_told_what_rules_look_like() -> None:
    for text in ("", "  "):
        with pytest.raises(ValueError, match="slouch held 10s"):
            parse_rule(text)


@given(st.text(max_size=30))
def test_any_text_is_a_rule_or_one_line_of_error(text: str) -> None:
    refused = None
    try:
        parse_rule(text)
    except ValueError as error:
        refused = str(error)
    assert refused is None or (len(refused.splitlines()) == 1 and "rule" in refused)


@given(st.text(min_size=1, max_size=15).filter(lambda label: '"' not in label), st.integers(1, 1000))
def test_any_label_can_be_asked_for_in_quotes(label: str, seconds: int) -> None:
    rule = parse_rule(f'"{label}" held {seconds}s')
    assert rule(held(label, seconds))
    assert not rule(held(label + "x", seconds))
    assert not rule(held(label, seconds + 1))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("slouch held 10s", ["slouch 10"]),
        ("slouch held 10s by 1", ["slouch 10 by 1"]),
        ("any held 10s", ["slouch 10", "slouch 10 by 1", "upright 10"]),
        ("slouch held 20s", ["slouch 20"]),
        ("unknown for 10s", ["unknown 10"]),
        ("nobody for 10s", ["nobody 10"]),
        ('"unknown" held 10s', []),
        ("slouch enter", []),
    ],
)
def test_a_rule_picks_its_holds(text: str, wanted: list[str]) -> None:
    events = {
        "slouch 10": held("slouch", 10.0),
        "slouch 10 by 1": held("slouch", 10.0, 1),
        "slouch 20": held("slouch", 20.0),
        "upright 10": held("upright", 10.0),
        "unknown 10": held(None, 10.0),
        "nobody 10": held(None, 10.0, None),
    }
    rule = parse_rule(text)
    if text == "slouch held 10s":
        wanted = [*wanted, "slouch 10 by 1"]
    assert [name for name, event in events.items() if rule(event)] == wanted


def test_a_rule_picks_its_people() -> None:
    lost = [Event("lost", None, person, 1.0) for person in (0, 2)]
    assert [event.person for event in lost if parse_rule("person lost")(event)] == [0, 2]
    assert [event.person for event in lost if parse_rule("person 2 lost")(event)] == [2]
    assert not any(parse_rule("person found")(event) for event in lost)


def test_a_number_and_its_text_are_both_asked_for_by_the_text() -> None:
    rule = parse_rule("5 enter")
    assert rule(Event("enter", 5, 0, 0.0))
    assert rule(Event("enter", "5", 0, 0.0))


def test_all_events_are_those_that_their_words_say() -> None:
    assert [parse_rule(rule.text) for rule in ALL_EVENTS] == list(ALL_EVENTS)
    assert not any(rule(Event("enter", None, 0, 0.0)) for rule in ALL_EVENTS)  # unknown is told when asked for


def test_on_calls_with_what_the_rule_asks_for() -> None:
    told: list[Event] = []
    sink = on("slouch enter", told.append)
    events = (Event("enter", "slouch", 0, 1.0), Event("exit", "slouch", 0, 1.0), Event("enter", "upright", 0, 1.0))
    (frame,) = frames(1)
    sink(Result(frame, events=events))
    assert told == [events[0]]
    on(parse_rule("any exit"), told.append)(Result(frame, events=events))
    assert told == [events[0], events[1]]
