"""Read and write segments as Label Studio tasks: timeline labels of a video, in its frames, counted from 1.

Format: https://labelstud.io/guide/video_timeline_segmentation, https://labelstud.io/guide/predictions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from posknn.errors import FileFormatError, OutputError
from posknn.files import write_text
from posknn.storage.clip import Clip
from posknn.storage.formats.tiers import person_of, tier_name, written
from posknn.storage.reading import parse_json, read_bytes
from posknn.values import Segment

__all__ = ["read", "write"]

_TYPE: Final = "timelinelabels"


def read(path: str | os.PathLike[str], clip: Callable[[], Clip] | None = None) -> list[Segment]:
    """Return a segment per range and label in order of time: of the annotations, of the predictions without those.

    clip: the video, for its frame times and to find it among several tasks. A note "Person 3" makes it person 3.
    FileFormatError names the place in the file, and says when the video is needed.
    """
    tasks = parse_json(read_bytes(path), path)
    tasks = tasks if isinstance(tasks, list) else [tasks]
    for number, task in enumerate(tasks):
        if not isinstance(task, dict) or not any(key in task for key in ("annotations", "predictions", "result")):
            raise FileFormatError(
                f"{path}, task {number}: expected a Label Studio task with annotations or predictions"
            )
    segments: list[Segment] = []
    if tasks:
        task, place = _meant(tasks, path, clip)
        regions = list(_regions(task, place))
        if regions and clip is None:
            raise FileFormatError(f"{path} counts frames: their times are only known with the video")
        for where, region in regions:
            segments.extend(_segments(region, where, clip))
    return sorted(segments, key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str], clip: Clip | None = None) -> None:
    """Write one task with one prediction, a region per segment, exact to the frame.

    Label Studio counts at a constant rate, which stands in the task as `fps`: `<Video frameRate="$fps" .../>`.
    Neighbors have no place in the format, and a label that is a number becomes text. OutputError when the clip is not
    known, a label is no text or the file cannot be written.
    """
    if clip is None or not len(clip.times):
        raise OutputError(f"cannot write {path}: Label Studio counts frames, so the video must be known")
    regions = []
    for number, segment in enumerate(sorted(segments, key=lambda segment: segment.start)):
        first, last = clip.frames(segment.start, segment.end)
        region: dict[str, Any] = {
            "id": f"posknn{number}",
            "from_name": "pose",
            "to_name": "video",
            "type": _TYPE,
            "value": {
                "ranges": [{"start": first + 1, "end": last + 1}],
                _TYPE: [written(segment.label, path)],
            },
        }
        if segment.confidence is not None:
            region["score"] = round(segment.confidence, 6)
        if segment.person is not None:
            region["meta"] = {"text": [tier_name(segment.person)]}
        regions.append(region)
    scores = [region["score"] for region in regions if "score" in region]
    prediction: dict[str, Any] = {"model_version": clip.made_by, "result": regions}
    if scores:
        prediction["score"] = round(sum(scores) / len(scores), 6)
    task = {"data": {"video": clip.name, "fps": round(clip.rate, 6)}, "predictions": [prediction]}
    write_text(path, json.dumps([task], ensure_ascii=False, indent=1) + "\n")


def _meant(
    tasks: list[Any], path: str | os.PathLike[str], clip: Callable[[], Clip] | None
) -> tuple[Mapping[str, Any], str]:
    """Return the task that is meant, and where it stands."""
    if len(tasks) == 1:
        return tasks[0], f"{path}, task 0"
    names = [_video(task) for task in tasks]
    if clip is not None:
        name = clip().name
        # Label Studio puts a few letters before the names of files that are uploaded.
        found = [place for place, one in enumerate(names) if one == name or one.endswith(f"-{name}")]
        if len(found) == 1:
            return tasks[found[0]], f"{path}, task {found[0]}"
    raise FileFormatError(f"{path} holds {len(tasks)} tasks, and not one of them is of the video asked for")


def _video(task: Mapping[str, Any]) -> str:
    said = task.get("data")
    texts = [one for one in said.values() if isinstance(one, str)] if isinstance(said, dict) else []
    texts.append(str(task.get("file_upload", "")))
    named = next((text for text in texts if "." in text), "")
    return named.replace("\\", "/").rpartition("/")[2]


def _regions(task: Mapping[str, Any], place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    results = [(place, task.get("result"))] if "result" in task else []
    for kind in ("annotations", "predictions"):
        ones = task.get(kind) or []
        if not isinstance(ones, list) or not all(isinstance(one, dict) for one in ones):
            raise FileFormatError(f"{place}: expected a list of {kind}")
        done = [(f"{place}, {kind}", one.get("result")) for one in ones if not one.get("was_cancelled")]
        results = results or done[:1]  # those of a second person would say everything twice
    for where, result in results:
        if not isinstance(result, list) or not all(isinstance(region, dict) for region in result):
            raise FileFormatError(f"{where}: expected a list of regions in result")
        for number, region in enumerate(result):
            if region.get("type") == _TYPE:
                yield f"{where}, region {number}", region


def _segments(region: Mapping[str, Any], place: str, clip: Callable[[], Clip] | None) -> Iterator[Segment]:
    assert clip is not None
    value = region.get("value")
    ranges = value.get("ranges") if isinstance(value, dict) else None
    labels = value.get(_TYPE) if isinstance(value, dict) else None
    if not isinstance(ranges, list) or not isinstance(labels, list):
        raise FileFormatError(f"{place}: expected ranges and {_TYPE}")
    score, meta = region.get("score"), region.get("meta")
    notes = meta.get("text") if isinstance(meta, dict) else None
    person = person_of(str(notes[0])) if isinstance(notes, list) and notes else None
    confidence = float(score) if isinstance(score, int | float) else None
    for one in ranges:
        first, last = (one.get("start"), one.get("end")) if isinstance(one, dict) else (None, None)
        if not (type(first) is int and type(last) is int):
            raise FileFormatError(f"{place}: expected whole frames, not {first!r} to {last!r}")
        try:
            start, end = clip().span(first - 1, last - 1)
        except ValueError as error:
            raise FileFormatError(f"{place}: there are no frames {first} to {last}: {error}") from None
        for label in labels:
            if not isinstance(label, str) or not label.strip():
                raise FileFormatError(f"{place}: expected a label, not {label!r}")
            yield Segment(start, end, label, person=person, confidence=confidence)
