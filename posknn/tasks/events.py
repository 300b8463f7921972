"""Puts together what notices events and who is told of them, from what somebody typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

from posknn.classification.between import Between
from posknn.classification.classifier import PoseClassifier
from posknn.errors import UnknownLabelError
from posknn.output.publishers.command import to_command
from posknn.output.publishers.mqtt import to_mqtt
from posknn.output.publishers.osc import to_osc
from posknn.output.publishers.websocket import WebSocketServer
from posknn.parts import Named
from posknn.storage.gestures import learn_gestures
from posknn.tasks.count import resolved_pattern
from posknn.temporal.events import Counter, Events
from posknn.temporal.patterns import choices, parse_pattern
from posknn.temporal.repetitions import Repetitions
from posknn.temporal.rules import Rule
from posknn.temporal.smoothing import Ema
from posknn.values import Event, Person, Result, Smoother

__all__ = ["NOWHERE", "Addresses", "Receiver", "Told", "parse_named_pattern", "receivers_of", "told_by", "watcher_of"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where events go. commands: one for all rules, or one per rule. osc, ws: host and port. origins: for ws."""

    commands: tuple[str, ...] = ()
    osc: tuple[str, int] | None = None
    ws: tuple[str, int] | None = None
    origins: tuple[str, ...] = ()
    mqtt: str | None = None


NOWHERE = Addresses()


@dataclass(frozen=True, slots=True)
class Told:
    """What one receiver got. dropped: events it did not get. problem: the last failure, None when there was none."""

    name: str
    delivered: int
    dropped: int
    problem: str | None = None


class Receiver(Protocol):
    """A sink that passes events on and counts them."""

    name: str

    @property
    def delivered(self) -> int:
        """How many events the receiver got."""

    @property
    def dropped(self) -> int:
        """How many events it did not get."""

    @property
    def problem(self) -> str | None:
        """The last failure in words."""

    def __call__(self, result: Result) -> object:
        """Take the result of one frame."""

    def tell(self, events: Sequence[Event]) -> None:
        """Take events that belong to no frame."""

    def close(self) -> None:
        """Give up what is left."""


def told_by(receivers: Sequence[Receiver]) -> tuple[Told, ...]:
    """Return what each receiver got."""
    return tuple(Told(each.name, each.delivered, each.dropped, each.problem) for each in receivers)


def receivers_of(
    to: Addresses, rules: Sequence[Rule], report: Callable[[str], object], closing: ExitStack
) -> tuple[Receiver, ...]:
    """Open everything that events go to, each to be closed by `closing`.

    rules: each has a command of its own where there are as many. report: called with a line when a receiver fails and
    when it works again. ValueError for another number of commands than one or one per rule.
    """
    opened: list[Receiver] = []
    for receiver in _opening(to, rules, report):
        closing.callback(receiver.close)
        opened.append(receiver)
    return tuple(opened)


def _opening(to: Addresses, rules: Sequence[Rule], report: Callable[[str], object]) -> Iterator[Receiver]:
    commands = to.commands
    if len(commands) == 1:
        yield to_command(commands[0], report=report)
    elif len(commands) == len(rules):
        for command, rule in zip(commands, rules, strict=True):
            yield to_command(command, wanted=rule, report=report)
    elif commands:
        raise ValueError(f"{len(commands)} commands for {len(rules)} rules: give one for all, or one per rule")
    if to.ws is not None:
        host, port = to.ws
        yield WebSocketServer(port, host=host, origins=to.origins)
    if to.osc is not None:
        yield to_osc(*to.osc, report=report)
    if to.mqtt is not None:
        yield to_mqtt(to.mqtt, report=report)


def parse_named_pattern(text: str) -> tuple[str, str]:
    """Cut "squat: up > down > up" into name and pattern; without a name the second label is the name.

    ValueError as `parse_pattern`.
    """
    name, colon, pattern = text.partition(":")
    if not colon or ">" in name or not name.strip():
        return str(parse_pattern(text)[1]), text
    parse_pattern(pattern)
    return name.strip(), pattern


def watcher_of(
    rules: Sequence[Rule],
    patterns: Mapping[str, str],
    classifier: Named,
    gestures: str | Path | None = None,
    *,
    smooth: float = 0.1,
    settle: float = 0.3,
    lost: float = 1.0,
) -> Events:
    """Make what notices the events that the rules ask for.

    patterns: by the name under which rules ask for their repetitions. A name that is one of two labels needs none: a
    repetition goes there from the other and back. gestures: recordings in which they were taught. smooth: see `Ema`.
    UnknownLabelError for a label that was never taught, ValueError for repetitions without a pattern.
    """
    taught = [str(label) for label in classifier.labels]
    spotters = [] if gestures is None else [learn_gestures(gestures)]
    moving = [str(label) for spotter in spotters for label in spotter.limits]
    sought = dict(patterns)
    for rule in rules:
        if rule.label is not None and rule.kind in ("enter", "exit", "held"):
            _check(rule, taught)
        if rule.kind in ("rep", "partial") and (rule.label not in sought if rule.label is not None else not sought):
            sought |= _there_and_back(rule, taught)
        if rule.kind == "gesture" and not moving:
            raise ValueError(f"the rule {rule.text!r} asks for a gesture: name the recordings in which it is taught")
        if rule.kind == "gesture" and rule.label is not None:
            _check(rule, moving)
    counters = {name: _counter(pattern, classifier, smooth) for name, pattern in sought.items()}
    return Events(*rules, counters=counters, spotters=spotters, settle=settle, lost=lost)


def _check(rule: Rule, taught: Sequence[str]) -> None:
    if rule.label not in taught:
        near = get_close_matches(str(rule.label), [*taught, "any", "unknown", "nobody"], 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(map(repr, taught)) or 'none'}"
        raise UnknownLabelError(f"the rule {rule.text!r} names {rule.label!r}, which was never taught: {hint}")


def _there_and_back(rule: Rule, taught: Sequence[str]) -> dict[str, str]:
    if rule.label is not None and len(taught) == 2 and rule.label in taught:
        (near,) = (label for label in taught if label != rule.label)
        return {rule.label: f"{near} > {rule.label} > {near}"}
    what = "nothing is counted" if rule.label is None else f"{rule.label!r} has no pattern"
    example = f'"{rule.label or "squat"}: up > down > up"'
    raise ValueError(f"the rule {rule.text!r} needs a pattern that is counted, such as {example}: {what}")


def _counter(pattern: str, classifier: Named, smooth: float) -> Counter:
    steps = resolved_pattern(pattern, classifier.labels)
    if not isinstance(classifier, PoseClassifier):
        return Repetitions(steps)
    labels = dict.fromkeys(label for step in steps for label in choices(step))
    return _ByDepth(Between(classifier, tuple(labels)), Ema(smooth), Repetitions(steps))


class _ByDepth:
    """Counts by how deep a pose is, as `posknn count` does, where the votes of the pipeline are all or nothing."""

    def __init__(self, between: Between, smoother: Smoother, repetitions: Repetitions) -> None:
        self._between = between
        self._smoother = smoother
        self._repetitions = repetitions

    @property
    def events(self) -> Sequence[Event]:
        return self._repetitions.events

    def __call__(self, result: Result) -> None:
        time = result.frame.time
        people = (
            Person(
                person.id, person.pose, self._smoother(person.id, self._between(person.pose, person.prediction), time)
            )
            for person in result.people
        )
        self._repetitions(Result(result.frame, tuple(people)))
