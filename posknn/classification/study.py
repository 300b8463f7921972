"""Finds out from examples how best to compare them: with what learnt distance, and what a vote is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.confidence import Confidence, learn_confidence
from posknn.classification.discriminants import Discriminants, learn_discriminants
from posknn.classification.knn import Weights
from posknn.classification.leaving_out import LeftOut, folds_of, in_a_row, leave_out
from posknn.classification.ways import Ways

__all__ = ["Study", "study"]

Ints = npt.NDArray[np.int64]

_MOST: Final = 1500
_MOST_LEARNT: Final = 10_000
_LEAST_OF_A_CLASS: Final = 32
_STANDARD_ERRORS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What came out. discriminants: None for the plain distance. confidence: None where there was too little to tell.

    by_groups: whether examples were left out by recording, else by stretches of time.
    """

    discriminants: Discriminants | None = None
    confidence: Confidence | None = None
    by_groups: bool = False


def study(ways: Ways, classes: Ints, groups: Ints, *, k: int, weights: Weights, learnt: bool | None) -> Study:
    """Ask about examples while their recording is left out, by the plain and by a learnt distance.

    ways: (n, V, D), each example seen in V ways, NaN where missing; only some rows are asked for. classes, groups:
    (n,). learnt: whether to use a learnt distance; None leaves it to the examples: it is used where there are enough of
    them and it makes fewer mistakes than the plain one, by more than two standard errors of the difference.
    """
    rows = _spread(len(classes), _MOST)
    folds, by_groups = folds_of(classes[rows], groups[rows])
    enough = np.median(np.unique(classes, return_counts=True)[1]) >= _LEAST_OF_A_CLASS

    def ask(*, learnt: bool) -> LeftOut:
        return leave_out(asked, classes[rows], apart[rows], folds, k=k, weights=weights, learnt=learnt)

    apart = groups if by_groups else folds_of(classes, groups)[0]
    if len(np.unique(classes)) < 2:
        return Study(by_groups=by_groups)
    asked = ways[rows]
    use = bool(learnt)
    answers = ask(learnt=use)
    if learnt is None and enough and _mistakes(answers):
        other = ask(learnt=True)
        if _clearly_better(other, answers):
            use, answers = True, other
    discriminants = None
    if use:
        few = _spread(len(classes), _MOST_LEARNT)
        several = asked.shape[1]
        # No name for the vectors: they are let go of as soon as they have been looked at.
        discriminants = learn_discriminants(
            in_a_row(ways[few]), np.tile(classes[few], several), np.tile(apart[few], several)
        )
    return Study(discriminants, learn_confidence(answers.shares, answers.classes), by_groups)


def _mistakes(answers: LeftOut) -> int:
    return int(np.sum(answers.shares.argmax(axis=1) != answers.classes))


def _clearly_better(one: LeftOut, other: LeftOut) -> bool:
    """Say whether one set of answers is right more often than another by more than chance would have it."""
    right = [answers.shares.argmax(axis=1) == answers.classes for answers in (one, other)]
    gain = int(right[0].sum()) - int(right[1].sum())
    return gain > _STANDARD_ERRORS * float(np.sqrt(np.sum(right[0] != right[1])))


def _spread(count: int, most: int) -> Ints:
    if count <= most:
        return np.arange(count)
    return np.asarray(np.linspace(0, count - 1, most).round().astype(np.int64))
