"""Reads and writes segments, the kind of file told by its ending."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from posknn.errors import FileFormatError
from posknn.storage.formats import segments_csv, webvtt
from posknn.values import Segment

__all__ = ["read_segments", "write_segments"]


class _Format(Protocol):
    def read(self, path: str | Path, /) -> list[Segment]: ...
    def write(self, segments: Sequence[Segment], path: str | Path, /) -> None: ...


def read_segments(path: str | Path) -> list[Segment]:
    """Read segments from a CSV or WebVTT file; FileFormatError says what is wrong and where."""
    return _format(path).read(path)


def write_segments(segments: Sequence[Segment], path: str | Path) -> None:
    """Write segments to a CSV or WebVTT file. OutputError when it cannot be written."""
    _format(path).write(segments, path)


def _format(path: str | Path) -> _Format:
    formats: dict[str, _Format] = {".csv": segments_csv, ".vtt": webvtt}
    found = formats.get(Path(path).suffix.lower())
    if found is None:
        raise FileFormatError(f"{path}: segments are .csv or .vtt files")
    return found
