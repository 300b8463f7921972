"""The default embedding: where the joints are, how they lie to each other and which way the limbs point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton

__all__ = ["PoseShape"]

Floats = npt.NDArray[np.float32]

_SIDES: Final = ("left", "right")
_K: Final = len(skeleton.KEYPOINTS)
_MIDDLES: Final = {"hips": _K, "shoulders": _K + 1}
"""Where the middles of hips and shoulders stand behind the 33 keypoints."""


def _at(name: str) -> int:
    return _MIDDLES[name] if name in _MIDDLES else skeleton.index(name)


def _both(*pairs: tuple[str, str]) -> list[tuple[int, int]]:
    return [(_at(f"{side}_{a}"), _at(f"{side}_{b}")) for a, b in pairs for side in _SIDES]


def _across(*joints: str) -> list[tuple[int, int]]:
    return [(_at(f"left_{joint}"), _at(f"right_{joint}")) for joint in joints]


_JOINTS: Final = np.array(
    [
        _at("nose"),
        *(
            _at(f"{side}_{joint}")
            for joint in ("ear", "shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "foot_index")
            for side in _SIDES
        ),
    ]
)
_LIMBS: Final = np.array(
    [
        (_at("hips"), _at("shoulders")),
        (_at("shoulders"), _at("nose")),
        *_both(("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip")),
        *_both(("hip", "knee"), ("knee", "ankle"), ("ankle", "foot_index")),
        *_across("shoulder", "hip"),
    ]
).T
_DIFFERENCES: Final = np.array(
    [
        (_at("hips"), _at("shoulders")),
        *_both(("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")),
        *_both(("shoulder", "wrist"), ("hip", "ankle"), ("hip", "wrist"), ("shoulder", "ankle")),
        *_across("elbow", "knee", "wrist", "ankle"),
    ]
).T
_SHOULDERS: Final = [_at("left_shoulder"), _at("right_shoulder")]
_HIPS: Final = [_at("left_hip"), _at("right_hip")]
_TORSO: Final = [*_SHOULDERS, *_HIPS]
_HIPS_PER_SHOULDERS: Final = np.float32(0.6)
_TORSO_PER_SHOULDERS: Final = np.float32(1.5)
_CLEAR: Final = 0.5
_TORSOS: Final = np.float32(2.5)
_UPRIGHT: Final = np.pi / 4
_TILT: Final = np.float32(1.0)


@dataclass(frozen=True, slots=True)
class PoseShape:
    """Joints, pair differences and limb directions of a person, in sizes of the person: (n, D).

    The size is 2.5 torso lengths or the distance from the hips to the farthest keypoint, whichever is larger; the pair
    differences are those of Google's ML Kit pose classification.
    points, differences, limbs: weights of the three; one of weight 0 is left out. "Angles only", blind to the build of
    a person, is PoseShape(points=0, differences=0, limbs=1).
    depth: weight of z, which a single camera can only guess. seen: keypoints below this visibility are left out.
    roll: turn the torso upright first, for a camera that is held askew by up to 45 degrees; how far the torso lies
    beyond that stays a number, so that lying is not standing.
    place: weight of where in the picture the person is and how large, in image heights: for a webcam that stands still,
    before which a slouch is also lower.
    """

    points: float = 1.0
    differences: float = 0.5
    limbs: float = 0.1
    depth: float = 0.2
    seen: float = 0.01
    roll: bool = False
    place: float = 0.0

    @property
    def repeat(self) -> float:
        """How far apart two people's best try at one pose lies."""
        return float(np.sqrt(self.points**2 * 0.7**2 + self.differences**2 * 0.7**2 + self.limbs**2 * 2.5**2))

    @property
    def keeps_place(self) -> bool:
        """Whether it matters where in the picture a person is; then a pose mirrored is another pose."""
        return self.place > 0

    def __call__(self, points: Floats) -> Floats:
        """Embed poses (n, 33, 4); a row is all NaN without hips or shoulders to measure from, or anything clearly seen.

        A keypoint is missing when x or y is no finite number. A z that is none is a depth not known; a visibility that
        is none counts as seen.
        """
        places = _seen(points, self.seen)
        corners = _torso(places)
        hips, shoulders = (corners[:, 2] + corners[:, 3]) / 2, (corners[:, 0] + corners[:, 1]) / 2
        body = np.concatenate([places, hips[:, None], shoulders[:, None]], axis=1)
        body -= hips[:, None]
        spine = body[:, _MIDDLES["shoulders"], :2].copy()
        reach = np.fmax.reduce(np.hypot(body[:, :, 0], body[:, :, 1]), axis=1)
        size = np.fmax(_TORSOS * np.hypot(spine[:, 0], spine[:, 1]), reach)
        size[~(size > 0)] = np.nan
        body /= size[:, None, None]
        parts = []
        if self.roll:
            parts.append(_turn_upright(body, spine))
        body[:, :, 2] *= np.float32(self.depth)
        parts += self._blocks(body)
        if self.place > 0:
            parts.append(np.float32(self.place) * np.column_stack([shoulders[:, :2], size]))
        vectors: Floats = np.concatenate(parts, axis=1, dtype=np.float32)
        lost = np.isnan(size)
        if lost.any():
            vectors[lost] = np.nan
        return vectors

    def _blocks(self, body: Floats) -> list[Floats]:
        """Return the blocks of bodies (n, 35, 3) that weigh anything, each (n, d)."""
        n = len(body)
        blocks = []
        if self.points > 0:
            blocks.append(np.float32(self.points) * body[:, _JOINTS].reshape(n, -1))
        if self.differences > 0:
            apart = body[:, _DIFFERENCES[1]] - body[:, _DIFFERENCES[0]]
            blocks.append(np.float32(self.differences) * apart.reshape(n, -1))
        if self.limbs > 0:
            along = body[:, _LIMBS[1]] - body[:, _LIMBS[0]]
            deep = along[:, :, 2]
            squares = along[:, :, 0] ** 2 + along[:, :, 1] ** 2 + np.where(np.isnan(deep), np.float32(0), deep**2)
            along /= np.sqrt(np.maximum(squares, np.float32(1e-12)))[:, :, None]
            blocks.append(np.float32(self.limbs) * along.reshape(n, -1))
        return blocks


def _seen(points: Floats, least: float) -> Floats:
    """Return x, y, z of poses (n, 33, 4), NaN where a keypoint is not seen: (n, 33, 3)."""
    places = np.array(points[:, :, :3], np.float32)
    visibility = points[:, :, 3]
    hidden = ~np.isfinite(places[:, :, 0] + places[:, :, 1]) | (visibility < least) | (visibility <= 0)
    hidden[(visibility < _CLEAR).all(axis=1)] = True
    if hidden.any():
        places[hidden] = np.nan
    deep = places[:, :, 2]
    deep[np.isinf(deep)] = np.nan
    return places


def _torso(places: Floats) -> Floats:
    """Return shoulders and hips, left and right: (n, 4, 3), a missing one guessed from the others."""
    corners = places[:, _TORSO]
    if not np.isnan(corners[:, :, 0]).any():
        return corners
    one, other, left, right = (corners[:, i] for i in range(4))  # views
    _put(right, left + _HIPS_PER_SHOULDERS * (other - one))
    _put(left, right + _HIPS_PER_SHOULDERS * (one - other))
    _put(other, one + (right - left) / _HIPS_PER_SHOULDERS)
    _put(one, other + (left - right) / _HIPS_PER_SHOULDERS)
    for a, b in ((one, other), (left, right)):
        _put(a, b)
        _put(b, a)
    # Without hips they are guessed below the shoulders, at the length that torsos have on average.
    across = one - other
    down = _TORSO_PER_SHOULDERS * np.hypot(np.hypot(across[:, 0], across[:, 1]), np.nan_to_num(across[:, 2]))
    below: Floats = (one + other) / np.float32(2)
    below[:, 1] += down
    _put(left, below)
    _put(right, below)
    return corners


def _put(places: Floats, guess: Floats) -> None:
    """Set those of places (n, 3) that are missing."""
    missing = np.isnan(places[:, 0])
    places[missing] = guess[missing]


def _turn_upright(body: Floats, spine: Floats) -> Floats:
    """Turn bodies (n, 35, 3) in the picture so that the spine (n, 2) points up, and return their tilt: (n, 2).

    The tilt is a point on a circle, the same for all who are within 45 degrees of upright.
    """
    angle = np.arctan2(spine[:, 0], -spine[:, 1])
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = body[:, :, 0].copy(), body[:, :, 1].copy()
    body[:, :, 0] = cos[:, None] * x + sin[:, None] * y
    body[:, :, 1] = cos[:, None] * y - sin[:, None] * x
    beyond = np.sign(angle) * np.maximum(np.abs(angle) - _UPRIGHT, 0) * np.float32(np.pi / (np.pi - _UPRIGHT))
    return _TILT * np.column_stack([np.cos(beyond), np.sin(beyond)]).astype(np.float32)
