"""Teach a computer body poses by showing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import PosknnError
from posknn.pipeline import Pipeline, run
from posknn.temporal.repetitions import Repetitions
from posknn.temporal.segments import Segments
from posknn.temporal.smoothing import Ema
from posknn.temporal.teaching import Countdown, Marks, Toggle
from posknn.values import (
    Event,
    Frame,
    Label,
    Neighbor,
    Person,
    Pose,
    Prediction,
    Recording,
    Result,
    Segment,
    Stop,
)

if TYPE_CHECKING:
    from posknn.output.overlay import draw
    from posknn.output.table import TableWriter
    from posknn.output.video import VideoWriter
    from posknn.output.window import Window
    from posknn.storage.classifiers import load, read_recordings
    from posknn.storage.recorder import Recorder
    from posknn.storage.recordings import RecordingWriter, read_recording, write_recording
    from posknn.storage.segments import read_segments, write_segments
    from posknn.tracking.camera import Camera
    from posknn.tracking.images import ImageFolder
    from posknn.tracking.sources import open_source
    from posknn.tracking.tracker import PoseTracker
    from posknn.tracking.video import VideoFile

__all__ = [
    "Camera",
    "Countdown",
    "Ema",
    "Event",
    "Frame",
    "ImageFolder",
    "KNNClassifier",
    "Label",
    "Marks",
    "Neighbor",
    "Person",
    "Pipeline",
    "Pose",
    "PoseClassifier",
    "PoseTracker",
    "PosknnError",
    "Prediction",
    "Recorder",
    "Recording",
    "RecordingWriter",
    "Repetitions",
    "Result",
    "Segment",
    "Segments",
    "Stop",
    "TableWriter",
    "Toggle",
    "VideoFile",
    "VideoWriter",
    "Window",
    "draw",
    "load",
    "open_source",
    "read_recording",
    "read_recordings",
    "read_segments",
    "run",
    "write_recording",
    "write_segments",
]

# Loaded when first asked for: they bring OpenCV, MediaPipe, PyAV or pyarrow along, a second that many scripts
# never need.
_LAZY = {
    "Camera": "tracking.camera",
    "ImageFolder": "tracking.images",
    "PoseTracker": "tracking.tracker",
    "Recorder": "storage.recorder",
    "RecordingWriter": "storage.recordings",
    "TableWriter": "output.table",
    "VideoFile": "tracking.video",
    "VideoWriter": "output.video",
    "Window": "output.window",
    "draw": "output.overlay",
    "load": "storage.classifiers",
    "open_source": "tracking.sources",
    "read_recording": "storage.recordings",
    "read_recordings": "storage.classifiers",
    "read_segments": "storage.segments",
    "write_recording": "storage.recordings",
    "write_segments": "storage.segments",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'posknn' has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"posknn.{_LAZY[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
