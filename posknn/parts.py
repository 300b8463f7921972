"""Puts sources, trackers and classifiers together from what somebody typed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError
from posknn.storage.classifiers import load
from posknn.tracking.camera import Camera
from posknn.tracking.following import Follow
from posknn.tracking.images import ImageFolder
from posknn.tracking.model_files import model_file, sha256
from posknn.tracking.people import People
from posknn.tracking.sources import open_source, videos_meant
from posknn.tracking.tracker import PoseTracker
from posknn.tracking.video import VideoFile
from posknn.values import Follower, Label, Pose, Prediction

__all__ = [
    "Named",
    "classifier_of",
    "classify_all",
    "open_source",
    "people_for",
    "provenance_of",
    "source_name",
    "tracker_for",
    "videos_meant",
]

_VECTORS = {132: "x, y, z, visibility", 99: "x, y, z", 66: "x, y"}


class Named(Protocol):
    """A classifier that knows its labels."""

    @property
    def labels(self) -> Sequence[Label]:
        """The labels it was taught."""

    def __call__(self, pose: Pose) -> Prediction:
        """Name a pose."""


class _FlatPoses:
    """A classifier of plain vectors, asked with the numbers of a pose."""

    def __init__(self, knn: KNNClassifier, width: int) -> None:
        self.labels = knn.labels
        self._knn = knn
        self._columns = width // 33

    def __call__(self, pose: Pose) -> Prediction:
        return self._knn.classify(np.column_stack([pose.points, pose.visibility])[:, : self._columns])


def classifier_of(path: str | Path) -> Named:
    """Make a classifier of poses of a .posknn file, ml5 JSON, CSV, recording, or folder of recordings.

    FileFormatError for a file of vectors that no pose can be turned into.
    """
    loaded = load(path)
    if isinstance(loaded, PoseClassifier):
        return loaded
    width = loaded.width
    if width not in _VECTORS:
        ways = ", ".join(f"{count} ({what})" for count, what in _VECTORS.items())
        raise FileFormatError(
            f"{path} holds vectors of {width} numbers: they are no poses of 33 keypoints, which have {ways}"
        )
    return _FlatPoses(loaded, width)


def classify_all(named: Named, points: npt.NDArray[np.float32]) -> Sequence[Prediction]:
    """Name many poses, together where the classifier can. points: (n, 33, 4), x, y, z, visibility; NaN unseen."""
    if isinstance(named, PoseClassifier) and len(named) and len(points):
        return named.classify_many(points)
    return [named(Pose.from_points(one)) for one in points]


def tracker_for(source: object, max_people: int = 1) -> PoseTracker:
    """Make the tracker that suits a source: pictures of a folder have nothing to do with each other."""
    return PoseTracker(max_people, mode="image" if isinstance(source, ImageFolder) else "video")


def people_for(source: object, follow: Follow = "all") -> Follower:
    """Make what says who is who in a source: in a folder of pictures it begins anew with each."""
    if isinstance(source, ImageFolder):
        return lambda poses, frame: People(follow)(poses, frame)
    return People(follow)


def source_name(source: Camera | VideoFile | ImageFolder) -> str:
    """Return a short name of a source for people, without its folder."""
    return source.name if isinstance(source, Camera) else Path(source.path).resolve().name


def provenance_of(source: Camera | VideoFile | ImageFolder) -> dict[str, object]:
    """Return what a recording should say about where it comes from."""
    return {
        "source": source_name(source),
        "size": list(source.size) if source.size else None,
        "rate": getattr(source, "rate", None),
        "mirrored": source.mirrored,
        "tracker": f"mediapipe {version('mediapipe')}",
        "model_sha256": sha256(model_file()),
        "software": f"posknn {version('posknn')}",
    }
