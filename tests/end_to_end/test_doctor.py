"""The doctor: what it finds where all is well, and where something is broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import posknn
from posknn.storage.recordings import RecordingWriter, read_recording
from posknn.tasks.doctor import doctor
from posknn.testing import stick_figure
from posknn.tracking.model_files import model_file

PACKAGE = Path(next(iter(posknn.__path__)))
SUBJECTS = ["python", "libraries", "opencv", "mediapipe", "model", "tracker", "video", "display"]


def run_doctor(
    *arguments: str, cwd: Path, first: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the doctor in a process of its own. first: a folder whose packages are found before all others."""
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env["PYTHONPATH"] = os.pathsep.join(str(path) for path in (first, PACKAGE.parent) if path)
    command = [sys.executable, "-c", "from posknn.cli import main; main()", "doctor", *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**env, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    (line,) = done.stdout.splitlines()
    found: list[dict[str, Any]] = json.loads(line)
    return {one["subject"]: one for one in found}


def cut_off(folder: Path, name: str) -> Path:
    """Leave the journal of a recorder that was killed after three rows."""
    writer = RecordingWriter(folder / f"{name}.parquet", flush_every=0)
    for row in range(3):
        writer.append(stick_figure(arms=60 * row), time=row / 10, frame=row, label="up")
    part = folder / f"{name}.arrows.part"
    content = part.read_bytes()
    path = writer.finish()
    assert path is not None
    path.unlink()
    part.write_bytes(content)
    return part


def test_where_all_is_well(tmp_path: Path) -> None:
    done = run_doctor("--json", cwd=tmp_path)
    found = findings(done)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(found) == [*SUBJECTS, "recordings"]
    assert [subject for subject, one in found.items() if one["verdict"] == "bad"] == []
    assert found["display"]["verdict"] == "note" if sys.platform == "linux" else True
    assert str(tmp_path.resolve()) in found["recordings"]["text"]
    assert list(tmp_path.iterdir()) == []


def test_in_words(tmp_path: Path) -> None:
    done = run_doctor(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[1] for line in done.stdout.splitlines()] == [*SUBJECTS, "recordings"]


def test_recordings_that_were_cut_off_are_told_and_mended(tmp_path: Path) -> None:
    (tmp_path / "week").mkdir()
    parts = [cut_off(tmp_path, "a"), cut_off(tmp_path / "week", "b")]
    told = [one for one in doctor(tmp_path) if one.subject == "recording"]
    assert [one.verdict for one in told] == ["note", "note"]
    for part, one in zip(parts, told, strict=True):
        assert str(part) in one.text
        assert "--mend" in one.text
        assert part.exists()
    mended = [one for one in doctor(tmp_path, mend=True) if one.subject == "recording"]
    assert [one.verdict for one in mended] == ["ok", "ok"]
    for part in parts:
        assert not part.exists()
        assert read_recording(part.with_name(part.name.replace(".arrows.part", ".parquet"))).labels == ("up",) * 3
    assert [one.verdict for one in doctor(tmp_path) if one.subject == "recordings"] == ["ok"]


def test_what_is_still_being_recorded_is_left_alone(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "now.parquet", flush_every=0) as writer:
        writer.append(stick_figure(), time=0.0, frame=0, label="up")
        (one,) = (one for one in doctor(tmp_path, mend=True) if one.subject == "recording")
        assert one.verdict == "note"
        assert "still being recorded" in one.text
        writer.append(stick_figure(arms=90), time=0.1, frame=1, label="up")
    assert len(read_recording(tmp_path / "now.parquet")) == 2


def test_a_journal_of_nothing_is_told_and_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.arrows.part").write_bytes(b"nothing of ours")
    cut_off(tmp_path, "b")
    told = [one for one in doctor(tmp_path, mend=True) if one.subject == "recording"]
    assert [one.verdict for one in told] == ["note", "ok"]
    assert "a.arrows.part" in told[0].text
    assert (tmp_path / "a.arrows.part").exists()


def test_a_journal_that_nothing_was_written_to_is_cleared_away(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.parquet")
    content = (tmp_path / "a.arrows.part").read_bytes()
    writer.finish()
    (tmp_path / "a.arrows.part").write_bytes(content)
    (told,) = (one for one in doctor(tmp_path, mend=True) if one.subject == "recording")
    assert (told.verdict, told.text) == ("ok", f"{tmp_path / 'a.arrows.part'} had nothing in it and is gone")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_bad_news(tmp_path: Path) -> None:
    (told,) = (one for one in doctor(tmp_path / "gone") if one.subject == "recordings")
    assert told.verdict == "bad"
    assert f"there is no folder {tmp_path / 'gone'}" in told.text


def _fake(folder: Path, package: str, code: str) -> Path:
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(code)
    return folder


@pytest.mark.parametrize(("package", "subjects"), [("mediapipe", ["tracker"]), ("cv2", ["opencv"]), ("av", ["video"])])
def test_a_package_that_cannot_be_loaded_is_bad_news_in_words(
    tmp_path: Path, package: str, subjects: list[str]
) -> None:
    fakes = _fake(tmp_path / "fakes", package, "raise ImportError('libGL.so.1: cannot open shared object file')\n")
    done = run_doctor("--json", cwd=tmp_path, first=fakes)
    found = findings(done)
    assert (done.returncode, done.stderr) == (1, "")
    bad = [subject for subject, one in found.items() if one["verdict"] == "bad"]
    assert set(subjects) <= set(bad)
    assert "libGL.so.1" in found[subjects[0]]["text"]


def test_a_damaged_model_is_bad_news(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "posknn", ignore=shutil.ignore_patterns("__pycache__", "clips"))
    model = tmp_path / model_file().relative_to(PACKAGE.parent)
    model.write_bytes(model.read_bytes()[:-100])
    done = run_doctor("--json", cwd=tmp_path, first=tmp_path)
    found = findings(done)
    assert (done.returncode, done.stderr) == (1, "")
    assert found["model"]["verdict"] == found["tracker"]["verdict"] == "bad"
    assert "install posknn again" in found["model"]["text"]


def test_two_packages_of_opencv_are_bad_news(tmp_path: Path) -> None:
    package = tmp_path / "fakes" / "opencv_python_headless-4.10.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: opencv-python-headless\nVersion: 4.10.0\n")
    done = run_doctor("--json", cwd=tmp_path, first=tmp_path / "fakes")
    found = findings(done)
    assert (done.returncode, done.stderr) == (1, "")
    assert found["opencv"]["verdict"] == "bad"
    assert "pip uninstall -y" in found["opencv"]["text"]
    assert "opencv-python-headless" in found["opencv"]["text"]


def test_a_mediapipe_that_contacts_its_maker_is_told(tmp_path: Path) -> None:
    package = tmp_path / "fakes" / "mediapipe-0.10.35.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.35\n")
    done = run_doctor("--json", cwd=tmp_path, first=tmp_path / "fakes")
    found = findings(done)
    assert done.returncode == 0
    assert found["mediapipe"]["verdict"] == "note"
    assert "0.10.35 contacts its maker" in found["mediapipe"]["text"]
    # The tracker warns once, in one line, and works.
    assert found["tracker"]["verdict"] == "ok"
    assert "Traceback" not in done.stderr
