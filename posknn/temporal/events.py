"""Turns results into events, as rules ask for them: who came and went, what was entered, held, left and repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Protocol

from posknn.temporal.presence import Hold, Presence, Times
from posknn.temporal.rules import ALL_EVENTS, Rule, parse_rule
from posknn.values import Event, Label, Result, Tally

__all__ = ["Counter", "Events"]


class Counter(Protocol):
    """What finds events of its own in the results, such as `Repetitions`. One that waits for more has end()."""

    @property
    def events(self) -> Sequence[Event]:
        """All it found so far, in order of time."""

    def __call__(self, result: Result) -> object:
        """Take the result of one frame."""


class Events:
    """Notice what happens; a Watcher for the pipeline.

    rules: such as "slouch held 10s", see `parse_rule`; without any, all but holds. counters: what counts repetitions,
    by the name that its events get as their label. spotters: what finds gestures, which have their own.

    settle: seconds; a label has to stay for so long to be entered, and one that is gone for less was not left: a
    flicker or a glance is no event and ends no hold. A person has to stay as long to be found. No hold waits for it:
    the shortest one asked for is the most that it can be. lost: seconds after which somebody who is not seen is lost;
    until then all goes on as it was.

    An event has the time of the frame that decided it. Its detail, in seconds: start, when the label or person began
    to be seen; seconds, for held the length asked for, for exit and lost how long it was. `end` tells what the end of
    the stream does: whoever is there leaves the pose and is lost, with stream_end = 1 in the detail.
    Frames come in order of time; any frame rate gives the same events to within one frame. Labels are steadied as by
    `Steady`.
    """

    def __init__(
        self,
        *rules: str | Rule,
        counters: Mapping[str, Counter] | None = None,
        spotters: Sequence[Counter] = (),
        settle: float = 0.3,
        lost: float = 1.0,
    ) -> None:
        if not (settle >= 0 and lost > 0):
            raise ValueError(f"settle is seconds of 0 or more and lost of more than 0, not {settle} and {lost}")
        self.rules = tuple(parse_rule(rule) if isinstance(rule, str) else rule for rule in rules) or ALL_EVENTS
        shortest = min((rule.seconds or inf for rule in self.rules if rule.subject != "nobody"), default=inf)
        self._times = Times(min(settle, shortest), lost)
        self._counters = dict(counters or {})
        self._spotters = tuple(spotters)
        self._counts: dict[tuple[str, int | None], int] = {}
        self._people: dict[int, Presence] = {}
        self._empty: Hold | None = None  # since nobody is seen
        self._time: float | None = None  # of the last frame

    def __call__(self, result: Result) -> Result:
        """Return the result with its events, and with the tallies of the people in the picture."""
        self._time = result.frame.time
        events = [*self._missed(result), *self._seen(result), *self._nobody(result), *self._counted(result)]
        return replace(result, events=self._wanted(events), tallies=tuple(self._tallies(result)))

    def end(self) -> tuple[Event, ...]:
        """Return what happens because the stream is over, at the time of its last frame; nothing a second time."""
        if self._time is None:
            return ()
        events = [event for spotter in self._spotters for event in _at_the_end(spotter)]
        for person in self._people.values():
            events += person.ended(self._time)
        self._people.clear()
        self._time = None
        return self._wanted(events)

    def _wanted(self, events: Sequence[Event]) -> tuple[Event, ...]:
        return tuple(event for event in events if any(rule(event) for rule in self.rules))

    def _missed(self, result: Result) -> Iterator[Event]:
        ids = {person.id for person in result.people}
        for known in [known for known in self._people if known not in ids]:
            yield from self._people[known].missed(result.frame.time)
            if self._people[known].gone:
                del self._people[known]

    def _seen(self, result: Result) -> Iterator[Event]:
        time = result.frame.time
        for person in result.people:
            if person.id not in self._people:
                self._people[person.id] = Presence(person.id, time, self._times, self._goals)
            yield from self._people[person.id].seen(person.prediction, time)

    def _nobody(self, result: Result) -> Iterator[Event]:
        time = result.frame.time
        if any(self._people[person.id].found for person in result.people):
            self._empty = None
            return
        if self._empty is None:
            self._empty = Hold(time, self._goals(None, None))
        for goal in self._empty(time):
            yield Event("held", None, None, time, {"start": self._empty.since, "seconds": goal})

    def _counted(self, result: Result) -> Iterator[Event]:
        for name, counter in self._counters.items():
            for event in _new(counter, result):
                if event.kind == "rep":
                    self._counts[name, event.person] = self._counts.get((name, event.person), 0) + 1
                yield replace(event, label=name)
        for spotter in self._spotters:
            yield from _new(spotter, result)

    def _tallies(self, result: Result) -> Iterator[Tally]:
        for person in result.people:
            for name in self._counters:
                yield Tally(name, person.id, count=self._counts.get((name, person.id), 0))
            held = self._people[person.id].tally(result.frame.time)
            if held is not None:
                yield held

    def _goals(self, label: Label | None, person: int | None) -> list[float]:
        wanted = {rule.seconds for rule in self.rules if rule.seconds is not None and rule.holds(label, person)}
        return sorted(wanted)


def _at_the_end(counter: Counter) -> Sequence[Event]:
    """Return what a counter that waits for what comes next knows now that nothing does."""
    before, end = len(counter.events), getattr(counter, "end", None)
    if end is not None:
        end()
    return counter.events[before:]


def _new(counter: Counter, result: Result) -> Sequence[Event]:
    before = len(counter.events)
    counter(result)
    return counter.events[before:]
