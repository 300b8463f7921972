"""Finds examples that look wrongly labelled or like nothing else, by the examples nearest to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.evidence import Evidence, gather, settled
from posknn.classification.labelled import Examples, Labelled, Make, codes_of
from posknn.classification.splits import code_of
from posknn.values import Label

__all__ = ["Cleaning", "Near", "Stretch", "Suspect", "clean"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_SHOWN: Final = 3
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
    near, far = gather(taught, codes, len(labels), make)
    limit = float(np.log(factor))
    away, elsewhere = settled(far, codes, limit)
    margins, others = settled(near, codes, limit, trusted=away <= limit)
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


def _suspect(taught: Labelled, evidence: Evidence, row: int, suggestion: Label | None, factor: float) -> Suspect:
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
