"""Reads and writes segments in all formats that hold them; which one is told by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from posknn.errors import FileFormatError, OutputError
from posknn.storage.clip import Clip
from posknn.storage.formats import boris, elan, label_studio, segments_csv, srt, textgrid, webvtt
from posknn.values import Segment

__all__ = ["SEGMENT_ENDINGS", "read_segments", "write_segments"]

Read = Callable[[str | Path, Callable[[], Clip] | None], list[Segment]]
Write = Callable[[Sequence[Segment], str | Path, Clip | None], None]


def _read_csv(path: str | Path, clip: Callable[[], Clip] | None) -> list[Segment]:
    return boris.read(path, clip) if boris.is_boris(path) else segments_csv.read(path)


_FORMATS: Final[Mapping[str, tuple[Read, Write]]] = {
    ".csv": (_read_csv, lambda segments, path, _: segments_csv.write(segments, path)),
    ".vtt": (lambda path, _: webvtt.read(path), lambda segments, path, _: webvtt.write(segments, path)),
    ".srt": (lambda path, _: srt.read(path), lambda segments, path, _: srt.write(segments, path)),
    ".eaf": (lambda path, _: elan.read(path), elan.write),
    ".textgrid": (lambda path, _: textgrid.read(path), textgrid.write),
    ".tsv": (boris.read, boris.write),
    ".json": (label_studio.read, label_studio.write),
}

SEGMENT_ENDINGS: Final = tuple(_FORMATS)
"""The endings of files of segments, in small letters."""


def read_segments(path: str | Path, clip: Callable[[], Clip] | None = None) -> list[Segment]:
    """Read segments, in order of time: .csv (BORIS's too), .vtt, .srt, .eaf, .TextGrid, .tsv (BORIS) or .json.

    clip: asked for the video where the file counts frames, as Label Studio's .json does, or holds several videos.
    FileFormatError says what is wrong and where.
    """
    found = _FORMATS.get(Path(path).suffix.lower())
    if found is None:
        raise FileFormatError(f"{path}: segments are {_endings()} files")
    return found[0](path, None if clip is None else cache(clip))


def write_segments(segments: Sequence[Segment], path: str | Path, clip: Clip | None = None) -> None:
    """Write segments, the format told by the ending as for `read_segments`; a .tsv is BORIS's aggregated events.

    clip: the video; Label Studio's .json needs it, ELAN, Praat and BORIS say what they can of it. OutputError when it
    cannot be written.
    """
    found = _FORMATS.get(Path(path).suffix.lower())
    if found is None:
        raise OutputError(f"cannot write {path}: segments are {_endings()} files")
    found[1](segments, path, clip)


def _endings() -> str:
    *others, last = SEGMENT_ENDINGS
    return f"{', '.join(others)} or {last}"
