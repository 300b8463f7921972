"""Reads rules such as "slouch held 10s": which events somebody wants to be told of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from posknn.values import Event, Label, Result, Sink

__all__ = ["ALL_EVENTS", "Rule", "on", "parse_rule"]

Subject = Literal["label", "any", "unknown", "nobody"]

_KINDS: Final = ("enter", "exit", "held", "rep", "partial", "lost", "found", "gesture")
_NAMED: Final = ("rep", "partial", "gesture")
_VERBS: Final = {kind: kind for kind in _KINDS} | {"for": "held"}
_TIMED: Final = ("held", "for")
_SUBJECTS: Final[dict[str, Subject]] = {"any": "any", "unknown": "unknown", "nobody": "nobody"}
_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    "ms": 0.001,
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}
_WORD: Final = re.compile(r'"[^"]*"|\S+')
_LENGTH: Final = re.compile(r"(\d+\.?\d*|\.\d+)\s*([a-z]*)")
_EXAMPLES: Final = 'rules look like "slouch held 10s", "squat rep", "nobody for 5s", "any enter" or "person lost"'


@dataclass(frozen=True, slots=True)
class Rule:
    """Which events are wanted: called with an event, says whether it is one of them.

    text: as it was written. kind: of the event. subject: "label", or "any" label, "unknown" or "nobody".
    label: as text, where the subject is one. seconds: of a hold. person: None for whoever it is.
    """

    text: str
    kind: str
    subject: Subject
    label: str | None = None
    seconds: float | None = None
    person: int | None = None

    def __call__(self, event: Event) -> bool:
        """Say whether this is an event that the rule asks for."""
        if event.kind != self.kind or (self.seconds is not None and event.detail.get("seconds") != self.seconds):
            return False
        if event.kind in ("lost", "found"):
            return self.person is None or event.person == self.person
        return self.holds(event.label, event.person)

    def holds(self, label: Label | None, person: int | None) -> bool:
        """Say whether this label of this person is the rule's subject. label None: unknown; both None: nobody."""
        if self.subject == "nobody" or person is None:
            return self.subject == "nobody" and person is None and label is None
        if self.person is not None and person != self.person:
            return False
        if self.subject == "unknown" or label is None:
            return self.subject == "unknown" and label is None
        return self.subject == "any" or str(label) == self.label


ALL_EVENTS: Final = (
    *(Rule(f"any {kind}", kind, "any") for kind in ("enter", "exit", *_NAMED)),
    *(Rule(f"person {kind}", kind, "any") for kind in ("found", "lost")),
)
"""What is told where nobody asks for anything: all but holds, which need a length."""


def parse_rule(text: str) -> Rule:
    """Read a rule: who or what, what happens, for holds how long, and, if it matters, by whom.

    LABEL enter, LABEL exit, LABEL held 10s, NAME rep, NAME partial, NAME gesture; "any" and, where it makes sense,
    "unknown" may stand for the label, "for" for "held". nobody for 5s. person lost, person found, person 2 lost. An end
    such as "by person 2" asks for that person alone. A label that is one of these words, or ends in one, stands in
    quotes. Lengths are in s, ms, min or h; a bare number is seconds. ValueError that names the word at fault.
    """
    words = list(_WORD.finditer(text))
    if not words:
        raise ValueError(f"a rule is empty: {_EXAMPLES}")
    words, person = _person(text, words)
    words, seconds = _length(text, words)
    place = _verb(text, words)
    verb = words[place].group()
    kind = _VERBS[verb]
    if seconds is not None and verb not in _TIMED:
        raise _wrong(text, words[place], 'a length goes with "held" or "for" alone')
    if seconds is None and kind == "held":
        raise _wrong(text, words[place], f'how long comes after it, such as "{verb} 10s"')
    if kind in ("lost", "found"):
        return Rule(text, kind, "any", person=_whom(text, words[:place], person))
    subject, label = _subject(text, words[:place], words[place])
    if subject == "nobody" and (kind != "held" or person is not None):
        raise _wrong(text, words[place], 'after nobody comes how long, such as "nobody for 5s", and no person')
    if subject == "unknown" and kind in _NAMED:
        raise _wrong(text, words[0], f"a {kind} has a name")
    return Rule(text, kind, subject, label, seconds, person)


def on(rule: str | Rule, call: Callable[[Event], object]) -> Sink:
    """Return a sink that calls a function with each event that a rule asks for, in the loop itself.

    The pipeline's `Events` must notice such events: it has the same rule, or none at all. A function that takes its
    time holds up the loop: hand it to a `Publisher`.
    """
    return _On(parse_rule(rule) if isinstance(rule, str) else rule, call)


class _On:
    def __init__(self, wanted: Rule, call: Callable[[Event], object]) -> None:
        self._wanted = wanted
        self._call = call

    def __call__(self, result: Result) -> None:
        self.tell(result.events)

    def tell(self, events: Sequence[Event]) -> None:
        for event in events:
            if self._wanted(event):
                self._call(event)


def _person(text: str, words: list[re.Match[str]]) -> tuple[list[re.Match[str]], int | None]:
    """Take "by person 2" or "by 2" off the end."""
    places = [place for place, word in enumerate(words) if word.group() == "by" and place > 0]
    if not places:
        return words, None
    place = places[-1]
    tail = [word.group() for word in words[place + 1 :]]
    if len(tail) not in (1, 2) or not tail[-1].isdecimal() or tail[:-1] not in ([], ["person"]):
        raise _wrong(
            text,
            words[place + 1] if tail else words[place],
            'after "by" comes a person, as in "by person 2"; a label with "by" in it stands in quotes',
        )
    return words[:place], int(tail[-1])


def _length(text: str, words: list[re.Match[str]]) -> tuple[list[re.Match[str]], float | None]:
    """Take "10s" or "10 s" off the end, where "held" or "for" stands before it."""
    place = next((place for place in (len(words) - 2, len(words) - 3) if _is(words, place, _TIMED)), None)
    if place is None:
        return words, None
    tail = words[place + 1 :]
    found = _LENGTH.fullmatch(" ".join(word.group() for word in tail).lower())
    if found is None:
        raise _wrong(text, tail[0], 'a length is a number and a unit, such as "10s", "500ms" or "2min"')
    number, unit = float(found[1]), found[2] or "s"
    if unit not in _UNITS:
        raise _wrong(text, tail[-1], "a unit is s, ms, min or h")
    if number <= 0:
        raise _wrong(text, tail[0], "a hold is longer than 0 seconds")
    return words[: place + 1], number * _UNITS[unit]


def _is(words: Sequence[re.Match[str]], place: int, which: Sequence[str]) -> bool:
    return place >= 0 and words[place].group() in which


def _verb(text: str, words: list[re.Match[str]]) -> int:
    """Return the place of what happens: the last word."""
    last = len(words) - 1
    if words[last].group() in _VERBS:
        return last
    for word in words[1:]:  # the first word is a label, however it reads
        if word.group() in _VERBS:
            raise _wrong(text, words[last], f"nothing but how long a hold is comes after {word.group()!r}")
        near = get_close_matches(word.group().lower(), _VERBS, 1, 0.7)
        if near:
            raise _wrong(text, word, f'did you mean "{near[0]}"? {_EXAMPLES}')
    if words[0].group() == "nobody":
        raise _wrong(text, words[-1], 'after nobody comes how long, such as "nobody for 5s"')
    raise _wrong(text, words[last], f"a rule ends in what happens: {', '.join(_KINDS)}; {_EXAMPLES}")


def _whom(text: str, words: list[re.Match[str]], person: int | None) -> int | None:
    """Read the subject of lost and found: nothing, "any", "person" or "person 2"."""
    said = [word.group() for word in words]
    if said in ([], ["any"], ["person"], ["any", "person"]):
        return person
    if len(said) == 2 and said[0] == "person" and said[1].isdecimal() and person is None:
        return int(said[1])
    raise _wrong(text, words[-1], 'people are lost and found, not labels: "person lost", "person 2 found"')


def _subject(text: str, words: list[re.Match[str]], verb: re.Match[str]) -> tuple[Subject, str | None]:
    """Read the subject of all other kinds."""
    if not words:
        if verb.group() in _NAMED:
            return "any", None
        raise _wrong(text, verb, 'before it comes a label, "any" or "unknown"')
    said = text[words[0].start() : words[-1].end()]
    if len(words) == 1 and said.startswith('"') and said.endswith('"') and len(said) > 1:
        if len(said) == 2:
            raise _wrong(text, words[0], "a label has a name")
        return "label", said[1:-1]
    if said in _SUBJECTS:
        return _SUBJECTS[said], None
    if words[0].group() == "person" and words[-1].group().isdecimal():
        raise _wrong(text, words[0], f'by whom comes at the end, such as "any {verb.group()} by {said}"')
    for word in words:
        if word.group() in (*_VERBS, *_SUBJECTS, "person") or '"' in word.group():
            raise _wrong(text, word, "a label that holds such a word stands in quotes as a whole")
    return "label", said


def _wrong(text: str, word: re.Match[str], why: str) -> ValueError:
    return ValueError(f"the rule {text!r} goes wrong at {word.group()!r}, character {word.start() + 1}: {why}")
