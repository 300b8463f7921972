"""Ctrl-C at any moment: a prompt end, one word, and no half-written file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

import av
import cv2
import numpy as np
import pytest

import posknn
from posknn.classification.classifier import PoseClassifier
from posknn.output.table import TableWriter
from posknn.output.video import VideoWriter
from posknn.storage.journal import read_journal
from posknn.storage.recorder import Recorder
from posknn.storage.recordings import RecordingWriter, read_recording
from posknn.storage.tracks import TrackWriter
from posknn.testing import frames, stick_figure
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Person, Prediction, Result

PACKAGE = Path(next(iter(posknn.__path__)))
POSES = PACKAGE / "clips" / "poses.mp4"
PROMPT = 3.0  # seconds; a quiet machine takes a tenth of that

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent to another process as a signal of Unix")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    classifier = PoseClassifier()
    classifier.add_example(stick_figure(arms=10), "stand")
    classifier.add_example(stick_figure(arms=90), "t_pose")
    return classifier.save(tmp_path_factory.mktemp("taught") / "two.posknn")


@contextmanager
def started(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the command line in a process of its own, ended for certain in the end."""
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env["PYTHONPATH"] = str(PACKAGE.parent)
    command = [sys.executable, "-c", "from posknn.cli import main; main()", *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_for(running: subprocess.Popen[str], ready: Callable[[], object]) -> None:
    for _ in range(3000):
        if ready():
            return
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    pytest.fail("it never came so far")


def interrupted(running: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C once; return exit code, stdout and stderr."""
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - begun < PROMPT
    return running.returncode, out, err


def files_in(folder: Path) -> list[str]:
    """Return what a folder holds beside the ledger."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".posknn")


@pytest.mark.parametrize("moment", ["at the start", "in the middle"])
def test_labelling_stops_and_leaves_nothing_half_done(taught: Path, tmp_path: Path, moment: str) -> None:
    out = tmp_path / "out"

    def begun() -> bool:
        return out.is_dir() if moment == "at the start" else any((out / ".posknn" / "work").glob("track-*"))

    with started("label", taught, POSES, "-o", out, "--video", cwd=tmp_path) as running:
        wait_for(running, begun)
        if moment == "in the middle":
            time.sleep(0.7)
        code, said, err = interrupted(running)
    assert (code, said) == (130, "")
    assert err.strip() == "stopped"
    assert files_in(out) == []
    assert list((out / ".posknn").rglob("*-*")) == []


def test_what_was_labelled_before_stays(taught: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    frame = next(frame for frame in VideoFile(POSES) if frame.index == 30)
    cv2.imwrite(str(pictures / "1.png"), cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    out = tmp_path / "out"
    with started("label", taught, pictures, POSES, "-o", out, cwd=tmp_path) as running:
        wait_for(running, lambda: (out / "pictures.vtt").exists())
        code, _, err = interrupted(running)
    assert code == 130
    assert err.strip() == "stopped"
    assert files_in(out) == ["pictures.csv", "pictures.segments.csv", "pictures.vtt"]


def reached(out: Path, number: int) -> bool:
    return (out / ".posknn").exists() and len(list(out.glob("*.vtt"))) >= number


def test_a_run_that_was_killed_goes_on_where_it_ended(taught: Path, tmp_path: Path) -> None:
    """Tracks, which need no tracker; each with more frames than are labelled in a moment."""
    tracks = []
    for name in "abcd":
        tracks.append(tmp_path / f"{name}.parquet")
        with TrackWriter(tracks[-1]) as writer:
            for frame in frames(600):
                writer(Result(frame, (Person(0, stick_figure(arms=frame.index / 6)),)))
    whole, out = tmp_path / "whole", tmp_path / "out"
    with started("label", taught, *tracks, "-o", whole, cwd=tmp_path) as running:
        running.communicate()
    for number in (0, 2):
        with started("label", taught, *tracks, "-o", out, "--workers", 1, "--resume", cwd=tmp_path) as running:
            wait_for(running, partial(reached, out, number))
            running.kill()
        before = {path: path.stat().st_mtime_ns for path in out.iterdir() if path.is_file()}
        for path in before:
            assert path.read_bytes() == (whole / path.name).read_bytes()
    with started("label", taught, *tracks, "-o", out, "--resume", cwd=tmp_path) as running:
        _, err = running.communicate()
    assert (running.returncode, err) == (0, "")
    assert files_in(out) == files_in(whole)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert all((out / name).read_bytes() == (whole / name).read_bytes() for name in files_in(whole))
    assert list((out / ".posknn" / "work").iterdir()) == []


def test_recording_from_a_video_stops_and_keeps_what_was_taught(tmp_path: Path) -> None:
    (tmp_path / "marks.csv").write_text("start,end,label\n1,3,stand\n3.6,5.6,t_pose\n6.2,8.2,arms_up\n")
    part = tmp_path / "a.arrows.part"

    def taught_something() -> bool:
        return part.exists() and part.stat().st_size > 2000 and len(read_journal(part)) > 0

    with started("record", POSES, "--marks", "marks.csv", "-o", "a.parquet", cwd=tmp_path) as running:
        wait_for(running, taught_something)
        code, said, err = interrupted(running)
    assert (code, said) == (130, "")
    assert err.strip() == "stopped"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "marks.csv"]
    assert "stand" in read_recording(tmp_path / "a.parquet").labels


class Still(BaseHTTPRequestHandler):
    """Shows one picture again and again, without end, as a network camera does."""

    def __init__(self, picture: bytes, over: threading.Event, *args: Any) -> None:
        self.picture = picture
        self.over = over
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.picture)}\r\n\r\n"
        try:
            while not self.over.wait(0.05):
                self.wfile.write(head.encode() + self.picture + b"\r\n")
        except OSError:  # whoever watched has gone
            pass

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def stream() -> Iterator[str]:
    """The address of an endless stream of the man standing."""
    frame = next(frame for frame in VideoFile(POSES) if frame.index == 30)
    picture = cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))[1].tobytes()
    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Still, picture, over)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/video.mjpg"
        over.set()
        server.shutdown()
        thread.join()


def test_a_live_run_ends_well_and_its_files_are_whole(taught: Path, stream: str, tmp_path: Path) -> None:
    options = ("--source", stream, "--headless", "--video", "a.mp4", "--table", "a.csv")
    with started("live", taught, *options, cwd=tmp_path) as running:
        assert running.stdout
        assert running.stdout.readline().startswith("    ")  # the first label
        time.sleep(1)
        code, said, err = interrupted(running)
    assert (code, err) == (0, "")
    assert "frames" in said.splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.mp4"]
    with av.open(str(tmp_path / "a.mp4")) as video:
        count = sum(1 for _ in video.decode(video=0))
    rows = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert count >= 3
    assert count == len(rows) == int(said.splitlines()[-1].split()[0])


def test_recording_live_hands_free_ends_well_and_keeps_what_was_taught(stream: str, tmp_path: Path) -> None:
    options = ("--countdown", "0", "--seconds", "100", "--headless", "-o", "a.parquet")
    part = tmp_path / "a.arrows.part"
    with started("record", stream, "stand", *options, cwd=tmp_path) as running:
        wait_for(running, lambda: part.exists() and part.stat().st_size > 2000 and len(read_journal(part)) > 0)
        code, said, err = interrupted(running)
    assert (code, err) == (0, "")
    assert "a.parquet: stand" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    assert set(read_recording(tmp_path / "a.parquet").labels) == {"stand"}


def test_twice_ctrl_c_is_no_traceback_of_ours_either(taught: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started("label", taught, POSES, "-o", out, cwd=tmp_path) as running:
        wait_for(running, lambda: any(out.glob(".*")))
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert running.returncode != 0
    assert not (out / "poses.csv").exists()


def test_a_sink_that_hangs_is_left_at_the_third_ctrl_c_and_no_file_is_left_half_closed(tmp_path: Path) -> None:
    code = """
import signal
from posknn import Pipeline, run
from posknn.testing import ScriptedTracker, frames

reached = []


def hang(result):
    for _ in range(3):
        signal.raise_signal(signal.SIGINT)
        reached.append(True)


class Closing:
    def __call__(self, result):
        pass

    def close(self):
        for _ in range(5):
            signal.raise_signal(signal.SIGINT)
        reached.append("closed")


for sink in (hang, Closing()):
    reached.clear()
    try:
        run(frames(3), Pipeline(ScriptedTracker([()])), sink)
    except KeyboardInterrupt:
        print(*reached)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True True\nclosed\n", "")


def test_ctrl_c_while_the_tracker_starts_does_not_hang(tmp_path: Path) -> None:
    """Python forgets a worker thread that is being started at the moment of Ctrl-C, and waits for it for ever."""
    code = """
import signal, sys, threading
from posknn.tracking.tracker import PoseTracker

PoseTracker().close()  # everything is imported
pressed = []


def press(frame, event, argument):
    if event == "return" and not pressed and frame.f_code is threading.Thread.start.__code__:
        pressed.append(True)
        signal.raise_signal(signal.SIGINT)


threading.setprofile(press)
sys.setprofile(press)
try:
    PoseTracker()
except KeyboardInterrupt:
    print("stopped")
"""
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            out, err = running.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            pytest.fail("it hangs at its end")
        finally:
            running.kill()
    assert (running.returncode, out) == (0, "stopped\n")
    assert "Traceback" not in err


def pressed_at(event: int, action: Callable[[], object]) -> bool:
    """Press Ctrl-C at one event of all that Python code meets in an action; say whether it came so far."""
    met = 0

    def press(frame: FrameType, what: str, argument: object) -> None:
        nonlocal met
        met += 1
        if met == event and argument is not sys.setprofile:
            raise KeyboardInterrupt

    try:
        sys.setprofile(press)
        action()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False


def shown(number: int) -> Result:
    image = np.full((48, 64, 3), 20 * number, np.uint8)
    pose = stick_figure(arms=30 * number)
    return Result(Frame(image, number / 20, number), (Person(0, pose, Prediction("up", {"up": 1.0})),))


def frames_of(path: Path) -> int:
    with av.open(str(path)) as video:
        return sum(1 for _ in video.decode(video=0))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) - 1


def rows_of(path: Path) -> int:
    return len(read_recording(path))


def recorder(path: Path) -> Recorder:
    return Recorder(PoseClassifier(), lambda time: "up", RecordingWriter(path, flush_every=0))


@pytest.mark.parametrize(
    ("name", "make", "count"),
    [
        ("a.mp4", lambda path: VideoWriter(path, draw=lambda result: result.frame.image), frames_of),
        ("a.csv", TableWriter, lines_of),
        ("a.parquet", recorder, rows_of),
    ],
)
def test_ctrl_c_at_any_moment_of_a_frame_keeps_all_frames_before(
    name: str, make: Callable[[Path], Any], count: Callable[[Path], int], tmp_path: Path
) -> None:
    before, last = [shown(0), shown(1)], shown(2)
    for event in range(1, 1000):
        path = tmp_path / str(event) / name
        path.parent.mkdir()
        sink = make(path)
        for result in before:
            sink(result)
        came_so_far = pressed_at(event, lambda sink=sink: sink(last))  # type: ignore[misc]
        sink.close()
        assert [file.name for file in path.parent.iterdir()] == [name], f"at event {event}"
        # The frame of Ctrl-C itself may be there or not; one that is being encoded may be lost with it.
        assert count(path) in (1, 2, 3) if name == "a.mp4" else count(path) in (2, 3), f"at event {event}"
        if not came_so_far:
            assert count(path) == 3
            assert event > 10
            return
    pytest.fail("a frame is never over")
