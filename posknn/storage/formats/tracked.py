"""What the formats of tracked keypoints share: pixels, who is seen, and what was said of them."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from posknn.errors import FileFormatError
from posknn.storage.clip import Clip
from posknn.values import Label, Recording

__all__ = ["VISIBLE", "Tracked", "tracked"]

VISIBLE = 0.5
"""A keypoint of this visibility or more is seen, of less it is guessed."""

Floats = npt.NDArray[np.float32]


class Tracked:
    """The rows of a recording in which somebody is seen, in order.

    frames, people: (n,) int64, index of the frame in the clip and id of the person. labels: what each shows.
    points: (n, 33, 3) float32, x, y, z in pixels; 0 for a missing keypoint. visibility: (n, 33) float32; 0 for those.
    """

    def __init__(self, recording: Recording, height: float) -> None:
        seen: npt.NDArray[np.bool_] = ~np.asarray(np.isnan(recording.points).all(axis=(1, 2)))
        numbers = recording.points[seen]
        missing: npt.NDArray[np.bool_] = np.asarray(np.isnan(numbers).any(axis=2))
        self.frames: npt.NDArray[np.int64] = recording.frames[seen]
        self.people: npt.NDArray[np.int64] = recording.people[seen]
        self.labels: list[Label | None] = [
            label for label, is_seen in zip(recording.labels, seen, strict=True) if is_seen
        ]
        scale = np.float32(height if recording.units == "heights" else 1)
        self.points: Floats = np.where(missing[:, :, None], np.float32(0), numbers[:, :, :3] * scale)
        self.visibility: Floats = np.where(missing, np.float32(0), numbers[:, :, 3])

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def ids(self) -> list[int]:
        """The ids of the people in order."""
        return sorted(set(self.people.tolist()))


def tracked(recording: Recording, clip: Clip, path: str | os.PathLike[str]) -> tuple[Tracked, int, int]:
    """Return the people of a recording, and width and height of the pictures.

    FileFormatError when the size is not known; ValueError when the clip has fewer frames than the recording.
    """
    if clip.size is None:
        raise FileFormatError(
            f"cannot write {path}: the size of the pictures is not known, and the format counts pixels"
        )
    found = Tracked(recording, clip.size[1])
    if len(found) and not 0 <= found.frames.min() <= found.frames.max() < len(clip.times):
        raise ValueError(f"{clip.name} has {len(clip.times)} frames, the recording goes to {found.frames.max()}")
    return found, *clip.size
