"""What is printed of the tasks' reports, for people and for scripts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from posknn.cli import terminal
from posknn.cli.first_steps import print_demo, print_findings, print_measured
from posknn.cli.recognising import print_labelled
from posknn.cli.teaching import print_taught
from posknn.jobs.labelling import Labelled
from posknn.tasks.bench import Measured
from posknn.tasks.demo import Shown
from posknn.tasks.doctor import Finding
from posknn.tasks.record import Taught
from posknn.values import Segment

ROOT = Path(terminal.__file__).parents[2]
LABELLED = Labelled(
    "a.mp4",
    frames=100,
    seconds=9.9,
    seen=1,
    segments=(Segment(0, 2.25, "up", 0, 0.9, (1, 2)), Segment(3, 4, 5, 0), Segment(5, 6, "up", 1)),
    files=(Path("out/a.csv"), Path("out/a.vtt")),
)


def test_a_labelled_video_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_labelled(LABELLED)
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0] == "a.mp4: 9.9 s, somebody in 1 of 100 frames, 3 segments"
    assert lines[1:3] == ["  up  3.2 s", "  5  1.0 s"]
    assert [line.strip() for line in lines[3:]] == [str(Path("out/a.csv")), str(Path("out/a.vtt"))]
    assert shown.err == ""


def test_one_of_a_thing_has_no_plural(capsys: pytest.CaptureFixture[str]) -> None:
    print_labelled(Labelled("a.mp4", frames=1, seen=1, segments=(Segment(0, 1, "up"),)))
    assert capsys.readouterr().out.splitlines()[0] == "a.mp4: 0.0 s, somebody in 1 of 1 frame, 1 segment"


def test_damage_and_errors_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_labelled(Labelled("a.mp4", frames=3, problems=("3 of 5 frames", "no sound")))
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["  incomplete: 3 of 5 frames", "  incomplete: no sound"]
    assert "incomplete" not in shown.out
    print_labelled(Labelled("a.mp4", error="a.mp4 is no video"))
    assert capsys.readouterr() == ("", "error: a.mp4 is no video\n")


def test_what_was_taught(capsys: pytest.CaptureFixture[str]) -> None:
    print_taught(Taught(Path("desk.parquet"), {"up": 3, 5: 1}, 7, 0, 0))
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0] == "desk.parquet: up 3, 5 1 examples; 7 near-duplicates were left out."
    assert shown.out.splitlines()[-1] == f"Next: {terminal.program()} live desk.parquet"
    assert shown.err == ""
    print_taught(Taught(Path("desk.parquet"), {"up": 3}, 7, 2, 4, ("damaged",)))
    shown = capsys.readouterr()
    assert "2 frames with nobody, 4 with too little" in shown.out
    assert shown.err == "  incomplete: damaged\n"


def test_when_nothing_was_taught_the_reason_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    print_taught(Taught(None, {}, 0, 0, 0))
    assert capsys.readouterr() == (
        "", "error: nothing was recorded: no label was switched on, or no mark lies within the video\n"
    )  # fmt: skip
    print_taught(Taught(None, {"up": 0}, 0, 12, 3))
    assert "nobody was seen in 12 frames and too little of a person in 3" in capsys.readouterr().err


def test_what_the_doctor_found(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([Finding("python", "ok", "3.11"), Finding("model", "bad", "gone"), Finding("x", "note", "y")])
    assert capsys.readouterr().out.splitlines() == [
        "ok    python      3.11", "BAD   model       gone", "note  x           y",
    ]  # fmt: skip


def test_which_budgets_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    print_measured([Measured("classify", 1.5, 2.0, "x"), Measured("import", 0.2, 0.15, "s")])
    kept, over = capsys.readouterr().out.splitlines()
    assert kept.startswith("ok")
    assert over.startswith("OVER")
    assert "0.15 s" in over


def test_what_the_demo_saw(capsys: pytest.CaptureFixture[str]) -> None:
    endings = (".csv", ".labelled.mp4", ".segments.csv", ".vtt")
    files = [Path("out") / f"jumping_jacks{ending}" for ending in endings]
    labelled = Labelled("jumping_jacks.mp4", 216, 10.75, 216, LABELLED.segments, tuple(files))
    print_demo(Shown({"stand": 31, "arms_up": 1}, 40, labelled, 8, Path("out/demo.posknn")))
    out = capsys.readouterr().out
    assert "stand (31 examples) and arms_up (1 example)" in out
    assert "Counted 8 jumping jacks" in out
    for file, what in zip(
        [*files, Path("out/demo.posknn")],
        ["every frame", "the annotated video", "who showed what", "subtitles", "what was taught"],
        strict=True,
    ):
        (line,) = [line for line in out.splitlines() if line.split("  ")[1:2] == [str(file)]]
        assert what in line


def test_json_is_one_line_of_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_json(LABELLED)
    (line,) = capsys.readouterr().out.splitlines()
    report = json.loads(line)
    assert report["video"] == "a.mp4"
    assert report["error"] is None
    assert report["files"] == [str(Path("out/a.csv")), str(Path("out/a.vtt"))]
    assert report["segments"][0] == {
        "start": 0, "end": 2.25, "label": "up", "person": 0, "confidence": 0.9, "neighbors": [1, 2],
    }  # fmt: skip
    assert report["segments"][1]["label"] == 5
    terminal.print_json([Finding("ünï 人", "ok", 'a "quoted"\nline')])
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == [{"subject": "ünï 人", "verdict": "ok", "text": 'a "quoted"\nline'}]
    terminal.print_json(Taught(Path("a.parquet"), {5: 1, "up": 2}, 0, 0, 0))
    assert json.loads(capsys.readouterr().out)["counts"] == {"5": 1, "up": 2}


@pytest.mark.parametrize("silent", [True, False])
def test_progress_is_silent_where_there_is_no_terminal(silent: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress(silent) as progress:
        progress("a.mp4", 1.0, 10.0)
        progress("b.mp4", 1.0, None)
    assert capsys.readouterr() == ("", "")


def on_a_terminal(code: str) -> tuple[int, str]:
    """Run some Python with stderr on a terminal; return its exit code and what the terminal got."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals need a Unix")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", textwrap.dedent(code)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment) as running:
        os.close(theirs)
        got = bytearray()
        try:
            while chunk := os.read(ours, 4096):
                got += chunk
        except OSError:  # how Linux tells that the other end is closed
            pass
        running.wait(30)
    os.close(ours)
    return running.returncode, got.decode(errors="replace")


@pytest.mark.parametrize("name", ["holiday.mp4", "100% [red] ünï 人.mp4", "take [/b] 2.mp4"])
def test_on_a_terminal_a_bar_shows_how_far_it_is(name: str) -> None:
    code, shown = on_a_terminal(f"""
        import time
        from posknn.cli.terminal import progress
        with progress(False) as tell:
            for step in range(4):
                tell({name!r}, step, 10.0, 30 * step)
                time.sleep(0.1)
    """)
    assert code == 0, shown
    assert name in shown
    assert "3 s" in shown
    assert re.search(r"[1-9]\d* frames/s", shown)


class Board:
    """Takes what rich would draw, by its task."""

    def __init__(self) -> None:
        self.shown: dict[int, dict[str, object]] = {}

    def add_task(self, description: str, **fields: object) -> int:
        self.shown[len(self.shown)] = {"name": description, **fields}
        return len(self.shown) - 1

    def update(self, task: int, **fields: object) -> None:
        self.shown[task].update(fields)

    def remove_task(self, task: int) -> None:
        del self.shown[task]


def test_all_videos_together() -> None:
    board, clock = Board(), iter(range(100))
    bars = terminal.Bars(board, 4, lambda: float(next(clock)))
    bars("a.mp4", 0.0, 10.0, 0)
    bars("b.mp4", 5.0, None, 200)
    bars("a.mp4", 5.0, 10.0, 140)
    everything = board.shown[0]
    assert (everything["completed"], everything["shown"]) == (0.5, "0 of 4")
    assert (board.shown[2]["total"], board.shown[2]["shown"]) == (None, "5 s")
    bars.finished("a.mp4")
    bars.finished("never begun.mp4")
    assert (everything["completed"], everything["shown"]) == (2, "2 of 4")
    assert [task["name"] for task in board.shown.values()] == ["all videos", "b.mp4"]
    assert re.fullmatch(r"\d+ frames/s", str(everything["pace"]))


def test_for_scripts_there_is_no_bar_on_a_terminal_either() -> None:
    code, shown = on_a_terminal("""
        from posknn.cli.terminal import progress
        with progress(True) as tell:
            tell("a.mp4", 1.0, 10.0)
    """)
    assert (code, shown) == (0, "")
