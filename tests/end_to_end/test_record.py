"""Recording from videos as a user does it, and what is left of a recording that was killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import posknn
from posknn.errors import FileFormatError, OutputError
from posknn.output.video import VideoWriter
from posknn.storage.classifiers import load
from posknn.storage.journal import read_journal
from posknn.storage.recordings import read_recording, recover
from posknn.tasks.record import record
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Pose, Result

PACKAGE = Path(next(iter(posknn.__path__)))
POSES = PACKAGE / "clips" / "poses.mp4"
COMMAND = [sys.executable, "-c", "from posknn.cli import main; main()"]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")},
    "PYTHONPATH": str(PACKAGE.parent),
}
MARKS = "start,end,label\n0.0,0.8,stand\n1.4,2.6,t_pose\n"


def posknn_command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The man from 2.2 s to 4.8 s: he stands until 0.8 s and spreads his arms from 1.4 s on."""
    path = tmp_path_factory.mktemp("clip") / "man.mp4"
    writer = VideoWriter(path, crf=18, draw=lambda result: result.frame.image)
    for frame in VideoFile(POSES):
        if 2.2 <= frame.time < 4.8:
            writer(Result(Frame(frame.image, frame.time - 2.2, frame.index)))
    writer.close()
    return path


def test_marks_teach_from_a_video(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.csv").write_text(MARKS)
    done = posknn_command("record", clip, "--marks", "marks.csv", "-o", "desk.parquet", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    taught = json.loads(done.stdout)
    assert taught["file"] == "desk.parquet"
    assert set(taught["counts"]) == {"stand", "t_pose"}
    assert sum(taught["counts"].values()) + taught["near_duplicates"] == 16 + 24
    assert (taught["nobody"], taught["unclear"], taught["problems"]) == (0, 0, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.parquet", "marks.csv"]

    recording = read_recording(tmp_path / "desk.parquet")
    assert Counter(recording.labels) == taught["counts"]
    for label, moment, frame in zip(recording.labels, recording.times, recording.frames, strict=True):
        assert moment < 0.8 if label == "stand" else 1.4 <= moment < 2.6
        assert frame == round(moment * 20)
    provenance = recording.provenance
    assert (provenance["source"], provenance["size"], provenance["mirrored"]) == ("man.mp4", [480, 640], False)
    assert provenance["rate"] == pytest.approx(20)
    assert str(provenance["tracker"]).startswith("mediapipe ")
    # Poses and no pictures: a row is 132 numbers.
    assert (tmp_path / "desk.parquet").stat().st_size < 20_000


def test_without_a_name_a_recording_goes_into_recordings(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:00.300\nstand\n")
    done = posknn_command("record", clip, "--marks", "marks.vtt", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (path,) = (tmp_path / "recordings").iterdir()
    assert path.suffix == ".parquet"
    assert str(path.relative_to(tmp_path)) in done.stdout
    assert f"posknn live {path.relative_to(tmp_path)}" in done.stdout
    assert set(read_recording(path).labels) == {"stand"}


def test_only_the_labels_named_are_taught(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.csv").write_text(MARKS)
    taught = record(str(clip), ["t_pose"], tmp_path / "a.parquet", marks=tmp_path / "marks.csv")
    assert set(taught.counts) == {"t_pose"}
    assert taught.file == tmp_path / "a.parquet"


def test_marks_beside_the_video_teach_nothing_and_leave_nothing(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.csv").write_text("start,end,label\n100,110,stand\n")
    done = posknn_command("record", clip, "--marks", "marks.csv", "-o", "a.parquet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: nothing was recorded")
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["marks.csv"]


def test_a_countdown_teaches_hands_free(tmp_path: Path, clip: Path) -> None:
    said: list[str] = []
    taught = record(
        str(clip), ["stand", "t_pose"], tmp_path / "a.parquet", countdown=0.7, seconds=0.5, announce=said.append
    )
    assert set(taught.counts) == {"stand", "t_pose"}
    recording = read_recording(tmp_path / "a.parquet")
    for label, moment in zip(recording.labels, recording.times.tolist(), strict=True):
        start = 0.7 if label == "stand" else 1.9
        assert start - 1e-6 <= moment < start + 0.5 + 1e-6
    assert said == ["stand in 1", "hold stand: 1", "t_pose in 1", "hold t_pose: 1"]


def test_a_mirrored_video_is_turned_back(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.csv").write_text("start,end,label\n0.0,0.1,t_pose\n")
    last = [frame for frame in VideoFile(clip) if frame.time >= 2.4]
    found = []
    for name, turned in (("straight", False), ("mirrored", True)):
        path = tmp_path / f"{name}.mp4"
        writer = VideoWriter(path, crf=18, draw=lambda result: result.frame.image)
        for number, frame in enumerate(last):
            image = frame.image[:, ::-1] if turned else frame.image
            writer(Result(Frame(image, number / 20, number)))
        writer.close()
        record(str(path), [], path.with_suffix(".parquet"), marks=tmp_path / "marks.csv", mirrored=turned)
        recording = read_recording(path.with_suffix(".parquet"))
        assert recording.provenance["mirrored"] is turned
        found.append(Pose.from_points(recording.points[0]))
    straight, turned_back = found
    assert straight["left_wrist"][0] > straight["right_wrist"][0]
    assert np.abs(straight.points[:, :2] - turned_back.points[:, :2]).max() < 0.03


def test_a_tracker_that_cannot_start_leaves_nothing_in_the_way(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.csv").write_text(MARKS)
    broken = tmp_path / "broken"
    (broken / "mediapipe").mkdir(parents=True)
    (broken / "mediapipe" / "__init__.py").write_text("raise ImportError('libEGL.so.1 is missing')\n")
    command = [*COMMAND, "record", str(clip), "--marks", "marks.csv", "-o", "a.parquet"]
    env = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(broken), str(PACKAGE.parent)])}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: MediaPipe cannot be loaded: libEGL.so.1 is missing")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "marks.csv"]


def _until_taught(running: subprocess.Popen[bytes], part: Path, label: str) -> None:
    """Wait until a label is in the journal on disk."""
    for _ in range(3000):
        try:
            if label in read_journal(part).labels:
                return
        except FileFormatError:  # not there yet, or not even its first line
            pass
        assert running.poll() is None, "the recording ended before it could be killed"
        time.sleep(0.02)
    pytest.fail(f"{label} was never written")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 on this system")
def test_a_killed_recording_is_mended_and_can_be_learnt_from(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "marks.csv").write_text("start,end,label\n1,3,stand\n3.6,5.6,t_pose\n6.2,8.2,arms_up\n")
    part = tmp_path / "desk.arrows.part"
    command = [*COMMAND, "record", str(POSES), "--marks", "marks.csv", "-o", "desk.parquet"]
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE) as running:
        try:
            _until_taught(running, part, "t_pose")
            with pytest.raises(OutputError, match="still being recorded"):
                recover(part)
        finally:
            running.kill()
            running.wait(10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.arrows.part", "marks.csv"]
    written = Counter(read_journal(part).labels)
    assert set(written) >= {"stand", "t_pose"}

    # Recording under the same name again says what is in the way.
    with pytest.raises(OutputError, match="posknn doctor --mend"):
        record(str(clip), [], tmp_path / "desk.parquet", marks=tmp_path / "marks.csv")
    assert part.exists()
    mended = posknn_command("doctor", "--mend", "--json", cwd=tmp_path)
    assert (mended.returncode, mended.stderr) == (0, "")
    findings = json.loads(mended.stdout)
    assert [one["verdict"] for one in findings if "desk.arrows.part" in one["text"]] == ["ok"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.parquet", "marks.csv"]
    assert Counter(read_recording(tmp_path / "desk.parquet").labels) == written
    assert len(load(tmp_path / "desk.parquet")) == sum(written.values())

    labelled = posknn_command("label", "desk.parquet", clip, "-o", "out", cwd=tmp_path)
    assert (labelled.returncode, labelled.stderr) == (0, "")
    with (tmp_path / "out" / "man.csv").open(encoding="utf-8", newline="") as file:
        shown = {float(row["time"]): row["label"] for row in csv.DictReader(file)}
    right = [
        label == ("stand" if moment < 0.8 else "t_pose")
        for moment, label in shown.items()
        if moment < 0.8 or moment >= 1.4
    ]
    assert sum(right) / len(right) > 0.95
