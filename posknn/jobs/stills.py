"""Takes single pictures out of videos that were labelled, with what was seen drawn over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from posknn.errors import SourceError
from posknn.jobs.annotating import drawn
from posknn.jobs.fetch import fetched
from posknn.jobs.review import Moment
from posknn.jobs.steps import is_track
from posknn.output.canvas import Picture
from posknn.output.overlay import draw
from posknn.parts import open_source
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Result

__all__ = ["stills_of"]

_WIDEST = 480
_QUALITY = 80


def stills_of(
    source: str, moments: Sequence[Moment], work: Path, *, mirrored: bool = False, blur_faces: bool = False
) -> Iterator[bytes]:
    """Yield the picture of each moment of a video as a JPEG, at most 480 pixels wide.

    work: a folder for what has to be fetched. SourceError when the video cannot be read, or is a track.
    """
    if is_track(source):
        raise SourceError(f"{source} is a track, which has no pictures")
    with fetched(source, work) as path:
        for moment in moments:
            frame = _frame_at(path, moment.time, mirrored=mirrored)
            result = Result(frame, moment.people)
            yield _jpeg(drawn(result, moment.heads) if blur_faces else draw(result))


def _frame_at(path: str, time: float, *, mirrored: bool) -> Frame:
    opened = open_source(path, mirrored=mirrored)
    if isinstance(opened, VideoFile) and opened.moments() is not None:
        opened = VideoFile(path, mirrored=mirrored, begin=time)
    with closing(opened), closing(iter(opened)) as frames:  # type: ignore[type-var]
        for frame in frames:
            if frame.time >= time:
                return frame
    raise SourceError(f"{path} ends before {time:.2f} s")


def _jpeg(picture: Picture) -> bytes:
    height, width = picture.shape[:2]
    scale = min(1.0, _WIDEST / width)
    small = cv2.resize(picture, (round(width * scale), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    done, content = cv2.imencode(
        ".jpg", cv2.cvtColor(np.asarray(small), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    assert done
    return content.tobytes()
