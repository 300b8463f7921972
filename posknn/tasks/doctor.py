"""Looks at what is here and what is missing, in words."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Literal

from posknn.errors import OutputError, PosknnError

__all__ = ["Finding", "doctor"]

Verdict = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. verdict: "bad" when the main job cannot run, "note" when something is worth knowing."""

    subject: str
    verdict: Verdict
    text: str


def doctor(folder: str | Path = ".", *, mend: bool = False) -> list[Finding]:
    """Look at Python, MediaPipe, OpenCV, the model file, video, display, and recordings cut off in `folder`.

    mend: recover those recordings; without it they are only reported. Nothing else is changed.
    """
    looks = (_python, _libraries, _opencv, _mediapipe, _model, _tracker, _video, _display)
    findings = [_safely(look) for look in looks]
    return [*findings, *_left_over(Path(folder), mend)]


def _safely(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # whatever is broken here is what the doctor is asked about
        return Finding(look.__name__.strip("_"), "bad", " ".join(str(error).split()) or type(error).__name__)


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding(
        "python", "ok" if good else "bad", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    )


def _libraries() -> Finding:
    if sys.platform != "linux":
        return Finding("libraries", "ok", "nothing to install on this system")
    import ctypes

    needed = {
        "libGL.so.1": "libgl1",
        "libgthread-2.0.so.0": "libglib2.0-0",
        "libEGL.so.1": "libegl1",
        "libGLESv2.so.2": "libgles2",
        "libSM.so.6": "libsm6",
    }
    missing = []
    for library, package in needed.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    if missing:
        return Finding(
            "libraries", "bad", f"missing: run `apt-get install -y --no-install-recommends {' '.join(missing)}`"
        )
    return Finding("libraries", "ok", f"{', '.join(needed)} are there")


def _opencv() -> Finding:
    found = sorted({name for dist in distributions() if (name := dist.metadata["Name"] or "").startswith("opencv-")})
    if len(found) > 1:
        return Finding(
            "opencv",
            "bad",
            f"{' and '.join(found)} overwrite each other's files: "
            f"run `pip uninstall -y {' '.join(found)}` and then `pip install opencv-contrib-python`",
        )
    import cv2

    return Finding("opencv", "ok", f"{cv2.__version__} ({', '.join(found)})")


def _mediapipe() -> Finding:
    from posknn.tracking.tracker import contacts_its_maker

    installed = version("mediapipe")
    if contacts_its_maker():
        return Finding(
            "mediapipe",
            "note",
            f"{installed} contacts its maker's servers; posknn blocks that. Versions that do not: "
            '`pip install "mediapipe>=0.10.30,<0.10.34"`',
        )
    return Finding("mediapipe", "ok", f"{installed}, opens no network connection")


def _model() -> Finding:
    from posknn.tracking.model_files import model_file

    return Finding("model", "ok", f"{model_file().name}, as it was shipped")


def _tracker() -> Finding:
    import numpy as np

    from posknn.tracking.tracker import PoseTracker
    from posknn.values import Frame

    with PoseTracker() as tracker:
        tracker(Frame(np.zeros((240, 320, 3), np.uint8), 0.0, 0))
    return Finding("tracker", "ok", "starts and looks at a picture")


def _video() -> Finding:
    import av

    if "libx264" not in av.codecs_available:
        return Finding("video", "note", f"PyAV {av.__version__} has no libx264: no annotated videos can be written")
    return Finding("video", "ok", f"PyAV {av.__version__} reads and writes H.264")


def _display() -> Finding:
    from posknn.output.window import require_display

    try:
        require_display()
    except OutputError as error:
        return Finding("display", "note", f"{error}; labelling videos needs none")
    return Finding("display", "ok", "there is one")


def _left_over(folder: Path, mend: bool) -> list[Finding]:
    from posknn.storage.recordings import find_parts, recover

    if not folder.is_dir():
        return [Finding("recordings", "bad", f"there is no folder {folder}: nothing could be looked for")]
    findings = []
    for part in find_parts(folder):
        if not mend:
            text = (
                f"{part} was cut off, or is being recorded: `posknn doctor --mend` makes a recording of what is in it"
            )
            findings.append(Finding("recording", "note", text))
            continue
        try:
            path = recover(part)
            text = f"{part} had nothing in it and is gone" if path is None else f"{part} is now {path}"
            findings.append(Finding("recording", "ok", text))
        except PosknnError as error:
            findings.append(Finding("recording", "note", str(error)))
    return findings or [Finding("recordings", "ok", f"none was cut off in {folder.resolve()}")]
