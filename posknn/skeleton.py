"""The 33 keypoints of a pose: their names, the bones between them and which ones mirror each other."""

from __future__ import annotations

from typing import Final

__all__ = ["BONES", "KEYPOINTS", "LEFT", "MIRROR", "RIGHT", "index"]

KEYPOINTS: Final[tuple[str, ...]] = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""MediaPipe's order; left and right are the person's own."""

_INDEX: Final = {name: i for i, name in enumerate(KEYPOINTS)}


def index(name: str) -> int:
    """Return the place of a keypoint in a pose; ValueError for a name that does not exist."""
    try:
        return _INDEX[name]
    except KeyError:
        raise ValueError(f"no keypoint is called {name!r}; see posknn.skeleton.KEYPOINTS") from None


def _other_side(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


MIRROR: Final[tuple[int, ...]] = tuple(_INDEX[_other_side(name)] for name in KEYPOINTS)
"""For each keypoint the one that a mirror shows in its place."""

LEFT: Final[frozenset[int]] = frozenset(i for i, name in enumerate(KEYPOINTS) if "left" in name)
RIGHT: Final[frozenset[int]] = frozenset(i for i, name in enumerate(KEYPOINTS) if "right" in name)

_BONE_NAMES: Final = (
    ("left_ear", "left_eye"),
    ("left_eye", "nose"),
    ("nose", "right_eye"),
    ("right_eye", "right_ear"),
    ("mouth_left", "mouth_right"),
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("left_wrist", "left_index"),
    ("left_wrist", "left_thumb"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("right_wrist", "right_index"),
    ("right_wrist", "right_thumb"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("left_ankle", "left_heel"),
    ("left_heel", "left_foot_index"),
    ("left_ankle", "left_foot_index"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("right_ankle", "right_heel"),
    ("right_heel", "right_foot_index"),
    ("right_ankle", "right_foot_index"),
)

BONES: Final[tuple[tuple[int, int], ...]] = tuple((_INDEX[a], _INDEX[b]) for a, b in _BONE_NAMES)
"""Pairs of keypoints to draw a line between."""
