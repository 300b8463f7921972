"""Make a recording of poses that another program wrote: missing keypoints, groups, labels and units as ours."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from posknn.storage.formats.layout import Cell, Reading
from posknn.storage.formats.units import to_heights, units_of, without_nobody
from posknn.values import Label, Recording

__all__ = ["Found", "labels_of", "recording_of"]

Floats = npt.NDArray[np.float32]

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.0*)?")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What stands beside the poses of a foreign file, n of each; None: it is not there.

    groups: where each pose was taken. times: seconds. shapes: (n, 2) float32, width and height of its picture.
    pictures: their names. said: what was found where, in sentences.
    """

    labels: Sequence[Label | None]
    groups: Sequence[str] | None = None
    times: Sequence[float] | npt.NDArray[np.float64] | None = None
    frames: Sequence[int] | npt.NDArray[np.int64] | None = None
    people: Sequence[int] | npt.NDArray[np.int64] | None = None
    takes: Sequence[int] | npt.NDArray[np.int64] | None = None
    shapes: Floats | None = None
    pictures: Sequence[str] | None = None
    said: Sequence[str] = ()


def labels_of(cells: Sequence[Cell]) -> list[Label | None]:
    """Return the labels in cells: whole numbers where all of them are, else text without blanks around it."""
    texts = [None if cell is None or cell != cell else str(cell).strip() or None for cell in cells]  # noqa: PLR0124  # NaN
    if all(text is None or _INTEGER.fullmatch(text) for text in texts):
        return [None if text is None else int(text.partition(".")[0]) for text in texts]
    return list(texts)


def recording_of(points: Floats, found: Found, path: str | os.PathLike[str], reading: Reading) -> Recording:
    """Return poses (n, 33, 4), NaN where nothing is known, as a recording, in image heights where that can be done.

    The array is changed. A pose of zeros is nobody; z that is not there is 0, visibility 1. Where times, or frames, go
    back within a group, another one begins. provenance["read_as"] says what was found and what was made of it.
    """
    stem = Path(path).stem
    said = list(found.said)
    without_nobody(points)
    for part, what, value in ((2, "z", 0), (3, "visibility", 1)):
        missing = np.isnan(points[..., part])
        if len(points) and missing.all():
            said.append(f"no {what}: taken as {value}")
        points[..., part][missing & np.isfinite(points[..., 0])] = value
    units, what = to_heights(points, reading.units or units_of(points), reading, found.shapes)
    clock = found.frames if found.times is None else found.times
    groups = _told_apart(found.groups or [stem] * len(points), clock)
    several = len(set(groups)) > 1
    provenance: dict[str, object] = {"groups": groups} if several else {}
    if found.pictures:
        provenance["names"] = list(found.pictures)
    columns: dict[str, Any] = {
        "times": found.times,
        "frames": found.frames,
        "people": found.people,
        "takes": found.takes,
    }
    return Recording(
        points,
        tuple(found.labels),
        **{name: np.array(column) for name, column in columns.items() if column is not None},
        name=stem if several or not groups else groups[0],
        units=units,
        provenance=provenance | {"read_as": [*said, what]},
    )


def _told_apart(groups: Sequence[str], clock: Sequence[float] | npt.NDArray[np.generic] | None) -> list[str]:
    """Name groups anew where their clock goes back: GROUP, GROUP-2, GROUP-3."""
    if clock is None:
        return list(groups)
    times = np.asarray(clock).tolist()
    told: list[str] = []
    part = 1
    for row, group in enumerate(groups):
        if row and group == groups[row - 1]:
            part += times[row] < times[row - 1]
        else:
            part = 1
        told.append(group if part == 1 else f"{group}-{part}")
    return told
