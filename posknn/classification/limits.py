"""Learns how far from its examples a label still reaches, so that a classifier can say "unknown"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.labels import numbered
from posknn.classification.pairwise import distances, least_distances
from posknn.classification.ways import Ways
from posknn.values import Label

__all__ = ["learn_limits"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MOST_QUERIES: Final = 300
_LEAST_DISTANCES: Final = 5
_TOGETHER: Final = 2048
_BLOCKS: Final = 5
_ENOUGH_GROUPS: Final = 3
_BETWEEN: Final = 0.7
_UNSEEN: Final = 0.5
"""People differ more than the few who were seen: taught by a dozen, a sixth of the next would be refused at 5 %."""


def learn_limits(
    queries: Ways,
    labels: Sequence[Label],
    groups: Sequence[object],
    *,
    false_reject: float,
    repeat: float,
    found_by: Ways | None = None,
    k: int = 1,
) -> tuple[Mapping[Label, float], Mapping[Label, float]]:
    """Return per label how far it reaches, and how far where another label is about as near.

    That is the distance that all but `false_reject` of its examples keep from those of other groups.

    queries: (n, V, D), NaN where not known: each example as it was taught and, after that, in other ways that count
    as the same, such as mirrored. groups: n of them. Examples of one recording are near copies of each other, so an
    example is compared only with those of other groups; a label that has but one is cut into blocks in the order of
    teaching. found_by, k: where neighbours are found by other vectors (n, V, E), the distance is that to the nearest of
    the k that are found. The fewer the recordings the more is added for those that were not seen.

    One or two recordings, or a handful of examples, cannot tell how the next person will do a pose: then a label
    reaches at least `repeat`, the distance at which people repeat a pose. What lies between two poses is neither:
    where another label is about as near, it is 0.7 of `repeat`.
    """
    codes = numbered(groups)
    kinds = numbered(f"{type(label).__name__}:{label}" for label in labels)
    limits: dict[Label, float] = {}
    between: dict[Label, float] = {}
    for kind in np.unique(kinds):
        own = np.flatnonzero(kinds == kind)
        count = len(np.unique(codes[own]))
        parts = codes[own] if count > 1 else np.arange(len(own)) * _BLOCKS // len(own)
        among = _elsewhere(queries, found_by, own, parts, k)
        enough = len(among) >= _LEAST_DISTANCES
        limit = float(np.quantile(among, 1 - false_reject)) if enough else 0.0
        if count >= _ENOUGH_GROUPS:
            limit *= 1 + _UNSEEN / count**0.5
        least = repeat if count < _ENOUGH_GROUPS or not enough else 0.0
        limits[labels[own[0]]] = max(limit, least)
        between[labels[own[0]]] = max(limit, _BETWEEN * least)
    return limits, between


def _elsewhere(queries: Ways, found_by: Ways | None, own: Ints, codes: Ints, k: int) -> Doubles:
    """Return the distances of some examples to the nearest with another code, where there is one.

    own, codes: (m,), the rows of one label and their codes.
    """
    chosen = _spread(np.arange(len(own)))
    asked, asked_codes = queries[own[chosen]], codes[chosen]
    parts = [slice(start, start + _TOGETHER) for start in range(0, len(own), _TOGETHER)]
    if found_by is None or k >= len(own):
        least = [least_distances(asked, queries[own[part], 0], (asked_codes, codes[part])) for part in parts]
        return _finite(np.min(least, axis=0))
    by = found_by[own[chosen]]
    nearest = finding = np.empty((len(chosen), 0), np.float32)
    for part in parts:
        between = distances(asked, queries[own[part], 0])
        between[asked_codes[:, None] == codes[part]] = np.inf
        found = np.where(np.isfinite(between), distances(by, found_by[own[part], 0]), np.inf)
        nearest, finding = np.hstack([nearest, between]), np.hstack([finding, found])
        if nearest.shape[1] > k:
            kept = np.argpartition(finding, k - 1, axis=1)[:, :k]
            nearest, finding = (np.take_along_axis(each, kept, axis=1) for each in (nearest, finding))
    return _finite(nearest.min(axis=1))


def _finite(nearest: Floats) -> Doubles:
    """Return the distances of those that could be compared."""
    return nearest[np.isfinite(nearest)].astype(np.float64)


def _spread(rows: Ints) -> Ints:
    """Return at most a few hundred of some row numbers, evenly spread."""
    if len(rows) <= _MOST_QUERIES:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, _MOST_QUERIES).round().astype(int)])
