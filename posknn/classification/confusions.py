"""Finds the labels that are taken for each other, with the examples to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from posknn.classification.answers import Answers
from posknn.classification.labelled import Labelled
from posknn.values import Label

__all__ = ["Confusion", "Mistake", "worst_confusions"]

_WORST: Final = 5
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Mistake:
    """One example that was named wrongly, and the example of the wrong label that it is most like.

    row, nearest_row: their places in the recordings that they are of. distance: from the one to the other.
    time: None where it is not known, only counted.
    """

    row: int
    recording: str
    time: float | None
    confidence: float
    nearest_row: int
    nearest_recording: str
    nearest_time: float | None
    distance: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """A label that is taken for another. share: of its examples. mistakes: the few of which it was surest."""

    label: Label
    answer: Label
    count: int
    share: float
    mistakes: tuple[Mistake, ...]


def worst_confusions(
    answers: Answers, asked: Labelled, learnt: Labelled, labels: Sequence[Label]
) -> tuple[Confusion, ...]:
    """Return the confusions that are most frequent, the worst first."""
    found = []
    for kind, label in enumerate(labels):
        own = answers.truth == kind
        for wrong in np.unique(answers.closed[own & (answers.closed >= 0) & (answers.closed != kind)]):
            taken = np.flatnonzero(own & (answers.closed == wrong))
            surest = taken[np.argsort(-answers.confidences[taken], kind="stable")][:_SHOWN]
            mistakes = tuple(_mistake(answers, place, asked, learnt) for place in surest.tolist())
            found.append(Confusion(label, labels[wrong], len(taken), len(taken) / int(own.sum()), mistakes))
    return tuple(sorted(found, key=lambda one: -one.count)[:_WORST])


def _mistake(answers: Answers, place: int, asked: Labelled, learnt: Labelled) -> Mistake:
    mine, near = int(answers.asked[place]), int(answers.nearest[place])
    return Mistake(
        row=int(asked.rows[mine]),
        recording=asked.groups[mine],
        time=asked.time_of(mine),
        confidence=float(answers.confidences[place]),
        nearest_row=int(learnt.rows[near]),
        nearest_recording=learnt.groups[near],
        nearest_time=learnt.time_of(near),
        distance=float(answers.distances[place]),
    )
