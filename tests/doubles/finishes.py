"""What jobs of a batch come to in tests: in a folder of its own, so that other processes can import it by its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any


def told(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Write the size of the track, and whose process did it into a second file's report."""
    place.with_name(f"{place.name}.txt").write_text(f"{track.stat().st_size} {model and model.read_text()}\n")
    return {"source": Path(source).name, "pid": os.getpid()}


def deadly(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """End the process as the system does when the memory is full."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def endless(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Hang."""
    time.sleep(600)
    return {}


def hungry(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Ask for more memory than there is."""
    raise MemoryError


def faulty(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Have a fault of our own."""
    place.with_name(f"{place.name}.txt").write_text("half")
    raise KeyError("nose")


def deadly_once(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Die at the first try: the source is a copy of a track, beside which a mark is left."""
    mark = Path(source).with_suffix(".died")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return told(track, source, place, model)


def slow(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Take half a second."""
    time.sleep(0.5)
    return told(track, source, place, model)
