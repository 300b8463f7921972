"""Measures a pose classifier on examples that it did not learn, and says what the numbers are worth."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.advice import what_next
from posknn.classification.answers import Answers, ask, join
from posknn.classification.classifier import PoseClassifier
from posknn.classification.confusions import Confusion, worst_confusions
from posknn.classification.labelled import Examples, Labelled, Make, codes_of
from posknn.classification.scores import Calibration, LabelScore, calibration, confusion_matrix, label_scores, macro_f1
from posknn.classification.splits import By, Split, split_examples
from posknn.classification.untaught import OpenSet, open_set
from posknn.values import Label

__all__ = ["Evaluation", "Leakage", "evaluate"]

Part = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

Progress = Callable[[str, float, float | None], object]

_MOST_FOR_FRAMES: Final = 3_000
_LEAKS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Leakage:
    """What a test on random frames would have said. points: by how many points of a hundred it flatters."""

    macro_f1: float
    points: float
    flatters: bool


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How good a classifier is. Scores are of the closed answer, the nearest label however far it is.

    by: recording, time or frames, or test where another set was asked. why: it was split so, in words.
    examples: how many there are. asked: how many were asked.
    unknown: the share of those that the classifier's own limits call unknown, though their label was taught.
    confusion: a row per label, a column per answer in the order of `labels`, and one for no answer at all.
    open_set, leakage: None where that could not be tried. notes: what a reader must know beside the numbers.
    advice: what to record next, in sentences, the most useful first.
    """

    by: str
    why: str
    folds: int
    examples: int
    asked: int
    recordings: int
    labels: tuple[Label, ...]
    accuracy: float
    macro_f1: float
    unknown: float
    by_label: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration
    open_set: OpenSet | None
    confusions: tuple[Confusion, ...]
    leakage: Leakage | None
    notes: tuple[str, ...]
    advice: tuple[str, ...] = ()


def evaluate(
    examples: Examples,
    test: Examples | None = None,
    *,
    by: By | None = None,
    make: Make = PoseClassifier,
    progress: Progress = lambda name, done, total: None,
    said: Callable[[Answers], object] = lambda answers: None,
) -> Evaluation:
    """Measure how well classifiers of `make` name labelled poses that they did not learn.

    examples: recordings, or a classifier whose examples are meant; its settings do not count, `make` has them.
    by: how to split, see `split_examples`. test: what to ask instead; then all examples are learnt.
    said: called with every single answer, for those who want to look behind the counts.
    ValueError when there is nothing to tell apart or to test with.
    """
    taught = Labelled.of(examples, make)
    if len(taught.distinct) < 2:
        raise ValueError("an evaluation needs examples of two labels or more: with one there is nothing to tell apart")
    if test is not None:
        return _against(
            taught, Labelled.of(test, make), make, (progress, said), [*_unclear(taught), *_spellings(taught)]
        )
    split = split_examples(taught.labels, taught.groups, taught.times, taught.takes, by=by)
    if not split.count:
        raise ValueError("no label has two examples: there is nothing to test with")
    parts = list(split.parts())
    answers = []
    for number, (learn, asked) in enumerate(parts):
        progress("asking", number, len(parts) + 2)
        learnt = taught.at(learn)
        answers.append(ask(learnt.teach(make), taught.at(asked), learnt, (asked, learn), taught.distinct))
    together = join(answers)
    said(together)
    progress("untaught poses", len(parts), len(parts) + 2)
    unknown = open_set(taught, taught, parts, make)
    progress("random frames", len(parts) + 1, len(parts) + 2)
    leakage = None if split.by == "frames" else _leakage(taught, make, macro_f1(together.truth, together.closed))
    notes = [*_unclear(taught), *_spellings(taught), *_copies(taught, split), *_not_asked(taught, split)]
    return _report((split.by, split.why, split.count), together, taught, taught, unknown, leakage, notes)


def _against(
    taught: Labelled,
    test: Labelled,
    make: Make,
    told: tuple[Progress, Callable[[Answers], object]],
    notes: list[str],
) -> Evaluation:
    """Teach everything and ask another set. told: of the progress and of the answers."""
    progress, said = told
    codes = codes_of(test.labels, taught.distinct)
    known = np.flatnonzero(codes >= 0)
    if not len(known):
        raise ValueError(
            f"the test has no example of a label that was taught: it has {_listed(test.distinct)}; "
            f"taught were {_listed(taught.distinct)}"
        )
    if len(known) < len(test):
        strange = [label for label in test.distinct if label not in taught.distinct]
        notes.append(f"never taught, so left out of the scores: {_listed(strange)}")
    if shared := sorted(set(taught.groups) & set(test.groups) - {""}):
        notes.append(
            f"recordings of one name are on both sides; if they are the same, this flatters: {_listed(shared)}"
        )
    everything = np.arange(len(taught))
    progress("asking", 0, 2)
    answers = ask(taught.teach(make), test.at(known), taught, (known, everything), taught.distinct)
    said(answers)
    progress("untaught poses", 1, 2)
    unknown = open_set(taught, test, [(everything, np.arange(len(test)))], make)
    why = f"{len(taught)} examples were taught and {len(known)} others asked"
    return _report(("test", why, 1), answers, test, taught, unknown, None, notes)


def _report(
    split: tuple[str, str, int],
    said: Answers,
    asked: Labelled,
    taught: Labelled,
    unknown: OpenSet | None,
    leakage: Leakage | None,
    notes: Sequence[str],
) -> Evaluation:
    labels = taught.distinct
    matrix = confusion_matrix(said.truth, said.closed, len(labels))
    right = said.closed == said.truth
    found = Evaluation(
        *split,
        examples=len(taught),
        asked=len(said.truth),
        recordings=len(set(taught.groups)),
        labels=labels,
        accuracy=float(right.mean()),
        macro_f1=macro_f1(said.truth, said.closed),
        unknown=float((said.limited < 0).mean()),
        by_label=label_scores(labels, matrix, said.truth, said.limited < 0),
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        calibration=calibration(said.confidences, right),
        open_set=unknown,
        confusions=worst_confusions(said, asked, taught, labels),
        leakage=leakage,
        notes=tuple(notes),
    )
    return replace(found, advice=what_next(found, taught))


def _leakage(taught: Labelled, make: Make, fair: float) -> Leakage:
    """Ask random frames too, of an even choice where there are thousands."""
    places = np.linspace(0, len(taught) - 1, min(len(taught), _MOST_FOR_FRAMES)).astype(np.int64)
    some = taught.at(places)
    said = []
    for learn, asked in split_examples(some.labels, some.groups, some.times, some.takes, by="frames").parts():
        answers = some.at(learn).teach(make).predict(some.points[asked], unknown=False)
        truth = codes_of([some.labels[place] for place in asked.tolist()], some.distinct)
        said.append((truth, codes_of(answers, some.distinct)))
    score = macro_f1(*(np.concatenate(column) for column in zip(*said, strict=True)))
    points = 100 * (score - fair)
    return Leakage(score, points, points > _LEAKS)


def _unclear(taught: Labelled) -> list[str]:
    count = taught.unclear
    return [f"{count} examples show too little of a person to be compared; they are left out"] if count else []


def _spellings(taught: Labelled) -> list[str]:
    """Say which labels may be one label, typed in several ways."""
    ways: dict[str, list[Label]] = {}
    for label in taught.distinct:
        ways.setdefault(re.sub(r"[\s_-]+", "", str(label)).casefold(), []).append(label)
    return [
        f"one label in several spellings? {', '.join(map(repr, names))}" for names in ways.values() if len(names) > 1
    ]


def _copies(taught: Labelled, split: Split) -> list[str]:
    """Say how many examples are asked for of which an exact copy was taught."""
    folds: dict[bytes, set[int]] = {}
    keys = [points.tobytes() for points in taught.points]
    for key, fold in zip(keys, split.folds.tolist(), strict=True):
        folds.setdefault(key, set()).add(fold)
    count = sum(len(folds[key]) > 1 for key in keys)
    return [f"{count} examples have an exact copy on the other side of a test, which flatters"] if count else []


def _not_asked(taught: Labelled, split: Split) -> list[str]:
    left = taught.at(np.flatnonzero(split.folds < 0)).distinct
    return [f"too few examples to be tested, though they were taught: {_listed(left)}"] if left else []


def _listed(things: Sequence[object], most: int = 6) -> str:
    return ", ".join(map(str, things[:most])) + (f" and {len(things) - most} more" if len(things) > most else "")
