"""Says how far two sets of segments of the same video agree: as time, as segments, at their ends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from posknn.values import Segment

__all__ = ["Agreement", "LabelAgreement", "agreement"]

_IOU: Final = 0.5

_Said = tuple[str | None, str | None]
"""What both say at a moment, None for no label."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelAgreement:
    """How far two sets agree on one label. ours, theirs: how many segments. f1: see Agreement."""

    label: str
    ours: int
    theirs: int
    seconds_ours: float
    seconds_theirs: float
    seconds_both: float
    f1: float


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How far two sets of segments agree.

    kappa: Cohen's, every moment up to the last end weighing the same, no label being a label too; 1 is perfect and 0
    what chance gives. None when both say the same one thing all the time, where chance explains all.
    agreed: share of the time in which both say the same.
    f1: of the segments; one of each side match when they have the same label and what they share is at least half of
    what they cover together (IoU 0.5). ours, theirs, matched: how many segments.
    boundary_mean, boundary_median: milliseconds between the ends of matched ones; bias: how much later ours are on
    average; None without a match.
    """

    seconds: float
    kappa: float | None
    agreed: float
    f1: float
    ours: int
    theirs: int
    matched: int
    boundary_mean: float | None
    boundary_median: float | None
    bias: float | None
    by_label: tuple[LabelAgreement, ...]


def agreement(pairs: Iterable[tuple[Sequence[Segment], Sequence[Segment]]]) -> Agreement:
    """Compare ours with theirs, video by video, all together.

    Labels are compared as text. Where both sides name several people, those who agree most are taken for the same.
    """
    times: dict[_Said, float] = defaultdict(float)
    matches: list[tuple[Segment, Segment]] = []
    ours_all: list[Segment] = []
    theirs_all: list[Segment] = []
    for ours, theirs in pairs:
        end = max((one.end for one in (*ours, *theirs)), default=0.0)
        ours_all += ours
        theirs_all += theirs
        for mine, other in _people(ours, theirs):
            for said, seconds in _times(mine, other, end).items():
                times[said] += seconds
            matches += _matches(mine, other)
    total = sum(times.values())
    apart = np.array([(a.start - b.start, a.end - b.end) for a, b in matches]).ravel() * 1000
    agreed = sum(seconds for (one, other), seconds in times.items() if one == other)
    return Agreement(
        seconds=float(total),
        kappa=_kappa(times, total),
        agreed=agreed / total if total else 1.0,
        f1=_f1(len(matches), len(ours_all), len(theirs_all)),
        ours=len(ours_all),
        theirs=len(theirs_all),
        matched=len(matches),
        boundary_mean=float(np.abs(apart).mean()) if len(apart) else None,
        boundary_median=float(np.median(np.abs(apart))) if len(apart) else None,
        bias=float(apart.mean()) if len(apart) else None,
        by_label=tuple(_by_label(times, matches, ours_all, theirs_all)),
    )


def _people(ours: Sequence[Segment], theirs: Sequence[Segment]) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """Yield who is taken for whom, the pair that agrees for longest first; nobody against those who are left."""
    mine, others = _by_person(ours), _by_person(theirs)
    if len(mine) <= 1 and len(others) <= 1:  # one person each: who it is makes no difference
        yield list(ours), list(theirs)
        return
    shared = sorted(
        ((-_shared(one, other), a, b) for a, one in enumerate(mine) for b, other in enumerate(others)),
    )
    left, right = set(range(len(mine))), set(range(len(others)))
    for _, a, b in shared:
        if a in left and b in right:
            left.remove(a)
            right.remove(b)
            yield mine[a], others[b]
    for a in sorted(left):
        yield mine[a], []
    for b in sorted(right):
        yield [], others[b]


def _by_person(segments: Sequence[Segment]) -> list[list[Segment]]:
    people: dict[int | None, list[Segment]] = defaultdict(list)
    for segment in segments:
        people[segment.person].append(segment)
    return list(people.values())


def _shared(ours: Sequence[Segment], theirs: Sequence[Segment]) -> float:
    return sum(_overlap(one, other) for one in ours for other in theirs if str(one.label) == str(other.label))


def _times(ours: Sequence[Segment], theirs: Sequence[Segment], end: float) -> Mapping[_Said, float]:
    """Return for how many seconds each pair of labels is said, None for no label."""
    edges = np.unique([0.0, end, *(edge for one in (*ours, *theirs) for edge in (one.start, one.end))])
    times: dict[_Said, float] = defaultdict(float)
    for one, other, seconds in zip(_said(ours, edges), _said(theirs, edges), np.diff(edges), strict=True):
        times[one, other] += float(seconds)
    return times


def _said(segments: Sequence[Segment], edges: np.ndarray) -> list[str | None]:
    """Return the label between each two edges; of several the one that began last."""
    said: list[str | None] = [None] * (len(edges) - 1)
    for segment in sorted(segments, key=lambda one: one.start):
        first, after = np.searchsorted(edges, (segment.start, segment.end))
        said[first:after] = [str(segment.label)] * int(after - first)
    return said


def _matches(ours: Sequence[Segment], theirs: Sequence[Segment]) -> list[tuple[Segment, Segment]]:
    """Return the segments that match one to one, those that are most alike first."""
    alike = []
    for a, one in enumerate(ours):
        for b, other in enumerate(theirs):
            shared = _overlap(one, other)
            if shared > 0 and str(one.label) == str(other.label):
                iou = shared / (one.end - one.start + other.end - other.start - shared)
                if iou >= _IOU - 1e-9:
                    alike.append((-iou, a, b))
    left, right = set(range(len(ours))), set(range(len(theirs)))
    found = []
    for _, a, b in sorted(alike):
        if a in left and b in right:
            left.remove(a)
            right.remove(b)
            found.append((ours[a], theirs[b]))
    return found


def _overlap(one: Segment, other: Segment) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))


def _kappa(times: Mapping[_Said, float], total: float) -> float | None:
    if not total:
        return None
    ours: dict[str | None, float] = defaultdict(float)
    theirs: dict[str | None, float] = defaultdict(float)
    for (one, other), seconds in times.items():
        ours[one] += seconds / total
        theirs[other] += seconds / total
    agreed = sum(seconds for (one, other), seconds in times.items() if one == other) / total
    chance = sum(share * theirs.get(label, 0.0) for label, share in ours.items())
    return None if chance > 1 - 1e-12 else float((agreed - chance) / (1 - chance))


def _f1(matched: int, ours: int, theirs: int) -> float:
    return 2 * matched / (ours + theirs) if ours + theirs else 1.0


def _by_label(
    times: Mapping[_Said, float],
    matches: Sequence[tuple[Segment, Segment]],
    ours: Sequence[Segment],
    theirs: Sequence[Segment],
) -> Iterator[LabelAgreement]:
    mine = Counter(str(one.label) for one in ours)
    others = Counter(str(one.label) for one in theirs)
    matched = Counter(str(one.label) for one, _ in matches)
    for label in sorted({*mine, *others}):
        yield LabelAgreement(
            label,
            mine[label],
            others[label],
            sum(seconds for (one, _), seconds in times.items() if one == label),
            sum(seconds for (_, other), seconds in times.items() if other == label),
            times.get((label, label), 0.0),
            _f1(matched[label], mine[label], others[label]),
        )
