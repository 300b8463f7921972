"""What a timeline shows of each person: stretches, named, unknown or set by hand, and where the answer is unsure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.suggestion import doubts
from posknn.jobs.replay import replayed
from posknn.studio.marks import Mark
from posknn.temporal.segments import Segments
from posknn.values import Label, Person, Prediction, Result, Segment

__all__ = ["LEAST", "Read", "Stretch", "laid", "read_track"]

LEAST: Final = 0.1
"""Seconds, as in `posknn label`: what is shorter is no segment, what is closer together is one."""
_SURE: Final = 0.7
_DOUBTFUL: Final = 0.8
_TOGETHER: Final = 2048


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person from start to end, seconds. label: None for unknown, or for none of the labels when it is marked.

    marked: set right by hand, all of it; partly: some of it, and recognised as the same beside that. confidence: of the
    classifier; None where it has no say.
    """

    start: float
    end: float
    label: Label | None
    person: int
    marked: bool = False
    partly: bool = False
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


def read_track(track: Path, classifier: PoseClassifier) -> Read:
    """Go through a track as `posknn label` does. FileFormatError when it cannot be read."""
    named, unsure, seen = (Segments(least=LEAST, merge=LEAST) for _ in range(3))
    times: list[float] = []
    for results in _batches(replayed(track, classifier)):
        people = [one for result in results for one in result.people]
        points = np.array([as_points(one.pose) for one in people], np.float32).reshape(-1, 33, 4)
        known = zip(people, doubts(classifier, points).tolist(), strict=True)
        doubtful = {id(one) for one, doubt in known if _is_unsure(one, doubt)}
        for result in results:
            times.append(result.frame.time)
            named(result)
            unsure(_only(result, [one for one in result.people if id(one) in doubtful]))
            seen(_only(result, result.people))
    steps = np.sort(np.diff(times))
    last = [times[-1] + (float(steps[len(steps) // 2]) if len(steps) else 1 / 30)] if times else []
    if not times:
        return Read((), (), (), np.zeros(1))
    edges = np.array([*times, *last], np.float64)
    return Read(tuple(named.segments()), tuple(unsure.segments()), tuple(seen.segments()), edges)


def laid(read: Read, marks: Sequence[Mark]) -> list[Stretch]:
    """Return the stretches of all people by person and start: marks, what was read beside them, and the unknown rest.

    What a mark leaves of a segment is one stretch with it when both have the same label, and is left out when it is too
    short for a segment. Two marks are never one.
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
    taken = _joined(sorted(found, key=lambda one: one.start))
    found = list(taken)
    for segment in read.seen:
        if segment.person == person:
            found += [Stretch(*piece, None, person) for piece in _without((segment.start, segment.end), taken)]
    return sorted(found, key=lambda one: one.start)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches of one person with those that were read made one with the mark of the same label they touch."""
    joined: list[Stretch] = []
    whole = False  # whether the last one holds a mark already
    for one in stretches:
        last = joined[-1] if joined else None
        touches = last is not None and last.label == one.label is not None and one.start - last.end < LEAST - 1e-6
        if last is None or not touches or (whole and one.marked):
            joined.append(one)
            whole = one.marked
            continue
        confidence = one.confidence if last.confidence is None else last.confidence
        joined[-1] = replace(last, end=one.end, marked=False, partly=True, confidence=confidence)
        whole = whole or one.marked
    return joined


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


def _batches(results: Iterable[Result]) -> Iterator[list[Result]]:
    waiting = iter(results)
    while batch := list(islice(waiting, _TOGETHER)):
        yield batch


def _is_unsure(person: Person, doubt: float) -> bool:
    """Say whether a name might be wrong: two labels are about equally near, or such votes were often wrong."""
    said = person.prediction
    if said is None or said.label is None:
        return False
    return doubt > _DOUBTFUL or (said.confidence if said.probability is None else said.probability) < _SURE


_YES: Final = Prediction("yes", {"yes": 1.0})


def _only(result: Result, people: Iterable[Person]) -> Result:
    return Result(result.frame, tuple(Person(one.id, one.pose, _YES) for one in people))
