"""Counts repetitions of a pattern of labels, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from posknn.temporal.excursions import Excursion
from posknn.temporal.patterns import Follower, Found, parse_pattern, side_of
from posknn.temporal.steady import ROUNDING, Steady
from posknn.values import Event, Label, Prediction, Result

__all__ = ["Repetition", "Repetitions", "parse_pattern"]

_PARTIAL: Final = 0.3
"""How much nearer to the far pose somebody comes in a partial repetition."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """One time through a pattern, by one person.

    start, end: seconds, from leaving the first pose to the frame that shows the last one. label: the pose farthest
    from the start, "down" of "up > down > up". depth: how near that pose was come to, its greatest confidence, 0..1.
    whole: False for one that was begun and not gone through with, or not deep enough; it is reported, not counted.
    hold: seconds in the far pose, 0 when it was not reached. tempo: seconds since the repetition before was over, its
    own length for the first of a set. side: "left" or "right", where the label says so.
    """

    person: int
    start: float
    end: float
    label: Label
    depth: float
    whole: bool = True
    hold: float = 0.0
    tempo: float = 0.0
    side: str | None = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


class Repetitions:
    """Count how often each person goes through a pattern of labels; a Sink, to stand behind a smoother.

    pattern: "up > down > up", or the labels one by one; the last label of one repetition may be the first of the
    next. "|" stands between labels of which either will do: "stand > left_lunge | right_lunge > stand". Labels outside
    the pattern, "unknown" and nobody pass unnoticed. least, greatest: seconds that a repetition takes; one outside is
    not counted. rest: seconds after the end of one in which no other ends. enter, leave: a label counts as shown from
    the one confidence until below the other, as in `Steady`. full: the depth that makes a repetition whole;
    one begun and undone, or not so deep, is partial. Confidence is a measure of depth where the classifier is a
    `Between`; votes of neighbours are all or nothing.

    events: one of kind "rep" per whole repetition and one of kind "partial" per partial one, in order of time; the
    detail tells start, seconds and depth, of whole ones count, hold and tempo too.
    """

    def __init__(
        self,
        pattern: str | tuple[Label, ...],
        *,
        least: float = 0.2,
        greatest: float = 30.0,
        rest: float = 0.4,
        enter: float = 0.6,
        leave: float = 0.4,
        full: float = 0.6,
    ) -> None:
        if not 0 <= least < greatest:
            raise ValueError(f"a repetition takes 0 <= least < greatest seconds, not {least} and {greatest}")
        if not rest >= 0:
            raise ValueError(f"rest is seconds of 0 or more, not {rest}")
        if not 0 <= full <= 1:
            raise ValueError(f"full is a confidence from 0 to 1, not {full}")
        self.pattern = parse_pattern(pattern)
        self._seconds = least, greatest
        self._rest = rest
        self._thresholds = enter, leave
        self._full = full
        self._people: dict[int, _Person] = {}
        self._new_person(0)  # to refuse thresholds now
        self.events: list[Event] = []
        self.repetitions: list[Repetition] = []

    def __call__(self, result: Result) -> None:
        """Take the result of one frame; frames come in order of time."""
        for person in result.people:
            if person.prediction is not None:
                self.take(person.id, person.prediction, result.frame.time)

    def take(self, person: int, prediction: Prediction, time: float) -> None:
        """Take one prediction of a person at `time` seconds; times do not go back."""
        if person not in self._people:
            self._people[person] = self._new_person(person)
        found = self._people[person](prediction, time)
        if found is not None and self._lasts(found):
            self._report(found)

    def count(self, person: int | None = None) -> int:
        """Return the whole repetitions of one person, or of everybody."""
        return sum(1 for one in self.repetitions if one.whole and person in (None, one.person))

    def partials(self, person: int | None = None) -> int:
        """Return the partial repetitions of one person, or of everybody."""
        return sum(1 for one in self.repetitions if not one.whole and person in (None, one.person))

    def _new_person(self, number: int) -> _Person:
        enter, leave = self._thresholds
        return _Person(number, self.pattern, Steady(enter=enter, leave=leave))

    def _lasts(self, found: Repetition) -> bool:
        least, greatest = self._seconds
        return least - ROUNDING <= found.seconds <= greatest + ROUNDING

    def _report(self, found: Repetition) -> None:
        person = self._people[found.person]
        since = found.end - person.ended
        if since < self._rest - ROUNDING:
            return
        whole = found.whole and found.depth >= self._full
        tempo = since if since <= self._seconds[1] else found.seconds
        found = replace(found, whole=whole, tempo=tempo)
        self.repetitions.append(found)
        detail = {"start": found.start, "seconds": found.seconds, "depth": found.depth}
        if whole:
            person.ended = found.end
            person.count += 1
            detail |= {"count": float(person.count), "hold": found.hold, "tempo": tempo}
        kind = "rep" if whole else "partial"
        self.events.append(Event(kind, found.label, found.person, found.end, detail))


class _Person:
    """Follows one person through the pattern. count: whole repetitions so far; ended: when the last one was over."""

    __slots__ = ("_depths", "_excursion", "_follower", "_number", "_steady", "count", "ended")

    def __init__(self, number: int, pattern: Sequence[Label], steady: Steady) -> None:
        self._number = number
        self._steady = steady
        self._follower = Follower(pattern)
        self._excursion = Excursion(_PARTIAL)
        self._depths: dict[Label, float] = {}  # by label, the greatest confidence since the start was left
        self.count = 0
        self.ended = -inf

    def __call__(self, prediction: Prediction, time: float) -> Repetition | None:
        shares = {label: _share(prediction, label) for label in self._follower.inner}
        far = max(shares, key=lambda name: shares[name])
        turned = self._excursion(shares[far], time)
        label = self._steady(prediction, time)
        for name, share in shares.items():
            self._depths[name] = max(self._depths.get(name, 0.0), share)
        found = None if label is None else self._follower(label, time)
        repetition = None
        if found is not None:
            repetition = self._repetition(found)
            self._excursion = Excursion(_PARTIAL)
        elif turned is not None and self._follower.at_start:
            repetition = Repetition(self._number, turned.start, time, far, turned.peak, whole=False, side=side_of(far))
        if self._follower.at_start:
            self._depths = {}
        return repetition

    def _repetition(self, found: Found) -> Repetition:
        depth = min((self._depths[name] for name in found.between if name in self._depths), default=1.0)
        return Repetition(
            self._number, found.start, found.end, found.far, depth, hold=found.held, side=side_of(found.far)
        )


def _share(prediction: Prediction, label: Label) -> float:
    return prediction.confidences_by_label.get(label, float(label == prediction.label))
