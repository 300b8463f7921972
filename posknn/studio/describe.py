"""Says what posknn knows in words that JSON and the page understand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from posknn.studio.project import Example
from posknn.values import Label, Person, Prediction

__all__ = ["described_example", "described_person", "described_prediction", "drawn"]

Described = dict[str, Any]
_SHOWN_NEIGHBORS = 3


def drawn(points: npt.NDArray[np.float32]) -> list[float | None]:
    """Return x, y, visibility of each keypoint one after the other, None where missing. points: (33, 4), heights."""
    rounded = np.round(points[:, [0, 1, 3]].astype(float), 4)
    return [None if np.isnan(number) else number for number in rounded.ravel().tolist()]


def described_example(example: Example) -> Described:
    """Return an example as the page lists it."""
    return {
        "id": example.id,
        "label": example.label,
        "recording": example.recording,
        "time": round(example.time, 3),
        "person": example.person,
        "file": example.path.name if example.path else None,
        "points": drawn(example.points),
    }


def described_person(person: Person, examples: Mapping[int, Example]) -> Described:
    """Return one person of a frame: who, where, and what the pose was called."""
    points = np.column_stack([person.pose.points, person.pose.visibility])
    prediction = described_prediction(person.prediction, examples) if person.prediction else None
    return {"id": person.id, "points": drawn(points), "prediction": prediction}


def described_prediction(prediction: Prediction, examples: Mapping[int, Example]) -> Described:
    """Return an answer: shares as pairs, since 5 and "5" are two labels, and the nearest examples with their poses."""
    nearest = [
        {**described_example(examples[near.example]), "distance": _rounded(near.distance)}
        for near in prediction.neighbors
        if near.example in examples
    ]
    return {
        "label": prediction.label,
        "shares": _pairs(prediction.confidences_by_label.items()),
        "distance": _rounded(prediction.distance),
        "limit": _rounded(prediction.limit),
        "neighbors": nearest[:_SHOWN_NEIGHBORS],
    }


def _pairs(shares: Iterable[tuple[Label, float]]) -> list[tuple[Label, float]]:
    return [(label, round(float(share), 4)) for label, share in shares]


def _rounded(distance: float | None) -> float | None:
    return None if distance is None or not np.isfinite(distance) else round(float(distance), 4)
