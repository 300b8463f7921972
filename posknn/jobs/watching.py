"""Gathers what is seen of each person in a recorded video or a track, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.classification.embedding import as_points
from posknn.errors import FileFormatError, SourceError
from posknn.parts import open_source, people_for, source_name, tracker_for
from posknn.pipeline import Pipeline, run
from posknn.storage.recordings import read_recording
from posknn.tracking.following import Follow
from posknn.values import Result

__all__ = ["Moments", "Progress", "Seen", "people_of"]

Progress = Callable[[str, float, float | None], object]
"""Called with the name of a video, the seconds done and the seconds there are, None when nobody knows."""

Moments = Sequence[tuple[float, npt.NDArray[np.float32]]]
"""When one person was seen, seconds, and the points (33, 4)."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The people of one video by id, in order of first sight. problems: damage that was met on the way."""

    name: str
    people: dict[int, list[tuple[float, npt.NDArray[np.float32]]]]
    problems: tuple[str, ...] = ()


def people_of(
    spec: str,
    *,
    max_people: int = 1,
    follow: Follow = "all",
    mirrored: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> Seen:
    """Read a track (.parquet), or track a video or a folder of pictures.

    max_people, follow, mirrored: of videos; a track has the people that it has. SourceError for a camera or stream,
    which has no end; errors of files as they are.
    """
    if Path(spec).suffix.lower() == ".parquet":
        return _read(spec)
    source = open_source(spec, mirrored=mirrored)
    if source.live:
        source.close()
        raise SourceError(f"{spec} is live and has no end; `posknn record` it first")
    name = source_name(source)
    people: dict[int, list[tuple[float, npt.NDArray[np.float32]]]] = {}

    def collect(result: Result) -> None:
        progress(name, result.frame.time, source.duration)
        for person in result.people:
            people.setdefault(person.id, []).append((result.frame.time, as_points(person.pose)))

    run(source, Pipeline(tracker_for(source, max_people), people=people_for(source, follow)), collect)
    return Seen(name, people, tuple(source.problems))


def _read(spec: str) -> Seen:
    recording = read_recording(spec)
    if (np.diff(recording.times) < 0).any():
        raise FileFormatError(f"{spec} holds several recordings in one: take them one by one")
    people: dict[int, list[tuple[float, npt.NDArray[np.float32]]]] = {}
    rows = zip(recording.people.tolist(), recording.times.tolist(), recording.points, strict=True)
    for person, time, points in rows:
        if not np.isnan(points).all():
            people.setdefault(person, []).append((time, points))
    return Seen(Path(spec).name, people)
