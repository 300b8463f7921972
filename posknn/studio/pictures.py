"""Turns JPEGs from a browser into pictures, within bounds: what arrives is not to be trusted."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from posknn.errors import SourceError
from posknn.tracking.quiet import quiet

__all__ = ["MOST_PIXELS", "picture_of"]

MOST_PIXELS = 4096 * 2304
"""A larger picture is refused before it is decoded: a JPEG of a few bytes can claim gigabytes."""

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the markers that are followed by the size


def picture_of(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """Return a JPEG as (H, W, 3) uint8 RGB. SourceError when it is none, damaged or too large."""
    width, height = _size(jpeg)
    if not 0 < width * height <= MOST_PIXELS:
        raise SourceError(f"a picture of {width} x {height} pixels is not taken: send at most {MOST_PIXELS} pixels")
    with quiet():
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise SourceError("a picture from the browser is damaged")
    return image.astype(np.uint8, copy=False)


def _size(jpeg: bytes) -> tuple[int, int]:
    """Return width and height that the header of a JPEG claims."""
    at = 2
    while jpeg[:2] == b"\xff\xd8" and jpeg[at : at + 1] == b"\xff" and at + 9 <= len(jpeg):
        if jpeg[at + 1] in _FRAMES:
            return int.from_bytes(jpeg[at + 7 : at + 9], "big"), int.from_bytes(jpeg[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    raise SourceError("what came from the browser is no JPEG picture")
