"""Follows patterns of labels such as "up > down > up"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from posknn.values import Label

__all__ = ["Follower", "Found", "choices", "parse_pattern", "side_of"]

_SIDE: Final = re.compile(r"(?<![a-z])(left|right)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """Once through a pattern.

    start: when its first label was last shown. far: the label in its middle, held: for how many seconds it was shown.
    between: the labels shown on the way, without the first and the last.
    """

    start: float
    end: float
    far: Label
    held: float
    between: tuple[Label, ...]


@dataclass(slots=True)
class _Step:
    label: Label
    first: float
    last: float


class Follower:
    """Follow one person's labels through a pattern. inner: the labels that are neither its first nor its last."""

    __slots__ = ("_choices", "_steps", "inner")

    def __init__(self, pattern: Sequence[Label]) -> None:
        self._choices = [choices(label) for label in pattern]
        self._steps: list[_Step] = []
        ends = self._choices[0] + self._choices[-1]
        between = [label for step in self._choices[1:] for label in step]
        self.inner = tuple(dict.fromkeys(label for label in between if label not in ends)) or self._choices[-1]

    @property
    def at_start(self) -> bool:
        """Whether no more than the first label has been shown."""
        return len(self._steps) < 2

    def __call__(self, label: Label, time: float) -> Found | None:
        """Take the label shown at `time` seconds; return what is complete with it. Other labels pass unnoticed."""
        if not any(label in step for step in self._choices):
            return None
        steps = self._steps
        if steps and label == steps[-1].label:
            steps[-1].last = time  # still there: a repetition begins when its first label is left
            return None
        steps = [*steps, _Step(label, time, time)]
        while steps and not self._fits(steps):  # a wrong turn: what came last may be a beginning
            steps = steps[1:]
        self._steps = steps
        if len(steps) < len(self._choices):
            return None
        far = steps[len(steps) // 2]
        self._steps = steps[-1:] if self._fits(steps[-1:]) else []
        between = tuple(step.label for step in steps[1:-1])
        return Found(steps[0].last, time, far.label, far.last - far.first, between)

    def _fits(self, steps: Sequence[_Step]) -> bool:
        return all(step.label in allowed for step, allowed in zip(steps, self._choices, strict=False))


def parse_pattern(pattern: str | Sequence[Label]) -> tuple[Label, ...]:
    """Return the labels of a pattern such as "up > down > up"; ValueError for fewer than two or two alike in a row."""
    labels = tuple(part.strip() for part in pattern.split(">")) if isinstance(pattern, str) else tuple(pattern)
    steps = [choices(label) for label in labels]
    if len(labels) < 2 or any("" in step for step in steps) or any(set(a) & set(b) for a, b in pairwise(steps)):
        raise ValueError(f'a pattern is labels with ">" between them, such as "up > down > up", not {pattern!r}')
    return labels


def choices(step: Label) -> tuple[Label, ...]:
    """Return the labels of which any will do at a step of a pattern: those between "|"."""
    return tuple(part.strip() for part in step.split("|")) if isinstance(step, str) else (step,)


def side_of(label: Label) -> str | None:
    """Return "left" or "right" where a label names one of them, as in left_lunge; else None."""
    found = _SIDE.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)) if isinstance(label, str) else []
    return found[0].lower() if len({side.lower() for side in found}) == 1 else None
