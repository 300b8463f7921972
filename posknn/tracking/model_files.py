"""Finds and verifies the model file of the pose tracker."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Final

from posknn.errors import ModelFileError

__all__ = ["FULL_SHA256", "model_file", "sha256"]

FULL_SHA256: Final = "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad"
_FULL: Final = Path(__file__).parent / "models" / "pose_landmarker_full.task"
_ELSEWHERE: Final = "https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker#models"


def model_file(model: str | Path = "full") -> Path:
    """Return the path of a model file.

    model: "full" is the one that comes with posknn, checked against its sha256; anything else is the path of a
    MediaPipe pose landmarker bundle (.task). ModelFileError when it is missing or damaged.
    """
    if model == "full":
        if not _FULL.is_file() or sha256(_FULL) != FULL_SHA256:
            raise ModelFileError(f"the packaged model file {_FULL} is missing or damaged: install posknn again")
        return _FULL
    if model in ("lite", "heavy"):
        raise ModelFileError(
            f'the "{model}" model does not come with posknn: download pose_landmarker_{model}.task from {_ELSEWHERE} '
            "and give its path"
        )
    path = Path(model)
    if not path.is_file():
        raise ModelFileError(f'there is no model file {path}: give the path of a .task bundle, or "full"')
    if not zipfile.is_zipfile(path):
        raise ModelFileError(f"{path} is no MediaPipe model bundle (.task): it is not a zip file")
    return path


def sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
