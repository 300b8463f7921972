"""Teach a computer body poses by showing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posknn.classification.between import Between
from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.classification.shape import PoseShape
from posknn.errors import PosknnError
from posknn.pipeline import Pipeline, run
from posknn.temporal.events import Events
from posknn.temporal.gestures import Gestures, GestureTake
from posknn.temporal.repetitions import Repetition, Repetitions
from posknn.temporal.rules import Rule, on, parse_rule
from posknn.temporal.segments import Segments
from posknn.temporal.smoothing import Ema
from posknn.temporal.steady import Steady
from posknn.temporal.teaching import Countdown, Marks, Toggle
from posknn.tracking.people import People
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
    Tally,
)

if TYPE_CHECKING:
    from posknn.classification.curation import clean
    from posknn.classification.evaluation import evaluate
    from posknn.classification.suggestion import suggest
    from posknn.output.overlay import draw
    from posknn.output.publishers.command import to_command
    from posknn.output.publishers.lines import to_lines
    from posknn.output.publishers.mqtt import to_mqtt
    from posknn.output.publishers.osc import to_osc
    from posknn.output.publishers.publisher import Publisher
    from posknn.output.publishers.stream import EventStream
    from posknn.output.publishers.websocket import WebSocketServer
    from posknn.output.table import TableWriter
    from posknn.output.video import VideoWriter
    from posknn.output.window import Window
    from posknn.storage.classifiers import load, read_recordings
    from posknn.storage.clip import Clip
    from posknn.storage.formats.layout import Reading
    from posknn.storage.gestures import learn_gestures
    from posknn.storage.poses import write_poses
    from posknn.storage.recorder import Recorder
    from posknn.storage.recordings import RecordingWriter, read_recording, write_recording
    from posknn.storage.segments import read_segments, write_segments
    from posknn.storage.tracks import TrackWriter
    from posknn.temporal.agreement import agreement
    from posknn.tracking.ahead import Ahead
    from posknn.tracking.camera import Camera
    from posknn.tracking.images import ImageFolder
    from posknn.tracking.sources import open_source
    from posknn.tracking.tracker import PoseTracker
    from posknn.tracking.video import VideoFile

__all__ = [
    "Ahead",
    "Between",
    "Camera",
    "Clip",
    "Countdown",
    "Ema",
    "Event",
    "EventStream",
    "Events",
    "Frame",
    "GestureTake",
    "Gestures",
    "ImageFolder",
    "KNNClassifier",
    "Label",
    "Marks",
    "Neighbor",
    "People",
    "Person",
    "Pipeline",
    "Pose",
    "PoseClassifier",
    "PoseShape",
    "PoseTracker",
    "PosknnError",
    "Prediction",
    "Publisher",
    "Reading",
    "Recorder",
    "Recording",
    "RecordingWriter",
    "Repetition",
    "Repetitions",
    "Result",
    "Rule",
    "Segment",
    "Segments",
    "Steady",
    "Stop",
    "TableWriter",
    "Tally",
    "Toggle",
    "TrackWriter",
    "VideoFile",
    "VideoWriter",
    "WebSocketServer",
    "Window",
    "agreement",
    "clean",
    "draw",
    "evaluate",
    "learn_gestures",
    "load",
    "on",
    "open_source",
    "parse_rule",
    "read_recording",
    "read_recordings",
    "read_segments",
    "run",
    "suggest",
    "to_command",
    "to_lines",
    "to_mqtt",
    "to_osc",
    "write_poses",
    "write_recording",
    "write_segments",
]

# Loaded when first asked for: they bring OpenCV, MediaPipe, PyAV or pyarrow along, a second that many scripts
# never need.
_LAZY = {
    "Ahead": "tracking.ahead",
    "Camera": "tracking.camera",
    "Clip": "storage.clip",
    "EventStream": "output.publishers.stream",
    "ImageFolder": "tracking.images",
    "PoseTracker": "tracking.tracker",
    "Publisher": "output.publishers.publisher",
    "Reading": "storage.formats.layout",
    "Recorder": "storage.recorder",
    "RecordingWriter": "storage.recordings",
    "TableWriter": "output.table",
    "TrackWriter": "storage.tracks",
    "VideoFile": "tracking.video",
    "VideoWriter": "output.video",
    "WebSocketServer": "output.publishers.websocket",
    "Window": "output.window",
    "clean": "classification.curation",
    "agreement": "temporal.agreement",
    "draw": "output.overlay",
    "evaluate": "classification.evaluation",
    "learn_gestures": "storage.gestures",
    "load": "storage.classifiers",
    "open_source": "tracking.sources",
    "read_recording": "storage.recordings",
    "read_recordings": "storage.classifiers",
    "read_segments": "storage.segments",
    "suggest": "classification.suggestion",
    "to_command": "output.publishers.command",
    "to_lines": "output.publishers.lines",
    "to_mqtt": "output.publishers.mqtt",
    "to_osc": "output.publishers.osc",
    "write_poses": "storage.poses",
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
