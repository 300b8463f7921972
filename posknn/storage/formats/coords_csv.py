"""Write the CSV of many a pose tutorial: class, x1, y1, z1, v1 and so on; `keypoint_table` reads it."""

from __future__ import annotations

import os

from posknn import skeleton
from posknn.files import write_text
from posknn.storage.formats.csv_rows import float32_texts, quoted
from posknn.values import Recording

__all__ = ["write"]

_HEADER = ["class", *(f"{part}{point}" for point in range(1, len(skeleton.KEYPOINTS) + 1) for part in "xyzv")]


def write(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write a line for each labelled pose, in the units of the recording; the cells of a missing keypoint are empty.

    OutputError when the file cannot be written.
    """
    lines = [",".join(_HEADER)]
    for label, pose in zip(recording.labels, recording.points, strict=True):
        if label is not None:
            lines.append(",".join([quoted(str(label)), *float32_texts(pose.ravel())]))
    write_text(path, "".join(f"{line}\n" for line in lines))
