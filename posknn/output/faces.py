"""Makes the heads of people in a picture unrecognisable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.output.canvas import Picture
from posknn.values import Pose

__all__ = ["Head", "heads_of", "without_faces"]

Head = tuple[float, float, float]
"""A circle that holds a head: x and y of its middle and its radius, in image heights."""

_CELLS: Final = 5
"""How many cells the square around a head is cut into. About three of them lie on the face."""
_LEAST_CELL: Final = 4
"""Pixels: a head of a few pixels keeps one colour or two."""
_SURE: Final = 0.5
_UNSURE: Final = 1.6
"""How much larger the circle is for a face that may be elsewhere."""
_EYES: Final = [skeleton.index("left_eye"), skeleton.index("right_eye")]
_EARS: Final = [skeleton.index("left_ear"), skeleton.index("right_ear")]
_MOUTH: Final = [skeleton.index("mouth_left"), skeleton.index("mouth_right")]
_SHOULDERS: Final = [skeleton.index("left_shoulder"), skeleton.index("right_shoulder")]
_HIPS: Final = [skeleton.index("left_hip"), skeleton.index("right_hip")]
_FACE: Final = [skeleton.index("nose"), *_EYES, *_EARS, *_MOUTH]


def heads_of(pose: Pose) -> list[Head]:
    """Return where the head of a person is; where that is uncertain, also where it should be above the shoulders.

    The circle takes the greatest of what eyes and mouth, ears, and shoulders say of the size of the head: from the
    side the first two are small. It reaches from below the chin into the hair.
    """
    points = pose.points[:, :2].astype(np.float64)
    face = points[_FACE]
    middle = (face.min(axis=0) + face.max(axis=0)) / 2
    shoulders, hips = points[_SHOULDERS].mean(axis=0), points[_HIPS].mean(axis=0)
    radius = max(
        2.8 * _apart(points[_EYES].mean(axis=0), points[_MOUTH].mean(axis=0)),
        1.3 * _apart(*points[_EARS]),
        0.5 * _apart(*points[_SHOULDERS]),
        1.5 * float(np.linalg.norm(face - middle, axis=1).max()),
    )
    if float(pose.visibility[_FACE].min()) >= _SURE:
        return [(float(middle[0]), float(middle[1]), radius)]
    torso = shoulders - hips
    above = shoulders + 0.5 * torso
    return [
        (float(middle[0]), float(middle[1]), _UNSURE * radius),
        (float(above[0]), float(above[1]), max(radius, 0.4 * float(np.linalg.norm(torso)))),
    ]


def without_faces(image: Picture, heads: Iterable[Head]) -> Picture:
    """Return a copy of a picture, (H, W, 3) uint8 RGB, with each head as a few cells of one colour.

    A cell holds the mean of a fifth of the circle's diameter, which no sharpening undoes.
    """
    picture = image.copy()
    height, width = picture.shape[:2]
    for x, y, radius in heads:
        reach = max(_LEAST_CELL, radius * height)
        across, down = x * height, y * height
        left, right = int(max(0, across - reach)), int(min(width, np.ceil(across + reach)))
        top, bottom = int(max(0, down - reach)), int(min(height, np.ceil(down + reach)))
        if left >= right or top >= bottom:
            continue
        part = picture[top:bottom, left:right]
        rows, columns = np.ogrid[top:bottom, left:right]
        inside = (rows + 0.5 - down) ** 2 + (columns + 0.5 - across) ** 2 <= reach**2
        part[inside] = _cells(part, max(_LEAST_CELL, 2 * reach / _CELLS))[inside]
    return picture


def _cells(part: Picture, side: float) -> Picture:
    """Return a picture as cells of about this many pixels each way, each of its mean colour."""
    height, width = part.shape[:2]
    few = (max(1, round(width / side)), max(1, round(height / side)))
    means = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(means, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _apart(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.linalg.norm(one - other))
