from collections.abc import Iterator

import pytest

from posknn.errors import UnknownLabelError
from posknn.studio.session import Session
from posknn.studio.watching import Watch
from posknn.testing import frames, stick_figure
from posknn.values import Event, Person, Prediction, Result


def results(*labels: str, fps: float = 5.0) -> Iterator[Result]:
    for frame, label in zip(frames(len(labels), fps=fps), labels, strict=True):
        prediction = Prediction(label, {label: 1.0})
        yield Result(frame, (Person(0, stick_figure(arms=90 if label == "side" else 12), prediction),))


def test_without_rules_all_but_holds_are_told(taught: Session) -> None:
    told: list[Event] = []
    watch = Watch(lambda: taught.classifier, told.append)
    for result in results(*["down"] * 5, *["side"] * 5):
        watch(result)
    assert [(event.kind, event.label) for event in told] == [
        ("found", None),
        ("enter", "down"),
        ("exit", "down"),
        ("enter", "side"),
    ]


def test_a_rule_tells_what_it_asks_for_and_nothing_else(taught: Session) -> None:
    told: list[Event] = []
    watch = Watch(lambda: taught.classifier, told.append)
    watch.ask(["side held 1s"], None)
    found = [one for result in results(*["down"] * 9, *["side"] * 9) for one in watch.described(watch(result))]
    assert [(one["kind"], one["label"], one["text"], one["rules"]) for one in found] == [
        ("held", "side", "side held 1 s", [0])
    ]
    assert len(told) == 1


def test_repetitions_are_counted_and_stay_while_nobody_is_seen(taught: Session) -> None:
    watch = Watch(lambda: taught.classifier, lambda event: None)
    watch.ask([], "down > side > down")
    for result in results(*(["down"] * 5 + ["side"] * 5) * 2, *["down"] * 5):
        watch(result)
    assert watch.repetitions == 2
    watch(Result(next(frames(1, fps=0.01))))
    assert watch.repetitions == 2


def test_what_is_no_rule_changes_nothing(taught: Session) -> None:
    watch = Watch(lambda: taught.classifier, lambda event: None)
    watch.ask(["side held 1s"], "down > side > down")
    with pytest.raises(UnknownLabelError, match="never taught"):
        watch.ask(["slouch held 1s"], None)
    with pytest.raises(ValueError, match="down hold"):
        watch.ask(["down hold 1s"], None)
    assert watch.repetitions == 0
