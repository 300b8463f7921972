"""Doubles and checks for tests: scripted poses instead of a camera and a model, and what each kind of part promises."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from posknn import skeleton
from posknn.values import (
    Classifier,
    Frame,
    Person,
    Pose,
    Prediction,
    Result,
    Sink,
    Smoother,
    Source,
    Stop,
    Tracker,
)

__all__ = [
    "ScriptedTracker",
    "check_classifier",
    "check_sink",
    "check_smoother",
    "check_source",
    "check_tracker",
    "frames",
    "result",
    "stick_figure",
]


def stick_figure(
    *,
    arms: float = 10,
    left_arm: float | None = None,
    right_arm: float | None = None,
    elbows: float = 180,
    hips: float = 180,
    knees: float = 180,
    at: tuple[float, float] = (0.5, 0.5),
    size: float = 0.2,
    visibility: float = 1.0,
) -> Pose:
    """Return the pose of a stick figure that faces the camera.

    arms: how far they are raised to the side, degrees, 0 down and 180 up; left_arm, right_arm: one by one.
    elbows, hips, knees: angles in degrees, 180 straight; bent hips and knees lower the figure as in a squat.
    at: the middle of the hips, size: the length of the torso, both in image heights.
    """
    points = np.zeros((33, 3), np.float32)
    place = {name: points[skeleton.index(name)] for name in skeleton.KEYPOINTS}
    for side, sign, raised in (
        ("left", 1, arms if left_arm is None else left_arm),
        ("right", -1, arms if right_arm is None else right_arm),
    ):
        place[f"{side}_shoulder"][:] = (sign * 0.35, -1, 0)
        place[f"{side}_hip"][:] = (sign * 0.2, 0, 0)
        upper = math.radians(raised)
        lower = upper + math.radians(180 - elbows)
        _limb(place, side, ("shoulder", "elbow"), (sign * 0.6 * math.sin(upper), 0.6 * math.cos(upper), 0))
        _limb(place, side, ("elbow", "wrist"), (sign * 0.5 * math.sin(lower), 0.5 * math.cos(lower), 0))
        for finger in ("pinky", "index", "thumb"):
            _limb(place, side, ("wrist", finger), (sign * 0.1 * math.sin(lower), 0.1 * math.cos(lower), 0))
        thigh = math.radians(180 - hips)
        shin = thigh - math.radians(180 - knees)
        _limb(
            place, side, ("hip", "knee"), (sign * 0.3 * math.sin(thigh), 0.9 * math.cos(thigh), -0.8 * math.sin(thigh))
        )
        _limb(
            place, side, ("knee", "ankle"), (sign * 0.1 * math.sin(shin), 0.9 * math.cos(shin), -0.8 * math.sin(shin))
        )
        _limb(place, side, ("ankle", "heel"), (0, 0.1, 0.05))
        _limb(place, side, ("ankle", "foot_index"), (sign * 0.05, 0.12, -0.2))
        for name, x, y in (
            ("eye_inner", 0.04, -1.5),
            ("eye", 0.07, -1.5),
            ("eye_outer", 0.1, -1.5),
            ("ear", 0.15, -1.45),
        ):
            place[f"{side}_{name}"][:] = (sign * x, y, -0.1)
        place[f"mouth_{side}"][:] = (sign * 0.05, -1.35, -0.1)
    place["nose"][:] = (0, -1.42, -0.15)
    points *= np.float32(size)
    points[:, :2] += np.array(at, np.float32)
    return Pose(points, np.full(33, visibility, np.float32))


def _limb(place: dict[str, np.ndarray], side: str, joints: tuple[str, str], along: tuple[float, float, float]) -> None:
    start, end = (place[f"{side}_{joint}"] for joint in joints)
    end[:] = start + np.array(along, np.float32)


def frames(count: int, *, fps: float = 30.0, size: tuple[int, int] = (64, 48)) -> Iterator[Frame]:
    """Yield black frames. size: width and height in pixels."""
    for index in range(count):
        yield Frame(np.zeros((size[1], size[0], 3), np.uint8), index / fps, index)


class ScriptedTracker:
    """A Tracker that sees what it is told, frame after frame, whatever the picture; nobody after the end.

    script: per frame a pose, None for nobody, or a sequence of poses.
    """

    def __init__(self, script: Iterable[Pose | Sequence[Pose] | None]) -> None:
        self._script = iter(script)
        self.closed = False

    def __call__(self, frame: Frame) -> tuple[Pose, ...]:
        """Return the next entry of the script."""
        seen = next(self._script, None)
        if seen is None:
            return ()
        return (seen,) if isinstance(seen, Pose) else tuple(seen)

    def close(self) -> None:
        """Remember to have been closed."""
        self.closed = True


def result(label: str | int | None = None, *, time: float = 0.0, index: int = 0, person: int = 0) -> Result:
    """Return the result of a black frame with one stick figure of that label."""
    frame = Frame(np.zeros((48, 64, 3), np.uint8), time, index)
    shares = {} if label is None else {label: 1.0}
    return Result(frame, (Person(person, stick_figure(), Prediction(label, shares)),))


def check_source(source: Source, *, most: int = 50) -> list[Frame]:
    """Check what every Source promises, times and indices that rise and own pictures; return its first frames."""
    seen = list(itertools.islice(source, most))
    for before, after in itertools.pairwise(seen):
        assert after.time > before.time, f"time does not rise: {before.time} then {after.time}"
        assert after.index > before.index, f"index does not rise: {before.index} then {after.index}"
        assert not np.shares_memory(before.image, after.image), "two frames share one picture"
    return seen


def check_tracker(tracker: Tracker, frame: Frame) -> None:
    """Check what every Tracker promises: poses, and the frame left as it was."""
    before = frame.image.copy()
    poses = tracker(frame)
    assert all(isinstance(pose, Pose) for pose in poses)
    assert np.array_equal(frame.image, before), "the tracker wrote into the picture"


def check_classifier(classifier: Classifier, pose: Pose) -> None:
    """Check what every Classifier promises: the same answer twice, shares that sum to 1 when there is a label."""
    first, second = classifier(pose), classifier(pose)
    assert first.label == second.label
    assert first.confidences_by_label == second.confidences_by_label
    if first.label is not None:
        assert first.label in first.confidences_by_label
        assert math.isclose(sum(first.confidences_by_label.values()), 1.0, abs_tol=1e-6)


def check_smoother(smoother: Smoother) -> None:
    """Check what every Smoother promises: persons kept apart, a steady input left as it is, nothing invented."""
    up, down = Prediction("up", {"up": 1.0, "down": 0.0}), Prediction("down", {"up": 0.0, "down": 1.0})
    for step in range(60):
        one, two = smoother(1, up, step / 30), smoother(2, down, step / 30)
        assert one.label == "up", "a steady label was changed"
        assert two.label == "down", "two persons were mixed up"
        assert set(one.confidences_by_label) <= {"up", "down"}


def check_sink(sink: Sink) -> None:
    """Check what every Sink promises: it takes somebody, nobody and unknown, leaves pictures alone, closes twice."""
    for index, seen in enumerate([result("up"), Result(frame=next(frames(1))), result(None)]):
        frame = Frame(seen.frame.image, index / 30, index)
        before = frame.image.copy()
        try:
            sink(Result(frame, seen.people))
        except Stop:
            break
        assert np.array_equal(frame.image, before), "the sink wrote into the picture"
    close = getattr(sink, "close", None)
    if close is not None:
        close()
        close()
