"""Makes the clip of a video or track: when each of its frames is shown, without tracking it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.errors import SourceError
from posknn.jobs.steps import is_track
from posknn.parts import open_source
from posknn.storage.clip import Clip
from posknn.storage.tracks import read_parts, read_provenance
from posknn.tracking.camera import Camera
from posknn.tracking.video import VideoFile

__all__ = ["clip_of", "clip_of_frames", "size_of"]


def clip_of(source: str) -> Clip:
    """Return the clip that a video, a folder of pictures or a track is.

    SourceError or FileFormatError when it cannot be read, SourceError for a camera, whose frames nobody can count.
    """
    if is_track(source):
        about = read_provenance(source)
        frames, times = array("q"), array("d")
        for part in read_parts(source):
            new = np.flatnonzero(np.diff(part.frames, prepend=frames[-1] if frames else -1))
            frames.extend(part.frames[new].tolist())
            times.extend(part.times[new].tolist())
        return clip_of_frames(str(about.get("source") or Path(source).name), frames, times, size_of(about))
    with closing(open_source(source)) as opened:
        if isinstance(opened, Camera):
            raise SourceError(f"{source} is live: there are no frames to count")
        moments = opened.moments() if isinstance(opened, VideoFile) else None
        known = [frame.time for frame in opened] if moments is None else moments
        return Clip(Path(source).name, np.array(known), opened.size)


def clip_of_frames(
    name: str,
    frames: Sequence[int] | npt.NDArray[np.int64],
    times: Sequence[float] | npt.NDArray[np.float64],
    size: tuple[int, int] | None,
    made_by: str = "posknn",
) -> Clip:
    """Return the clip of frames by their index, increasing; the times of those left out lie evenly in between."""
    if not len(frames):
        return Clip(name, np.zeros(0), size, made_by)
    known = Clip(name, np.array(times, np.float64))
    indices = np.arange(int(frames[-1]) + 1)
    filled = np.interp(indices, frames, known.times)
    before = indices < frames[0]
    filled[before] = known.times[0] + (indices[before] - frames[0]) * known.step
    return Clip(name, filled, size, made_by)


def size_of(provenance: object) -> tuple[int, int] | None:
    """Return width and height of the pictures as a recording says; None when it does not."""
    size = provenance.get("size") if isinstance(provenance, dict) else None
    if isinstance(size, Sequence) and len(size) == 2 and all(isinstance(one, int) and 0 < one < 2**16 for one in size):
        return int(size[0]), int(size[1])
    return None
