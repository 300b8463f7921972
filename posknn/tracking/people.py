"""Says who is who: gives the poses of each frame ids that stay with the people through crossings and short losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from posknn.tracking.following import Follow, Policy
from posknn.tracking.matching import Floats, Shape, assign, differences, distinct, shapes
from posknn.values import Frame, Person, Pose

__all__ = ["People"]

_REACH: Final = 0.4
"""Body sizes that a person's joints may lie from where they are expected at the next frame, as a root mean square."""
_PACE: Final = 2.0
"""Body sizes a second by which that grows while nothing is seen: a body size is about 1.4 m, so a fair run."""
_STEADY: Final = 0.25
"""Time constant of the speed, seconds."""
_COAST: Final = 2.0
"""Time constant with which an expected motion dies away, seconds: nobody who is not seen walks on for ever."""
_CONFIRM: Final = 0.15
"""Seconds that somebody new must be seen beside people who are known: a ghost of the tracker lasts a frame or two."""
_HIDDEN: Final = 0.8
"""Body sizes within which somebody not seen may be hidden behind somebody seen."""
_SWAP: Final = 0.005
"""Squared body sizes by which the other way round must fit better after two were taken for one."""


@dataclass(slots=True, eq=False)
class _Track:
    """What is known of one person. id: None until it is sure that there is somebody. speed: (2,) heights a second."""

    id: int | None
    since: float
    time: float
    shape: Shape
    speed: Floats
    before: _Track | None = None
    """What was known before somebody else may have been taken for this person."""

    def moved(self, time: float) -> Floats:
        """Return by how much this person should have moved on: (2,) image heights."""
        return self.speed * (_COAST * (1 - exp(-(time - self.time) / _COAST)))

    def reach(self, time: float) -> float:
        """Return how far off this person may be, in body sizes, squared."""
        return (_REACH + _PACE * (time - self.time)) ** 2

    def see(self, seen: Shape, time: float) -> None:
        """Take in where this person is now."""
        passed = time - self.time
        if passed > 0:
            share = 1 - exp(-passed / _STEADY)
            self.speed = self.speed + share * ((seen.center - self.shape.center) / passed - self.speed)
        self.shape, self.time = seen, time

    def copy(self) -> _Track:
        """Return what is known now."""
        return _Track(self.id, self.since, self.time, self.shape, self.speed)


class People:
    """Turn the poses of one frame after the other into persons whose ids stay with them.

    follow: who of them is given out: "all", in order of their first appearance; "first", "largest" or "middle", one
    person only, see `Policy`. patience: for how many seconds somebody who is not seen keeps the id and is waited for.
    takeover: for how many seconds in a row somebody else must be the larger, or nearer the middle, to be followed
    instead; who walks by never is.
    A person reported twice is one. Somebody new counts at once when nobody else is known, else after 0.15 s. The poses
    are compared by place, motion, size and posture, in seconds and body sizes; ids count up from 0 and are not used
    again. A frame that goes back in time begins anew.
    """

    def __init__(self, follow: Follow = "all", *, patience: float = 2.0, takeover: float = 3.0) -> None:
        if not patience >= 0:
            raise ValueError(f"patience is seconds of 0 or more, not {patience}")
        self._policy = Policy(follow, takeover=takeover)
        self._patience = patience
        self._tracks: list[_Track] = []
        self._together: list[tuple[_Track, _Track]] = []
        self._born = 0
        self._time = float("-inf")

    def __call__(self, poses: Sequence[Pose], frame: Frame) -> tuple[Person, ...]:
        """Return the persons followed of those seen in a frame; frames come in order of time."""
        time = frame.time
        if time < self._time:
            self._tracks, self._together = [], []
        self._forget(time, last=self._time)
        self._time = time
        seen = distinct(shapes(poses))
        found = self._matches(seen, time)
        if self._together and len(seen) > 1:
            self._untangle(found, seen, time)
        self._tangle(found, seen, time)
        for track, number in found:
            track.see(seen[number], time)
        taken = {number for _, number in found}
        self._tracks += [
            _Track(None, time, time, one, np.zeros(2)) for number, one in enumerate(seen) if number not in taken
        ]
        self._name(time)
        known = sorted((track for track in self._tracks if track.id is not None), key=_id)
        present = [(Person(_id(track), track.shape.pose), track.shape) for track in known if track.time == time]
        return self._policy(present, {_id(track) for track in known}, frame)

    def _forget(self, time: float, last: float) -> None:
        """Drop who was not seen for too long; of those who have no id yet, who is not seen again at once."""
        self._tracks = [
            track
            for track in self._tracks
            if (time - track.time <= self._patience + 1e-9 if track.id is not None else track.time >= last - _CONFIRM)
        ]
        if self._together:
            alive = {id(track) for track in self._tracks}
            self._together = [pair for pair in self._together if alive.issuperset(map(id, pair))]

    def _matches(self, seen: Sequence[Shape], time: float) -> list[tuple[_Track, int]]:
        if not self._tracks or not seen:
            return []
        moved = np.array([track.moved(time) for track in self._tracks])
        unlike = differences([track.shape for track in self._tracks], moved, seen)
        reach = np.array([track.reach(time) for track in self._tracks])
        # Whoever has an id comes before whoever may be nobody.
        weight = np.array([1.0 if track.id is not None else 0.1 for track in self._tracks])
        gains = (1 - unlike / reach[:, None]) * weight[:, None]
        return [(self._tracks[row], column) for row, column in assign(gains)]

    def _tangle(self, found: Sequence[tuple[_Track, int]], seen: Sequence[Shape], time: float) -> None:
        """Note who is not seen but may be hidden by, or be, somebody who is: they may come apart either way round."""
        if len(found) == len(self._tracks) or not found:
            return
        matched = {id(track) for track, _ in found}
        for lost in self._tracks:
            if lost.id is None or id(lost) in matched:
                continue
            apart = differences([lost.shape], lost.moved(time)[None], [seen[number] for _, number in found])[0]
            for (front, _), distance in zip(found, apart.tolist(), strict=True):
                if front.id is not None and distance < _HIDDEN**2 and not self._are_together(front, lost):
                    front.before = front.before or front.copy()
                    lost.before = lost.before or lost.copy()
                    self._together.append((front, lost))

    def _are_together(self, one: _Track, other: _Track) -> bool:
        return any({id(one), id(other)} == {id(first), id(second)} for first, second in self._together)

    def _untangle(self, found: list[tuple[_Track, int]], seen: Sequence[Shape], time: float) -> None:
        """Where two who were taken for one are seen apart again, decide by what was known before."""
        columns = {id(track): number for track, number in found}
        for pair in list(self._together):
            free = [number for number in range(len(seen)) if number not in columns.values()]
            decided = self._apart(pair, [columns.get(id(track)) for track in pair], free, seen, time)
            if decided is not None:
                columns.update(zip(map(id, pair), decided, strict=True))
                self._together.remove(pair)
        for track in self._tracks:
            if track.before is not None and not any(track in pair for pair in self._together):
                track.before = None
        found[:] = [(track, columns[id(track)]) for track in self._tracks if id(track) in columns]

    @staticmethod
    def _apart(
        pair: tuple[_Track, _Track], columns: list[int | None], free: list[int], seen: Sequence[Shape], time: float
    ) -> tuple[int, int] | None:
        """Return which of the shapes are the two of a pair; None while only one of them is seen."""
        before = [track.before or track for track in pair]
        unlike = differences([track.shape for track in before], np.array([track.moved(time) for track in before]), seen)
        one, other = columns
        if one is None and other is None:
            return None
        if one is None or other is None:
            reach = max(track.reach(time) for track in before)
            near = [number for number in free if unlike[:, number].min() <= reach]
            if not near:
                return None
            nearest = min(near, key=lambda number: float(unlike[:, number].min()))
            one, other = (nearest, other) if one is None else (one, nearest)
        assert one is not None
        assert other is not None
        stay, cross = unlike[0, one] + unlike[1, other], unlike[0, other] + unlike[1, one]
        return (other, one) if cross < stay - _SWAP else (one, other)

    def _name(self, time: float) -> None:
        """Give ids to those who are new and are there to stay."""
        known = any(track.id is not None and time - track.time < _CONFIRM for track in self._tracks)
        for track in self._tracks:
            if track.id is None and track.time == time and (not known or time - track.since >= _CONFIRM - 1e-9):
                track.id = self._born
                self._born += 1


def _id(track: _Track) -> int:
    assert track.id is not None
    return track.id
