"""Turns poses into vectors that do not depend on where a person stands or how large the picture shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.values import Pose

__all__ = ["Embedding", "NormalisedPoints", "as_points", "completed_points", "mirrored_points"]

Floats = npt.NDArray[np.float32]

Embedding = Callable[[Floats], Floats]
"""Poses (n, 33, 4), x, y, z, visibility, NaN where missing -> vectors (n, D) float32, NaN where not known."""

_HIPS: Final = [skeleton.index("left_hip"), skeleton.index("right_hip")]
_SHOULDERS: Final = [skeleton.index("left_shoulder"), skeleton.index("right_shoulder")]
_DENSE: Final = [
    i
    for i, name in enumerate(skeleton.KEYPOINTS)
    if any(part in name for part in ("eye", "ear", "mouth", "pinky", "index", "thumb")) and "foot" not in name
]
_MIRROR: Final = np.array(skeleton.MIRROR)
_TORSOS: Final = 2.5
_TORSO_PER_SHOULDERS: Final = 1.5


@dataclass(frozen=True, slots=True)
class NormalisedPoints:
    """Keypoints relative to the hips, in sizes of the person: (n, 99), x, y, z per keypoint.

    The size is 2.5 torso lengths or the distance from the hips to the farthest keypoint, whichever is larger, as in
    Google's ML Kit pose classification. depth: weight of z, which a single camera can only guess.
    dense: weight of the keypoints of face and hands, which lie close together and would outvote the limbs.
    seen: keypoints below this visibility are left out (NaN).
    """

    repeat: ClassVar[float] = 0.7
    """How far apart two people's best try at one pose lies: 0.5 to 0.7 on rendered and filmed people."""

    depth: float = 0.2
    dense: float = 0.3
    seen: float = 0.5

    def __call__(self, points: Floats) -> Floats:
        """Embed poses (n, 33, 4); a row is all NaN when neither hips nor shoulders are there to measure from."""
        places = np.array(points[:, :, :3], np.float32)
        known = np.isfinite(points.sum(axis=2)) & (points[:, :, 3] > 0)
        places[~known] = np.nan
        centre, torso = _centre_and_torso(places)
        places -= centre[:, None, :]
        reach = _lengths(places)
        reach[~known] = 0
        size = np.maximum(_TORSOS * torso, reach.max(axis=1))
        size[size == 0] = np.nan
        places /= size[:, None, None]
        places[:, :, 2] *= np.float32(self.depth)
        places[:, _DENSE] *= np.float32(self.dense)
        places[points[:, :, 3] < self.seen] = np.nan
        return places.reshape(len(points), 3 * len(skeleton.KEYPOINTS))


def as_points(pose: Pose) -> Floats:
    """Return a pose as one row of points: (33, 4) float32, NaN where a keypoint is missing."""
    points = np.concatenate([pose.points, pose.visibility[:, None]], axis=1)
    points[pose.visibility <= 0] = np.nan
    return points


def completed_points(points: Floats) -> Floats:
    """Return poses (n, 33, 4) in which a z of NaN alone is 0 and a visibility of NaN 1.

    A depth that is not known, or a visibility that nobody told, does not make a keypoint missing.
    """
    points = points.copy()
    known = np.isfinite(points[:, :, :2]).all(axis=2)
    for column, value in ((2, 0.0), (3, 1.0)):
        points[:, :, column][known & np.isnan(points[:, :, column])] = value
    return points


def mirrored_points(points: Floats) -> Floats:
    """Return poses (n, 33, 4) as a mirror shows them: x reflected and left swapped with right."""
    mirrored = points[:, _MIRROR]
    mirrored[:, :, 0] *= -1
    return mirrored


def _centre_and_torso(places: Floats) -> tuple[Floats, Floats]:
    """Return the middle of the hips (n, 3) and the torso's length in the picture (n,); NaN where it cannot be told."""
    hips, shoulders = _middle(places[:, _HIPS]), _middle(places[:, _SHOULDERS])
    torso = _lengths(shoulders - hips)
    lost: npt.NDArray[np.bool_] = np.isnan(hips[:, 0])
    if lost.any():
        # Without hips they are guessed below the shoulders, at the length that torsos have on average.
        apart = places[lost][:, _SHOULDERS[0]] - places[lost][:, _SHOULDERS[1]]
        guess = _TORSO_PER_SHOULDERS * np.hypot(_lengths(apart), apart[:, 2])
        hips[lost] = shoulders[lost]
        hips[lost, 1] += guess
        torso[lost] = guess
    return hips, np.where(np.isnan(torso), np.float32(0), torso)


def _lengths(vectors: Floats) -> Floats:
    """Return the lengths in the picture of vectors (..., 3); squares of far-off numbers would overflow."""
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def _middle(pair: Floats) -> Floats:
    """Return the middle of two points (n, 2, 3), of one where the other is missing: (n, 3)."""
    one, other = pair[:, 0], pair[:, 1]
    middle = np.where(np.isnan(one), other, (one + other) / 2)
    return np.where(np.isnan(other), one, middle)
