"""The tracker's model file: found, verified, and plain words when it is not there."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import posknn
from posknn.errors import ModelFileError
from posknn.tracking.model_files import FULL_SHA256, model_file, sha256

PACKAGE = Path(next(iter(posknn.__path__)))


def test_the_packaged_model_is_the_one_it_should_be() -> None:
    path = model_file()
    assert path == model_file("full")
    assert path.is_relative_to(PACKAGE)
    assert sha256(path) == FULL_SHA256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (path.parent / "NOTICE").is_file()


def test_a_path_is_given_back(tmp_path: Path) -> None:
    bundle = tmp_path / "mine.task"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("pose_detector.tflite", "weights")
    assert model_file(bundle) == bundle
    assert model_file(str(bundle)) == bundle


@pytest.mark.parametrize("name", ["lite", "heavy"])
def test_the_other_models_say_where_they_come_from(name: str) -> None:
    with pytest.raises(ModelFileError, match=f"pose_landmarker_{name}.task from https://"):
        model_file(name)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"there is no model file .*nothing\.task"):
        model_file(tmp_path / "nothing.task")
    with pytest.raises(ModelFileError, match="there is no model file"):
        model_file(tmp_path)
    with pytest.raises(ModelFileError, match="there is no model file fulll"):
        model_file("fulll")


def test_a_bundle_of_googles_is_taken(tmp_path: Path) -> None:
    copy = tmp_path / "copy.task"  # its zip begins after two bytes of padding
    shutil.copyfile(model_file(), copy)
    assert model_file(copy) == copy


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06", b"<html>not found</html>", bytes(100)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    bundle = tmp_path / "mine.task"
    bundle.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"mine\.task is no MediaPipe model bundle"):
        model_file(bundle)


def _flip_a_byte(model: Path) -> None:
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)


def _cut(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [_flip_a_byte, _cut, Path.unlink])
def test_damage_to_the_packaged_model_is_noticed(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    shutil.copytree(PACKAGE, tmp_path / "posknn", ignore=shutil.ignore_patterns("__pycache__", "clips"))
    model = tmp_path / model_file().relative_to(PACKAGE.parent)
    damage(model)
    code = "from posknn import PoseTracker; PoseTracker()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("posknn.errors.ModelFileError: the packaged model file")
    assert str(model) in last
    assert "install posknn again" in last
