"""Every example runs as a user runs it and produces what it says; the sample recordings are what their README says."""

import csv
import json
import re
import runpy
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

from posknn import KNNClassifier, PoseClassifier, read_recording, skeleton
from posknn.storage.classifiers import load
from posknn.testing import ScriptedTracker, frames, stick_figure
from posknn.tracking.tracker import contacts_its_maker
from posknn.values import Frame, Pose, Recording

REPO = Path(__file__).parents[2]
EXAMPLES = REPO / "examples"
RECORDINGS = REPO / "recordings"
KNOWN = ["-W", "ignore:mediapipe"] if contacts_its_maker() else []


def run_example(name: str, *arguments: str, cwd: Path) -> list[str]:
    """Run an example as a user does and return the lines it prints."""
    command = [sys.executable, "-W", "error", *KNOWN, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


def test_every_example_is_listed_and_tested() -> None:
    files = {path.name for path in EXAMPLES.glob("*.py")}
    listed = re.findall(r"\((\w+\.py)\)", (EXAMPLES / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(files)
    tests = [name for name in globals() if name.startswith("test_")]
    assert [file for file in files if not any(name.startswith(f"test_{file[:-3]}") for name in tests)] == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_every_example_says_first_how_to_run_it(path: Path) -> None:
    assert f"`python examples/{path.name}" in path.read_text(encoding="utf-8").splitlines()[0]


# --- without a camera


def test_grid_search(tmp_path: Path) -> None:
    printed = run_example("grid_search.py", cwd=tmp_path)
    assert printed[0].startswith("best: {'k': ")
    assert [line.split(":")[0] for line in printed[1:]] == ["taught without sample", "taught without sample-jacks"]
    assert all(int(line.split()[3].rstrip("%")) > 90 for line in printed[1:])


def test_judge_examples(tmp_path: Path) -> None:
    printed = run_example("judge_examples.py", cwd=tmp_path)
    assert re.fullmatch(r"macro-F1 [01]\.\d\d over \d+ examples, split by (recording|time)", printed[0])
    assert any(re.fullmatch(r"row \d+ says \w+ and looks like \w+", line) for line in printed)
    assert sum(line.startswith("label next: ") for line in printed) == 3


def test_ml5_port(tmp_path: Path) -> None:
    printed = run_example("ml5_port.py", cwd=tmp_path)
    assert printed[0] == "3 labels: {'rock': 3, 'paper': 3, 'scissors': 3}"
    assert printed[1] == "label: paper"
    assert "myKNN.json loaded: paper" in printed
    assert printed[-1] == "cleared: 0 examples"
    saved = json.loads((tmp_path / "myKNN.json").read_text(encoding="utf-8"))
    assert [entry["label"] for entry in saved["dataset"].values()] == ["rock", "paper", "scissors"]
    assert KNNClassifier.load(tmp_path / "myKNN.json").get_count_by_label() == {"rock": 3, "paper": 3, "scissors": 3}


def test_own_keypoints(tmp_path: Path) -> None:
    up, one, fitted, knees = run_example("own_keypoints.py", cwd=tmp_path)
    assert up.startswith("arms up, elsewhere and smaller: arms_up, 0.0")
    assert one.startswith("one arm up: None")
    assert fitted == "33 keypoints: ['arms_down', 'arms_up']"
    assert knees.endswith(": bent")


def test_own_keypoints_needs_no_mediapipe(tmp_path: Path) -> None:
    code = (
        "import runpy, sys; sys.modules.update(mediapipe=None, cv2=None, av=None, pyarrow=None); "
        f"runpy.run_path({str(EXAMPLES / 'own_keypoints.py')!r}, run_name='__main__')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=60)


def test_image_features(tmp_path: Path) -> None:
    taught, *answers = run_example("image_features.py", cwd=tmp_path)
    assert taught == "taught: {'nobody': 2, 'stand': 4, 't_pose': 4, 'arms_up': 4}"
    assert answers == [
        "nobody: 18 of 18 right",
        "stand: 36 of 36 right",
        "t_pose: 36 of 36 right",
        "arms_up: 36 of 36 right",
    ]


def test_spot_gestures(tmp_path: Path) -> None:
    pytest.importorskip("dtaidistance")
    lines = run_example("spot_gestures.py", cwd=tmp_path)
    told = [line.split()[2] if line.startswith(" ") else line for line in lines]
    assert told == ["circle, twice:", "circle", "circle", "jumping_jacks, twice:", "wave, twice:", "wave", "wave"]


def test_count_jumping_jacks(tmp_path: Path) -> None:
    printed = run_example("count_jumping_jacks.py", cwd=tmp_path)
    assert len(printed) == 9
    assert printed[-1] == "8 jumping jacks"


def test_label_video(tmp_path: Path) -> None:
    printed = run_example("label_video.py", cwd=tmp_path)
    assert printed[0] == "taught: {'stand': 6, 't_pose': 7, 'arms_up': 31}"
    assert sum("arms_up" in line for line in printed[1:]) == 8
    out = tmp_path / "labels"
    assert sorted(path.name for path in out.iterdir()) == ["frames.csv", "labelled.mp4", "segments.csv"]
    with (out / "frames.csv").open(encoding="utf-8", newline="") as table:
        assert len(list(csv.DictReader(table))) == 216
    with (out / "segments.csv").open(encoding="utf-8", newline="") as table:
        segments = list(csv.DictReader(table))
    assert len(segments) == len(printed) - 2
    assert [segments[0]["label"], segments[-1]["label"]] == ["stand", "stand"]
    with av.open(str(out / "labelled.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 216


def test_posture_alert(tmp_path: Path) -> None:
    note = [sys.executable, "-S", "-c", "print('alert: {text}, {seconds} s')"]
    code = f"import runpy; main = runpy.run_path({str(EXAMPLES / 'posture_alert.py')!r})['main']; main(alert={note!r})"
    done = subprocess.run(
        [sys.executable, "-W", "error", *KNOWN, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines()[0] == 'watching for "arms_up held 1s"'
    assert done.stderr.splitlines() == ["alert: arms_up held 1 s, 1 s"]  # what a command prints goes there
    assert re.fullmatch(r" +7\.\d\d s  arms_up held 1 s", done.stdout.splitlines()[1])


def test_osc_events(tmp_path: Path) -> None:
    heard: list[tuple[object, ...]] = []
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *arguments: heard.append((address, *arguments)))
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        printed = run_example("osc_events.py", "127.0.0.1", str(server.server_address[1]), cwd=tmp_path)
        server.shutdown()
        thread.join()
    assert [(address, label, value) for address, label, _, _, value in heard if address == "/posknn/rep"] == [
        ("/posknn/rep", "jack", float(number)) for number in range(1, 9)
    ]
    assert printed[-1] == f"{len(heard)} messages sent, 0 dropped"


def test_custom_sink(tmp_path: Path) -> None:
    printed = run_example("custom_sink.py", cwd=tmp_path)
    assert [line.split()[-1] for line in printed] == ["stand", "t_pose", "arms_up"]
    assert [float(line.split()[0]) for line in printed] == pytest.approx([1.0, 3.4, 6.0], abs=0.15)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_custom_sink_stops_on_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "custom_sink.py")]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as example:
        assert example.stdout is not None
        assert "stand" in example.stdout.readline()
        example.send_signal(signal.SIGINT)
        out, err = example.communicate(timeout=30)
    assert example.returncode == 0
    assert "Traceback" not in err
    assert "arms_up" not in out


# --- the posture teacher, before a scripted camera


def posture(name: str, shift: float = 0.0) -> Pose:
    """Return somebody at a desk, the legs out of the picture; a slouch lowers the head between the shoulders."""
    figure = stick_figure(arms=15, elbows=100, at=(0.6 + shift, 0.9), size=0.4)
    points, visibility = figure.points.copy(), figure.visibility.copy()
    visibility[skeleton.index("left_hip") :] = 0.1
    if name == "slouch":
        points[:11, 1] += 0.14
        points[:11, 2] -= 0.1
    return Pose(points, visibility)


def script(fps: int, *stretches: tuple[str, float]) -> list[Pose | None]:
    """Return a pose per frame for stretches of (what, seconds), swaying a little; "nobody" is nobody."""
    return [
        None if name == "nobody" else posture(name, shift=0.02 * np.sin(frame))
        for name, seconds in stretches
        for frame in range(round(seconds * fps))
    ]


@pytest.fixture
def teacher() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / "posture_teacher.py"))


LESSON = (("upright", 3.0), ("slouch", 3.1))  # a second to get ready and two to hold, each


@pytest.mark.parametrize("fps", [8, 30])
def test_posture_teacher_tells_after_ten_seconds(
    fps: int,
    teacher: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    watched = script(
        fps,
        *(("upright", 5.0), ("slouch", 6.0), ("upright", 1.0), ("slouch", 6.0)),  # a glance: told near 15 s
        *(("nobody", 4.0), ("slouch", 7.0), ("upright", 4.0), ("slouch", 8.0)),  # long enough away: never told
    )
    lesson = script(fps, *LESSON)
    trackers = [ScriptedTracker(lesson), ScriptedTracker(watched)]
    sources, scripted = iter([frames(len(lesson), fps=fps), frames(len(watched), fps=fps)]), iter(trackers)

    teacher["main"](lambda: next(sources), lambda: next(scripted), countdown=1, seconds=2)

    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == ["upright in 1", "hold upright: 2", "hold upright: 1"]
    assert "hold slouch: 1" in printed
    (told,) = [line for line in printed if "Sit up!" in line]
    assert float(told.split("(")[1].split()[0]) == pytest.approx(15.4, abs=0.5)  # a little later for the smoothing
    assert all(tracker.closed for tracker in trackers)
    assert list(tmp_path.iterdir()) == []  # nothing is stored


def test_posture_teacher_says_when_nobody_is_seen(teacher: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    lesson = script(10, ("upright", 3.0), ("nobody", 4.0))
    teacher["main"](lambda: frames(70, fps=10), lambda: ScriptedTracker(lesson), countdown=1, seconds=2)
    assert "I did not see you slouch" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("pressed", [0, 15, 100])
def test_posture_teacher_stops_on_ctrl_c(pressed: int, teacher: dict[str, Any]) -> None:
    trackers: list[ScriptedTracker] = []
    given = count()

    def source() -> Iterator[Frame]:
        for frame in frames(1000, fps=10):
            if next(given) == pressed:
                raise KeyboardInterrupt
            yield frame

    def tracker() -> ScriptedTracker:
        trackers.append(ScriptedTracker(script(10, *LESSON)))
        return trackers[-1]

    teacher["main"](source, tracker, countdown=1, seconds=2)
    assert trackers
    assert all(tracker.closed for tracker in trackers)
    assert next(given) == pressed + 1


@pytest.mark.skipif(
    sys.platform != "linux" or bool(list(Path("/dev").glob("video*"))), reason="there may be a camera here"
)
def test_posture_teacher_without_a_camera_ends_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "posture_teacher.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: no picture from cameras")
    assert done.stderr.count("\n") == 1


# --- the sample recordings

SAMPLES = sorted(RECORDINGS.glob("sample*.parquet"))
README = (RECORDINGS / "README.md").read_text(encoding="utf-8")


def counts(recording: Recording) -> dict[Any, int]:
    return {label: recording.labels.count(label) for label in dict.fromkeys(recording.labels)}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_small_and_tells_no_path(path: Path) -> None:
    assert path.stat().st_size < 50_000
    recording = read_recording(path)
    assert recording.units == "heights"
    assert recording.provenance["source"] in {"poses.mp4", "jumping_jacks.mp4"}
    assert not re.search(r"[/\\]", json.dumps(dict(recording.provenance)))


def test_the_readme_lists_the_samples_with_their_counts() -> None:
    rows = re.findall(r"^\| `(sample\S*\.parquet)` \|.*\| (.*) \|$", README, re.MULTILINE)
    listed = {
        file: {label: int(number) for label, number in re.findall(r"(\w+) \((\d+)\)", text)} for file, text in rows
    }
    assert listed == {path.name: counts(read_recording(path)) for path in SAMPLES}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_command_of_the_readme_makes_the_sample(path: Path, tmp_path: Path) -> None:
    (line,) = [line.strip() for line in README.splitlines() if line.endswith(f"-o recordings/{path.name}")]
    program, *arguments, _ = shlex.split(line)
    assert program == "posknn"
    code = "import sys; from posknn.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, *arguments, str(tmp_path / path.name)]
    subprocess.run(command, cwd=REPO, check=True, capture_output=True, timeout=120)
    again, committed = read_recording(tmp_path / path.name), read_recording(path)
    # Not compared byte by byte: another processor rounds otherwise, and may keep another of two near-duplicates.
    assert counts(again).keys() == counts(committed).keys()
    assert tuple(PoseClassifier().learn(again).predict(committed.points)) == committed.labels
    versions = {"tracker", "software"}
    assert again.provenance.keys() == committed.provenance.keys()
    assert all(again.provenance[key] == said for key, said in committed.provenance.items() if key not in versions)


def test_a_folder_of_samples_is_a_classifier(tmp_path: Path) -> None:
    for path in SAMPLES:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    classifier = load(tmp_path)
    assert classifier.get_count_by_label() == {"stand": 17, "arms_up": 51, "t_pose": 7}
