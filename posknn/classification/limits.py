"""Learns how far from its examples a label still reaches, so that a classifier can say "unknown"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.pairwise import least_distances
from posknn.values import Label

__all__ = ["learn_limits"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MOST_QUERIES: Final = 300
_LEAST_DISTANCES: Final = 5
_BLOCKS: Final = 5
_ENOUGH_GROUPS: Final = 3
_REACH: Final = 0.7


def learn_limits(
    queries: Floats, labels: Sequence[Label], groups: Sequence[object], *, false_reject: float, repeat: float
) -> Mapping[Label, float]:
    """Return per label the distance that all but `false_reject` of its examples keep from those of other groups.

    queries: (n, V, D), NaN where not known: each example as it was taught and, after that, in other ways that count
    as the same, such as mirrored. groups: n of them. Examples of one recording are near copies of each other, so an
    example is compared only with those of other groups; a label that has but one is cut into blocks in the order of
    teaching. One or two recordings, or a handful of examples, cannot tell how the next person will do a pose: then a
    label reaches at least `repeat`, the distance at which people repeat a pose, and 0.7 of the way to the nearest other
    label.
    """
    codes = np.unique([str(group) for group in groups], return_inverse=True)[1]
    kinds = np.unique([f"{type(label).__name__}:{label}" for label in labels], return_inverse=True)[1]
    limits: dict[Label, float] = {}
    for kind in np.unique(kinds):
        own = np.flatnonzero(kinds == kind)
        count = len(np.unique(codes[own]))
        parts = codes[own] if count > 1 else np.arange(len(own)) * _BLOCKS // len(own)
        among = _nearest_elsewhere(queries[own], queries[own, 0], parts)
        enough = len(among) >= _LEAST_DISTANCES
        limit = float(np.quantile(among, 1 - false_reject)) if enough else 0.0
        if count < _ENOUGH_GROUPS or not enough:
            others = queries[kinds != kind, 0]
            apart = _finite(least_distances(queries[_spread(own)], others))
            limit = max(limit, repeat, _REACH * float(np.median(apart)) if len(apart) else 0.0)
        limits[labels[own[0]]] = limit
    return limits


def _nearest_elsewhere(queries: Floats, vectors: Floats, codes: Ints) -> Doubles:
    """Return the distances of some examples (n, V, D) to the nearest one with another code, where there is one."""
    chosen = _spread(np.arange(len(vectors)))
    return _finite(least_distances(queries[chosen], vectors, (codes[chosen], codes)))


def _finite(nearest: Floats) -> Doubles:
    """Return the distances of those that could be compared."""
    return nearest[np.isfinite(nearest)].astype(np.float64)


def _spread(rows: Ints) -> Ints:
    """Return at most a few hundred of some row numbers, evenly spread."""
    if len(rows) <= _MOST_QUERIES:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, _MOST_QUERIES).round().astype(int)])
