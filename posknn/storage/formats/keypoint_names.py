"""Tell from the name of a column which number of which keypoint stands in it, in the many spellings there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from posknn import skeleton

__all__ = ["PARTS", "number_columns", "role_of"]

PARTS: Final = ("x", "y", "z", "visibility")
"""What is told of a keypoint, in the order of a pose's numbers."""

_K: Final = len(skeleton.KEYPOINTS)
_PART: Final[Mapping[str, int]] = {
    "x": 0,
    "y": 1,
    "z": 2,
    **dict.fromkeys(("v", "vis", "visibility", "visible", "score", "conf", "confidence"), 3),
}
_FILLERS: Final = frozenset(
    [
        "landmark",
        "landmarks",
        "lm",
        "keypoint",
        "keypoints",
        "kp",
        "kpt",
        "joint",
        "point",
        "pt",
        "p",
        "pose",
        "body",
        "finger",
    ]
)
_ALIASES: Final[Mapping[str, str]] = {
    "left_mouth": "mouth_left",
    "right_mouth": "mouth_right",
    "mouth_l": "mouth_left",
    "mouth_r": "mouth_right",
    "left_foot": "left_foot_index",
    "right_foot": "right_foot_index",
}
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BODY_AND_FACE: Final = _K + 21
"""From here on the keypoints after the 33 are those of a face or of hands, which come after the body's."""

_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    # Where several columns could be meant, the first in this order is.
    "label": (
        *("label", "class", "class_name", "classname", "label_name", "target", "category", "pose", "pose_name"),
        *("posture", "exercise", "activity", "action", "gesture", "asana", "y", "state", "stage", "name"),
        *("class_no", "class_id", "label_id"),
    ),
    "picture": (
        *("image", "image_name", "image_id", "img", "file", "filename", "file_name", "image_path", "path", "picture"),
        *("photo", "frame_name"),
    ),
    "frame": ("frame", "frame_no", "frame_number", "frame_num", "frame_id", "frame_index", "frame_idx"),
    "time": ("time", "time_s", "time_sec", "seconds", "timestamp", "timestamp_s", "t", "time_ms", "timestamp_ms"),
    "person": ("person", "person_id", "track_id"),
    "group": ("recording", "video", "video_id", "video_name", "clip", "source_video", "session", "subject"),
    "width": ("width", "image_width", "img_width", "frame_width", "video_width", "w"),
    "height": ("height", "image_height", "img_height", "frame_height", "video_height", "h"),
    "detected": ("detected", "found", "has_pose"),
    "units": ("units",),
}


class Numbers(NamedTuple):
    """columns: where the numbers stand. places: where each belongs in a flat pose of 132. left_out: face and hands."""

    columns: tuple[int, ...]
    places: tuple[int, ...]
    left_out: tuple[int, ...] = ()


def role_of(name: str) -> tuple[str, int] | None:
    """Return what a column beside the keypoints is, and how sure its name makes us (0 is surest); None: unknown."""
    spelling = "_".join(_WORD.findall(name)).lower()
    for role, names in _ROLES.items():
        if spelling in names:
            return role, names.index(spelling)
    return None


def number_columns(header: Sequence[str]) -> Numbers | None:
    """Return where the numbers of the keypoints are, None when the header names none or next to none.

    Known are MediaPipe's names ("LEFT_HIP_x", "leftHipX", "x_left_hip") and numbers from 0 or 1 ("x1", "visibility1",
    "landmark_00_x"). World landmarks are used when there are no others. Named keypoints may be fewer than 33.
    ValueError, which does not know the file, for columns that cannot make a pose.
    """
    for world in (False, True):
        found = {column: number for column, name in enumerate(header) if (number := _number(name, world=world))}
        if len(found) >= 2 * 4:
            return _numbered(found) if any(isinstance(point, int) for point, _ in found.values()) else _named(found)
    return None


def _number(name: str, *, world: bool) -> tuple[str | int, int] | None:
    words = [word.lower() for word in _WORD.findall(name)]
    parts = [word for word in words if word in _PART]
    if len(parts) != 1:
        return None
    words.remove(parts[0])
    rest = [word for word in words if word not in _FILLERS and not (world and word in ("world", "w"))]
    sides = {"l": "left", "r": "right"}
    named = "_".join(sides.get(word, word) for word in rest if not word.isdigit())
    named = _ALIASES.get(named, named)
    if named in skeleton.KEYPOINTS:
        return named, _PART[parts[0]]
    if named or len(rest) != 1 or len(rest[0]) > 4:
        return None
    return int(rest[0]), _PART[parts[0]]


def _named(found: Mapping[int, tuple[str | int, int]]) -> Numbers:
    return _placed({column: (skeleton.index(str(point)), part) for column, (point, part) in found.items()})


def _numbered(found: Mapping[int, tuple[str | int, int]]) -> Numbers:
    numbers = {point for point, _ in found.values() if isinstance(point, int)}
    first, count = min(numbers), max(numbers) - min(numbers) + 1
    if first > 1 and max(numbers) < _K:
        first = 0  # some of MediaPipe's 33, which it counts from 0
    elif first > 1 or len(numbers) < count or not (count == _K or count >= _BODY_AND_FACE):
        raise ValueError(
            f"keypoints numbered {first} to {max(numbers)}, but posknn knows poses of MediaPipe's {_K} keypoints"
        )
    body = {
        column: (point - first, part)
        for column, (point, part) in found.items()
        if isinstance(point, int) and point - first < _K
    }
    return _placed(body)._replace(left_out=tuple(column for column in found if column not in body))


def _placed(found: Mapping[int, tuple[int, int]]) -> Numbers:
    places: dict[int, int] = {}
    for column, (point, part) in found.items():
        if places.setdefault(4 * point + part, column) != column:
            raise ValueError(f"{skeleton.KEYPOINTS[point]}_{PARTS[part]} stands in two columns")
    for point in sorted({place // 4 for place in places}):
        for part in (0, 1):
            if 4 * point + part not in places:
                raise ValueError(f"there is no column for {PARTS[part]} of {skeleton.KEYPOINTS[point]}")
    ordered = sorted(places)
    return Numbers(tuple(places[place] for place in ordered), tuple(ordered))
