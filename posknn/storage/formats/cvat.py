"""Write poses as CVAT annotations of a video: a track of skeletons for each person, the label as their attribute.

Format: CVAT for video 1.1, https://docs.cvat.ai/docs/manual/advanced/xml_format.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from posknn import skeleton
from posknn.files import write_parts
from posknn.storage.clip import Clip
from posknn.storage.formats.tiers import written
from posknn.storage.formats.tracked import VISIBLE, Tracked, tracked
from posknn.values import Recording

__all__ = ["write"]

_LABEL: Final = "person"
_ATTRIBUTE: Final = "pose"
# In per cent, of somebody who stands and faces you: how CVAT draws the skeleton in its menu; right and left by how far
# they are from the middle.
_PLACES: Final = {
    name: (aside, down)
    for name, aside, down in (
        *(("nose", 50, 10), ("eye_inner", 1, 8), ("eye", 2, 8), ("eye_outer", 3, 8), ("ear", 5, 9), ("mouth", 2, 12)),
        *(("shoulder", 12, 22), ("elbow", 18, 36), ("wrist", 20, 49), ("pinky", 22, 53), ("index", 20, 54)),
        *(
            ("thumb", 18, 52),
            ("hip", 8, 52),
            ("knee", 9, 72),
            ("ankle", 9, 91),
            ("heel", 8, 94),
            ("foot_index", 13, 96),
        ),
    )
}


def write(recording: Recording, path: str | os.PathLike[str], clip: Clip) -> None:
    """Write all frames as keyframes, x and y in pixels to the hundredth; a keypoint that is guessed is occluded.

    A task of CVAT that takes it has a skeleton label `person` with the 33 keypoints and a text attribute `pose`, as
    the file says in its meta. Depth and times have no place in the format: frames count from 0. OutputError when it
    cannot be written.
    """
    found, width, height = tracked(recording, clip, path)
    write_parts(path, _document(found, clip, (width, height), path))


def _document(found: Tracked, clip: Clip, size: tuple[int, int], path: str | os.PathLike[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
    yield _meta(clip, *size)
    for number, person in enumerate(found.ids):
        rows = np.flatnonzero(found.people == person).tolist()
        yield f'  <track id="{number}" label="{_LABEL}" source="auto" group_id="{person}">\n'
        yield from _skeletons(found, rows, len(clip.times), path)
        yield "  </track>\n"
    yield "</annotations>\n"


def _skeletons(found: Tracked, rows: list[int], count: int, path: str | os.PathLike[str]) -> Iterator[str]:
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        frame = int(found.frames[row])
        yield _skeleton(found, row, frame, path, gone=False)
        if frame + 1 < count and (following is None or found.frames[following] > frame + 1):
            yield _skeleton(found, row, frame + 1, path, gone=True)  # else CVAT goes on showing the last one


def _skeleton(found: Tracked, row: int, frame: int, path: str | os.PathLike[str], *, gone: bool) -> str:
    label = found.labels[row]
    text = "" if label is None else escape(written(label, path))
    outside = [int(gone or seen <= 0) for seen in found.visibility[row].tolist()]
    occluded = [int(0 < seen < VISIBLE) for seen in found.visibility[row].tolist()]
    points = "".join(
        f'      <points label="{name}" keyframe="1" outside="{out}" occluded="{guessed}" points="{x:.2f},{y:.2f}"/>\n'
        for name, (x, y, _), out, guessed in zip(
            skeleton.KEYPOINTS, found.points[row].tolist(), outside, occluded, strict=True
        )
    )
    return (
        f'    <skeleton frame="{frame}" keyframe="1" outside="{int(gone)}" occluded="0" z_order="0">\n{points}'
        f'      <attribute name="{_ATTRIBUTE}">{text}</attribute>\n    </skeleton>\n'
    )


def _meta(clip: Clip, width: int, height: int) -> str:
    sublabels = "".join(
        f"          <label><name>{name}</name><type>points</type><attributes/><parent>{_LABEL}</parent></label>\n"
        for name in skeleton.KEYPOINTS
    )
    return (
        f"  <meta>\n    <task>\n      <name>{escape(clip.name)}</name>\n      <size>{len(clip.times)}</size>\n"
        "      <mode>interpolation</mode>\n      <overlap>0</overlap>\n      <start_frame>0</start_frame>\n"
        f"      <stop_frame>{max(len(clip.times) - 1, 0)}</stop_frame>\n      <frame_filter/>\n      <labels>\n"
        f"          <label><name>{_LABEL}</name><type>skeleton</type><attributes><attribute><name>{_ATTRIBUTE}</name>"
        "<mutable>True</mutable><input_type>text</input_type><default_value/><values/></attribute></attributes>"
        f"<svg>{escape(_svg())}</svg></label>\n{sublabels}      </labels>\n"
        f"      <original_size><width>{width}</width><height>{height}</height></original_size>\n"
        f"      <source>{escape(clip.name)}</source>\n    </task>\n  </meta>\n"
    )


def _svg() -> str:
    """Return how CVAT draws the skeleton."""
    places = [_place(name) for name in skeleton.KEYPOINTS]
    edges = "".join(
        f'<line x1="{places[a][0]}" y1="{places[a][1]}" x2="{places[b][0]}" y2="{places[b][1]}" data-type="edge"'
        f' data-node-from="{a + 1}" data-node-to="{b + 1}"></line>'
        for a, b in skeleton.BONES
    )
    nodes = "".join(
        f'<circle r="0.75" cx="{x}" cy="{y}" data-type="element node" data-element-id="{number}"'
        f' data-node-id="{number}" data-label-name={quoteattr(name)}></circle>'
        for number, (name, (x, y)) in enumerate(zip(skeleton.KEYPOINTS, places, strict=True), 1)
    )
    return edges + nodes


def _place(name: str) -> tuple[int, int]:
    part = name.replace("left_", "").replace("right_", "").removesuffix("_left").removesuffix("_right")
    aside, down = _PLACES[part]
    if name == part:
        return aside, down
    return (50 + aside if "left" in name else 50 - aside), down  # a person who faces you has the left on the right
