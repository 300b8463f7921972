"""Tracks whole sources, decoding ahead, and gives what was found frame by frame, from a track as from a video."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.interrupts import undisturbed
from posknn.parts import tracker_for
from posknn.storage.tracks import read_parts
from posknn.tracking.ahead import Ahead
from posknn.values import Frame, Person, Pose, Result, Source

__all__ = ["Seen", "blank", "frames_of", "poses_of", "result_of", "runs_of", "seen_in"]

Seen = tuple[int, float, tuple[Pose, ...]]
"""The index of a frame, its time in seconds, and the poses found in it."""


def frames_of(file: Path) -> Iterator[Seen]:
    """Yield the frames of a track."""
    for part in read_parts(file):
        poses = poses_of(part.points)
        for row, after in runs_of(part.frames):
            seen = tuple(pose for pose in poses[row:after] if pose is not None)
            yield int(part.frames[row]), float(part.times[row]), seen


def poses_of(points: npt.NDArray[np.float32]) -> list[Pose | None]:
    """Return the poses of the rows of a recording (n, 33, 4), None where nobody was seen; see Pose.from_points."""
    missing = np.asarray(np.isnan(points).any(axis=2))
    shown = np.where(missing[:, :, None], np.float32(0), points)
    nobody = np.asarray(np.isnan(points).all(axis=(1, 2))).tolist()
    return [None if empty else Pose(one[:, :3], one[:, 3]) for one, empty in zip(shown, nobody, strict=True)]


def runs_of(frames: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the first row of each frame and the row after its last. frames: (n,), rows of one frame together."""
    starts = np.flatnonzero(np.diff(frames, prepend=frames[0] - 1)).tolist()
    yield from pairwise([*starts, len(frames)])


def seen_in(source: Source, max_people: int) -> Generator[Seen]:
    """Track a source to its end, decoding ahead; it is closed then, and so is the tracker."""
    ahead, tracker = Ahead(source), tracker_for(source, max_people)
    try:
        for frame in ahead:
            yield frame.index, frame.time, tracker(frame)
    finally:
        with undisturbed():
            ahead.close()
            tracker.close()


def result_of(seen: Seen, size: tuple[int, int] = (1, 1)) -> Result:
    """Return a result without a picture, its people numbered. size: width and height of the frame in pixels."""
    index, time, poses = seen
    people = tuple(Person(number, pose) for number, pose in enumerate(poses))
    return Result(Frame(blank(size), time, index), people)


@lru_cache(maxsize=4)
def blank(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return a black picture, always the same one. size: width and height in pixels."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image.flags.writeable = False
    return image
