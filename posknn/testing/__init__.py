"""For tests, users' own too: stick figures, scripted streams, doubles and what each kind of part promises."""

from __future__ import annotations

from posknn.testing.doubles import (
    ScriptedTracker,
    check_classifier,
    check_follower,
    check_sink,
    check_smoother,
    check_source,
    check_tracker,
    check_watcher,
    frames,
    result,
)
from posknn.testing.figures import stick_figure
from posknn.testing.streams import MOVEMENTS, Stream, synthetic

__all__ = [
    "MOVEMENTS",
    "ScriptedTracker",
    "Stream",
    "check_classifier",
    "check_follower",
    "check_sink",
    "check_smoother",
    "check_source",
    "check_tracker",
    "check_watcher",
    "frames",
    "result",
    "stick_figure",
    "synthetic",
]
