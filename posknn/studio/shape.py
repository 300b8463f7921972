"""Where examples lie beside each other: a map of them in two dimensions, and which are least like their label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from posknn.classification.embedding import NormalisedPoints
from posknn.values import Label

__all__ = ["map_of", "oddness"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def map_of(points: Floats) -> Doubles:
    """Return the two principal components of poses, each scaled to -1..1: (n, 2). points: (n, 33, 4)."""
    if len(points) < 2:
        return np.zeros((len(points), 2))
    vectors = _filled(points)
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    places = centred @ axes[:, [-1, -2]]
    # The sign of an axis means nothing: the same examples should lie the same way round every time.
    places *= np.where(places[np.argmax(np.abs(places), axis=0), [0, 1]] < 0, -1, 1)
    return np.asarray(places / np.maximum(np.abs(places).max(axis=0), 1e-9), np.float64)


def oddness(points: Floats, labels: Sequence[Label]) -> Doubles:
    """Return how far each pose lies from the middle of its label, as a multiple of what is usual there: (n,)."""
    vectors = _filled(points)
    kinds = np.array([f"{type(label).__name__}:{label}" for label in labels])
    odd = np.zeros(len(points))
    for kind in set(kinds.tolist()):
        own = kinds == kind
        far = np.linalg.norm(vectors[own] - np.median(vectors[own], axis=0), axis=1)
        odd[own] = far / max(float(np.median(far)), 1e-9) if own.sum() > 2 else 0.0
    return odd


def _filled(points: Floats) -> Doubles:
    """Return vectors of poses with what is not known at the middle of what is: (n, 99)."""
    if not len(points):
        return np.empty((0, 1))
    vectors = NormalisedPoints()(points).astype(np.float64)
    known = ~np.isnan(vectors)
    sums = np.where(known, vectors, 0).sum(axis=0)
    return np.where(known, vectors, sums / np.maximum(known.sum(axis=0), 1))
