"""Chooses whom to follow of several people, and does not let who walks by take over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Literal, get_args

from posknn.tracking.matching import Shape
from posknn.values import Frame, Person

__all__ = ["FOLLOW", "Follow", "Policy"]

Follow = Literal["all", "first", "largest", "middle"]
"""Whom to follow: everybody, or one person only."""

FOLLOW: Final[tuple[str, ...]] = get_args(Follow)

_CLEARLY: Final = 1.25
_NEARER: Final = 0.15


class Policy:
    """Choose whom to follow.

    follow: "all" is everybody. The others are one person, followed until lost: "first" who is known longest, "largest"
    whose body is largest, "middle" who is nearest the middle of the picture from left to right. While that person is
    waited for nobody is given out.
    takeover: seconds in a row for which the same other person must be larger by a quarter, or nearer by 0.15 image
    heights, to be followed instead. "first" never changes.
    """

    def __init__(self, follow: Follow = "all", *, takeover: float = 3.0) -> None:
        if follow not in FOLLOW:
            raise ValueError(f"follow is one of {', '.join(FOLLOW)}, not {follow!r}")
        if not takeover >= 0:
            raise ValueError(f"takeover is seconds of 0 or more, not {takeover}")
        self._follow = follow
        self._takeover = takeover
        self._followed: int | None = None
        self._rival: tuple[int, float] | None = None

    def __call__(
        self, present: Sequence[tuple[Person, Shape]], known: Collection[int], frame: Frame
    ) -> tuple[Person, ...]:
        """Return who is followed of the people of a frame. known: ids of those who are present or waited for."""
        if self._follow == "all":
            return tuple(person for person, _ in present)
        ranks = {person.id: self._rank(person, shape, frame) for person, shape in present}
        if self._followed not in known:
            self._followed = max(ranks, key=lambda one: ranks[one], default=None)
            self._rival = None
        elif self._follow != "first":
            self._consider(ranks, frame.time)
        return tuple(person for person, _ in present if person.id == self._followed)

    def _rank(self, person: Person, shape: Shape, frame: Frame) -> float:
        if self._follow == "first":
            return -person.id
        if self._follow == "largest":
            return shape.size
        return -abs(float(shape.center[0]) - frame.aspect / 2)

    def _consider(self, ranks: dict[int, float], time: float) -> None:
        best = max(ranks, key=lambda one: ranks[one], default=None)
        mine = ranks.get(self._followed) if self._followed is not None else None
        if best is None or mine is None or not self._beats(ranks[best], mine):
            self._rival = None
        elif self._rival is None or self._rival[0] != best:
            self._rival = (best, time)
        elif time - self._rival[1] >= self._takeover - 1e-9:
            self._followed, self._rival = best, None

    def _beats(self, rank: float, mine: float) -> bool:
        return rank > mine * _CLEARLY if self._follow == "largest" else rank > mine + _NEARER
