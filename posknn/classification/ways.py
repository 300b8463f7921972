"""Examples as vectors that are made when they are asked for: those of all examples would fill the memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from posknn.classification.model import PoseModel

__all__ = ["ExampleWays", "Poses", "Ways"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class Poses(Protocol):
    """Poses by their row: an array (n, 33, 4), or what gathers some of it."""

    def __getitem__(self, rows: Ints, /) -> Floats: ...


class Ways(Protocol):
    """Examples seen in V ways: an array (n, V, D), NaN where missing, or what makes some of it.

    Asked for rows (m,) it gives (m, V, D); for rows and a way (m, D).
    """

    def __getitem__(self, key: Ints | tuple[Ints, int], /) -> Floats: ...


@dataclass(frozen=True, slots=True, eq=False)
class ExampleWays:
    """The examples of a model as Ways: as they were taught and, where mirrors count, mirrored.

    poses, ids: n of them, the examples. plain: without what was learnt.
    """

    model: PoseModel
    poses: Poses
    ids: Ints
    plain: bool

    def __getitem__(self, key: Ints | tuple[Ints, int], /) -> Floats:
        """Return what an array (n, V, D) would."""
        if isinstance(key, tuple):
            rows, way = key
            vectors = self[rows][:, way] if way else self.model.knn.vectors(self.ids[rows])
        else:
            vectors = self.model.ways(self.poses[key])
        return self.model.space.plain(vectors) if self.plain else vectors
