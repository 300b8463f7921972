"""A figure that stands in a picture of four greys, for the tests of everything that shows or writes results."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from posknn.skeleton import KEYPOINTS
from posknn.values import Frame, Neighbor, Person, Pose, Prediction, Result

Figure = Callable[..., Pose]
ResultOf = Callable[..., Result]

_PLACES = {
    "nose": (0, -0.34), "eye_inner": (0.01, -0.36), "eye": (0.02, -0.36), "eye_outer": (0.03, -0.36),
    "ear": (0.045, -0.35), "mouth": (0.015, -0.315), "shoulder": (0.09, -0.24), "elbow": (0.15, -0.1),
    "wrist": (0.17, 0.03), "pinky": (0.175, 0.06), "index": (0.165, 0.065), "thumb": (0.155, 0.05),
    "hip": (0.06, 0.05), "knee": (0.075, 0.22), "ankle": (0.08, 0.38), "heel": (0.075, 0.4), "foot_index": (0.11, 0.42),
}  # fmt: skip


@pytest.fixture
def figure() -> Figure:
    """Return a maker of poses that stand at x, y in image heights; the person's left is at the picture's right."""

    def make(x: float = 0.66, y: float = 0.5, scale: float = 1.0, visibility: float = 1.0) -> Pose:
        points = np.zeros((33, 3), np.float32)
        for number, name in enumerate(KEYPOINTS):
            side = -1 if "right" in name else 1
            part = name.replace("left_", "").replace("right_", "").replace("_left", "").replace("_right", "")
            dx, dy = _PLACES[part]
            points[number] = (x + side * dx * scale, y + dy * scale, 0)
        return Pose(points, np.full(33, visibility, np.float32))

    return make


@pytest.fixture
def result_of() -> ResultOf:
    """Return a maker of results over a picture in four greys, dark at the left."""

    def make(
        people: Sequence[tuple[Pose, Prediction | None]] = (),
        *,
        width: int = 320,
        height: int = 240,
        time: float = 3.25,
        index: int = 0,
        captured: float | None = None,
    ) -> Result:
        image = np.empty((height, width, 3), np.uint8)
        image[:] = np.repeat((10, 90, 170, 245), -(-width // 4))[:width, None]
        persons = tuple(Person(number, pose, prediction) for number, (pose, prediction) in enumerate(people))
        return Result(Frame(image, time, index, captured), persons)

    return make


@pytest.fixture
def down() -> Prediction:
    """Return a sure prediction among three labels."""
    shares: dict[str | int, float] = {"up": 0.12, "down": 0.83, "middle": 0.05}
    return Prediction("down", shares, 0.25, 0.5, (Neighbor(7, "down", 0.25), Neighbor(3, "down", 0.3)))
