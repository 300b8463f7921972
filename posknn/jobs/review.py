"""Notes of a labelled video what somebody looks at who reviews it: who was there when, and where it was least sure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from posknn.output.faces import Head
from posknn.storage.tracks import read_parts
from posknn.values import Person, Pose, Prediction, Result, Segment

__all__ = ["Moment", "Presence", "Review", "reviewed"]

_LEAST_SURE: Final = 3
"""How many segments of a video are noted with their poses, in case their pictures are asked for."""

Span = tuple[float, float]
"""Seconds, half-open."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The frame of a segment in which its label was least sure. time: seconds.

    share: of the votes for the label in it. reach: how far it is on the way to being unknown: its distance from the
    nearest example over the limit, 1 at the limit; None without limits.
    people: all who are followed in it, the one meant first. heads: what is to be made unrecognisable in its picture.
    """

    segment: Segment
    time: float
    share: float
    reach: float | None
    people: tuple[Person, ...]
    heads: tuple[Head, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What a review of a video needs beside its segments.

    end: seconds at which its last frame ends. spans: when each person was seen. moments: of the segments that were
    least sure somewhere, least first.
    """

    end: float = 0.0
    spans: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    moments: tuple[Moment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "end": self.end,
            "spans": [[person, [list(span) for span in spans]] for person, spans in self.spans.items()],
            "moments": [
                {
                    "segment": [one.segment.start, one.segment.end, one.segment.label, one.segment.person],
                    "confidence": one.segment.confidence,
                    "time": one.time,
                    "share": one.share,
                    "reach": one.reach,
                    "people": [[person.id, person.pose.flat().tolist()] for person in one.people],
                    "heads": [list(head) for head in one.heads],
                }
                for one in self.moments
            ],
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Self:
        """Undo `to_json`."""
        spans = {person: tuple((start, end) for start, end in spans) for person, spans in said["spans"]}
        return cls(said["end"], spans, tuple(_moment(one) for one in said["moments"]))


class Presence:
    """Note when each person is seen, and how sure the label is; a sink."""

    def __init__(self) -> None:
        self.times = array("d")
        self._runs: dict[int, list[list[int]]] = {}
        self._doubts: dict[int, _Doubts] = {}

    def __call__(self, result: Result) -> None:
        """Take the result of one frame."""
        number = len(self.times)
        self.times.append(result.frame.time)
        for person in result.people:
            runs = self._runs.setdefault(person.id, [])
            if runs and runs[-1][1] == number - 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
            if person.prediction is not None and person.prediction.label is not None:
                self._doubts.setdefault(person.id, _Doubts()).add(number, person.prediction)

    @property
    def end(self) -> float:
        """When the last frame ends, in seconds: one usual frame after it begins."""
        if not self.times:
            return 0.0
        step = float(np.median(np.diff(self.times))) if len(self.times) > 1 else 1 / 30
        return self.times[-1] + step

    def spans(self) -> dict[int, tuple[Span, ...]]:
        """Return when each person is seen, each span until the next frame begins."""
        ends = [*self.times[1:], self.end]
        return {
            person: tuple((self.times[first], ends[last]) for first, last in runs)
            for person, runs in sorted(self._runs.items())
        }

    def doubt(self, segment: Segment) -> tuple[int, float, float | None] | None:
        """Return the frame of a segment that was least sure, the share of votes in it and its reach; see Moment."""
        doubts = self._doubts.get(-1 if segment.person is None else segment.person)
        if doubts is None:
            return None
        first, after = (
            bisect_left(doubts.frames, bisect_left(self.times, time)) for time in (segment.start, segment.end)
        )
        places = range(first, after)
        if not places:
            return None
        place = min(places, key=lambda one: (doubts.shares[one], -doubts.reaches[one]))
        reach = doubts.reaches[place]
        return doubts.frames[place], doubts.shares[place], reach if reach >= 0 else None


@dataclass(slots=True)
class _Doubts:
    """How sure the labels of a person are, frame by frame. reaches: below 0 where there is no limit."""

    frames: array[int] = field(default_factory=lambda: array("q"))
    shares: array[float] = field(default_factory=lambda: array("d"))
    reaches: array[float] = field(default_factory=lambda: array("d"))

    def add(self, number: int, said: Prediction) -> None:
        """Note a frame."""
        self.frames.append(number)
        self.shares.append(said.confidence)
        self.reaches.append(said.distance / said.limit if said.distance is not None and said.limit else -1.0)


def reviewed(
    presence: Presence, segments: Sequence[Segment], track: Path, heads: Mapping[int, tuple[Head, ...]]
) -> Review:
    """Make the review of a video. heads: of its frames by index, where they are known."""
    doubts = [(segment, found) for segment in segments if (found := presence.doubt(segment)) is not None]
    doubts.sort(key=lambda one: (one[1][1], -(one[1][2] or 0.0), one[0].start))
    doubts = doubts[:_LEAST_SURE]
    shown = _people_at(track, {presence.times[number] for _, (number, _, _) in doubts})
    moments = []
    for segment, (number, share, reach) in doubts:
        time = presence.times[number]
        index, people = shown[time]
        first = sorted(people, key=lambda person: person.id != segment.person)
        moments.append(Moment(segment, time, share, reach, _named(first, segment, share), heads.get(index, ())))
    return Review(presence.end, presence.spans(), tuple(moments))


def _people_at(track: Path, times: set[float]) -> dict[float, tuple[int, list[Person]]]:
    """Return index of the frame and the people seen at some times of a track."""
    found: dict[float, tuple[int, list[Person]]] = {time: (-1, []) for time in times}
    for part in read_parts(track) if times else ():
        for row in np.flatnonzero(np.isin(part.times, list(times))).tolist():
            people = found[float(part.times[row])][1]
            if not np.isnan(part.points[row]).all():
                people.append(Person(int(part.people[row]), Pose.from_points(part.points[row])))
            found[float(part.times[row])] = (int(part.frames[row]), people)
    return found


def _named(people: Iterable[Person], segment: Segment, share: float) -> tuple[Person, ...]:
    said = Prediction(segment.label, {segment.label: share})
    return tuple(Person(one.id, one.pose, said if one.id == segment.person else None) for one in people)


def _moment(said: Mapping[str, Any]) -> Moment:
    start, end, label, person = said["segment"]
    segment = Segment(start, end, label, person, said["confidence"])
    people = [Person(number, Pose.from_flat(flat)) for number, flat in said["people"]]
    heads = tuple((x, y, radius) for x, y, radius in said["heads"])
    named = _named(people, segment, said["share"])
    return Moment(segment, said["time"], said["share"], said["reach"], named, heads)
