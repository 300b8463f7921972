"""Finds the heads of everybody in a video, to be made unrecognisable in its annotated copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final

from posknn.output.faces import Head, heads_of
from posknn.tracking.ahead import Ahead
from posknn.tracking.images import ImageFolder
from posknn.tracking.tracker import PoseTracker
from posknn.values import Source

__all__ = ["heads_in", "held"]

_PEOPLE: Final = 5
_UNSURE: Final = 0.3
"""How sure the tracker must be: little, since it is worse to miss a person than to blur a coat."""
_HOLD: Final = 0.5
"""Seconds for which a head that is lost, or not yet found, is taken to be where it was or will be."""
_GROWTH: Final = 1.3

Heads = dict[int, tuple[Head, ...]]
"""The heads of each frame by its index."""


def heads_in(source: Source) -> Heads:
    """Look through a whole video for up to five people, however many are followed, and for people hardly seen."""
    still = isinstance(source, ImageFolder)
    times: list[float] = []
    found: list[tuple[Head, ...]] = []
    indices: list[int] = []
    with (
        closing(Ahead(source)) as frames,
        PoseTracker(
            _PEOPLE,
            mode="image" if still else "video",
            detection=_UNSURE,
            presence=_UNSURE,
            tracking=_UNSURE,
            accept=None,
        ) as tracker,
    ):
        for frame in frames:
            times.append(frame.time)
            indices.append(frame.index)
            found.append(tuple(head for pose in tracker(frame) for head in heads_of(pose)))
    return dict(zip(indices, found if still else held(times, found), strict=True))


def held(times: Sequence[float], found: Sequence[tuple[Head, ...]]) -> Iterator[tuple[Head, ...]]:
    """Yield the heads of each frame, and those of frames shortly before and after it that are missing in it."""
    first = 0
    for number, time in enumerate(times):
        heads = list(found[number])
        while times[first] < time - _HOLD:
            first += 1
        before = range(number - 1, first - 1, -1)
        after = _while(times, number + 1, time + _HOLD)
        for near in (*before, *after):
            for x, y, radius in found[near]:
                if not any(_same((x, y, radius), other) for other in heads):
                    heads.append((x, y, _GROWTH * radius))
        yield tuple(heads)


def _while(times: Sequence[float], start: int, end: float) -> Iterator[int]:
    for number in range(start, len(times)):
        if times[number] > end:
            return
        yield number


def _same(one: Head, other: Head) -> bool:
    """Say whether a head lies in the circle of another: its middle does."""
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 <= other[2] ** 2
