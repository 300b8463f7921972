"""Read and write the pose samples of Google's ML Kit: name, class and x, y, z of 33 keypoints in pixels."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from posknn import skeleton
from posknn.errors import FileFormatError, OutputError
from posknn.files import write_text
from posknn.storage.formats.csv_rows import first_row, float32_cells, float32_texts, quoted, rows
from posknn.values import Label, Recording

__all__ = ["group_of", "is_google", "read", "write"]

_NUMBERS = [f"{name}_{axis}" for name in skeleton.KEYPOINTS for axis in "xyz"]
_FRAME = re.compile(r"(.+)__[0-9]+")


def is_google(path: str | os.PathLike[str]) -> bool:
    """Say whether the first line of a CSV file is a sample of this kind; FileFormatError when it cannot be opened."""
    cells = first_row(path)
    if len(cells) != 2 + len(_NUMBERS) or "" in cells[2:]:
        return False
    try:
        float32_cells(cells[2:], _NUMBERS, str(path))
    except FileFormatError:
        return False
    return True


def read(path: str | os.PathLike[str]) -> Recording:
    """Return the samples, in units of "pixels" and with visibility 1; times count up.

    provenance["names"] has the first column, a picture's file name; provenance["groups"] what each picture comes
    from, for a fair test: "frame__VIDEO__0001.jpg" and all of that video are one group, any other picture is its own.
    An empty class is no label. FileFormatError names line and column.
    """
    names, labels, numbers = [], [], []
    for place, cells in rows(path):
        if len(cells) != 2 + len(_NUMBERS):
            raise FileFormatError(
                f"{place}: {len(cells)} columns, but expected {2 + len(_NUMBERS)}: name, class, 33 times x, y, z"
            )
        if "" in cells[2:]:
            raise FileFormatError(f"{place}, column {_NUMBERS[cells.index('', 2) - 2]}: expected a number, not ''")
        numbers.append(float32_cells(cells[2:], _NUMBERS, place))
        names.append(cells[0])
        labels.append(cells[1] or None)
    if not names:
        raise FileFormatError(f"{path}: not one sample in it")
    points = np.ones((len(names), len(skeleton.KEYPOINTS), 4), np.float32)
    points[:, :, :3] = np.array(numbers).reshape(len(names), -1, 3)
    provenance = {"names": names, "groups": [group_of(name) for name in names]}
    return Recording(points, tuple(labels), name=Path(path).stem, units="pixels", provenance=provenance)


def write(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write samples that ML Kit's code reads; frames in which nobody was seen are left out.

    The first column is provenance["names"] where there is one for each row, else the group of the row and the
    frame. The format has no place for visibility, time or person, and a label that is a number becomes text.
    OutputError when a keypoint is missing.
    """
    names = recording.provenance.get("names")
    if not isinstance(names, list) or len(names) != len(recording):
        frames = np.asarray(recording.frames).tolist()
        groups = [group or Path(path).stem for group in recording.groups]
        names = [f"frame__{group}__{frame:07d}.jpg" for group, frame in zip(groups, frames, strict=True)]
    lines = []
    for name, label, pose in zip(names, recording.labels, recording.points, strict=True):
        if np.isnan(pose).all():
            continue
        if np.isnan(pose[:, :3]).any():
            keypoint = skeleton.KEYPOINTS[int(np.isnan(pose[:, :3]).any(axis=1).argmax())]
            raise OutputError(f"cannot write {path}: {name} has no {keypoint}, and this format needs all 33 keypoints")
        lines.append(",".join([quoted(str(name)), quoted(_class(label)), *float32_texts(pose[:, :3].ravel())]))
    write_text(path, "".join(f"{line}\n" for line in lines))


def group_of(name: str) -> str:
    """Return what a picture comes from: of "frame__VIDEO__0001.jpg" the video, of any other the picture itself."""
    stem = name.rpartition(".")[0] or name
    frame = _FRAME.fullmatch(stem)
    return frame[1] if frame else stem


def _class(label: Label | None) -> str:
    return "" if label is None else str(label)
