"""Write poses as a DeepLabCut CSV, which DLC's own tools, movement and SLEAP's io read.

Format: https://deeplabcut.github.io/DeepLabCut/docs/standardDeepLabCut_UserGuide.html.
"""

from __future__ import annotations

import csv
import io
import math
import os
from typing import Final

import numpy as np

from posknn import skeleton
from posknn.files import write_text
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
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["scorer", *[_SCORER] * len(columns)])
    if len(people) > 1:
        table.writerow(["individuals", *(f"person{person}" for person, _, _ in columns)])
    table.writerow(["bodyparts", *(name for _, name, _ in columns)])
    table.writerow(["coords", *(coord for _, _, coord in columns)])
    for frame, numbers in enumerate(cells.reshape(len(clip.times), -1)):
        table.writerow([frame, *(_cell(value, column[2]) for value, column in zip(numbers, columns, strict=True))])
    write_text(path, text.getvalue())


def _cell(value: float, coord: str) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.4f}" if coord == "likelihood" else f"{value:.2f}"
