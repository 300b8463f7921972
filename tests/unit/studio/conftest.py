"""A session whose tracker sees stick figures, and the pictures a browser would send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from posknn import write_recording
from posknn.studio.session import Session
from posknn.testing import ScriptedTracker, stick_figure
from posknn.values import Recording

ARMS = [10, 14, 18, 22, 90, 94, 98, 102]


@pytest.fixture
def jpeg() -> bytes:
    return cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return make_session(tmp_path / "desk")


def make_session(folder: Path) -> Session:
    return Session(folder, lambda: ScriptedTracker(stick_figure(arms=arms) for arms in ARMS * 3))


@pytest.fixture
def taught(session: Session, jpeg: bytes) -> Session:
    """Return a session that was taught four examples of down and four of side, recorded and at rest."""
    feed = session.feed()
    for label in ("down", "side"):
        feed.teach(label)
        for _ in range(4):
            feed.look(jpeg)
        feed.teach(None)
    feed.close()
    return session


@pytest.fixture(scope="session")
def write_track() -> Callable[..., None]:
    """Return what writes a track at 10 frames a second of a figure that is never quite still."""

    def write(path: Path, angles: list[float], source: str = "clip.mp4") -> None:
        poses = [stick_figure(arms=angle + number % 7) for number, angle in enumerate(angles)]
        points = np.array([np.column_stack([pose.points, pose.visibility]) for pose in poses], np.float32)
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {"source": source, "size": [64, 48]}
        times = np.arange(len(angles)) / 10
        write_recording(Recording(points, (None,) * len(angles), times, name="clip", provenance=about), path)

    return write


@pytest.fixture(scope="session")
def turns() -> list[float]:
    """Return eight seconds of arms, degrees: down, side, down, side."""
    return ([12.0] * 20 + [90.0] * 20) * 2
