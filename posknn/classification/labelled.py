"""Labelled examples with where and when each was taken: what is split, tested and cleaned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.values import Label, Recording

__all__ = ["Examples", "Labelled", "Make", "codes_of", "maker_like"]

Ints = npt.NDArray[np.int64]

Examples: TypeAlias = "Labelled | Recording | Iterable[Recording] | PoseClassifier"
"""Anything that examples can be taken from."""

Make = Callable[[], PoseClassifier]
"""Makes a classifier that was taught nothing, with the settings that are to be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Some examples. rows: (n,) int64, their places among all rows that they were taken from; else as in a Recording.

    unclear: how many others showed too little of a person to be compared.
    """

    rows: Ints
    points: npt.NDArray[np.float32]
    labels: tuple[Label, ...]
    groups: tuple[str, ...]
    times: npt.NDArray[np.float64]
    takes: Ints
    unclear: int = 0

    @classmethod
    def of(cls, examples: Examples, make: Make = PoseClassifier) -> Labelled:
        """Take the labelled rows in which a classifier of `make` finds enough to compare.

        Of two recordings of one name the second is called NAME-2, but for those that tell their groups row by row or
        are parts of one `sitting`, as their provenance says.
        """
        if isinstance(examples, Labelled):
            return examples
        if isinstance(examples, PoseClassifier):
            return _of_classifier(examples)
        recordings = [examples] if isinstance(examples, Recording) else list(examples)
        if not recordings:
            recordings = [Recording(np.empty((0, 33, 4), np.float32), ())]
        labels = [label for recording in recordings for label in recording.labels]
        groups = _groups(recordings)
        points = np.concatenate([recording.points for recording in recordings])
        labelled = np.array([label is not None for label in labels], bool)
        comparable = labelled.copy()
        if labelled.any():
            comparable[labelled] = ~np.isnan(make().vectors(points[labelled])[:, 0]).all(axis=1)
        rows = np.flatnonzero(comparable)
        return cls(
            rows,
            points[rows],
            tuple(_plain(label) for label, kept in zip(labels, comparable, strict=True) if kept and label is not None),
            tuple(groups[row] for row in rows.tolist()),
            np.concatenate([recording.times for recording in recordings])[rows],
            np.concatenate([recording.takes for recording in recordings])[rows],
            int(labelled.sum() - comparable.sum()),
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def distinct(self) -> tuple[Label, ...]:
        """The labels, sorted; numbers before texts, 5 and "5" are two."""
        there = set(self.labels)
        numbers = sorted(label for label in there if not isinstance(label, str))
        return (*numbers, *sorted(label for label in there if isinstance(label, str)))

    def time_of(self, place: int) -> float | None:
        """Return when an example was taken; None where rows were only counted, as in a table without times."""
        around = self.times[max(0, place - 1) : place + 2]
        return None if (around == np.round(around)).all() else float(self.times[place])

    def at(self, rows: Ints) -> Labelled:
        """Return some of them, by their places among these."""
        places = rows.tolist()
        return Labelled(
            self.rows[rows],
            self.points[rows],
            tuple(self.labels[place] for place in places),
            tuple(self.groups[place] for place in places),
            self.times[rows],
            self.takes[rows],
        )

    def teach(self, make: Make) -> PoseClassifier:
        """Return a classifier that was taught these."""
        return make().fit(self.points, self.labels, self.groups)


def codes_of(answers: Sequence[Label | None], labels: Sequence[Label]) -> Ints:
    """Return the place of each answer (n,) among labels; -1 for None and for what is not among them."""
    places = {label: place for place, label in enumerate(map(_plain, labels))}
    return np.array([-1 if answer is None else places.get(_plain(answer), -1) for answer in answers], np.int64)


def _plain(label: Label) -> Label:
    """Return a label of numpy's as one of Python's: they are equal, and sort and print alike then."""
    return str(label) if isinstance(label, str) else int(label)


def maker_like(classifier: PoseClassifier) -> Make:
    """Return what makes classifiers with the settings of another and none of its examples."""
    state = classifier.state
    empty = replace(
        state,
        points=state.points[:0],
        ids=state.ids[:0],
        labels=(),
        recordings=(),
        times=state.times[:0],
        limits=None,
        discriminants=None,
        confidence=None,
        pairs=(),
    )
    return lambda: PoseClassifier.from_state(empty)


def _of_classifier(classifier: PoseClassifier) -> Labelled:
    state = classifier.state
    count = len(state.labels)
    groups = tuple(name or "" for name in state.recordings)
    times = np.where(np.isfinite(state.times), state.times, 0.0)
    return Labelled(np.arange(count), state.points, state.labels, groups, times, np.zeros(count, np.int64))


def _groups(recordings: Sequence[Recording]) -> list[str]:
    """Return the group of each row of some recordings, one after the other."""
    groups: list[str] = []
    taken: set[str] = set()
    sittings: set[object] = set()
    for recording in recordings:
        own, sitting = recording.groups, recording.provenance.get("sitting")
        if "groups" not in recording.provenance and recording.name in taken and sitting not in sittings:
            name = next(name for n in range(2, len(taken) + 3) if (name := f"{recording.name}-{n}") not in taken)
            own = (name,) * len(recording)
        groups += own
        taken.update(own)
        if sitting is not None:
            sittings.add(sitting)
    return groups
