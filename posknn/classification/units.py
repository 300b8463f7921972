"""Reads poses given in other units, or without some of their numbers, as points in image heights."""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

__all__ = ["Scale", "Size", "in_heights"]

Floats = npt.NDArray[np.float32]

Scale = Literal["heights", "unit", "pixels"]
"""The units of points: image heights; "unit", x and z in picture widths and y in heights, as MediaPipe gives
them; or "pixels"."""

Size = npt.ArrayLike
"""Width and height of the picture, (2,), or one for each pose, (n, 2); for "unit" only their ratio counts."""

_K: Final = 33


def in_heights(points: npt.ArrayLike, scale: Scale = "heights", size: Size | None = None) -> Floats:
    """Return poses (n, 33, 4), x, y, z, visibility, in image heights: a copy, float32.

    NaN or all zeros is a keypoint not seen. A z of NaN alone is a depth not known, a visibility of NaN a keypoint
    whose visibility nobody told; both stay. size: without it "unit" takes pictures as square and "pixels" keeps its
    scale; poses given so can be compared only with each other.
    ValueError for another shape, units that do not exist or a size that is none.
    """
    poses = np.array(points, np.float32)
    if poses.shape[1:] != (_K, 4):
        raise ValueError(f"poses are points of shape (n, {_K}, 4), x, y, z, visibility, not {poses.shape}")
    if scale not in get_args(Scale):
        raise ValueError(f"the scale is one of {', '.join(get_args(Scale))}, not {scale!r}")
    poses[(poses[:, :, :2] == 0).all(axis=2) & ~(np.abs(poses[:, :, 2]) > 0)] = np.nan
    if scale == "heights" or size is None:
        return poses
    sizes = np.array(size, np.float64)
    if sizes.shape not in ((2,), (len(poses), 2)) or not (np.isfinite(sizes).all() and (sizes > 0).all()):
        raise ValueError(f"a size is width and height, (2,) or ({len(poses)}, 2) and above 0, not {size!r}")
    width, height = sizes[..., 0], sizes[..., 1]
    if scale == "unit":
        poses[:, :, [0, 2]] *= np.float32(width / height).reshape(-1, 1, 1)
    else:
        poses[:, :, :3] /= np.float32(height).reshape(-1, 1, 1)
    return poses
