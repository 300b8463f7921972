"""Finds examples that look wrongly labelled or like nothing else, by the examples nearest to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.labelled import Examples, Labelled, Make, codes_of
from posknn.classification.pairwise import distance_blocks
from posknn.classification.splits import code_of
from posknn.values import Label

__all__ = ["Cleaning", "Near", "Stretch", "Suspect", "clean"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_APART: Final = 1.0
_SHOWN: Final = 3
_KEPT: Final = 12  # nearest examples of each label that are remembered, so that doubtful ones can be passed over
_VOTES: Final = 3
_NOISE: Final = 0.3
_RUN: Final = 3  # examples that make a stretch
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Near:
    """An example near a suspect. row: its place among all rows."""

    row: int
    label: Label
    distance: float
    recording: str
    time: float | None


@dataclass(frozen=True, slots=True)
class Suspect:
    """An example to look at. row: its place among all rows.

    suggestion: the label it looks like; None for an outlier, which looks like none. factor: how many times farther its
    own label is than that one; for an outlier, than an outlier must be.
    """

    row: int
    label: Label
    suggestion: Label | None
    factor: float
    recording: str
    time: float | None
    neighbors: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Examples of one label in one recording, one after the other, that look like another label elsewhere.

    They back each other, so only somebody who was there can tell whether the label came too early, all of them are
    wrong, or the pose was done differently there. first, last: places among all rows. start, end: seconds, where known.
    examples: how many there are. whole: whether the recording has no others of that label. factor: as of a Suspect.
    """

    recording: str
    label: Label
    looks_like: Label
    first: int
    last: int
    start: float | None
    end: float | None
    examples: int
    whole: bool
    factor: float


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What looks wrong. examples: how many were looked at. The surest suspects and stretches come first."""

    examples: int
    suspects: tuple[Suspect, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """The nearest examples of each label to each example: distances (n, C, K), rising, and rows (n, C, K) of whom."""

    distances: Floats
    rows: Ints

    @property
    def nearest(self) -> Floats:
        """The distance to the nearest example of each label: (n, C), infinite where there is none."""
        return self.distances[:, :, 0]


def clean(examples: Examples, *, factor: float = 1.22, make: Make = PoseClassifier) -> Cleaning:
    """Say which examples look wrongly labelled or like nothing else; changes nothing.

    An example is suspected when the nearest three of its own label are more than `factor` times as far, in the
    geometric mean, as the nearest three of another label; those under suspicion have no say in the second round.
    Then each is held against other recordings only, or, where its label has too few examples there, against its own at
    least a second away: frames of one recording are near copies of each other and can be wrong together. Where one
    after the other looks wrong by these, but is backed by its neighbours, a Stretch says so.
    An outlier is far from everything in other recordings: beyond the third quartile by twice the distance of the
    quartiles, of the logarithms (after Tukey, Exploratory Data Analysis, 1977), and beyond what usually lies between
    two labels.
    """
    if factor <= 1:
        raise ValueError(f"the factor is how many times farther the own label must be, above 1, not {factor}")
    taught = Labelled.of(examples, make)
    labels = taught.distinct
    if not labels:
        return Cleaning(0, (), ())
    codes = codes_of(taught.labels, labels)
    near, far = _gather(taught, codes, len(labels), make)
    limit = float(np.log(factor))
    away, elsewhere = _settled(far, codes, limit)
    margins, others = _settled(near, codes, limit, trusted=away <= limit)
    wrong = margins > limit
    suspects = [
        _suspect(taught, near, row, labels[others[row]], float(np.exp(min(margins[row], 5.0))))
        for row in np.flatnonzero(wrong).tolist()
    ]
    nearest, bound = far.nearest.min(axis=1), _far_out(far.nearest, codes)
    outliers = np.isfinite(nearest) & (nearest > bound) & ~wrong
    suspects += [
        _suspect(taught, far, row, None, float(nearest[row] / bound)) for row in np.flatnonzero(outliers).tolist()
    ]
    suspects.sort(key=lambda one: (one.suggestion is None, -one.factor, one.row))
    stretches = _stretches(taught, codes, (away > limit) & ~wrong, away, elsewhere, labels)
    return Cleaning(len(taught), tuple(suspects), stretches)


def _gather(taught: Labelled, codes: Ints, count: int, make: Make) -> tuple[_Evidence, _Evidence]:
    """Return the nearest of all other examples, and the nearest of those that are no near copies."""
    # The plain distance: one learnt from the labels would lean on those under suspicion.
    vectors = make().vectors(taught.points)
    if not taught.teach(make).mirrors:
        vectors = vectors[:, :1]
    shape = (len(codes), count, _KEPT)
    near, far = (_Evidence(np.full(shape, np.inf, np.float32), np.full(shape, -1, np.int64)) for _ in range(2))
    for block, between, apart in _blocks(taught, codes, vectors):
        for kind in range(count):
            own = np.flatnonzero(codes == kind)
            there = between[:, own]
            there[own[None, :] == np.arange(block.start, block.start + len(there))[:, None]] = np.inf
            for evidence, among in ((near, there), (far, np.where(apart[:, own], there, np.inf))):
                kept = min(_KEPT, len(own))
                order = np.argpartition(among, kept - 1, axis=1)[:, :kept]
                found = np.take_along_axis(among, order, axis=1)
                rising = np.argsort(found, axis=1, kind="stable")
                evidence.distances[block, kind, :kept] = np.take_along_axis(found, rising, axis=1)
                evidence.rows[block, kind, :kept] = own[np.take_along_axis(order, rising, axis=1)]
    return near, far


def _blocks(taught: Labelled, codes: Ints, vectors: Floats) -> Iterator[tuple[slice, Floats, Bools]]:
    """Yield rows, their distances to all (b, n), and which of all may be held against them."""
    groups = code_of(taught.groups)
    lonely = _lonely(groups, codes)
    for block, between in distance_blocks(vectors, vectors[:, 0]):
        elsewhere = groups[block, None] != groups
        later = np.abs(taught.times[block, None] - taught.times) >= _APART
        yield block, between, elsewhere | (lonely[block, None] & later)


def _lonely(groups: Ints, codes: Ints) -> Bools:
    """Say of each example whether its label has hardly any examples in other recordings: (n,)."""
    table = np.zeros((groups.max() + 1, codes.max() + 1))
    np.add.at(table, (groups, codes), 1)
    totals = table.sum(axis=0)
    elsewhere = totals - table
    return np.asarray((elsewhere < np.maximum(3, 0.05 * totals))[groups, codes])


def _settled(evidence: _Evidence, codes: Ints, limit: float, trusted: Bools | None = None) -> tuple[Doubles, Ints]:
    """Return the log of how many times farther the own label is than the best other one, and which that is: (n,).

    Of two rounds; an example whose margin was above the limit in the first has no say in the second. trusted: (n,),
    who may speak for a label that is not the example's own; None for all.
    """
    nearest = evidence.nearest.min(axis=1)
    nearest = nearest[np.isfinite(nearest) & (nearest > 0)]
    # Differences far below the usual distance to the next example are noise of the tracker.
    floor = _NOISE * float(np.median(nearest)) if len(nearest) else 1.0
    trusted = np.ones(len(codes), bool) if trusted is None else trusted
    first, _ = _margins(evidence, codes, np.ones(len(codes), bool), trusted, floor)
    return _margins(evidence, codes, first <= limit, trusted & (first <= limit), floor)


def _margins(evidence: _Evidence, codes: Ints, believed: Bools, trusted: Bools, floor: float) -> tuple[Doubles, Ints]:
    known = np.isfinite(evidence.distances)
    logs = np.log(evidence.distances.astype(np.float64) + floor)
    own_label = codes[:, None] == np.arange(known.shape[1])
    said = known & np.where(own_label[:, :, None], believed[evidence.rows], trusted[evidence.rows])
    order = np.argsort(~said, axis=2, kind="stable")[:, :, :_VOTES]
    counted = np.take_along_axis(said, order, axis=2)
    votes = np.where(counted, np.take_along_axis(logs, order, axis=2), 0)
    counts = counted.sum(axis=2)
    # One example alone may be wrong itself; two agree.
    means = np.where(counts > 1, votes.sum(axis=2) / np.maximum(counts, 1), np.inf)
    # Where all the nearest of the own label are doubtful themselves, the others are at least as far as the last.
    least = np.where(known[own_label], logs[own_label], -np.inf).max(axis=1)
    own = np.where(counts[own_label] > 1, means[own_label], least)
    own[known[own_label].sum(axis=1) < 2] = -np.inf
    means[own_label] = np.inf
    others = means.argmin(axis=1)
    return own - means.min(axis=1), others


def _far_out(nearest: Floats, codes: Ints) -> float:
    """Return the distance beyond which there are outliers only; infinite with too few to tell.

    nearest: (n, C), of each example to each label.
    """
    closest = nearest.min(axis=1)
    known = closest[np.isfinite(closest) & (closest > 0)]
    if len(known) < _FEW:
        return float("inf")
    low, high = np.quantile(np.log(known), [0.25, 0.75])
    bound = float(np.exp(high + 2 * (high - low)))
    others = nearest.copy()
    others[np.arange(len(codes)), codes] = np.inf
    between = others.min(axis=1)
    between = between[np.isfinite(between)]
    return max(bound, float(np.median(between))) if len(between) else bound


def _suspect(taught: Labelled, evidence: _Evidence, row: int, suggestion: Label | None, factor: float) -> Suspect:
    far, rows = evidence.distances[row].ravel(), evidence.rows[row].ravel()
    nearest = [place for place in np.argsort(far, kind="stable")[:_SHOWN].tolist() if np.isfinite(far[place])]
    neighbors = tuple(
        Near(
            int(taught.rows[rows[place]]),
            taught.labels[rows[place]],
            float(far[place]),
            taught.groups[rows[place]],
            taught.time_of(int(rows[place])),
        )
        for place in nearest
    )
    return Suspect(
        int(taught.rows[row]),
        taught.labels[row],
        suggestion,
        factor,
        taught.groups[row],
        taught.time_of(row),
        neighbors,
    )


def _stretches(
    taught: Labelled, codes: Ints, accused: Bools, margins: Doubles, others: Ints, labels: Sequence[Label]
) -> tuple[Stretch, ...]:
    """Return the runs of accused examples, passing over a single one in between that is not."""
    groups = code_of(taught.groups)
    keys = groups * len(labels) + codes
    order = np.lexsort((np.arange(len(keys)), taught.times, groups))
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    found = []
    for run in np.split(order, starts[1:]):
        there = accused[run].copy()
        there[1:-1] |= there[:-2] & there[2:]
        edges = np.flatnonzero(np.diff(np.r_[0, there.astype(np.int8), 0]))
        for start, end in edges.reshape(-1, 2).tolist():
            rows = run[start:end]
            if end - start >= _RUN:
                like = int(np.bincount(others[rows]).argmax())
                whole = bool(end - start == np.count_nonzero(keys == keys[rows[0]]))
                mean = float(np.exp(min(margins[rows][accused[rows]].mean(), 5.0)))
                found.append(_stretch(taught, rows.tolist(), labels[like], mean, whole=whole))
    return tuple(sorted(found, key=lambda one: (-one.factor, one.first)))


def _stretch(taught: Labelled, rows: list[int], like: Label, factor: float, *, whole: bool) -> Stretch:
    first, last = rows[0], rows[-1]
    return Stretch(
        taught.groups[first],
        taught.labels[first],
        like,
        int(taught.rows[first]),
        int(taught.rows[last]),
        taught.time_of(first),
        taught.time_of(last),
        len(rows),
        whole,
        factor,
    )
