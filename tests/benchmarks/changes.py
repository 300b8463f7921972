"""What may happen to test poses between teaching and asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton

__all__ = ["CHANGES", "Change", "dropped", "mirrored", "moved", "same", "turned"]

Floats = npt.NDArray[np.float32]
Change = Callable[[Floats], Floats]


def same(points: Floats) -> Floats:
    return points


def mirrored(points: Floats) -> Floats:
    flipped = points[:, list(skeleton.MIRROR)].copy()
    flipped[:, :, 0] *= -1
    return flipped


def moved(points: Floats) -> Floats:
    """Return poses 0.5 to 2 times as large, moved by up to 0.4 of their span."""
    random = np.random.default_rng(1)
    span = np.nanmax(points[:, :, :2], axis=1) - np.nanmin(points[:, :, :2], axis=1)
    changed = points.copy()
    changed[:, :, :3] *= random.uniform(0.5, 2, (len(points), 1, 1))
    changed[:, :, :2] += random.uniform(-0.4, 0.4, (len(points), 1, 2)) * span[:, None]
    return changed


def turned(degrees: float, *, exactly: bool = False) -> Change:
    """Return a turn in the picture by up to so many degrees, or by just so many either way."""

    def turn(points: Floats) -> Floats:
        random = np.random.default_rng(2)
        angles = random.uniform(-1, 1, len(points))
        angles = np.deg2rad(degrees) * (np.sign(angles) if exactly else angles)
        cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
        changed = points.copy()
        changed[:, :, 0] = cos * points[:, :, 0] - sin * points[:, :, 1]
        changed[:, :, 1] = sin * points[:, :, 0] + cos * points[:, :, 1]
        return changed

    return turn


def dropped(points: Floats) -> Floats:
    """Return poses without a fifth of their keypoints."""
    changed = points.copy()
    changed[np.random.default_rng(3).random(points.shape[:2]) < 0.2] = np.nan
    return changed


CHANGES: Final[dict[str, Change]] = {
    "clean": same,
    "mirrored": mirrored,
    "shift+scale": moved,
    "rotated 20": turned(20),
    "20 % dropped": dropped,
}
