"""Write poses as a DeepLabCut CSV, which DLC's own tools, movement and SLEAP's io read.

Format: https://deeplabcut.github.io/DeepLabCut/docs/standardDeepLabCut_UserGuide.html.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.files import WholeFile
from posknn.storage.clip import Clip
from posknn.storage.formats.tracked import tracked
from posknn.values import Recording

__all__ = ["write"]

_SCORER: Final = "posknn"
_COORDS: Final = ("x", "y", "likelihood")


def write(recording: Recording, path: str | os.PathLike[str], clip: Clip) -> None:
    """Write a row for each frame of the clip, x and y in pixels to the hundredth and visibility as likelihood.

    Several people make it a file of several animals, with a line of individuals in the header; cells are empty where
    one is not seen. Depth and labels have no place in the format, nor have times: a program that reads it takes the
    frame rate from you. OutputError when it cannot be written.
    """
    found, _, _ = tracked(recording, clip, path)
    people = found.ids or [0]
    columns = [(person, name, coord) for person in people for name in skeleton.KEYPOINTS for coord in _COORDS]
    cells = np.full((len(clip.times), len(people), len(skeleton.KEYPOINTS), 3), np.nan)
    place = {person: number for number, person in enumerate(people)}
    for row, (frame, person) in enumerate(zip(found.frames.tolist(), found.people.tolist(), strict=True)):
        values = cells[frame, place[person]]
        values[:, :2], values[:, 2] = found.points[row, :, :2], found.visibility[row]
        values[found.visibility[row] == 0] = np.nan
    with WholeFile(path) as partial, partial.open("x", encoding="utf-8", newline="") as file:
        _write(csv.writer(file, lineterminator="\n"), columns, cells)


def _write(table: Any, columns: Sequence[tuple[int, str, str]], cells: npt.NDArray[np.float64]) -> None:
    people = len({person for person, _, _ in columns})
    table.writerow(["scorer", *[_SCORER] * len(columns)])
    if people > 1:
        table.writerow(["individuals", *(f"person{person}" for person, _, _ in columns)])
    table.writerow(["bodyparts", *(name for _, name, _ in columns)])
    table.writerow(["coords", *(coord for _, _, coord in columns)])
    for frame, numbers in enumerate(cells.reshape(len(cells), -1)):
        table.writerow([frame, *(_cell(value, column[2]) for value, column in zip(numbers, columns, strict=True))])


def _cell(value: float, coord: str) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.4f}" if coord == "likelihood" else f"{value:.2f}"
