"""The default embedding: where the joints are, how they lie to each other and which way the limbs point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton

__all__ = ["PoseShape"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_SIDES: Final = ("left", "right")
_K: Final = len(skeleton.KEYPOINTS)
_MIDDLES: Final = {"shoulders": _K, "hips": _K + 1}
"""Where the middles of shoulders and hips stand behind the 33 keypoints."""


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
_TORSO: Final = np.array([*_SHOULDERS, *_HIPS])
_HIPS_PER_SHOULDERS: Final = np.float32(0.6)
_TORSO_PER_SHOULDERS: Final = np.float32(1.5)
_CLEAR: Final = 0.5
_TORSOS: Final = np.float32(2.5)
_UPRIGHT: Final = np.pi / 4
_TILT: Final = np.float32(0.75)
"""So much that lying is farther from standing than two people's tries at one pose are: that is 0.72."""


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
        return float(np.sqrt(self.points**2 * 0.61**2 + self.differences**2 * 0.61**2 + self.limbs**2 * 2.2**2))

    def unlike(self, vectors: Floats) -> Floats:
        """Return vectors (..., D) as they are compared to tell poses that were never taught: limbs weigh 1.

        People who do the same differ in the directions of their limbs more than in places, so for naming they hardly
        count; but a pose nobody taught shows in them first.
        """
        if not self.limbs > 0:
            return vectors
        stretched = vectors.copy()
        count = 3 * _LIMBS.shape[1]
        end = stretched.shape[-1] - (3 if self.place > 0 else 0)
        stretched[..., end - count : end] /= np.float32(self.limbs)
        return stretched

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
        middles = _torso(places).reshape(-1, 2, 2, 3).sum(axis=2) / np.float32(2)
        body = np.concatenate([places, middles], axis=1)
        body -= middles[:, 1:]
        spine = body[:, _MIDDLES["shoulders"], :2].copy()
        reach = np.fmax.reduce(np.hypot(body[:, :, 0], body[:, :, 1]), axis=1)
        size = np.fmax(_TORSOS * np.hypot(spine[:, 0], spine[:, 1]), reach)
        lost = ~(size > 0)
        some_lost = lost.any()
        if some_lost:
            size[lost] = np.nan
        body /= size[:, None, None]
        parts = [_turn_upright(body, spine)] if self.roll else []
        body[:, :, 2] *= np.float32(self.depth)
        parts.append(self._lines(body))
        if self.place > 0:
            parts.append(np.float32(self.place) * np.column_stack([middles[:, 0, :2], size]))
        vectors: Floats = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1, dtype=np.float32)
        if some_lost:
            vectors[lost] = np.nan
        return vectors

    def _lines(self, body: Floats) -> Floats:
        """Return points, differences and limbs of bodies (n, 35, 3), those that weigh anything: (n, D)."""
        starts, ends, weights, limbs = _chosen(self.points, self.differences, self.limbs)
        lines = body.take(ends, axis=1) - body.take(starts, axis=1)
        along = lines[:, limbs:]
        squares = np.einsum("nld,nld->nl", along, along)
        unknown = np.isnan(squares)
        if unknown.any():  # a depth that is not known is none
            flat = along[unknown][:, :2]
            squares[unknown] = np.einsum("ld,ld->l", flat, flat)
        along /= np.sqrt(np.maximum(squares, np.float32(1e-12)))[:, :, None]
        lines *= weights
        return lines.reshape(len(body), -1)


@lru_cache(maxsize=64)
def _chosen(points: float, differences: float, limbs: float) -> tuple[Ints, Ints, Floats, int]:
    """Return where the lines that weigh anything start and end: (L,) each; their weights (L, 1); the first limb."""
    joints = np.stack([np.full(len(_JOINTS), _MIDDLES["hips"]), _JOINTS])
    weighed = [(joints, points), (_DIFFERENCES, differences), (_LIMBS, limbs)]
    kept = [(lines, weight) for lines, weight in weighed if weight > 0]
    starts, ends = np.concatenate([lines for lines, _ in kept] or [joints[:, :0]], axis=1)
    weights = np.concatenate(
        [np.full((lines.shape[1], 1), weight, np.float32) for lines, weight in kept] or [np.empty((0, 1), np.float32)]
    )
    return starts, ends, weights, len(ends) - (_LIMBS.shape[1] if limbs > 0 else 0)


def _seen(points: Floats, least: float) -> Floats:
    """Return x, y, z of poses (n, 33, 4), NaN where a keypoint is not seen: (n, 33, 3)."""
    places = np.array(points[:, :, :3], np.float32)
    visibility = points[:, :, 3]
    faintest = visibility.min(axis=1)
    whole = np.isfinite(places).all() and ((faintest >= least) & (faintest > 0)).all()
    if whole and (visibility.max(axis=1) >= _CLEAR).all():  # as most are: the rest can be spared
        return places
    hidden = ~np.isfinite(places[:, :, 0] + places[:, :, 1]) | (visibility < least if least > 0 else visibility <= 0)
    hidden[(visibility < _CLEAR).all(axis=1)] = True
    if hidden.any():
        places[hidden] = np.nan
    deep = places[:, :, 2]
    deep[np.isinf(deep)] = np.nan
    return places


def _torso(places: Floats) -> Floats:
    """Return shoulders and hips, left and right: (n, 4, 3), a missing one guessed from the others."""
    corners = places.take(_TORSO, axis=1)
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
