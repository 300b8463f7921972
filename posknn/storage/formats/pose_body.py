"""Write poses as a .pose file, the binary format of the sign language tools (pose-format).

Format, version 0.2: https://github.com/sign-language-processing/pose/blob/master/docs/specs.
"""

from __future__ import annotations

import os
import struct
from typing import Final

import numpy as np

from posknn import skeleton
from posknn.files import WholeFile
from posknn.storage.clip import Clip
from posknn.storage.formats.tracked import tracked
from posknn.values import Recording

__all__ = ["write"]

_VERSION: Final = 0.2
_COMPONENT: Final = "POSE_LANDMARKS"
"""What pose-format calls MediaPipe's 33 keypoints."""
_COLOR: Final = (255, 0, 0)


def write(recording: Recording, path: str | os.PathLike[str], clip: Clip) -> None:
    """Write x, y, z in pixels (float32) and the visibility as confidence for each frame of the clip and each person.

    People are numbered in order of their ids. The format has one frame rate: that of the clip on average. Labels have
    no place in it. OutputError when it cannot be written.
    """
    found, width, height = tracked(recording, clip, path)
    people = found.ids
    shape = (len(clip.times), len(people), len(skeleton.KEYPOINTS))
    points, confidence = np.zeros((*shape, 3), "<f4"), np.zeros(shape, "<f4")
    place = np.searchsorted(people, found.people) if people else np.zeros(0, int)
    points[found.frames, place] = found.points
    confidence[found.frames, place] = found.visibility
    with WholeFile(path) as partial, partial.open("xb") as file:
        file.write(_header(width, height))
        file.write(struct.pack("<fIH", clip.rate if len(clip.times) else 0.0, shape[0], shape[1]))
        file.write(points.tobytes())
        file.write(confidence.tobytes())


def _header(width: int, height: int) -> bytes:
    parts = [struct.pack("<f3HH", _VERSION, width, height, width, 1), _text(_COMPONENT), _text("XYZC")]
    parts.append(struct.pack("<3H", len(skeleton.KEYPOINTS), len(skeleton.BONES), len(skeleton.BONES)))
    parts += [_text(name.upper()) for name in skeleton.KEYPOINTS]
    parts += [struct.pack("<2H", *bone) for bone in skeleton.BONES]
    parts += [struct.pack("<3H", *_COLOR) for _ in skeleton.BONES]
    return b"".join(parts)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<H", len(encoded)) + encoded
