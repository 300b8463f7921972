"""Asks a classifier and keeps what it said beside the truth: the raw material of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.labelled import Labelled, codes_of
from posknn.classification.pairwise import distances
from posknn.values import Label

__all__ = ["Answers", "ask", "join"]

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a classifier said of examples (m,); labels by their place in a list of them.

    asked: places among all examples asked. truth: -1 for a label not in the list. closed: the nearest label however
    far it is, -1 where nothing can be compared. limited: -1 where it said unknown. confidences: of the closed answer.
    nearest: of a wrong answer the place of the most similar example of that label among all examples learnt, else -1;
    distances: how far that is.
    """

    asked: Ints
    truth: Ints
    closed: Ints
    limited: Ints
    confidences: Doubles
    nearest: Ints
    distances: Doubles


def ask(
    classifier: PoseClassifier, asked: Labelled, learnt: Labelled, places: tuple[Ints, Ints], labels: Sequence[Label]
) -> Answers:
    """Ask a classifier that was taught `learnt`. places: of the examples asked and learnt among all of their kind."""
    closed = codes_of(classifier.predict(asked.points, unknown=False), labels)
    limited = codes_of(classifier.predict(asked.points), labels)
    confidences = classifier.predict_proba(asked.points).max(axis=1, initial=0.0)
    truth = codes_of(asked.labels, labels)
    nearest, far = np.full(len(asked), -1, np.int64), np.full(len(asked), np.inf)
    wrong = np.flatnonzero((closed != truth) & (closed >= 0))
    if len(wrong):
        between = distances(classifier.vectors(asked.points[wrong]), classifier.vectors(learnt.points)[:, 0])
        between[codes_of(learnt.labels, labels)[None, :] != closed[wrong][:, None]] = np.inf
        found = between.argmin(axis=1)
        nearest[wrong], far[wrong] = places[1][found], between[np.arange(len(wrong)), found]
    return Answers(places[0], truth, closed, limited, confidences, nearest, far)


def join(answers: Sequence[Answers]) -> Answers:
    """Return the answers of several tests as one."""
    columns = Answers.__dataclass_fields__
    return Answers(*(np.concatenate([getattr(one, column) for one in answers]) for column in columns))
