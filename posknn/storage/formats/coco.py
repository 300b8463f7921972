"""Write poses as COCO keypoints: all 33, or the 17 that COCO itself has.

Format: https://cocodataset.org/#format-data and #format-results.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from posknn import skeleton
from posknn.files import write_parts
from posknn.storage.clip import Clip
from posknn.storage.formats.tracked import VISIBLE, Tracked, tracked
from posknn.values import Recording

__all__ = ["write", "write_17"]

_SIDES: Final = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_COCO: Final = ("nose", *(f"{side}_{part}" for part in _SIDES for side in ("left", "right")))
_COCO_BONES: Final = (
    *((16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9), (8, 10), (9, 11)),
    *((2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7)),
)


def write(recording: Recording, path: str | os.PathLike[str], clip: Clip) -> None:
    """Write an image for each frame of the clip and an annotation for each person in it, the label as attribute `pose`.

    Coordinates are pixels to the hundredth; visibility is 2 seen, 1 guessed, 0 missing. Depth has no place in the
    format. The images are named NAME_000012.jpg, by frame from 0; `time` says when. OutputError when it cannot be
    written.
    """
    bones = [[a + 1, b + 1] for a, b in skeleton.BONES]
    _write(recording, path, clip, skeleton.KEYPOINTS, bones)


def write_17(recording: Recording, path: str | os.PathLike[str], clip: Clip) -> None:
    """Write the 17 keypoints of COCO's own `person`; otherwise as `write`."""
    _write(recording, path, clip, _COCO, [list(bone) for bone in _COCO_BONES])


def _write(
    recording: Recording, path: str | os.PathLike[str], clip: Clip, names: Sequence[str], bones: list[list[int]]
) -> None:
    found, width, height = tracked(recording, clip, path)
    places = [skeleton.index(name) for name in names]
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(names), "skeleton": bones}
    stem = Path(clip.name).stem

    def text() -> Iterator[str]:
        yield f'{{"info": {_json({"description": clip.name, "version": clip.made_by})},\n"licenses": [],\n'
        yield f'"categories": [{_json(category)}],\n"images": [\n'
        yield from _lines(
            _image(stem, number, time, (width, height)) for number, time in enumerate(clip.times.tolist())
        )
        yield '],\n"annotations": [\n'
        yield from _lines(_annotation(found, row, places, (width, height)) for row in range(len(found)))
        yield "]}\n"

    write_parts(path, text())


def _image(stem: str, number: int, time: float, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": number + 1,
        "file_name": f"{stem}_{number:06d}.jpg",
        "width": size[0],
        "height": size[1],
        "frame": number,
        "time": round(time, 6),
    }


def _annotation(found: Tracked, row: int, places: list[int], size: tuple[int, int]) -> dict[str, Any]:
    points = found.points[row, places, :2].astype(np.float64)
    visibility = found.visibility[row, places]
    flags = np.where(visibility >= VISIBLE, 2, np.where(visibility > 0, 1, 0))
    inside = np.clip(points[flags > 0], 0, size) if (flags > 0).any() else np.zeros((1, 2))
    left, top = inside.min(axis=0)
    wide, tall = inside.max(axis=0) - (left, top)
    numbers = [number for (x, y), flag in zip(points, flags, strict=True) for number in (_two(x), _two(y), int(flag))]
    label = found.labels[row]
    return {
        "id": row + 1,
        "image_id": int(found.frames[row]) + 1,
        "category_id": 1,
        "track_id": int(found.people[row]),
        "keypoints": numbers,
        "num_keypoints": int((flags > 0).sum()),
        "bbox": [_two(left), _two(top), _two(wide), _two(tall)],
        "area": _two(wide * tall),
        "iscrowd": 0,
        "score": round(float(visibility.mean()), 4),
        "attributes": {"pose": "" if label is None else str(label)},
    }


def _two(number: float) -> float:
    return round(float(number), 2) + 0.0  # no -0.0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    for number, value in enumerate(values):
        yield f"{',' if number else ''}{_json(value)}\n"
