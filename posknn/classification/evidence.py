"""Finds the nearest examples of each label to each example, and how much nearer another label is than its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.labelled import Labelled, Make
from posknn.classification.pairwise import distance_blocks
from posknn.classification.splits import code_of

__all__ = ["Evidence", "gather", "settled"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_APART: Final = 1.0
_KEPT: Final = 12  # nearest examples of each label that are remembered, so that doubtful ones can be passed over
_VOTES: Final = 3
_NOISE: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The nearest examples of each of C labels to each of n examples.

    distances: (n, C, K), rising. rows: (n, C, K), whose they are, -1 for none.
    """

    distances: Floats
    rows: Ints

    @property
    def nearest(self) -> Floats:
        """The distance to the nearest example of each label: (n, C), infinite where there is none."""
        return self.distances[:, :, 0]


def gather(taught: Labelled, codes: Ints, count: int, make: Make) -> tuple[Evidence, Evidence]:
    """Return the nearest of all other examples, and the nearest of those that are no near copies."""
    # The plain distance: one learnt from the labels would lean on those under suspicion.
    vectors = make().vectors(taught.points)
    if not taught.teach(make).mirrors:
        vectors = vectors[:, :1]
    shape = (len(codes), count, _KEPT)
    near, far = (Evidence(np.full(shape, np.inf, np.float32), np.full(shape, -1, np.int64)) for _ in range(2))
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


def settled(evidence: Evidence, codes: Ints, limit: float, trusted: Bools | None = None) -> tuple[Doubles, Ints]:
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


def _margins(evidence: Evidence, codes: Ints, believed: Bools, trusted: Bools, floor: float) -> tuple[Doubles, Ints]:
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
