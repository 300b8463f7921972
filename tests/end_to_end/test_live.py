"""Recognising poses live and without a window: on a stream, as from a network camera, and on a file."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

import posknn
from posknn.classification.classifier import PoseClassifier
from posknn.errors import SourceError
from posknn.output.video import VideoWriter
from posknn.tasks.live import live
from posknn.tracking.tracker import PoseTracker
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Label, Result, Stop

PACKAGE = Path(next(iter(posknn.__path__)))
POSES = PACKAGE / "clips" / "poses.mp4"
HELD = 0.8  # seconds that each picture of the stream stays


class Slides(BaseHTTPRequestHandler):
    """Shows pictures in turn, each for a while, twenty times a second and without end, as a network camera does."""

    def __init__(self, pictures: list[bytes], over: threading.Event, *args: Any) -> None:
        self.pictures = pictures
        self.over = over
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        began = time.monotonic()
        try:
            while not self.over.wait(0.05):
                picture = self.pictures[int((time.monotonic() - began) / HELD) % len(self.pictures)]
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                self.wfile.write(head.encode() + picture + b"\r\n")
        except OSError:  # whoever watched has gone
            pass

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def streamed(pictures: list[bytes]) -> Iterator[str]:
    """Serve an endless stream; give its address."""
    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Slides, pictures, over)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/video.mjpg"
        finally:
            over.set()
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def man() -> dict[int, Frame]:
    """Some frames of the packaged clip: nobody at 2, standing at 30, arms spread at 95."""
    return {frame.index: frame for frame in VideoFile(POSES) if frame.index in (2, 25, 30, 40, 85, 95, 105)}


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, man: dict[int, Frame]) -> Path:
    classifier = PoseClassifier()
    with PoseTracker(mode="image") as tracker:
        for number in (25, 40, 85, 105):
            (pose,) = tracker(man[number])
            classifier.add_example(pose, "stand" if number < 60 else "t_pose")
    classifier.calibrate()
    return classifier.save(tmp_path_factory.mktemp("taught") / "two.posknn")


@pytest.fixture(scope="module")
def pictures(man: dict[int, Frame]) -> list[bytes]:
    """Standing, nobody, arms spread."""
    return [
        cv2.imencode(".jpg", cv2.cvtColor(man[number].image, cv2.COLOR_RGB2BGR))[1].tobytes() for number in (30, 2, 95)
    ]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The man from 2.2 s to 4.2 s: he stands until 0.8 s and spreads his arms from 1.4 s on."""
    path = tmp_path_factory.mktemp("clip") / "man.mp4"
    writer = VideoWriter(path, crf=18, draw=lambda result: result.frame.image)
    for frame in VideoFile(POSES):
        if 2.2 <= frame.time < 4.2:
            writer(Result(Frame(frame.image, frame.time - 2.2, frame.index)))
    writer.close()
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moments(path: Path) -> list[float]:
    """Return the times of the frames of a video, decoding all of it."""
    with av.open(str(path)) as video:
        assert video.streams.video[0].codec_context.name == "h264"
        return [float(frame.time) for frame in video.decode(video=0) if frame.time is not None]


def python(code: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run some Python in a process of its own, without a display."""
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env["PYTHONPATH"] = str(PACKAGE.parent)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False, timeout=60)


def posknn_command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return python("from posknn.cli import main; main()", *arguments, cwd=cwd)


class Watch:
    """A sink that ends the run after so many seconds of the stream."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.closed = False

    def __call__(self, result: Result) -> None:
        if result.frame.time >= self.seconds:
            raise Stop

    def close(self) -> None:
        self.closed = True


def test_a_stream_is_watched_until_somebody_has_seen_enough(
    taught: Path, pictures: list[bytes], tmp_path: Path
) -> None:
    told: list[tuple[float, Label | None, float]] = []
    watch = Watch(5.0)
    with streamed(pictures) as address:
        watched = live(
            taught,
            address,
            headless=True,
            smooth=0.05,
            video=tmp_path / "a.mp4",
            table=tmp_path / "a.csv",
            changed=lambda *change: told.append(change),
            sinks=[watch],
        )
    assert watch.closed
    assert watched.frames > 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.mp4"]

    labels = [label for _, label, _ in told]
    turns: dict[Label | None, Label | None] = {"stand": None, None: "t_pose", "t_pose": "stand"}
    assert [turns[label] for label in labels[:-1]] == labels[1:]
    assert len(labels) >= 5
    assert [at for at, _, _ in told] == sorted(at for at, _, _ in told)
    for _, label, confidence in told:
        assert confidence > 0.5 if label else confidence == 0
    # A label follows its picture within a few frames; the first picture had begun before the model was loaded.
    for (begun, label, _), (ended, _, _) in pairwise(told[1:]):
        assert ended - begun == pytest.approx(HELD, abs=0.4), label

    table = rows(tmp_path / "a.csv")
    times = [float(row["time"]) for row in table]
    assert times == sorted(set(times))
    assert times[0] < 2  # the pictures that came while the model was loaded are out of date
    assert 5.0 - 0.5 < times[-1] < 5.0 + 1.0
    changes = [name for name, _ in groupby(row["label"] for row in table)]
    assert changes == [label or "" for label in labels][: len(changes)]
    assert moments(tmp_path / "a.mp4") == pytest.approx(times[: len(moments(tmp_path / "a.mp4"))], abs=1e-3)
    assert abs(len(moments(tmp_path / "a.mp4")) - len(table)) <= 1


def test_a_file_is_watched_frame_by_frame(taught: Path, clip: Path, tmp_path: Path) -> None:
    done = posknn_command(
        "live", taught, "--source", clip, "--headless", "--table", "a.csv", "--video", "a.mp4", cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    *changes, last = done.stdout.splitlines()
    assert last == "40 frames"
    read = [re.fullmatch(r" *([\d.]+) s  (?:(\w+) \((\d+)%\)|-)", line) for line in changes]
    assert all(read), changes
    labels = [found[2] for found in read if found]
    assert labels[0] == "stand"
    assert labels[-1] == "t_pose"
    first = next(float(found[1]) for found in read if found and found[2] == "t_pose")
    assert 0.8 <= first <= 1.4 + 0.15 * 3
    table = rows(tmp_path / "a.csv")
    assert [float(row["time"]) for row in table] == pytest.approx([number / 20 for number in range(40)], abs=1e-4)
    assert [name for name, _ in groupby(row["label"] for row in table)] == [label or "" for label in labels]
    assert moments(tmp_path / "a.mp4") == pytest.approx([number / 20 for number in range(40)], abs=1e-3)


def test_json_is_one_object_a_change(taught: Path, clip: Path, tmp_path: Path) -> None:
    done = posknn_command("live", taught, "--source", clip, "--headless", "--json", "--smooth", "0", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    *changes, watched = [json.loads(line) for line in done.stdout.splitlines()]
    assert watched == {"frames": 40, "dropped": 0, "problems": [], "told": []}
    assert all(set(change) == {"time", "label", "confidence"} for change in changes)
    assert (changes[0]["time"], changes[0]["label"]) == (0, "stand")
    assert changes[-1]["label"] == "t_pose"
    assert list(tmp_path.iterdir()) == []


def test_two_people_are_watched(taught: Path, clip: Path, tmp_path: Path) -> None:
    watched = live(taught, str(clip), headless=True, max_people=2, table=tmp_path / "a.csv")
    assert watched.frames == 40
    assert {row["person"] for row in rows(tmp_path / "a.csv")} == {"0"}


@pytest.mark.parametrize(
    "command", ["live {taught} --source {address} --video a.mp4", "record {address} up -o a.parquet"]
)
def test_a_stream_without_a_display_leaves_nothing_behind(
    taught: Path, pictures: list[bytes], tmp_path: Path, command: str
) -> None:
    with streamed(pictures) as address:
        done = posknn_command(*command.format(taught=taught, address=address).split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "--headless" in line
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_leaves_everything_open_ends_quietly(pictures: list[bytes], tmp_path: Path) -> None:
    code = """
import sys
from posknn import Camera, PoseTracker
camera, tracker = Camera(sys.argv[1]), PoseTracker()
for frame in camera:
    tracker(frame)
    if frame.index == 3:
        break
print("done")
"""
    with streamed(pictures) as address:
        done = python(code, address, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_stream_that_ends_is_an_error_and_what_was_seen_is_kept(
    taught: Path, pictures: list[bytes], tmp_path: Path
) -> None:
    # Nothing listens at the address any more once the stream was closed.
    with streamed(pictures) as address:
        pass
    with pytest.raises(SourceError, match="no picture from http"):
        live(taught, address, headless=True, table=tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []
