"""Learns how far from its examples a label still reaches, so that a classifier can say "unknown"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.search import Rows, nearest
from posknn.values import Label

__all__ = ["blocks", "learn_limits"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_MOST_QUERIES: Final = 300
_LEAST_DISTANCES: Final = 5
_BLOCKS: Final = 5


def learn_limits(
    vectors: Floats,
    labels: Sequence[Label],
    groups: Sequence[object],
    false_reject: float,
    variants: Floats | None = None,
) -> Mapping[Label, float]:
    """Return per label the distance that all but `false_reject` of its examples keep from those of other groups.

    vectors: (n, D), NaN where not known. groups: n of them; examples of one recording are near copies of each other,
    so an example is compared only with those of other groups. A label that has examples in one group only is cut
    into blocks in the order of teaching. variants: (n, D), the vectors in a second way, such as mirrored.
    A label with too few examples to tell has no limit.
    """
    limits: dict[Label, float] = {}
    kinds = np.array([f"{type(label).__name__}:{label}" for label in labels])
    group_codes = np.unique(np.array([str(group) for group in groups]), return_inverse=True)[1]
    for kind in np.unique(kinds):
        own = np.flatnonzero(kinds == kind)
        codes = group_codes[own]
        if len(np.unique(codes)) == 1:
            codes = blocks(len(own))
        queries = [vectors[own]] if variants is None else [vectors[own], variants[own]]
        distances = _distances_to_other_groups(np.stack(queries, axis=1), vectors[own], codes)
        if len(distances) >= _LEAST_DISTANCES:
            limits[labels[own[0]]] = float(np.quantile(distances, 1 - false_reject))
    return limits


def blocks(count: int) -> Ints:
    """Return the block (count,) of each of `count` examples in a row, five blocks of equal length."""
    return np.arange(count) * _BLOCKS // max(count, 1)


def _distances_to_other_groups(queries: Floats, vectors: Floats, codes: Ints) -> npt.NDArray[np.float64]:
    """Return the distance of each of some examples (n, V, D) to the nearest one of another group."""
    found = []
    chosen = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), _MOST_QUERIES)).round().astype(int))
    for code in np.unique(codes[chosen]):
        others = vectors[codes != code]
        if len(others) == 0:
            continue
        rows = Rows(vectors.shape[1], masked=True, capacity=len(others))
        rows.append(others)
        matrix = rows.matrix()
        for row in chosen[codes[chosen] == code]:
            usable = queries[row][~np.isnan(queries[row]).all(axis=1)]
            _, distances = nearest(matrix, usable, 1, "nan_euclidean", np.zeros_like)
            found.append(distances[0])
    distances = np.array(found)
    return distances[np.isfinite(distances)]
