"""Puts together what notices events and who is told of them, from what somebody typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from posknn.errors import UnknownLabelError
from posknn.output.publishers.command import to_command
from posknn.output.publishers.mqtt import to_mqtt
from posknn.output.publishers.osc import to_osc
from posknn.output.publishers.websocket import WebSocketServer
from posknn.temporal.events import Events
from posknn.temporal.repetitions import Repetitions, parse_pattern
from posknn.temporal.rules import Rule
from posknn.values import Label, Result

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


def parse_named_pattern(text: str) -> tuple[str, tuple[Label, ...]]:
    """Read "squat: up > down > up"; without a name the second label is the name. ValueError as `parse_pattern`."""
    name, colon, rest = text.partition(":")
    if not colon or ">" in name or not name.strip():
        labels = parse_pattern(text)
        return str(labels[1]), labels
    return name.strip(), parse_pattern(rest)


def watcher_of(
    rules: Sequence[Rule],
    patterns: Mapping[str, Sequence[Label]],
    labels: Sequence[Label],
    *,
    settle: float,
    lost: float,
) -> Events:
    """Make what notices the events that the rules ask for.

    patterns: labels in order, by the name under which rules ask for their repetitions. labels: what the classifier
    was taught. A name that is one of two labels needs no pattern: a repetition goes there from the other and back.
    UnknownLabelError for a label that was never taught, ValueError for repetitions without a pattern.
    """
    taught = {str(label): label for label in labels}
    sought = {
        name: [_step(step, taught, f"the pattern of {name!r}") for step in pattern]
        for name, pattern in patterns.items()
    }
    for rule in rules:
        if rule.label is not None and rule.kind in ("enter", "exit", "held"):
            _known(rule.label, taught, f"the rule {rule.text!r}")
        if rule.kind == "rep" and (rule.label not in sought if rule.label is not None else not sought):
            sought |= _there_and_back(rule, labels)
        if rule.kind == "gesture":
            raise ValueError(f"the rule {rule.text!r} asks for a gesture, but none is taught here")
    counters = {name: Repetitions(tuple(pattern)) for name, pattern in sought.items()}
    return Events(*rules, counters=counters, settle=settle, lost=lost)


def _step(step: Label, taught: Mapping[str, Label], where: str) -> Label:
    """Return a step of a pattern with the label as it was taught; "a | b" stays a choice."""
    found = [_known(label.strip(), taught, where) for label in str(step).split("|")]
    return found[0] if len(found) == 1 else step


def _known(label: str, taught: Mapping[str, Label], where: str) -> Label:
    if label not in taught:
        near = get_close_matches(label, taught, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(map(repr, taught)) or 'none'}"
        raise UnknownLabelError(f"{where} names the label {label!r}, which was never taught: {hint}")
    return taught[label]


def _there_and_back(rule: Rule, labels: Sequence[Label]) -> dict[str, list[Label]]:
    far = [label for label in labels if str(label) == rule.label]
    if len(labels) == 2 and far:
        near = [label for label in labels if label not in far]
        return {str(far[0]): [*near, *far, *near]}
    what = "nothing is counted" if rule.label is None else f"{rule.label!r} has no pattern"
    example = f'"{rule.label or "squat"}: up > down > up"'
    raise ValueError(f"the rule {rule.text!r} needs a pattern that is counted, such as {example}: {what}")
