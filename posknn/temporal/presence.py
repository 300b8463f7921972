"""Follows one person through a stream and says what happens: found, entered, held, left, lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from posknn.temporal.steady import ROUNDING, Steady
from posknn.values import Event, Label, Prediction, Tally

__all__ = ["Hold", "Presence", "Times"]

Goals = Callable[[Label | None, int | None], Sequence[float]]
"""The lengths of a hold of a label by a person that are wanted, seconds, rising."""


@dataclass(frozen=True, slots=True)
class Times:
    """settle: a label or a person has to stay for so long. lost: after which nobody is waited for. Seconds."""

    settle: float
    lost: float


class Hold:
    """Something that lasts since a moment and reaches some lengths, each told once."""

    __slots__ = ("_goals", "_reached", "since")

    def __init__(self, since: float, goals: Sequence[float]) -> None:
        self.since = since
        self._goals = goals
        self._reached = 0

    def __call__(self, time: float) -> Iterator[float]:
        """Yield the lengths that are reached by now and were not before."""
        while self._reached < len(self._goals) and time - self.since >= self._goals[self._reached] - ROUNDING:
            self._reached += 1
            yield self._goals[self._reached - 1]

    @property
    def goal(self) -> float | None:
        """The next length, the last one when all are reached; None when none is wanted."""
        return self._goals[min(self._reached, len(self._goals) - 1)] if self._goals else None


class Presence:
    """One person from the first sight on.

    found: seen for long enough to be somebody. gone: lost, or never more than a flicker; ask no more.
    """

    __slots__ = (
        "_away",
        "_first",
        "_goals",
        "_hold",
        "_label",
        "_left",
        "_person",
        "_steady",
        "_times",
        "found",
        "gone",
    )

    def __init__(self, person: int, time: float, times: Times, goals: Goals) -> None:
        self._person = person
        self._first = time
        self._times = times
        self._goals = goals
        self._steady = Steady(enter=0.0)  # what is shown is what events are about
        self._away: float | None = None  # the first frame since that lacked the person
        self._hold: Hold | None = None  # of the label that was entered
        self._label: Label | None = None
        self._left: float | None = None  # the first frame since that lacked that label
        self.found = False
        self.gone = False

    def seen(self, prediction: Prediction | None, time: float) -> Iterator[Event]:
        """Yield what happens in a frame that shows the person. prediction: None without a classifier."""
        self._away = None
        if not self.found and time - self._first >= self._times.settle - ROUNDING:
            self.found = True
            yield self._event("found", None, time, start=self._first)
        if prediction is None:
            return
        self._steady(prediction, time)
        if self._hold is None or self._steady.label != self._label:
            yield from self._change(max(self._steady.since, self._first), time)
        if self._hold is not None and self._steady.label == self._label:
            self._left = None
            for goal in self._hold(time):
                yield self._event("held", self._label, time, start=self._hold.since, seconds=goal)

    def missed(self, time: float) -> Iterator[Event]:
        """Yield what happens in a frame that does not show the person."""
        self._away = time if self._away is None else self._away
        missing = time - self._away
        if not self.found:
            self.gone = missing >= self._times.settle - ROUNDING
        elif missing >= self._times.lost - ROUNDING:
            yield from self._lost(time)

    def ended(self, time: float) -> Iterator[Event]:
        """Yield what happens because the stream ends with the frame at `time` seconds: nothing lasts any longer."""
        if self.found:
            yield from self._lost(time, stream_end=1.0)

    def tally(self, time: float) -> Tally | None:
        """Return how long the label is held, where such a length is wanted."""
        if self._hold is None or self._left is not None or self._hold.goal is None:
            return None
        return Tally(self._label, self._person, held=time - self._hold.since, goal=self._hold.goal)

    def _change(self, since: float, time: float) -> Iterator[Event]:
        """Leave the label that was entered, enter the one that shows since then, once that is no flicker."""
        if self._hold is not None:
            self._left = since if self._left is None else self._left
            if time - self._left >= self._times.settle - ROUNDING:
                yield self._exit(self._left, time)
        if self._hold is None and time - since >= self._times.settle - ROUNDING:
            self._label = self._steady.label
            self._hold = Hold(since, self._goals(self._label, self._person))
            yield self._event("enter", self._label, time, start=since)

    def _lost(self, time: float, **detail: float) -> Iterator[Event]:
        self.gone = True
        end = time if self._away is None else self._away
        if self._hold is not None:
            yield self._exit(end if self._left is None else self._left, time, **detail)
        yield self._event("lost", None, time, start=self._first, seconds=end - self._first, **detail)

    def _exit(self, end: float, time: float, **detail: float) -> Event:
        assert self._hold is not None
        start, self._hold, self._left = self._hold.since, None, None
        return self._event("exit", self._label, time, start=start, seconds=end - start, **detail)

    def _event(self, kind: str, label: Label | None, time: float, **detail: float) -> Event:
        return Event(kind, label, self._person, time, detail)
