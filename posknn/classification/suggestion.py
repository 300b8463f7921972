"""Chooses the unlabelled moments that are most worth labelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.labelled import Labelled, codes_of
from posknn.classification.pairwise import distances
from posknn.values import Label, Recording

__all__ = ["Suggestion", "doubts", "suggest"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_MOST: Final = 2_500
_LEAST_DOUBT: Final = 0.2
_LEAST_SCALE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A moment to label. recording: its place among those given; row: its place in that one.

    guess: the nearest label, None where nothing can be compared; between: the label that is nearly as near.
    doubt: 0..1, 1 where two labels are equally near. unlike: how far it is from anything taught, in limits of the
    nearest label, so above 1 is unknown; None without limits. stands_for: the share of all moments that are better
    known once this one is labelled.
    """

    recording: int
    row: int
    time: float
    person: int
    guess: Label | None
    between: Label | None
    doubt: float
    unlike: float | None
    stands_for: float


def suggest(classifier: PoseClassifier, tracks: Sequence[Recording], count: int = 40) -> list[Suggestion]:
    """Return up to `count` rows of tracks to label next, the most telling first.

    Each choice is the one that brings most of the doubtful moments nearer to a labelled one, counting those that were
    chosen before it as labelled: so it is unlike what was taught, unlike the other choices, and typical of many rather
    than a freak (greedy facility location, weighed by doubt; with a closeness that falls off like
    e**-distance). Of very long tracks 2,500 evenly spread moments
    are looked at. ValueError when the classifier was taught nothing.
    """
    if count < 1:
        raise ValueError(f"the number of suggestions is 1 or more, not {count}")
    taught = Labelled.of(classifier)
    if not len(taught):
        raise ValueError("nothing has been taught yet: suggestions start from a few examples of each label")
    where, points = _moments(tracks, classifier)
    if not len(where):
        return []
    queries = classifier.vectors(points)
    labels = taught.distinct
    order, first, doubt = _doubts(queries, classifier, taught)
    found = []
    chosen = _choose(distances(queries, queries[:, 0]), first, doubt, count)
    answers = classifier.classify_many(points[[row for row, _ in chosen]])
    for (row, share), answer in zip(chosen, answers, strict=True):
        recording, place = where[row].tolist()
        known = bool(np.isfinite(first[row]))
        guess = labels[order[row, 0]] if known else None
        found.append(
            Suggestion(
                recording,
                place,
                float(tracks[recording].times[place]),
                int(tracks[recording].people[place]),
                guess,
                labels[order[row, 1]] if doubt[row] > 0 else None,
                float(doubt[row]),
                answer.distance / answer.limit if answer.distance is not None and answer.limit else None,
                share,
            )
        )
    return found


def doubts(classifier: PoseClassifier, points: npt.NDArray[np.float32]) -> Doubles:
    """Return how doubtful each pose (n, 33, 4) is, image heights: (n,) 0..1, 1 where two labels are equally near.

    0 where only one label can be compared, or nothing was taught.
    """
    taught = Labelled.of(classifier)
    if not len(taught) or not len(points):
        return np.zeros(len(points))
    return _doubts(classifier.vectors(points), classifier, taught)[2]


def _doubts(queries: Floats, classifier: PoseClassifier, taught: Labelled) -> tuple[Ints, Doubles, Doubles]:
    """Return the labels of each query (n, V, D) from the nearest on (n, C), the nearest distance and the doubt (n,)."""
    labels = taught.distinct
    by_label = _nearest_by_label(queries, classifier.vectors(taught.points)[:, 0], codes_of(taught.labels, labels))
    order = np.argsort(by_label, axis=1, kind="stable")
    first = np.take_along_axis(by_label, order[:, :1], axis=1)[:, 0]
    if len(labels) < 2:
        return order, first, np.zeros(len(first))
    second = np.take_along_axis(by_label, order[:, 1:2], axis=1)[:, 0]
    return order, first, np.where(np.isfinite(second), first / np.maximum(second, 1e-12), 0.0)


def _moments(tracks: Sequence[Recording], classifier: PoseClassifier) -> tuple[Ints, Floats]:
    """Return track and row of each unlabelled moment with somebody in it, and the poses; of many an even choice."""
    where = [
        (number, row) for number, track in enumerate(tracks) for row, label in enumerate(track.labels) if label is None
    ]
    seen = np.array(where, np.int64).reshape(-1, 2)
    seen = seen[[bool(np.isfinite(tracks[number].points[row]).any()) for number, row in where]]
    if len(seen) > _MOST:
        seen = seen[np.linspace(0, len(seen) - 1, _MOST).astype(int)]
    points = np.array([tracks[number].points[row] for number, row in seen.tolist()], np.float32).reshape(-1, 33, 4)
    if not len(points):
        return seen, points
    clear = ~np.isnan(classifier.vectors(points)[:, 0]).all(axis=1)
    return seen[clear], points[clear]


def _nearest_by_label(queries: Floats, vectors: Floats, codes: Ints) -> Doubles:
    """Return the distance of each query (n, V, D) to the nearest example of each label: (n, C)."""
    found = [distances(queries, vectors[codes == kind]).min(axis=1) for kind in range(codes.max() + 1)]
    return np.stack(found, axis=1).astype(np.float64)


def _choose(between: Floats, nearest: Doubles, doubt: Doubles, count: int) -> list[tuple[int, float]]:
    """Return the rows chosen, and the share of all rows that each is nearer to than anything labelled before it.

    between: (n, n). nearest: (n,), to what was taught. How well a moment is known falls off with its distance to the
    nearest that is labelled, by a factor of e over the distance at which half of the moments are from what was taught:
    what is far from everything gains as little from a choice a little less far as what is known already.
    """
    apart = nearest[np.isfinite(nearest)] if np.isfinite(nearest).any() else between[np.isfinite(between)]
    scale = max(float(np.median(apart)) if len(apart) else 1.0, _LEAST_SCALE)
    closeness = np.exp(-between / np.float32(scale))
    known = np.exp(-nearest / scale).astype(np.float32)
    weights = (_LEAST_DOUBT + doubt).astype(np.float32)
    chosen: list[tuple[int, float]] = []
    free = np.ones(len(nearest), bool)
    for _ in range(min(count, len(nearest))):
        gains = weights @ np.maximum(closeness - known[:, None], 0)
        gains[~free] = -1
        row = int(gains.argmax())
        chosen.append((row, float((closeness[:, row] > known).mean())))
        free[row] = False
        known = np.maximum(known, closeness[:, row])
    return chosen
