"""Looks before the work whether its files can be written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from posknn.errors import OutputError

__all__ = ["check_places", "writable_folder"]


def writable_folder(folder: Path) -> Path:
    """Make the folder if need be; OutputError now rather than after an hour's work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        reason = "it is a file" if folder.is_file() else error.strerror
        raise OutputError(f"cannot write into {folder}: {reason}; choose another folder with -o") from error


def check_places(folder: Path, stems: Iterable[str], endings: Sequence[str]) -> None:
    """Raise OutputError now, rather than after the work, when a folder stands where a file should go."""
    for stem in stems:
        for ending in endings:
            place = folder / f"{stem}{ending}"
            if place.is_dir():
                raise OutputError(f"cannot write {place}: it is a folder; move it or choose another folder with -o")
