"""Counts repetitions of a pattern of labels, in seconds."""

from __future__ import annotations

from itertools import pairwise

from posknn.values import Event, Label, Result

__all__ = ["Repetitions", "parse_pattern"]

_ROUNDING = 1e-9
"""Seconds: 0.8 - 0.6 is more than 0.2."""


class Repetitions:
    """Count how often each person goes through a pattern of labels; a Sink.

    pattern: "up > down > up", or the labels one by one; the last label of one repetition may be the first of the
    next. Labels outside the pattern, "unknown" and nobody pass unnoticed. least, greatest: seconds that a repetition
    takes; one outside is not counted.
    """

    def __init__(self, pattern: str | tuple[Label, ...], *, least: float = 0.2, greatest: float = 30.0) -> None:
        if not 0 <= least < greatest:
            raise ValueError(f"a repetition takes 0 <= least < greatest seconds, not {least} and {greatest}")
        self.pattern = parse_pattern(pattern) if isinstance(pattern, str) else _checked(tuple(pattern), pattern)
        self._least = least
        self._greatest = greatest
        self._steps: dict[int, list[float]] = {}
        self.events: list[Event] = []

    def __call__(self, result: Result) -> None:
        """Take the result of one frame; frames come in order of time."""
        for person in result.people:
            if person.prediction is not None and person.prediction.label in self.pattern:
                self._step(person.id, person.prediction.label, result.frame.time)

    def count(self, person: int | None = None) -> int:
        """Return the repetitions of one person, or of everybody."""
        return sum(1 for event in self.events if person is None or event.person == person)

    def _step(self, person: int, label: Label, time: float) -> None:
        """Follow the pattern: `steps` are the times at which each of its labels so far was last seen."""
        steps = self._steps.get(person, [])
        if steps and label == self.pattern[len(steps) - 1]:
            steps[-1] = time  # still there: a repetition begins when its first label is left
            return
        shown, steps = (*self.pattern[: len(steps)], label), [*steps, time]
        while shown != self.pattern[: len(shown)]:  # a wrong turn: what came last may be a beginning
            shown, steps = shown[1:], steps[1:]
        if len(steps) == len(self.pattern):
            start = steps[0]
            if self._least - _ROUNDING <= time - start <= self._greatest + _ROUNDING:
                detail = {"count": float(self.count(person) + 1), "start": start, "seconds": time - start}
                self.events.append(Event("rep", label, person, time, detail))
            steps = [time] if label == self.pattern[0] else []
        self._steps[person] = steps


def parse_pattern(text: str) -> tuple[Label, ...]:
    """Return the labels of a pattern such as "up > down > up"; ValueError for fewer than two or two alike in a row."""
    return _checked(tuple(part.strip() for part in text.split(">")), text)


def _checked(labels: tuple[Label, ...], given: object) -> tuple[Label, ...]:
    if len(labels) < 2 or "" in labels or any(a == b for a, b in pairwise(labels)):
        raise ValueError(f'a pattern is labels with ">" between them, such as "up > down > up", not {given!r}')
    return labels
