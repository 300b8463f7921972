"""Three columns of the table in EMBEDDINGS.md made anew, to see that a protocol is the table's and to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import KNeighborsClassifier

from posknn import skeleton
from posknn.classification.embedding import mirrored_points

__all__ = ["B2", "E7", "E8", "Column"]

Floats = npt.NDArray[np.float32]

_HIPS: Final = ("left_hip", "right_hip")
_SHOULDERS: Final = ("left_shoulder", "right_shoulder")


def _both(a: str, b: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [((f"{side}_{a}",), (f"{side}_{b}",)) for side in ("left", "right")]


_PAIRS: Final = [
    (_HIPS, _SHOULDERS),
    *(_both("shoulder", "elbow") + _both("elbow", "wrist") + _both("hip", "knee") + _both("knee", "ankle")),
    *(_both("shoulder", "wrist") + _both("hip", "ankle") + _both("hip", "wrist") + _both("shoulder", "ankle")),
    *_both("hip", "wrist"),
    *(((f"left_{joint}",), (f"right_{joint}",)) for joint in ("elbow", "knee", "wrist", "ankle")),
]


class Column:
    """Three neighbours by Euclidean distance, of poses in ML Kit's normalisation with z turned down to 0.2.

    pairs: their 23 difference vectors instead of the points. mirrored: also teach every pose mirrored.
    """

    def __init__(self, *, pairs: bool, mirrored: bool) -> None:
        self._pairs = pairs
        self._mirrored = mirrored
        self._knn = KNeighborsClassifier(3)

    def fit(self, points: Floats, labels: Sequence[str], groups: object = None) -> Column:
        """Learn poses (n, 33, 4)."""
        vectors, names = self._embed(points), list(labels)
        if self._mirrored:
            vectors, names = np.concatenate([vectors, self._embed(mirrored_points(points))]), names * 2
        self._knn.fit(vectors, names)
        return self

    def predict(self, points: Floats, *, unknown: bool = False) -> list[str]:
        """Return the labels of poses (n, 33, 4)."""
        return [str(label) for label in self._knn.predict(self._embed(points))]

    def _embed(self, points: Floats) -> npt.NDArray[np.float64]:
        known = np.isfinite(points[:, :, 0])
        places = np.nan_to_num(points[:, :, :3].astype(np.float64))
        hips, shoulders = _place(places, _HIPS), _place(places, _SHOULDERS)
        torso = np.linalg.norm((shoulders - hips)[:, :2], axis=1)
        places -= hips[:, None]
        reach = (np.linalg.norm(places[:, :, :2], axis=2) * known).max(axis=1)
        places /= np.maximum(2.5 * torso, reach)[:, None, None]
        places *= known[:, :, None] * np.array([1, 1, 0.2])
        if self._pairs:
            return np.concatenate([_place(places, b) - _place(places, a) for a, b in _PAIRS], axis=1)
        return places.reshape(len(places), -1)


def _place(places: npt.NDArray[np.float64], names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    return np.asarray(np.mean([places[:, skeleton.index(name)] for name in names], axis=0))


def B2() -> Column:  # noqa: N802  # the table's own names
    """Return the column b''."""
    return Column(pairs=False, mirrored=False)


def E7() -> Column:  # noqa: N802
    """Return the column e7."""
    return Column(pairs=True, mirrored=True)


def E8() -> Column:  # noqa: N802
    """Return the column e8."""
    return Column(pairs=False, mirrored=True)
