"""Scores of answers against the truth, as plain values: per label, calibration, how well "unknown" tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posknn.values import Label

__all__ = [
    "Bin",
    "Calibration",
    "LabelScore",
    "accepted_share",
    "area_under_curve",
    "calibration",
    "confusion_matrix",
    "label_scores",
    "macro_f1",
]

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is told. examples: how many were asked. unknown: the share of them called unknown."""

    label: Label
    examples: int
    precision: float
    recall: float
    f1: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of one stretch of confidence: their mean confidence, the share that was right, how many they are."""

    confidence: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether confidences mean what they say. error: the expected calibration error over `bins`, 0..1."""

    error: float
    bins: tuple[Bin, ...]


def confusion_matrix(truth: Ints, answers: Ints, count: int) -> Ints:
    """Return how often truth i was answered with j: (count, count + 1), the last column for no answer, -1."""
    matrix = np.zeros((count, count + 1), np.int64)
    np.add.at(matrix, (truth, answers), 1)
    return matrix


def label_scores(
    labels: Sequence[Label], matrix: Ints, truth: Ints, unknown: npt.NDArray[np.bool_]
) -> tuple[LabelScore, ...]:
    """Return the score of each label from a confusion matrix, and which answers (n,) were called unknown."""
    right = np.diag(matrix).astype(np.float64)
    asked, answered = matrix.sum(axis=1), matrix.sum(axis=0)[:-1]
    refused = np.bincount(truth[unknown], minlength=len(labels))
    precision, recall = right / np.maximum(answered, 1), right / np.maximum(asked, 1)
    f1 = 2 * right / np.maximum(asked + answered, 1)
    columns = (asked, precision, recall, f1, refused / np.maximum(asked, 1))
    return tuple(
        LabelScore(label, int(row[0]), *(float(number) for number in row[1:]))
        for label, row in zip(labels, np.column_stack(columns), strict=True)
    )


def macro_f1(truth: Ints, answers: Ints) -> float:
    """Return the mean F1 over the labels that occur in truth (n,); each label counts alike."""
    scores = []
    for kind in np.unique(truth):
        both = ((truth == kind) & (answers == kind)).sum()
        scores.append(2 * both / ((truth == kind).sum() + (answers == kind).sum()))
    return float(np.mean(scores))


def calibration(confidences: Doubles, right: npt.NDArray[np.bool_], bins: int = 10) -> Calibration:
    """Compare the confidence of each answer (n,), 0..1, with whether it was right (n,).

    The error is the mean difference of the two over `bins` equally wide stretches of confidence, weighed by how many
    answers fall into each (Naeini and others, AAAI 2015).
    """
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    found = []
    for place in np.unique(places):
        own = places == place
        found.append(Bin(float(confidences[own].mean()), float(right[own].mean()), int(own.sum())))
    error = sum(abs(one.confidence - one.right) * one.count for one in found) / max(1, len(confidences))
    return Calibration(float(error), tuple(found))


def area_under_curve(known: Doubles, untaught: Doubles) -> float:
    """Return the chance that a taught pose (n,) is less distant than an untaught one (m,), ties counted half."""
    together = np.concatenate([known, untaught])
    values, places = np.unique(together, return_inverse=True)
    counts = np.bincount(places, minlength=len(values))
    ranks = np.cumsum(counts) - (counts - 1) / 2
    above = ranks[places[len(known) :]].sum() - len(untaught) * (len(untaught) + 1) / 2
    return float(above / (len(known) * len(untaught)))


def accepted_share(known: Doubles, untaught: Doubles, accept: Doubles) -> Doubles:
    """Return the share of untaught distances (m,) refused when a share `accept` (a,) of the known (n,) is accepted."""
    limits = np.quantile(known, accept, method="higher")
    return np.asarray((untaught[None, :] > limits[:, None]).mean(axis=1))
