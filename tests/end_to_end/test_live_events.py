"""Events of `posknn live`, from the rule in words to every kind of receiver."""

from __future__ import annotations

import json
import math
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import posknn
from posknn import (
    Frame,
    Person,
    Pose,
    PoseClassifier,
    PosknnError,
    Recording,
    Result,
    Stop,
    parse_rule,
    write_recording,
)
from posknn.classification.embedding import as_points
from posknn.tasks.events import Addresses, watcher_of
from posknn.tasks.live import live
from posknn.testing import frames, stick_figure

PACKAGE = Path(next(iter(posknn.__path__)))
REPO = PACKAGE.parent
JACKS = PACKAGE / "clips" / "jumping_jacks.mp4"
SAMPLE = REPO / "recordings" / "sample.parquet"
JACK = "jack: stand > arms_up > stand"


@contextmanager
def osc_server() -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    heard: list[tuple[object, ...]] = []
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *arguments: heard.append((address, *arguments)))
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield int(server.server_address[1]), heard
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def read_along(port: int, heard: list[dict[str, Any]]) -> None:
    """Connect as soon as somebody listens, then hear until the end."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with connect(f"ws://127.0.0.1:{port}") as client:
                while True:
                    heard.append(json.loads(client.recv()))
        except ConnectionClosed:
            return
        except OSError:
            time.sleep(0.02)


def test_each_receiver_gets_every_event_once_in_order(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    port = free_port()
    reader = threading.Thread(target=read_along, args=(port, told))
    reader.start()
    note = tmp_path / "note.py"
    note.write_text("import sys\nwith open('notes.txt', 'a') as file:\n    print(*sys.argv[1:], sep='|', file=file)\n")
    command = shlex.join([sys.executable, "-S", str(note), "{kind}", "{label}", "{count}", "{time}"])
    with osc_server() as (osc, heard):
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from posknn.cli import main; main()", "live", str(SAMPLE)),
                *("--source", str(JACKS), "--headless", "--json", "--pattern", JACK, "--on", "jack rep"),
                *("--on", "arms_up held 0.3s", "--on", "person found", "--on", "person lost", "--on", "nobody for 60s"),
                *("--exec", command, "--ws", str(port), "--osc", f"127.0.0.1:{osc}"),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPO)},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
    reader.join(30)
    assert (done.returncode, done.stderr) == (0, "")
    *events, watched = map(json.loads, done.stdout.splitlines())

    assert [event["count"] for event in events if event["kind"] == "rep"] == list(range(1, 9))
    kinds = [event["kind"] for event in events]
    assert (kinds[0], kinds[-1], kinds.count("lost")) == ("found", "lost", 1)
    assert set(kinds) <= {"found", "rep", "held", "lost"}
    assert [event["kind"] for event in events if event.get("stream_end") is True] == ["lost"]
    times = [event["time"] for event in events]
    assert times == sorted(times)
    assert all(event["person"] == 0 for event in events)
    assert told == events
    assert [address for address, *_ in heard] == [f"/posknn/{kind}" for kind in kinds]
    assert [time for _, _, _, time, _ in heard] == pytest.approx(times)
    notes = [line.split("|") for line in (tmp_path / "notes.txt").read_text().splitlines()]
    assert [kind for kind, *_ in notes] == kinds
    assert [float(time) for *_, time in notes] == pytest.approx(times, abs=0.001)
    assert watched["frames"] == 216
    assert [(each["delivered"], each["dropped"]) for each in watched["told"]] == [(len(events), 0)] * 3
    assert [each["name"] for each in watched["told"]] == [
        sys.executable,
        f"ws 127.0.0.1:{port}",
        f"osc 127.0.0.1:{osc}",
    ]


def nothing(result: Result) -> None:
    raise Stop


def watch(on: tuple[str, ...], to: Addresses = Addresses(), **options: Any) -> None:  # noqa: B008  # a frozen value
    live(SAMPLE, str(JACKS), headless=True, on=on, to=to, sinks=[nothing], **options)


@pytest.mark.parametrize(
    ("rule", "patterns", "fault"),
    [
        ("arm_up held 1s", (), "did you mean 'arms_up'"),
        ("slouch enter", (), "there is"),
        ("nobdy for 5s", (), "did you mean 'nobody'"),
        ("jack partial", (), "'jack' has no pattern"),
        ("jack rep", (), "'jack' has no pattern"),
        ("any rep", (), "nothing is counted"),
        ("jack rep", ("jack: stand > arm_up > stand",), "'arm_up' was never taught"),
        ("jack rep", ("jack: stand",), "a pattern is labels"),
        ("wave gesture", (), "asks for a gesture"),
    ],
)
def test_a_rule_that_can_never_come_true_is_refused(rule: str, patterns: tuple[str, ...], fault: str) -> None:
    with pytest.raises((PosknnError, ValueError), match=fault):
        watch((rule,), patterns=patterns)


def test_what_was_opened_is_closed_when_the_next_cannot_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PosknnError, match="cannot listen"):
            watch((), Addresses(ws=("127.0.0.1", port)))
    with pytest.raises(ValueError, match="an MQTT address"):
        watch((), Addresses(ws=("127.0.0.1", port), mqtt="http://nonsense"))
    with pytest.raises(PosknnError, match="nowhere"):
        live(SAMPLE, "nowhere.mp4", headless=True, to=Addresses(ws=("127.0.0.1", port)))
    socket.create_server(("127.0.0.1", port)).close()  # free again


def test_commands_and_rules_that_do_not_match_in_number_are_refused() -> None:
    with pytest.raises(ValueError, match="2 commands for 3 rules"):
        watch(("any enter", "any exit", "person lost"), Addresses(commands=("true", "true")))


def two_poses() -> PoseClassifier:
    classifier = PoseClassifier()
    for wobble in (-4, 0, 4):
        classifier.add_example(stick_figure(hips=175 + wobble, knees=175 + wobble), "stand")
        classifier.add_example(stick_figure(hips=80 + wobble, knees=80 + wobble), "squat")
    return classifier


def squatting(depths: Sequence[float], fps: int = 20) -> Iterator[Result]:
    """Squat once every two seconds, by a share of the whole depth each."""
    for number in range(2 * fps * len(depths)):
        time = number / fps
        bent = 95 * depths[number // (2 * fps)] * (0.5 - 0.5 * math.cos(math.pi * time))
        pose = stick_figure(hips=175 - bent, knees=175 - bent)
        yield Result(Frame(PICTURE, time, number), (Person(0, pose, TWO_POSES.classify(pose)),))


TWO_POSES = two_poses()
PICTURE = next(frames(1)).image


def test_two_labels_make_a_pattern_and_half_a_squat_is_none() -> None:
    events = watcher_of([parse_rule("squat rep"), parse_rule("squat enter")], {}, TWO_POSES)
    told = [event for result in squatting([1, 1, 0.5, 1, 0.4, 1]) for event in events(result).events]
    assert [event.detail["count"] for event in told if event.kind == "rep"] == [1, 2, 3, 4]
    assert [int(event.time / 2) for event in told if event.kind == "rep"] == [0, 1, 3, 5]


def test_half_a_squat_is_partial_where_that_is_asked_for() -> None:
    events = watcher_of([parse_rule("squat partial")], {}, TWO_POSES)
    told = [event for result in squatting([1, 0.5, 1, 0.6]) for event in events(result).events]
    assert [(event.kind, event.label, int(event.time / 2)) for event in told] == [
        ("partial", "squat", 1),
        ("partial", "squat", 3),
    ]


def test_three_labels_make_none() -> None:
    classifier = two_poses()
    classifier.add_example(stick_figure(arms=170), "jump")
    with pytest.raises(ValueError, match="'squat' has no pattern"):
        watcher_of([parse_rule("squat rep")], {}, classifier)


def test_gestures_are_told_by_their_rule(tmp_path: Path) -> None:
    fps = 20

    def wave(number: int) -> Pose:
        return stick_figure(arms=10, right_arm=100 + 60 * math.sin(2 * math.pi * number / fps))

    takes = [wave(number) for number in range(2 * fps)] * 2
    recording = Recording(
        np.stack([as_points(pose) for pose in takes]),
        ("wave",) * len(takes),
        times=np.arange(len(takes)) / fps,
        takes=np.arange(len(takes)) // (2 * fps),
    )
    path = tmp_path / "wave.parquet"
    write_recording(recording, path)
    events = watcher_of([parse_rule("wave gesture")], {}, TWO_POSES, path)
    moves = [stick_figure()] * 30 + [wave(number) for number in range(2 * fps)] + [stick_figure()] * 60
    told = [
        event
        for number, pose in enumerate(moves)
        for event in events(Result(Frame(PICTURE, number / fps, number), (Person(3, pose),))).events
    ]
    assert [(event.kind, event.label, event.person) for event in told] == [("gesture", "wave", 3)]
    with pytest.raises(PosknnError, match="'wavy', which was never taught: did you mean 'wave'"):
        watcher_of([parse_rule("wavy gesture")], {}, TWO_POSES, path)
