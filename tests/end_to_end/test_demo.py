"""The demo as somebody new runs it: what it says, what it writes and that it is right."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

import posknn
from posknn.classification.classifier import PoseClassifier
from posknn.storage.segments import read_segments

PACKAGE = Path(next(iter(posknn.__path__)))
FILES = [
    "demo.posknn",
    "jumping_jacks.csv",
    "jumping_jacks.labelled.mp4",
    "jumping_jacks.segments.csv",
    "jumping_jacks.vtt",
]
UNWRITABLE = Path("/proc")  # even for root


def run_demo(out: Path, *options: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env["PYTHONPATH"] = str(PACKAGE.parent)
    command = [sys.executable, "-c", "from posknn.cli import main; main()", "demo", "-o", str(out), *options]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)


def raised(time: float) -> float:
    """Say how far the rendered woman's arms are up: eight jumping jacks of 1.1 s, one after the other from 1 s on."""
    into = (time - 1.0 + 1e-9) % 1.1
    jumping = 1.0 - 1e-9 <= time < 1.0 + 8 * 1.1
    return 0.5 * (1 - math.cos(2 * math.pi * into / 1.1)) if jumping else 0.0


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "new" / "results"


@pytest.fixture(scope="module")
def shown(out: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the demo once and return its report."""
    done = run_demo(out, "--json", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    report: dict[str, Any] = json.loads(line)
    return report


def test_it_reports_what_it_did(shown: dict[str, Any], out: Path) -> None:
    assert shown["count"] == 8
    assert set(shown["taught"]) == {"stand", "arms_up"}
    assert all(count >= 1 for count in shown["taught"].values())
    assert sum(shown["taught"].values()) + shown["near_duplicates"] == 107  # 2.4 s and 2.95 s at 20 a second
    labelled = shown["labelled"]
    assert (labelled["video"], labelled["frames"], labelled["seen"]) == ("jumping_jacks.mp4", 216, 216)
    assert labelled["seconds"] == pytest.approx(10.75)
    assert (labelled["problems"], labelled["error"]) == ([], None)
    written = sorted([*labelled["files"], shown["classifier"]])
    assert written == [str(out / name) for name in FILES]
    assert sorted(path.name for path in out.iterdir()) == FILES


def test_the_labels_are_right(shown: dict[str, Any], out: Path) -> None:
    with (out / "jumping_jacks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in rows] == list(range(216))
    right = 0
    for row in rows:
        up = raised(float(row["time"]))
        named = row["label"] == ("stand" if up < 0.5 else "arms_up")
        assert named or 0.25 < up < 0.85  # what lies between the two poses may be neither, or a frame late
        right += named
        assert 0 <= float(row["confidence"]) <= 1
        shares = float(row["confidence:stand"]) + float(row["confidence:arms_up"])
        assert shares == pytest.approx(1, abs=1e-4)
        assert row["neighbors"]
    assert right >= 0.95 * len(rows)


def test_the_segments_are_the_jumping_jacks(shown: dict[str, Any], out: Path) -> None:
    segments = read_segments(out / "jumping_jacks.segments.csv")
    assert [segment.label for segment in segments] == ["stand", *["arms_up", "stand"] * 8]
    for before, after in pairwise(segments):
        assert before.end <= after.start
    ups = [segment for segment in segments if segment.label == "arms_up"]
    for number, up in enumerate(ups):
        middle = 1.0 + 1.1 * number + 0.55
        assert up.start == pytest.approx(middle - 0.275, abs=0.11)
        assert up.end == pytest.approx(middle + 0.275, abs=0.11)
    subtitles = read_segments(out / "jumping_jacks.vtt")
    assert [one.label for one in subtitles] == [one.label for one in segments]
    for subtitle, segment in zip(subtitles, segments, strict=True):
        assert (subtitle.start, subtitle.end) == pytest.approx((segment.start, segment.end), abs=1e-3)
    assert len(shown["labelled"]["segments"]) == len(segments)


def test_the_video_plays_everywhere_and_keeps_the_times(shown: dict[str, Any], out: Path) -> None:
    assert shown
    with av.open(str(out / "jumping_jacks.labelled.mp4")) as video:
        (stream,) = video.streams
        assert isinstance(stream, av.VideoStream)
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (480, 640)
        pictures = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in video.decode(stream)]
    assert [time for time, _ in pictures] == pytest.approx([number / 20 for number in range(216)], abs=1e-3)
    with av.open(str(PACKAGE / "clips" / "jumping_jacks.mp4")) as clip:
        originals = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    for number in (0, 100, 215):
        difference = abs(pictures[number][1].astype(int) - originals[number]).max(axis=2)
        # Something is drawn in, and most of the picture is what it was.
        assert 0.02 < (difference > 60).mean() < 0.5


def test_the_classifier_can_be_used_again(shown: dict[str, Any], out: Path) -> None:
    classifier = PoseClassifier.load(out / "demo.posknn")
    assert classifier.get_count_by_label() == shown["taught"]
    assert classifier.limits


@pytest.mark.skipif(not UNWRITABLE.is_dir(), reason=f"there is no {UNWRITABLE} on this system")
def test_a_second_time_into_the_same_folder_from_where_nothing_can_be_written(shown: dict[str, Any], out: Path) -> None:
    before = {name: (out / name).read_bytes() for name in FILES}
    done = run_demo(out, cwd=UNWRITABLE)
    assert (done.returncode, done.stderr) == (0, "")
    for name in [*FILES, "Counted 8 jumping jacks", "posknn record", "posknn live"]:
        assert name in done.stdout
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert [name for name in FILES if (out / name).read_bytes() != before[name]] == []
    assert shown["count"] == 8
