"""The files that are written of a labelled video, by the name of their format: a new format is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from posknn.output.table import TableWriter
from posknn.storage.segments import write_segments
from posknn.values import Label, Segment, Sink

__all__ = ["ENDINGS", "FORMATS", "FRAMES", "SEGMENTS", "VIDEO"]

FRAMES: Final[Mapping[str, tuple[str, Callable[[Path, Sequence[Label]], Sink]]]] = {
    "csv": (".csv", lambda path, labels: TableWriter(path, labels=labels)),
}
"""Formats that take every frame: their ending, and what makes a sink of a path and the labels there are."""

SEGMENTS: Final[Mapping[str, tuple[str, Callable[[Sequence[Segment], Path], object]]]] = {
    "csv": (".segments.csv", write_segments),
    "vtt": (".vtt", write_segments),
}
"""Formats that take the segments: their ending, and what writes them to a path."""

VIDEO: Final = ".labelled.mp4"

FORMATS: Final = tuple(dict.fromkeys((*FRAMES, *SEGMENTS)))
"""The names that can be asked for."""

ENDINGS: Final = (*(ending for ending, _ in (*FRAMES.values(), *SEGMENTS.values())), VIDEO)
"""What follows the name of a video in the names of its files."""
