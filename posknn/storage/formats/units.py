"""Tell in which unit the keypoints of a foreign file are, and turn them into image heights where that can be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.storage.formats.layout import Reading
from posknn.values import Recording

__all__ = ["AS_THEY_ARE", "in_heights", "to_heights", "units_of", "without_nobody"]

Floats = npt.NDArray[np.float32]

_HIPS: Final = [skeleton.index("left_hip"), skeleton.index("right_hip")]
_FRACTIONS: Final = 3.0
"""Half of the coordinates of a picture's fractions are surely below this, those in pixels are not."""

_ENOUGH: Final = 2000
_DEPTH: Final = 0.02
"""z beside x and y in pixels is in pixels too, unless it is smaller than they are by more than this."""


AS_THEY_ARE: Final = {
    "heights": "x and y are image heights",
    "body": "x and y are relative to the body, as in world landmarks",
    "pixels": "x and y are pixels of a picture of unknown size, which makes no difference to recognition",
    "flat": "x and y are pixels, but z is not and counts for next to nothing: say the size (--size 1280x720)",
    "fractions": "x and y are fractions of a picture of unknown shape, taken as square: "
    "say its size (--size 1280x720) or shape (--aspect 16:9)",
}
"""In words, what poses are in that could not be turned into image heights, by their units."""


def without_nobody(points: Floats) -> None:
    """Make NaN, in place, what programs write as zeros: keypoints (n, 33, 4) or whole poses that were not found."""
    for first in range(0, len(points), _ENOUGH):  # some at a time: of all of them, copies would take much memory
        some = points[first : first + _ENOUGH]
        some[((some == 0) | np.isnan(some))[..., :3].all(axis=(1, 2))] = np.nan
        some[(some[..., [0, 1, 3]] == 0).all(axis=2)] = np.nan
        some[np.isnan(some[..., :2]).any(axis=2)] = np.nan


def units_of(points: Floats) -> str:
    """Guess the unit of poses (n, 33, 4): "fractions" of the picture, "pixels", or lengths of the "body"."""
    points = _some(points)
    places = points[np.asarray(np.isfinite(points[..., 0]).any(axis=1))][..., :2]
    if not len(places):
        return "fractions"
    extent = float(np.nanmedian(np.abs(places - np.nanmean(places, axis=1, keepdims=True))))
    middle = np.abs(places[:, _HIPS].mean(axis=1))
    if np.nanmedian(np.abs(places)) > _FRACTIONS and not _mostly(middle < 0.02 * extent):
        return "pixels"
    return "body" if extent > 0 and _mostly(middle < 0.02 * extent) else "fractions"


def in_heights(recording: Recording, reading: Reading) -> tuple[Recording, str]:
    """Return a recording in image heights where reading tells the shape of its pictures, and say what was done."""
    points = recording.points.copy()
    units, said = to_heights(points, recording.units, reading)
    return (recording if units == recording.units else replace(recording, points=points, units=units)), said


def to_heights(points: Floats, units: str, reading: Reading, shapes: Floats | None = None) -> tuple[str, str]:
    """Turn poses (n, 33, 4), in place, into image heights where the shape of their pictures is known.

    Return the units they are in now, and in words what was done. shapes: (n, 2), width and height of the picture of
    each row, in pixels; NaN where not known. They go before reading.size and reading.aspect. z is a fraction of the
    width, as MediaPipe gives it, beside x and y in fractions; beside pixels it is in pixels, unless it is so small that
    it must be a fraction.
    """
    given = reading.size or ((reading.aspect, 1.0) if reading.aspect else (np.nan, np.nan))
    sizes = np.full((len(points), 2), np.nan) if shapes is None else shapes.astype(np.float64)
    sizes = np.where(np.isfinite(sizes) & (sizes > 0), sizes, np.array(given, np.float64))
    known = len(sizes) > 0 and bool(np.isfinite(sizes).all())
    small = units == "pixels" and _is_small(points)
    if units == "fractions" and known:
        aspect = sizes[:, 0] / sizes[:, 1]
        _scale(points, aspect, np.ones_like(aspect), aspect)
        return "heights", f"fractions of pictures {_words(sizes)} became image heights"
    if units == "pixels" and known and (reading.size is not None or shapes is not None):
        one = 1 / sizes[:, 1]
        _scale(points, one, one, one * sizes[:, 0] if small else one)
        beside = ", z from fractions of the width" if small else ""
        return "heights", f"pixels of pictures {_words(sizes)} became image heights{beside}"
    return units, AS_THEY_ARE["flat" if small else units]


def _some(points: Floats) -> Floats:
    """Return at most a few thousand poses, evenly spread: enough to tell a unit by."""
    return points[:: max(len(points) // _ENOUGH, 1)]


def _mostly(true: npt.NDArray[np.bool_]) -> bool:
    return bool(true.all(axis=1).mean() > 0.9)


def _is_small(points: Floats) -> bool:
    """Say whether z must be in another unit than x and y."""
    points = _some(points)
    across = np.nanmax(points[..., 0], axis=1, initial=-np.inf) - np.nanmin(points[..., 0], axis=1, initial=np.inf)
    depth = np.nanmax(np.abs(points[..., 2]), axis=1, initial=0)
    seen = np.isfinite(across) & (depth > 0)
    return bool(seen.any()) and bool(np.median(depth[seen] / np.maximum(across[seen], 1e-9)) < _DEPTH)


def _scale(points: Floats, *factors: npt.NDArray[np.float64]) -> None:
    for part, factor in enumerate(factors):
        points[..., part] *= factor[:, None].astype(np.float32)


def _words(sizes: npt.NDArray[np.float64]) -> str:
    distinct = np.unique(sizes, axis=0)
    if len(distinct) > 1:
        return f"of {len(distinct)} sizes"
    width, height = distinct[0].tolist()
    return f"of {width:.0f} x {height:.0f}" if height > 1 else f"{width:.3g} times as wide as high"
