"""Makes a spotter of moving gestures of recordings in which they were taught."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.classification.embedding import NormalisedPoints, as_points, completed_points, mirrored_points
from posknn.classification.sides import names_sides
from posknn.errors import NotTaughtError
from posknn.storage.classifiers import read_recordings
from posknn.temporal.gestures import Gestures, GestureTake
from posknn.values import Pose, Recording

__all__ = ["learn_gestures"]


def learn_gestures(
    recordings: str | Path | Recording | Iterable[Recording], *, limit: float | None = None, mirror: bool | None = None
) -> Gestures:
    """Learn gestures from recordings, or a file or folder of them: each stretch of teaching is one take.

    One to five takes a label, from about the beginning to the end of the gesture, such as `posknn record 0 wave swipe
    --countdown 3 --seconds 2` makes. limit: see `Gestures`. mirror: also spot each gesture with the other hand; None
    means yes, unless the labels name sides. NotTaughtError when no row has a label.
    """
    if isinstance(recordings, str | Path):
        recordings = read_recordings(recordings)
    each = [recordings] if isinstance(recordings, Recording) else list(recordings)
    labels = tuple(dict.fromkeys(label for one in each for label in one.labels if label is not None))
    if not labels:
        raise NotTaughtError("no gesture is taught in these recordings: none of their rows has a label")
    mirrored = not names_sides(labels) if mirror is None else mirror
    takes = [take for one in each for take in _takes(one, mirrored=mirrored)]
    return Gestures(takes, embed=_embed, limit=limit)


def _takes(recording: Recording, *, mirrored: bool) -> list[GestureTake]:
    """Return each stretch of rows of one label, take and group."""
    embedding = NormalisedPoints()
    groups = recording.groups
    stretches: dict[tuple[object, ...], list[int]] = {}
    for row, label in enumerate(recording.labels):
        if label is not None:
            stretches.setdefault((type(label), label, int(recording.takes[row]), groups[row]), []).append(row)
    takes = []
    for rows in stretches.values():
        label = recording.labels[rows[0]]
        assert label is not None
        points = completed_points(recording.points[rows])
        source = f"{groups[rows[0]] or 'a recording'} at {recording.times[rows[0]]:.1f} s"
        takes.append(GestureTake(label, recording.times[rows], embedding(points), source=source))
        if mirrored:
            vectors = embedding(mirrored_points(points))
            takes.append(GestureTake(label, recording.times[rows], vectors, mirrored=True, source=source))
    return takes


def _embed(pose: Pose) -> npt.NDArray[np.float32]:
    vector: npt.NDArray[np.float32] = NormalisedPoints()(as_points(pose)[None])[0]
    return vector
