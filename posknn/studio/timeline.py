"""What a timeline shows of each person: stretches, named, unknown or set by hand, and where the answer is unsure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.jobs.replay import replayed
from posknn.parts import Named
from posknn.studio.marks import Mark
from posknn.temporal.segments import Segments
from posknn.values import Label, Person, Prediction, Result, Segment

__all__ = ["LEAST", "Read", "Stretch", "laid", "read_track"]

LEAST: Final = 0.1
"""Seconds, as in `posknn label`: what is shorter is no segment, what is closer together is one."""
_SURE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person from start to end, seconds. label: None for unknown, or for none of the labels when it is marked.

    confidence: of the classifier; None when it is marked or unknown.
    """

    start: float
    end: float
    label: Label | None
    person: int
    marked: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a classifier reads in a track. named: its segments. unsure: when it might be wrong. seen: who is there when.

    edges: (n + 1,) float64, seconds at which frames begin, and the end of the last.
    """

    named: tuple[Segment, ...]
    unsure: tuple[Segment, ...]
    seen: tuple[Segment, ...]
    edges: npt.NDArray[np.float64]


def read_track(track: Path, classifier: Named) -> Read:
    """Go through a track as `posknn label` does. FileFormatError when it cannot be read."""
    named, unsure, seen = (Segments(least=LEAST, merge=LEAST) for _ in range(3))
    times: list[float] = []
    for result in replayed(track, classifier):
        times.append(result.frame.time)
        named(result)
        unsure(_told(result, lambda said: said.label is not None and not _is_sure(said)))
        seen(_told(result, lambda _: True))
    steps = np.sort(np.diff(times))
    last = [times[-1] + (float(steps[len(steps) // 2]) if len(steps) else 1 / 30)] if times else []
    if not times:
        return Read((), (), (), np.zeros(1))
    edges = np.array([*times, *last], np.float64)
    return Read(tuple(named.segments()), tuple(unsure.segments()), tuple(seen.segments()), edges)


def laid(read: Read, marks: Sequence[Mark]) -> list[Stretch]:
    """Return the stretches of all people by person and start: marks, what was read beside them, and the unknown rest.

    What a mark leaves of a segment is left out when it is too short for one.
    """
    people = sorted({one.person or 0 for one in (*read.seen, *read.named)} | {mark.person for mark in marks})
    return [stretch for person in people for stretch in _laid(person, read, marks)]


def _laid(person: int, read: Read, marks: Sequence[Mark]) -> list[Stretch]:
    own = [mark for mark in marks if mark.person == person]
    found = [Stretch(mark.start, mark.end, mark.label, person, marked=True) for mark in own]
    for segment in read.named:
        if segment.person == person:
            pieces = _without((segment.start, segment.end), own)
            found += [Stretch(*piece, segment.label, person, confidence=segment.confidence) for piece in pieces]
    taken = sorted(found, key=lambda one: one.start)
    for segment in read.seen:
        if segment.person == person:
            found += [Stretch(*piece, None, person) for piece in _without((segment.start, segment.end), taken)]
    return sorted(found, key=lambda one: one.start)


def _without(span: tuple[float, float], holes: Iterable[Mark | Stretch]) -> Iterator[tuple[float, float]]:
    """Yield what is left of a span, in pieces worth showing. holes: in order of time."""
    start, end = span
    for hole in holes:
        if hole.end <= start or hole.start >= end:
            continue
        if hole.start - start >= LEAST - 1e-6:
            yield start, hole.start
        start = max(start, hole.end)
    if end - start >= LEAST - 1e-6:
        yield start, end


def _is_sure(said: Prediction) -> bool:
    return (said.confidence if said.probability is None else said.probability) >= _SURE


_YES: Final = Prediction("yes", {"yes": 1.0})


def _told(result: Result, holds: Callable[[Prediction], bool]) -> Result:
    people = tuple(
        Person(one.id, one.pose, _YES if one.prediction is not None and holds(one.prediction) else None)
        for one in result.people
    )
    return Result(result.frame, people)
