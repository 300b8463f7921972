"""Writes what the Video view shows of a video in the formats that `posknn label` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from posknn.errors import OutputError
from posknn.jobs.clips import clip_of
from posknn.jobs.poses import Tracked
from posknn.jobs.replay import replayed
from posknn.jobs.writers import FRAMES, POSES, SEGMENTS, check_formats
from posknn.parts import Named
from posknn.storage.poses import write_poses
from posknn.storage.segments import write_segments
from posknn.studio.marks import Mark
from posknn.studio.timeline import Stretch
from posknn.values import Label, Person, Prediction, Result, Segment

__all__ = ["KINDS", "check_kind", "export"]

MARKS: Final = ".marks.csv"

_WORDS: Final[Mapping[str, str]] = {
    "csv": "table",
    "vtt": "subtitles, WebVTT",
    "srt": "subtitles, SubRip",
    "eaf": "ELAN",
    "textgrid": "Praat",
    "boris": "BORIS",
    "label-studio": "Label Studio",
    "parquet": "Parquet",
    "jsonl": "JSON lines",
    "cvat": "CVAT",
    "coco": "COCO, 33 keypoints",
    "coco17": "COCO, 17 keypoints",
    "dlc": "DeepLabCut",
    "pose": "pose-format",
    "rrd": "Rerun",
}

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    MARKS: ("Segments", "only what was set right, for posknn record --marks"),
    **{ending: ("Segments", _WORDS.get(name, name)) for name, ending in SEGMENTS.items()},
    **{ending: ("Every frame", _WORDS.get(name, name)) for name, (ending, _) in FRAMES.items()},
    **{ending: ("Poses with labels", _WORDS.get(name, name)) for name, (ending, _) in POSES.items()},
}
"""What can be written, by the ending of its file: a group and a description for people."""


def export(
    path: Path, kind: str, track: Path, classifier: Named, stretches: Sequence[Stretch], marks: Sequence[Mark]
) -> None:
    """Write one kind of file, whose name ends in it.

    stretches: of all people, as `timeline.laid` makes them of the marks. MissingPackageError when it needs a package,
    FileFormatError when the track cannot be read or lacks what the format needs.
    """
    frames = next((make for ending, make in FRAMES.values() if ending == kind), None)
    poses = next((name for name, (ending, _) in POSES.items() if ending == kind), None)
    if poses is not None:
        check_formats([poses])
        tracked = Tracked()
        for result in _corrected(track, classifier, marks):
            tracked(result)
        write_poses(tracked.recording(), path, clip_of(str(track)), format=poses)
    elif frames is not None:
        labels = dict.fromkeys([*classifier.labels, *(one.label for one in stretches if one.label is not None)])
        sink: Any = frames(path, list(labels))
        with closing(sink):
            for result in _corrected(track, classifier, marks):
                sink(result)
    else:
        set_right = [Stretch(mark.start, mark.end, mark.label, mark.person) for mark in marks]
        segments = [
            Segment(one.start, one.end, one.label, one.person, one.confidence)
            for one in (set_right if kind == MARKS else stretches)
            if one.label is not None
        ]
        if kind == MARKS and not segments:
            raise OutputError("nothing is set right in this video yet: there are no marks to write")
        write_segments(sorted(segments, key=lambda one: (one.start, one.person or 0)), path, clip_of(str(track)))


def check_kind(kind: str) -> str:
    """Return the kind of a file that can be written; OutputError for another."""
    if kind not in KINDS:
        raise OutputError(f"there is no export called {kind}; there are {', '.join(KINDS)}")
    return kind


def _corrected(track: Path, classifier: Named, marks: Sequence[Mark]) -> Iterator[Result]:
    """Yield the results of a track with the labels of marks in the place of what was read."""
    for result in replayed(track, classifier):
        time = result.frame.time + 1e-6
        now = {mark.person: mark for mark in marks if mark.start <= time < mark.end}
        people = tuple(
            Person(one.id, one.pose, _said(now[one.id].label, one.prediction) if one.id in now else one.prediction)
            for one in result.people
        )
        yield Result(result.frame, people)


def _said(label: Label | None, read: Prediction | None) -> Prediction:
    shares = dict.fromkeys(read.confidences_by_label if read else (), 0.0)
    return Prediction(label, shares if label is None else {**shares, label: 1.0})
