"""A session whose tracker sees stick figures, and the pictures a browser would send."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from posknn.studio.session import Session
from posknn.testing import ScriptedTracker, stick_figure

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
