"""Where poses lie: the embedding, with what was learnt from the examples beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.discriminants import Discriminants
from posknn.classification.embedding import Embedding, mirrored_points

__all__ = ["BLOCK", "PoseSpace", "plain_distances"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

BLOCK: Final = 256
"""Poses that are embedded at a time: on the way that takes four times the memory of the vectors."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseSpace:
    """Poses to vectors. discriminants: further coordinates of a learnt distance; None for the plain one."""

    embedding: Embedding
    discriminants: Discriminants | None = None

    def __call__(self, points: Floats) -> Floats:
        """Return vectors (n, D) float32 of poses (n, 33, 4), NaN where not known."""
        return self.ways(points, mirrored=False)[:, 0]

    def extended(self, vectors: Floats) -> Floats:
        """Return vectors of the embedding with what was learnt beside them."""
        if self.discriminants is None:
            return vectors
        return np.concatenate([vectors, self.discriminants(vectors)], axis=1)

    def plain(self, vectors: Floats) -> Floats:
        """Return the embedding's own part of vectors (..., D)."""
        return vectors if self.discriminants is None else vectors[..., : len(self.discriminants.mean)]

    def unlike(self, vectors: Floats) -> Floats:
        """Return vectors (..., D) as they are compared to tell poses that were never taught; see PoseShape."""
        unlike = getattr(self.embedding, "unlike", None)
        plain = self.plain(vectors)
        return plain if unlike is None else np.asarray(unlike(plain))

    def ways(self, points: Floats, *, mirrored: bool) -> Floats:
        """Return poses as they are and, if so asked, mirrored: (n, 1 or 2, D)."""
        n = len(points)
        if n == 0:
            return np.empty((0, 1 + mirrored, 1), np.float32)
        if n <= BLOCK:
            return self._ways(points, mirrored=mirrored)
        found: Floats | None = None
        for start in range(0, n, BLOCK):
            part = self._ways(points[start : start + BLOCK], mirrored=mirrored)
            if found is None:
                found = np.empty((n, *part.shape[1:]), np.float32)
            found[start : start + BLOCK] = part
        assert found is not None
        return found

    def _ways(self, points: Floats, *, mirrored: bool) -> Floats:
        """Return what `ways` does, of few poses."""
        if not mirrored:
            return self.extended(self.embedding(points))[:, None]
        both = self.extended(self.embedding(np.concatenate([points, mirrored_points(points)])))
        return both.reshape(2, len(points), -1).swapaxes(0, 1)


def plain_distances(ways: Floats, vectors: Floats) -> Doubles:
    """Return the distances of things to some vectors each: (n, k), infinite without a common number.

    ways: (n, V, D), each thing seen in V ways, of which the nearest counts. vectors: (n, k, D). NaN where missing.
    """
    gaps = ways[:, :, None].astype(np.float64) - vectors[:, None]
    squares = np.einsum("nvkd,nvkd->nvk", gaps, gaps)
    if np.isnan(squares).any():
        there = np.isfinite(gaps)
        gaps[~there] = 0
        shared = there.sum(axis=3)
        squares = np.einsum("nvkd,nvkd->nvk", gaps, gaps) * (gaps.shape[3] / np.maximum(shared, 1))
        squares[shared == 0] = np.inf
    return np.asarray(np.sqrt(squares.min(axis=1)))
