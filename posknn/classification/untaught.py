"""Measures how well poses that were never taught are told from taught ones: one label at a time is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.labelled import Labelled, Make, codes_of
from posknn.classification.scores import accepted_share, area_under_curve
from posknn.values import Label

__all__ = ["OpenSet", "Untaught", "open_set"]

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Part = tuple[Ints, Ints]

_KNOWN: Final = 0.95
_GRID: Final = np.linspace(0, 1, 51)
_MOST_TRIALS: Final = 24
_MOST_LEARNT: Final = 1_200
_MOST_ASKED: Final = 400


@dataclass(frozen=True, slots=True)
class Untaught:
    """What happens to the poses of one label when it is not taught. examples: how many were asked.

    refused: the share refused when 95 % of the taught poses are accepted. limited: the share that the limits which
    the classifier learnt itself call unknown. area: the area under the ROC curve, 1 is perfect and 0.5 is chance.
    """

    label: Label
    examples: int
    refused: float
    limited: float
    area: float


@dataclass(frozen=True, slots=True)
class OpenSet:
    """How well untaught poses are refused; means over the labels left out in turn, each counts alike.

    refused: at `accepted`, the share of taught poses accepted. curve: pairs of the share of taught poses accepted and
    of untaught ones refused.
    """

    accepted: float
    refused: float
    limited: float
    area: float
    by_label: tuple[Untaught, ...]
    curve: tuple[tuple[float, float], ...]


def open_set(taught: Labelled, test: Labelled, parts: Sequence[Part], make: Make) -> OpenSet | None:
    """Leave each label out in turn and see whether its poses are refused; None where that cannot be tried.

    parts: rows to learn, of `taught`, and rows to ask, of `test`. Each label is left out in as many of the parts as
    make two dozen trials in all, at least one; a trial learns at most 1,200 examples and asks 400 of each kind, evenly
    chosen. The threshold is set in each trial, on taught poses that were not learnt.
    """
    labels = test.distinct
    learnt, asked = codes_of(taught.labels, labels), codes_of(test.labels, labels)
    each = max(1, _MOST_TRIALS // len(labels))
    found, curves = [], []
    for kind, label in enumerate(labels):
        usable = [trial for part in parts if (trial := _rows(part, learnt, asked, kind)) is not None]
        chosen = [usable[(kind + step) % len(usable)] for step in range(min(each, len(usable)))]
        if not chosen:
            continue
        trials = [_try(label, taught.at(learn), test.at(near), test.at(far), make) for learn, near, far in chosen]
        weights = np.array([trial.examples for trial, _ in trials], np.float64)
        found.append(_mean([trial for trial, _ in trials], weights))
        curves.append(np.average([curve for _, curve in trials], axis=0, weights=weights))
    if not found:
        return None
    return OpenSet(
        accepted=_KNOWN,
        refused=float(np.mean([one.refused for one in found])),
        limited=float(np.mean([one.limited for one in found])),
        area=float(np.mean([one.area for one in found])),
        by_label=tuple(found),
        curve=tuple(zip(_GRID.tolist(), np.mean(curves, axis=0).tolist(), strict=True)),
    )


def _rows(part: Part, learnt: Ints, asked: Ints, kind: int) -> tuple[Ints, Ints, Ints] | None:
    """Return the rows to learn, the taught and the untaught rows to ask; None when there is none of a sort."""
    learn, ask = part
    learn = _some(learn[learnt[learn] != kind], _MOST_LEARNT)
    known = _some(ask[np.isin(asked[ask], learnt[learn])], _MOST_ASKED)
    strange = _some(ask[asked[ask] == kind], _MOST_ASKED)
    return (learn, known, strange) if min(len(learn), len(known), len(strange)) else None


def _try(label: Label, learnt: Labelled, known: Labelled, strange: Labelled, make: Make) -> tuple[Untaught, Doubles]:
    """Return what becomes of the strange poses, and the share of them refused along the curve."""
    classifier = learnt.teach(make)
    near, far = classifier.decision_distance(known.points), classifier.decision_distance(strange.points)
    refused = float(accepted_share(near, far, np.array([_KNOWN]))[0])
    limited = sum(answer is None for answer in classifier.predict(strange.points)) / len(strange)
    untaught = Untaught(label, len(strange), refused, limited, area_under_curve(near, far))
    return untaught, accepted_share(near, far, _GRID)


def _some(rows: Ints, most: int) -> Ints:
    return rows[np.unique(np.linspace(0, len(rows) - 1, most).astype(int))] if len(rows) > most else rows


def _mean(trials: Sequence[Untaught], weights: Doubles) -> Untaught:
    def mean(name: str) -> float:
        return float(np.average([getattr(one, name) for one in trials], weights=weights))

    return Untaught(trials[0].label, int(weights.sum()), mean("refused"), mean("limited"), mean("area"))
