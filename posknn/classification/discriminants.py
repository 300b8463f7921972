"""Learns from labelled examples which directions tell labels apart, as coordinates to add to an embedding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Discriminants", "learn_discriminants"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SHRINK: Final = 0.8
_WEIGHT: Final = 0.7
_RIDGE: Final = 0.003
_PATTERNS: Final = 64
_MOST: Final = 1500


@dataclass(frozen=True, slots=True, eq=False)
class Discriminants:
    """A linear map of vectors (D,) to d coordinates, also of vectors with missing numbers.

    mean: (D,) float32. directions: (D, d) float32. precision: (D, D) float32, the inverse of the covariance of the
    vectors: a missing number is taken as what the others let expect of it (the conditional mean of a Gaussian).
    """

    mean: Floats
    directions: Floats
    precision: Floats
    _maps: dict[bytes, Floats] = field(default_factory=dict, repr=False)

    def __call__(self, vectors: Floats) -> Floats:
        """Return the coordinates of vectors (n, D), NaN where missing: (n, d), NaN for a row without any number."""
        centred: Floats = vectors - self.mean
        missing = np.isnan(centred)
        if not missing.any():
            return np.asarray(centred @ self.directions)
        centred[missing] = 0
        found = np.empty((len(vectors), self.directions.shape[1]), np.float32)
        patterns, which = _patterns(missing)
        for number, pattern in enumerate(patterns):
            rows = which == number
            found[rows] = np.nan if pattern.all() else centred[rows] @ self._map(pattern)
        return found

    def _map(self, missing: npt.NDArray[np.bool_]) -> Floats:
        """Return the map for vectors in which some numbers (D,) are missing and set to the mean."""
        if not missing.any():
            return self.directions
        key = missing.tobytes()
        known = self._maps.get(key)
        if known is None:
            known = self.directions.copy()
            expected = np.linalg.solve(
                self.precision[np.ix_(missing, missing)].astype(np.float64), self.directions[missing].astype(np.float64)
            )
            known[~missing] -= (self.precision[np.ix_(~missing, missing)] @ expected).astype(np.float32)
            known[missing] = 0
            if len(self._maps) >= _PATTERNS:
                self._maps.clear()
            self._maps[key] = known
        return known


def learn_discriminants(vectors: Floats, classes: Ints, groups: Ints) -> Discriminants | None:
    """Learn the directions in which classes lie apart and their members do not; None where there are none.

    vectors: (n, D), NaN where missing. classes, groups: (n,). Fisher's linear discriminants, with the scatter within
    classes shrunk most of the way to a sphere (Friedman 1989, Regularized Discriminant Analysis), all classes alike.
    They are scaled so that examples of one class and different groups lie 0.7 times as far apart along them as in the
    vectors themselves: side by side both have a say.
    """
    filled, mean, precision = _fill(vectors)
    del vectors  # there are many, and nobody else may need them
    kinds = np.unique(classes)
    if len(kinds) < 2:
        return None
    centres = np.stack([filled[classes == kind].mean(axis=0) for kind in kinds])
    scatter = _scatter(filled, centres, np.searchsorted(kinds, classes))
    size = np.trace(scatter) / len(scatter)
    if not size > 0:
        return None
    scatter = (1 - _SHRINK) * scatter + _SHRINK * size * np.eye(len(scatter))
    values, axes = np.linalg.eigh(scatter)
    whiten = (axes / np.sqrt(values)) @ axes.T
    apart = (centres - filled.mean(axis=0)) @ whiten
    directions = whiten @ np.linalg.svd(apart, full_matrices=False)[2][: len(kinds) - 1].T
    scale = _WEIGHT * _typical(filled, classes, groups) / max(_typical(filled @ directions, classes, groups), 1e-12)
    return Discriminants(mean.astype(np.float32), (scale * directions).astype(np.float32), precision.astype(np.float32))


def _scatter(vectors: Doubles, centres: Doubles, which: Ints) -> Doubles:
    """Return how vectors (n, D) scatter around their centres (C, D): (D, D). which: (n,), the centre of each."""
    within = centres[which]
    np.subtract(vectors, within, out=within)
    return np.asarray(within.T @ within / len(vectors))


def _fill(vectors: Floats) -> tuple[Doubles, Doubles, Doubles]:
    """Return centred vectors (n, D) with missing numbers filled in, their mean (D,) and precision (D, D)."""
    missing = np.isnan(vectors)
    counts = np.maximum((~missing).sum(axis=0), 1)
    mean = vectors.sum(axis=0, dtype=np.float64, where=~missing) / counts
    centred: Doubles = vectors - mean
    centred[missing] = 0
    covariance = centred.T @ centred / max(1, len(centred))
    ridge = _RIDGE * np.trace(covariance) / len(covariance) + 1e-12
    precision = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
    if missing.any():
        patterns, which = _patterns(missing)
        for number, pattern in enumerate(patterns):
            if pattern.any() and not pattern.all():
                rows = np.flatnonzero(which == number)
                known = centred[np.ix_(rows, ~pattern)] @ precision[np.ix_(~pattern, pattern)]
                centred[np.ix_(rows, pattern)] = -np.linalg.solve(precision[np.ix_(pattern, pattern)], known.T).T
    return centred, mean, precision


def _patterns(missing: npt.NDArray[np.bool_]) -> tuple[list[npt.NDArray[np.bool_]], Ints]:
    """Return the different rows of (n, D) and which of them each row is: (n,)."""
    numbers: dict[bytes, int] = {}
    which = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in missing], np.int64)
    return [np.frombuffer(key, bool) for key in numbers], which


def _typical(vectors: Doubles, classes: Ints, groups: Ints) -> float:
    """Return the median distance of vectors (n, D) to the nearest of their class from another group; 1 without any."""
    rows = np.arange(len(vectors)) if len(vectors) <= _MOST else np.linspace(0, len(vectors) - 1, _MOST).astype(int)
    found = []
    for kind in np.unique(classes):
        own = rows[classes[rows] == kind]
        part = vectors[own]
        lengths = np.einsum("ij,ij->i", part, part)
        squares = lengths[:, None] + lengths - 2 * part @ part.T
        squares[groups[own][:, None] == groups[own]] = np.inf
        found.append(squares.min(axis=1, initial=np.inf))
    distances = np.sqrt(np.maximum(np.concatenate(found), 0))
    distances = distances[np.isfinite(distances)]
    apart = distances[distances > 1e-6 * distances.max(initial=0)]
    return float(np.median(apart)) if len(apart) else 1.0
