"""What a classifier consists of, as plain values: made by it, written to and read from files by `posknn.storage`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from posknn.classification.confidence import Confidence
from posknn.classification.discriminants import Discriminants
from posknn.classification.embedding import Embedding, NormalisedPoints
from posknn.classification.shape import PoseShape
from posknn.values import Label

__all__ = ["KNNState", "PoseState", "embedding_of", "options_of"]

_EMBEDDINGS: Final = {"pose_shape": PoseShape, "normalised_points": NormalisedPoints}


@dataclass(frozen=True, slots=True, eq=False)
class KNNState:
    """All of a KNNClassifier.

    rows: (n, D) float32, the taught vectors; for the cosine metric divided by their lengths.
    lengths: (n,) float32, the lengths that were divided away; ones for other metrics.
    ids: (n,) int64, rising. next_id: the id of the next example.
    classes: (n,) int64, the class index of each row. labels: the label of each class index, cleared ones included.
    order: the class indices that have rows, in the order that breaks ties.
    recordings, times: where each row was taught, None and NaN where not known.
    balanced: whether votes are divided by the number of examples of their class.
    """

    k: int
    metric: str
    weights: str
    rows: npt.NDArray[np.float32]
    lengths: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]
    next_id: int
    classes: npt.NDArray[np.int64]
    labels: tuple[Label, ...]
    order: tuple[int, ...]
    recordings: tuple[str | None, ...]
    times: npt.NDArray[np.float64]
    balanced: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PoseState:
    """All of a PoseClassifier: its settings and the raw poses it was taught.

    settings: k, weights, mirror, embedding and its options, as JSON could hold them.
    points: (n, 33, 4) float32, x, y, z, visibility; image heights or any unit, NaN for a missing keypoint.
    ids: (n,) int64, rising. next_id: the id of the next example. labels: n of them.
    recordings, times: where each was taught, None and NaN where not known.
    limits: per label the distance up to which it accepts; None when not calibrated. between: the same where another
    label is about as near.
    discriminants: the learnt part of the distance; None for the plain one. confidence: what votes are worth; None when
    not known. pairs: labels whose examples are each other's mirror image.
    """

    settings: Mapping[str, object]
    points: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]
    next_id: int
    labels: tuple[Label, ...]
    recordings: tuple[str | None, ...]
    times: npt.NDArray[np.float64]
    limits: Mapping[Label, float] | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)
    discriminants: Discriminants | None = None
    confidence: Confidence | None = None
    pairs: tuple[tuple[Label, Label], ...] = ()
    between: Mapping[Label, float] = field(default_factory=dict)


def options_of(embedding: Embedding) -> dict[str, object]:
    """Return the name and options of an embedding, as JSON could hold them. ValueError for the caller's own."""
    if not isinstance(embedding, PoseShape | NormalisedPoints):
        raise ValueError("a classifier with an embedding of your own cannot be saved: a file cannot hold code")  # noqa: TRY004
    name = next(name for name, kind in _EMBEDDINGS.items() if isinstance(embedding, kind))
    return {"name": name, **asdict(embedding)}


def embedding_of(options: Mapping[str, Any]) -> Embedding:
    """Return the embedding that has a name and options. ValueError for one this posknn does not know."""
    kind = _EMBEDDINGS.get(options["name"])
    if kind is None:
        raise ValueError("its embedding is not known to this posknn")
    embedding: Embedding = kind(**{name: value for name, value in options.items() if name != "name"})
    return embedding
