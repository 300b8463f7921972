"""Spots moving gestures in a stream: each is taught by one to five short takes and found by dynamic time warping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from posknn.errors import MissingPackageError
from posknn.temporal.courses import RATE, Course, Doubles, Floats, Gauge, GestureTake
from posknn.values import Event, Label, Pose, Result

__all__ = ["GestureTake", "Gestures"]

_SLOWEST = 2.0
_FASTEST = 0.5
_STRICTEST = 0.35
_LAXEST = 0.6
_ONE_TAKE = 0.5
_MARGIN = 1.6
_AWAY = 0.5
_BETTER = 0.95  # a hair nearer is no later end


class Gestures:
    """Spot gestures, person by person; a Sink.

    takes: one to five a label, each from about the beginning to the end of the gesture; standing still before and
    after is cut off. embed: a pose to a vector (D,), as the takes were embedded. limit: how unlike its takes, in sizes
    of the gesture, a movement may be; learnt per label from how far its takes lie apart when left out. settle: seconds
    for which a likeness has to be the best before it is told.

    The courses of the last moments and of every take are compared by dynamic time warping, in which the former may
    begin anywhere (Sakurai, Faloutsos and Yamamuro, Stream monitoring under the time warping distance, 2007). A
    gesture may be performed in half or twice the time. Of several at a time the one nearest to its limit is told.

    events: one of kind "gesture" each, in order of time; its detail tells start and seconds of the movement, distance
    and limit. ValueError for a take in which nothing moves; MissingPackageError without dtaidistance.
    """

    def __init__(
        self,
        takes: Sequence[GestureTake],
        *,
        embed: Callable[[Pose], Floats] | None = None,
        limit: float | None = None,
        settle: float = 0.25,
    ) -> None:
        by_way: dict[tuple[Label, bool], list[GestureTake]] = {}
        for take in takes:
            by_way.setdefault((take.label, take.mirrored), []).append(take)
        if not by_way:
            raise ValueError("there are no gestures to spot without a take of one")
        if limit is not None and not limit > 0:
            raise ValueError(f"limit is a distance of more than 0, not {limit}")
        warping = _dtaidistance()
        self._known = [_Known(label, own, limit, warping) for (label, _), own in by_way.items()]
        self._embed = embed
        self._settle = settle
        self._people: dict[int, _Watch] = {}
        self.events: list[Event] = []

    @property
    def limits(self) -> Mapping[Label, float]:
        """By label how unlike its takes a movement may be, in sizes of the gesture."""
        return {known.label: known.limit for known in self._known}

    def __call__(self, result: Result) -> None:
        """Take the result of one frame; frames come in order of time."""
        if self._embed is None:
            raise ValueError("gestures are spotted in poses: give `embed`, or call `take` with vectors")
        for person in result.people:
            self.take(person.id, self._embed(person.pose), result.frame.time)

    def take(self, person: int, vector: Floats, time: float) -> None:
        """Take the embedded pose (D,) of a person at `time` seconds; times do not go back."""
        if person not in self._people:
            self._people[person] = _Watch(person, self._known, self._settle)
        self.events.extend(self._people[person](vector, time))

    def end(self) -> None:
        """Know that the stream is over: tell likenesses that nothing better follows any more."""
        for watch in self._people.values():
            self.events.extend(watch.end())


class _Known:
    """One gesture, ready to be compared. longest: the samples of its longest take."""

    def __init__(self, label: Label, takes: Sequence[GestureTake], limit: float | None, warping: Any) -> None:
        self.label = label
        self._warping = warping
        self.gauge = Gauge(takes)
        self._courses = [np.ascontiguousarray(self.gauge(course)) for course in self.gauge.courses]
        self._sizes = [float(np.sqrt(course.var(axis=0).sum() * len(course))) for course in self._courses]
        self.longest = max(len(course) for course in self._courses)
        self.limit = self._learn() if limit is None else limit

    def distance(self, recent: Doubles) -> float:
        """Return how unlike the takes the end of a gauged course is: 0 the same, 1 as unlike as standing still."""
        return min(self._to(number, recent) for number in range(len(self._courses)))

    def _to(self, number: int, recent: Doubles) -> float:
        course = self._courses[number]
        least = int(_FASTEST * len(course))
        if len(recent) < least:
            return inf
        window = recent[-int(_SLOWEST * len(course)) :]
        anywhere = (0, 0, len(window) - least, 0)
        return float(self._warping.distance_fast(course, window, psi=anywhere)) / self._sizes[number]

    def _learn(self) -> float:
        """Return the limit that accepts each take by the others, with a margin."""
        if len(self._courses) < 2:
            return _ONE_TAKE
        apart = []
        for number, course in enumerate(self._courses):
            others = [other for other in range(len(self._courses)) if other != number]
            apart.append(min(self._to(other, course) for other in others))
        return float(np.clip(_MARGIN * max(apart), _STRICTEST, _LAXEST))


class _Watch:
    """Watches one person: the last moments as each gesture sees them, and the best likeness of now."""

    def __init__(self, person: int, known: Sequence[_Known], settle: float) -> None:
        self._person = person
        self._known = known
        self._settle = settle
        self._course = Course(_AWAY)
        self._recent = [np.empty((0, one.gauge.width)) for one in known]
        self._best: tuple[float, float, int, float] | None = None
        self._time = 0.0

    def __call__(self, vector: Floats, time: float) -> Iterator[Event]:
        self._time = time
        for sample, moment in self._course(vector, time):
            if self._course.fresh:
                self._forget()
            self._compare(sample, moment)
            if self._best is not None and moment - self._best[1] >= self._settle - 1e-9:
                yield self._told()

    def end(self) -> Iterator[Event]:
        if self._best is not None:
            yield self._told()

    def _compare(self, sample: tuple[Doubles, Doubles], moment: float) -> None:
        for number, known in enumerate(self._known):
            seen = self._recent[number][-int(_SLOWEST * known.longest) + 1 :]
            seen = self._recent[number] = np.concatenate([seen, known.gauge.one(*sample)[None]])
            distance = known.distance(seen)
            ratio = distance / known.limit
            if ratio < (1 if self._best is None else _BETTER * self._best[0]):
                self._best = ratio, moment, number, distance

    def _told(self) -> Event:
        assert self._best is not None
        _, end, number, distance = self._best
        known = self._known[number]
        seconds = min(known.longest, len(self._recent[number])) / RATE
        self._forget()
        detail = {"start": end - seconds, "seconds": seconds, "distance": distance, "limit": known.limit}
        return Event("gesture", known.label, self._person, self._time, detail)

    def _forget(self) -> None:
        """Begin anew: what came before belongs to a gesture already told, or to before somebody was away."""
        self._best = None
        self._recent = [np.empty((0, one.gauge.width)) for one in self._known]


def _dtaidistance() -> Any:
    try:
        from dtaidistance import dtw_ndim
    except ImportError:
        raise MissingPackageError("gestures need dtaidistance: pip install 'posknn[gestures]'") from None
    return dtw_ndim
