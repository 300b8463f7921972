"""Turns the nearest examples into a label with confidences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from posknn.classification.examples import Snapshot
from posknn.values import Label, Neighbor, Prediction

__all__ = ["unlike_anything", "vote"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def vote(snapshot: Snapshot, rows: Ints, distances: Doubles, weights: str) -> Prediction:
    """Return what the nearest rows (k,), nearest first, at their distances (k,) say together.

    Rows at infinite distance have no vote; equal votes go to the class that comes first.
    """
    comparable = np.isfinite(distances)
    rows, distances = rows[comparable], distances[comparable]
    if len(rows) == 0:
        return unlike_anything(snapshot)
    classes = snapshot.classes[rows]
    votes = np.bincount(classes, _weigh(distances, weights), minlength=len(snapshot.labels))
    shares = (votes / votes.sum()).tolist()
    winner = max(snapshot.order, key=lambda index: shares[index])  # the first of equals
    neighbors = tuple(
        Neighbor(example, snapshot.labels[index], distance, *snapshot.origins.get(example, (None, None)))
        for example, index, distance in zip(
            snapshot.ids[rows].tolist(), classes.tolist(), distances.tolist(), strict=True
        )
    )
    indices = sorted(snapshot.order)
    return Prediction(
        label=snapshot.labels[winner],
        confidences_by_label={snapshot.labels[index]: shares[index] for index in indices},
        distance=neighbors[0].distance,
        neighbors=neighbors,
        class_index=winner,
        confidences={index: shares[index] for index in indices},
    )


def _weigh(distances: Doubles, weights: str) -> Doubles:
    """Return one weight per neighbour (k,); neighbours at distance 0 outvote all others."""
    if weights == "uniform":
        return np.ones(len(distances))
    if (distances <= 0).any():
        return (distances <= 0).astype(np.float64)
    return np.asarray(distances.min() / distances)


def unlike_anything(snapshot: Snapshot) -> Prediction:
    """Return the prediction for what cannot be compared: no label, no share for any."""
    indices = sorted(snapshot.order)
    zeros: dict[Label, float] = {snapshot.labels[index]: 0.0 for index in indices}
    return Prediction(None, zeros, confidences=dict.fromkeys(indices, 0.0))
