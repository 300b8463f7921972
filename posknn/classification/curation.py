"""Finds examples that look wrongly labelled or like nothing else, by examples of other recordings alone."""

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
Bools = npt.NDArray[np.bool_]

_APART: Final = 1.0
_SHOWN: Final = 3
_KEPT: Final = 12  # nearest examples of each label that are remembered, so that doubtful ones can be passed over
_MOST_OF: Final = 0.8
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Near:
    """An example near a suspect, of another recording. row: its place among all examples."""

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
    """Examples of one label in one recording that look like another label elsewhere, but back each other up.

    Either all of them are wrong or the pose was done differently there; only somebody who was there can tell.
    """

    recording: str
    label: Label
    looks_like: Label
    examples: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What looks wrong. examples: how many were looked at. The surest suspects come first."""

    examples: int
    suspects: tuple[Suspect, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """Per example and label, the nearest examples: far (n, C, K) rising distances, rows (n, C, K) whose they are.

    outside: of other recordings. inside: of the same one, (n, C), the third nearest distance. counts: (n, C) how many
    there are inside.
    """

    far: Floats
    rows: Ints
    inside: Floats
    counts: Ints


def clean(examples: Examples, *, factor: float = 1.22, make: Make = PoseClassifier) -> Cleaning:
    """Say which examples look wrongly labelled or like nothing else; changes nothing.

    Each example is held against those of other recordings only; where its label has too few of them there, against
    those of its own at least a second away. It is suspected when the second nearest of its own label is more than
    `factor` times as far as that of another label; examples under suspicion have no say in the second round. One that
    its own recording backs, where three of its label are nearer than three of any other, is not suspected: people
    differ. Where nearly all of a label in a recording are such, a Stretch says so.
    An outlier is far from everything: beyond the third quartile by twice the distance of the quartiles, of the
    logarithms (after Tukey, Exploratory Data Analysis, 1977), and beyond what usually lies between two labels.
    """
    if factor <= 1:
        raise ValueError(f"the factor is how many times farther the own label must be, above 1, not {factor}")
    taught = Labelled.of(examples, make)
    labels = taught.distinct
    if not labels:
        return Cleaning(0, (), ())
    codes = codes_of(taught.labels, labels)
    evidence = _gather(taught, codes, len(labels), make)
    margins, others = _margins(evidence, codes, np.ones(len(codes), bool))
    margins, others = _margins(evidence, codes, margins <= 0)
    accused = margins > np.log(factor)
    backed = _backed(evidence, codes, others)
    suspects = [
        _suspect(taught, evidence, row, labels[others[row]], float(np.exp(min(margins[row], 5.0))))
        for row in np.flatnonzero(accused & ~backed).tolist()
    ]
    nearest, bound = evidence.far[:, :, 0].min(axis=1), _far_out(evidence.far[:, :, 0], codes)
    outliers = np.isfinite(nearest) & (nearest > bound) & ~(accused & ~backed)
    suspects += [
        _suspect(taught, evidence, row, None, float(nearest[row] / bound)) for row in np.flatnonzero(outliers).tolist()
    ]
    suspects.sort(key=lambda one: (one.suggestion is None, -one.factor, one.row))
    return Cleaning(len(taught), tuple(suspects), _stretches(taught, codes, accused & backed, others, labels))


def _gather(taught: Labelled, codes: Ints, count: int, make: Make) -> _Evidence:
    # The plain distance: one learnt from the labels would lean on those under suspicion.
    vectors = make().vectors(taught.points)
    if not taught.teach(make).mirrors:
        vectors = vectors[:, :1]
    n = len(codes)
    far = np.full((n, count, _KEPT), np.inf, np.float32)
    rows = np.full((n, count, _KEPT), -1, np.int64)
    inside = np.full((n, count), np.inf, np.float32)
    counts = np.zeros((n, count), np.int64)
    for block, between, apart in _blocks(taught, codes, vectors):
        for kind in range(count):
            own = np.flatnonzero(codes == kind)
            there = np.where(apart[:, own], between[:, own], np.inf)
            kept = min(_KEPT, len(own))
            order = np.argpartition(there, kept - 1, axis=1)[:, :kept]
            found = np.take_along_axis(there, order, axis=1)
            rising = np.argsort(found, axis=1, kind="stable")
            far[block, kind, :kept] = np.take_along_axis(found, rising, axis=1)
            rows[block, kind, :kept] = own[np.take_along_axis(order, rising, axis=1)]
            here = np.where(apart[:, own], np.inf, between[:, own])
            here[own[None, :] == np.arange(block.start, block.start + len(here))[:, None]] = np.inf
            counts[block, kind] = np.isfinite(here).sum(axis=1)
            if len(own) > 2:
                inside[block, kind] = np.partition(here, 2, axis=1)[:, 2]
    return _Evidence(far, rows, inside, counts)


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


def _margins(evidence: _Evidence, codes: Ints, believed: Bools) -> tuple[Floats, Ints]:
    """Return the log of how many times farther the own label is than the best other one, and which that is: (n,)."""
    said = believed[evidence.rows] & (evidence.rows >= 0)
    second = np.where(said, evidence.far, np.inf)
    second = np.sort(second, axis=2)[:, :, 1]
    rows = np.arange(len(codes))
    own = second[rows, codes]
    second[rows, codes] = np.inf
    others = second.argmin(axis=1)
    best = second[rows, others]
    with np.errstate(divide="ignore", invalid="ignore"):
        margins = np.log(own) - np.log(best)
    return np.where(np.isfinite(best), np.nan_to_num(margins, nan=0.0), -np.inf), others


def _backed(evidence: _Evidence, codes: Ints, others: Ints) -> Bools:
    """Say of each example whether its own recording sides with its label: (n,)."""
    rows = np.arange(len(codes))
    own = evidence.inside[rows, codes]
    inside = evidence.inside.copy()
    inside[rows, codes] = np.inf
    outside = evidence.far[:, :, 2].copy()
    outside[rows, codes] = np.inf
    nearest_of_all = own < np.minimum(inside, outside).min(axis=1)
    both_are_here = evidence.counts[rows, others] >= 2
    return np.asarray(nearest_of_all | (both_are_here & (own < inside.min(axis=1))))


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
    far, rows = evidence.far[row].ravel(), evidence.rows[row].ravel()
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
    taught: Labelled, codes: Ints, backed: Bools, others: Ints, labels: Sequence[Label]
) -> tuple[Stretch, ...]:
    groups = code_of(taught.groups)
    found = []
    for group, kind in dict.fromkeys(zip(groups.tolist(), codes.tolist(), strict=True)):
        own = np.flatnonzero((groups == group) & (codes == kind))
        accused = own[backed[own]]
        if len(accused) >= max(3, _MOST_OF * len(own)):
            like = int(np.bincount(others[accused]).argmax())
            found.append(Stretch(taught.groups[own[0]], labels[kind], labels[like], len(own)))
    return tuple(found)
