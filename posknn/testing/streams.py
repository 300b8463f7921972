"""Scripted people who repeat a movement: streams for tests, with the true count known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from posknn import skeleton
from posknn.testing.doubles import ScriptedTracker, frames
from posknn.testing.figures import stick_figure
from posknn.values import Frame, Person, Pose, Prediction, Recording, Result

__all__ = ["MOVEMENTS", "Stream", "synthetic"]


@dataclass(frozen=True, slots=True)
class _Movement:
    """labels: of the near and the far pose. pose: the figure at a moment.

    pose takes the depth, 0 near and 1 far, and the phase, 0..1 within the repetition, which only gestures look at.
    """

    labels: tuple[str, str]
    pose: Callable[[float, float], Pose]


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A scripted stream; iterating over it gives a Result per frame, again and again the same.

    labels: of the near and the far pose. times: seconds of each frame. poses: one a frame. depths: how near the far
    pose each frame is, 0..1. predictions: what a classifier would say of each frame: the depth, with flicker. spans:
    start, middle and end of each repetition, in seconds.
    """

    labels: tuple[str, str]
    times: tuple[float, ...]
    poses: tuple[Pose, ...]
    depths: tuple[float, ...]
    predictions: tuple[Prediction, ...]
    spans: tuple[tuple[float, float, float], ...]
    person: int = 0

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[Result]:
        """Give a Result per frame: a black picture, one person, pose and prediction."""
        moments = zip(self.source(), self.poses, self.predictions, strict=True)
        return (Result(frame, (Person(self.person, pose, said),)) for frame, pose, said in moments)

    def source(self) -> Iterator[Frame]:
        """Give the black frames alone, for a `Pipeline` with `tracker`."""
        black = zip(frames(len(self.times)), self.times, strict=True)
        return (Frame(frame.image, time, frame.index) for frame, time in black)

    def tracker(self) -> ScriptedTracker:
        """Return a tracker that sees the poses one after the other."""
        return ScriptedTracker(self.poses)

    def recording(self) -> Recording:
        """Return the poses as a recording in which near and far poses are labelled, for teaching or as a track."""
        points = [np.column_stack([pose.points, pose.visibility]) for pose in self.poses]
        near, far = self.labels
        labels = [near if depth < 0.1 else far if depth > 0.9 else None for depth in self.depths]
        return Recording(np.array(points, np.float32), tuple(labels), times=np.array(self.times), name="synthetic")


def synthetic(
    movement: str,
    *,
    reps: int = 10,
    fps: float = 30.0,
    seconds: float = 2.0,
    depths: float | Sequence[float] = 1.0,
    still: float = 1.0,
    flicker: float = 0.0,
    seed: int = 0,
) -> Stream:
    """Script a person who does `reps` repetitions of a movement, standing still before and after.

    movement: one of MOVEMENTS, such as "squats" or "wave". seconds: what one takes. depths: how deep each goes, 1 to
    the far pose, 0.5 half of the way. still: seconds before, after and, for gestures, between. flicker: standard
    deviation of the noise on the confidences, 0..1; poses have none. ValueError for an unknown movement, a rate or
    length that is none, or a number of depths other than `reps`.
    """
    if movement not in _MOVEMENTS:
        raise ValueError(f"no movement is called {movement!r}; there are {', '.join(MOVEMENTS)}")
    if not (reps >= 0 and fps > 0 and seconds > 0 and still >= 0 and flicker >= 0):
        raise ValueError("reps, still and flicker are 0 or more, fps and seconds more than 0")
    deep = [float(depths)] * reps if isinstance(depths, int | float) else [float(depth) for depth in depths]
    if len(deep) != reps:
        raise ValueError(f"{reps} repetitions come with {len(deep)} depths")
    made = _MOVEMENTS[movement]
    pause = still if movement in _GESTURES else 0.0
    starts = [still + number * (seconds + pause) for number in range(reps)]
    length = (starts[-1] + seconds if starts else still) + still
    times = [number / fps for number in range(round(length * fps) + 1)]
    moments = [_moment(time, starts, seconds, deep) for time in times]
    noise = np.random.default_rng(seed).normal(0, flicker, len(times)) if flicker else np.zeros(len(times))
    spans = tuple((start, start + seconds / 2, start + seconds) for start in starts)
    return Stream(
        made.labels,
        tuple(times),
        tuple(made.pose(depth, phase) for depth, phase in moments),
        tuple(depth for depth, _ in moments),
        tuple(_said(made.labels, depth + extra) for (depth, _), extra in zip(moments, noise.tolist(), strict=True)),
        spans,
    )


def _moment(time: float, starts: Sequence[float], seconds: float, deep: Sequence[float]) -> tuple[float, float]:
    """Return depth and phase at a time: down and up again as a cosine."""
    for start, depth in zip(starts, deep, strict=True):
        if start <= time < start + seconds:
            phase = (time - start) / seconds
            return depth * (1 - math.cos(2 * math.pi * phase)) / 2, phase
    return 0.0, 0.0


def _said(labels: tuple[str, str], depth: float) -> Prediction:
    far = min(max(depth, 0.0), 1.0)
    near, other = labels
    return Prediction(other if far > 0.5 else near, {near: 1 - far, other: far}, class_index=int(far > 0.5))


def _hand(x: float, y: float, *, both: bool = False) -> Pose:
    """Return a figure whose right hand is at x, y torsos from its shoulder, y up; the left one mirrored or hanging."""
    pose = stick_figure(arms=5)
    points = pose.points.copy()
    for side, sign in (("right", -1), ("left", 1)) if both else (("right", -1),):
        shoulder, elbow, wrist = (skeleton.index(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
        reach = np.array([sign * x, -y], np.float32) * np.float32(0.2)
        points[wrist, :2] = points[shoulder, :2] + reach
        points[elbow, :2] = points[shoulder, :2] + reach / 2 + np.array([sign * 0.02, 0.03], np.float32)
        for finger in ("pinky", "index", "thumb"):
            points[skeleton.index(f"{side}_{finger}"), :2] = points[wrist, :2] + reach / 10
    return Pose(points, pose.visibility)


def _path(hand: Callable[[float], tuple[float, float]], *, both: bool = False) -> Callable[[float, float], Pose]:
    """Return the pose of a gesture: the hand is lifted, goes its way and is lowered again."""

    def pose(depth: float, phase: float) -> Pose:
        lift = min(1.0, 5 * phase, 5 * (1 - phase))
        x, y = hand(phase)
        return _hand(0.1 + lift * (x - 0.1), -1.05 + lift * (y + 1.05), both=both)

    return pose


_GESTURES: Final = {
    "wave": _path(lambda phase: (0.5 + 0.35 * math.sin(6 * math.pi * phase), 0.7)),
    "swipe": _path(lambda phase: (1.0 - 1.6 * min(max(2 * phase - 0.5, 0.0), 1.0), 0.1)),
    "clap": _path(lambda phase: (0.25 + 0.6 * math.cos(6 * math.pi * phase), 0.0), both=True),
    "circle": _path(
        lambda phase: (0.5 + 0.5 * math.sin(2 * math.pi * phase), 0.3 + 0.5 * math.cos(2 * math.pi * phase))
    ),
}
_MOVEMENTS: Final = {
    "squats": _Movement(("up", "down"), lambda depth, _: stick_figure(hips=180 - 100 * depth, knees=180 - 100 * depth)),
    "jumping_jacks": _Movement(("closed", "open"), lambda depth, _: stick_figure(arms=10 + 150 * depth)),
    "lateral_raises": _Movement(("down", "up"), lambda depth, _: stick_figure(arms=10 + 80 * depth)),
    "left_raises": _Movement(
        ("down", "left_up"), lambda depth, _: stick_figure(left_arm=10 + 80 * depth, right_arm=10)
    ),
    "curls": _Movement(("down", "up"), lambda depth, _: stick_figure(arms=5, elbows=180 - 140 * depth)),
    **{name: _Movement(("still", name), pose) for name, pose in _GESTURES.items()},
}

MOVEMENTS: Final[tuple[str, ...]] = tuple(_MOVEMENTS)
"""What `synthetic` can do: exercises, and gestures of the right hand."""
