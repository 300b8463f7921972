"""Goes through a track as a pipeline goes through its video, many frames at a time: there is no picture to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from posknn.errors import FileFormatError
from posknn.jobs.clips import size_of
from posknn.jobs.tracking import blank, poses_of, runs_of
from posknn.parts import Named, classify_all
from posknn.storage.tracks import read_parts, read_provenance
from posknn.values import Frame, Person, Pose, Prediction, Result, Smoother

__all__ = ["replayed"]


def replayed(
    track: Path, classifier: Named, smoother: Smoother | None = None, frames: Iterable[Frame] | None = None
) -> Iterator[Result]:
    """Yield the result of each frame of a track, the same as of its video.

    frames: the pictures of the video, all of them from the first; without them each result has one black picture of
    the right size. FileFormatError when the track cannot be read, or is not of that video.
    """
    size = size_of(read_provenance(track)) or (1, 1)
    pictures = None if frames is None else iter(frames)
    for part in read_parts(track):
        poses = poses_of(part.points)
        seen = [row for row, pose in enumerate(poses) if pose is not None]
        answers = dict(zip(seen, classify_all(classifier, part.points[seen]), strict=True))
        for row, after in runs_of(part.frames):
            time, index = float(part.times[row]), int(part.frames[row])
            people = tuple(
                _person(int(part.people[one]), pose, answers[one], smoother, time)
                for one, pose in enumerate(poses[row:after], row)
                if pose is not None
            )
            frame = Frame(blank(size), time, index) if pictures is None else _picture(pictures, index, time, track)
            yield Result(frame, people)


def _person(number: int, pose: Pose, prediction: Prediction, smoother: Smoother | None, time: float) -> Person:
    return Person(number, pose, prediction if smoother is None else smoother(number, prediction, time))


def _picture(pictures: Iterator[Frame], index: int, time: float, track: Path) -> Frame:
    frame = next(pictures, None)
    if frame is None or frame.index != index or frame.time != time:
        raise FileFormatError(f"{track} is not the track of this video: frame {index} at {time:.3f} s is not in it")
    return frame
