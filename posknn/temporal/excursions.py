"""Notices when a number rises and comes back: how far somebody went and turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

__all__ = ["Excursion", "Turn", "own_range"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A rise that was undone. start: when the number was lowest before. low, peak: the lowest and greatest value."""

    start: float
    low: float
    peak: float


class Excursion:
    """Watch one number over time for a rise that is undone; state of one person.

    least: how high a rise has to be. It is undone when the number has come back half of the way.
    """

    __slots__ = ("_least", "_low", "_peak", "_since")

    def __init__(self, least: float) -> None:
        self._least = least
        self._low = inf
        self._peak = -inf
        self._since = 0.0

    def __call__(self, value: float, time: float) -> Turn | None:
        """Take the value at `time` seconds; return the rise that is undone with it."""
        rise = self._peak - self._low
        turn = None
        if rise >= self._least and self._peak - value >= rise / 2:
            turn = Turn(self._since, self._low, self._peak)
        if turn is not None or value <= self._low:
            self._low, self._since, self._peak = value, time, value
        self._peak = max(self._peak, value)
        return turn


def own_range(values: Sequence[float], times: Sequence[float], *, least: float = 0.15) -> tuple[float, float] | None:
    """Return between which values a number goes to and fro, low and high; None when it never does.

    Medians of the lower half of the turns below and of the upper half of those above: a shallow repetition or a
    flicker among others moves neither. least: how high a rise has to be to be looked at.
    """
    watch = Excursion(least)
    turns = [turn for value, time in zip(values, times, strict=True) if (turn := watch(value, time)) is not None]
    if not turns:
        return None
    half = (len(turns) + 1) // 2
    return median(sorted(turn.low for turn in turns)[:half]), median(sorted(turn.peak for turn in turns)[-half:])
