"""Writes tracked poses in the formats of other tools, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from posknn.storage.clip import Clip
from posknn.storage.formats import coco, cvat, deeplabcut, pose_body, rerun_log
from posknn.values import Recording

__all__ = ["POSE_FORMATS", "write_poses"]

POSE_FORMATS: Final[Mapping[str, tuple[str, Callable[[Recording, str | Path, Clip], None]]]] = {
    "cvat": (".cvat.xml", cvat.write),
    "coco": (".coco.json", coco.write),
    "coco17": (".coco17.json", coco.write_17),
    "dlc": (".dlc.csv", deeplabcut.write),
    "pose": (".pose", pose_body.write),
    "rrd": (".rrd", rerun_log.write),
}
"""The usual ending of each format, and what writes it."""


def write_poses(recording: Recording, path: str | Path, clip: Clip, *, format: str) -> None:  # noqa: A002
    """Write the poses of a clip, and their labels where the format holds any.

    format: "cvat", "coco" (33 keypoints), "coco17" (COCO's own), "dlc" (DeepLabCut), "pose" or "rrd" (rerun).
    recording: frame indices are those of the clip. OutputError when it cannot be written, FileFormatError when the
    size of the pictures is not known, MissingPackageError for "rrd" without rerun.
    """
    if format not in POSE_FORMATS:
        raise ValueError(f"no format of poses is called {format!r}; there are {', '.join(POSE_FORMATS)}")
    POSE_FORMATS[format][1](recording, path, clip)
