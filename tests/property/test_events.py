"""Laws of events: the same at every frame rate, in order, and each in its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn import Event, Events, Frame, Label, Person, Prediction, Result
from posknn.testing import frames, stick_figure

POSE = stick_figure()
IMAGE = next(frames(1)).image
RULES = ("any enter", "any exit", "any held 1s", "unknown enter", "unknown exit", "unknown for 2s", "nobody for 2s")
WHO = ("person found", "person lost")

# Far enough from 0.3 s, 1 s and 2 s that no frame rate makes a difference: a flicker, a pose, a long one.
Turn = tuple[str, float]
turns = st.lists(
    st.tuples(st.sampled_from(["a", "b", "unknown", "nobody"]), st.sampled_from([0.15, 0.65, 1.45, 2.6])), max_size=8
)


def moment(time: float, what: str) -> Result:
    label: Label | None = None if what == "unknown" else what
    seen = Person(0, POSE, Prediction(label, {} if label is None else {label: 1.0}))
    return Result(Frame(IMAGE, time, 0), () if what == "nobody" else (seen,))


def told(script: list[Turn], fps: float, rules: tuple[str, ...] = (*RULES, *WHO)) -> list[Event]:
    events = Events(*rules)
    seen: list[Event] = []
    ends = [sum(seconds for _, seconds in script[: n + 1]) for n in range(len(script))]
    total = ends[-1] if ends else 0.0
    for number in range(int(total * fps)):
        time = number / fps
        what = next(what for (what, _), end in zip(script, ends, strict=True) if time < end)
        seen += events(moment(time, what)).events
    return seen


@settings(max_examples=60, deadline=None)
@given(turns, st.sampled_from([15.0, 24.0, 30.0, 60.0]))
def test_events_come_in_order_and_in_their_place(script: list[Turn], fps: float) -> None:
    events = told(script, fps)
    times = [event.time for event in events]
    assert times == sorted(times)
    there, shown, held = False, None, False
    for event in events:
        if event.person is None:
            assert (event.kind, event.label) == ("held", None)
        elif event.kind == "found":
            assert not there
            there = True
        elif event.kind == "lost":
            assert there
            assert shown is None
            there = False
        elif event.kind == "enter":
            assert there
            assert shown is None
            shown, held = [event.label], False
        elif event.kind == "exit":
            assert shown == [event.label]
            shown = None
        else:
            assert shown == [event.label]
            assert not held
            held = True
        assert event.detail["start"] <= event.time
        assert event.detail.get("seconds", 0.0) <= event.time - event.detail["start"] + 1e-9


@settings(max_examples=60, deadline=None)
@given(turns)
def test_each_rule_is_told_the_same_whatever_the_others(script: list[Turn]) -> None:
    every = told(script, 20)
    for rule in ("any enter", "any exit", "nobody for 2s", "person lost"):
        alone = told(script, 20, (rule,))
        kind = "held" if rule.startswith("nobody") else rule.split()[1]
        among = [event for event in every if event.kind == kind and (kind != "held" or event.person is None)]
        among = [event for event in among if kind not in ("enter", "exit") or event.label is not None]
        assert [(one.label, one.time) for one in alone] == [(one.label, one.time) for one in among]


@settings(max_examples=60, deadline=None)
@given(turns, st.sampled_from([(15.0, 60.0), (24.0, 30.0), (20.0, 50.0)]))
def test_every_frame_rate_tells_the_same_holds(script: list[Turn], rates: tuple[float, float]) -> None:
    script = [(what, seconds) for what, seconds in script if seconds > 0.3] + [
        ("b", 3.0)
    ]  # a flicker may be seen or not
    slow, fast = (told(script, fps, ("any held 1s", "nobody for 2s", "unknown for 2s")) for fps in rates)
    assert [(one.label, one.person, one.detail["seconds"]) for one in slow] == [
        (one.label, one.person, one.detail["seconds"]) for one in fast
    ]
    assert [one.time for one in slow] == pytest.approx([one.time for one in fast], abs=1 / rates[0] + 1e-6)
