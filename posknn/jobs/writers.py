"""The files that are written of a labelled video, by the name of their format: a new format is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from posknn.errors import MissingPackageError
from posknn.output.table import TableWriter
from posknn.storage.poses import POSE_FORMATS
from posknn.values import Label, Sink

__all__ = ["ENDINGS", "FORMATS", "FRAMES", "POSES", "SEGMENTS", "USUAL", "VIDEO", "check_formats"]


def _table(path: Path, labels: Sequence[Label]) -> Sink:
    return TableWriter(path, labels=labels)


FRAMES: Final[Mapping[str, tuple[str, Callable[[Path, Sequence[Label]], Sink]]]] = {
    "csv": (".csv", _table),
    "parquet": (".frames.parquet", _table),
    "jsonl": (".frames.jsonl", _table),
}
"""Formats that take every frame: their ending, and what makes a sink of a path and the labels there are."""

SEGMENTS: Final[Mapping[str, str]] = {
    "csv": ".segments.csv",
    "vtt": ".vtt",
    "srt": ".srt",
    "eaf": ".eaf",
    "textgrid": ".TextGrid",
    "boris": ".boris.tsv",
    "label-studio": ".label-studio.json",
}
"""Formats that take the segments: their ending, which tells `write_segments` what to write."""

POSES: Final = POSE_FORMATS
"""Formats that take the poses with their labels: their ending, and what writes them."""

VIDEO: Final = (".labelled.mp4", ".labelled.mkv", ".labelled.mov")
"""The endings of an annotated copy: the first, or another where the sound does not fit into that."""

FORMATS: Final = tuple(dict.fromkeys((*FRAMES, *SEGMENTS, *POSES)))
"""The names that can be asked for."""
USUAL: Final = ("csv", "vtt")
"""Those that are written when none is asked for."""

ENDINGS: Final = (
    *(ending for ending, _ in (*FRAMES.values(), *POSES.values())),
    *SEGMENTS.values(),
    *VIDEO,
)
"""What follows the name of a video in the names of its files."""


def check_formats(formats: Sequence[str]) -> None:
    """Say before any work what is missing for a format: MissingPackageError."""
    if "rrd" in formats and find_spec("rerun") is None:
        raise MissingPackageError("a .rrd file needs rerun: pip install 'posknn[rerun]' (700 MB)")
