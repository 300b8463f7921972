"""The command line: every command explained, wrong usage refused, errors told in one line, JSON for scripts."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

import posknn
from posknn import cli
from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.storage.recordings import read_recording, write_recording
from posknn.testing import stick_figure
from posknn.values import Label, Recording

PACKAGE = Path(next(iter(posknn.__path__)))
CLIP = PACKAGE / "clips" / "poses.mp4"
README = PACKAGE.parent / "README.md"
COMMANDS = dict(cli._posknn.commands)
NO_SCREEN = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}

Said = tuple[int, str, str]


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the command line in this process; return exit code, stdout and stderr."""

    def run(*arguments: object) -> Said:
        code: object = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        assert isinstance(code, int)
        shown = capfd.readouterr()
        return code, shown.out, shown.err

    return run


def posknn_command(
    *arguments: object, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, without a display."""
    command = [sys.executable, "-c", "from posknn.cli import main; main()", *map(str, arguments)]
    paths = os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    env = {**NO_SCREEN, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", **(environment or {})}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False, timeout=120, errors="replace"
    )


def recording(labels: Sequence[Label | None] = ("down", "up")) -> Recording:
    points = np.stack([as_points(stick_figure(arms=10 + 150 * number)) for number in range(len(labels))])
    return Recording(points, tuple(labels), name="desk")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A classifier of two stick figures."""
    path = tmp_path / "desk.parquet"
    write_recording(recording(), path)
    return path


def one_line(text: str) -> str:
    """Return the one line of an error; it names no Python."""
    assert text.endswith("\n")
    (line,) = text.splitlines()
    assert line.startswith("error: ")
    assert "Traceback" not in line
    assert "Error(" not in line
    return line


# --- help


def test_without_arguments_the_commands_are_shown() -> None:
    shown = CliRunner().invoke(cli._posknn, [])
    for name in COMMANDS:
        assert re.search(rf"^  {name}  ", shown.output, re.MULTILINE)
    listed = shown.output.split("Commands:")[1]
    assert "demo" in listed.splitlines()[1]  # first what somebody new needs
    assert "..." not in listed  # no summary is cut


def test_help_and_version(said: Callable[..., Said]) -> None:
    for option in ("--help", "-h"):
        code, out, err = said(option)
        assert (code, err) == (0, "")
        assert "Start here:" in out
    code, out, err = said("--version")
    assert (code, err) == (0, "")
    assert posknn_version() in out


def posknn_version() -> str:
    from importlib.metadata import version

    return version("posknn")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_and_each_of_its_options(name: str) -> None:
    shown = CliRunner().invoke(cli._posknn, [name, "--help"])
    assert shown.exit_code == 0
    text = " ".join(shown.output.split())
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in text
            assert parameter.help, parameter.opts
            assert len(parameter.help.split()) >= 3, parameter.help
        else:
            metavar = parameter.make_metavar(click.Context(command)).strip("[]").removesuffix("...")
            # Named in the usage line, and explained in the text as well.
            assert len(re.findall(rf"\b{metavar}\b", text)) >= 2, metavar
    assert "--json" in text


ELSEWHERE = {"studio": ("posknn.studio.server", "serve")}  # a room of its own, above the tasks


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_a_task_and_in_the_readme(name: str) -> None:
    module, function = ELSEWHERE.get(name, (f"posknn.tasks.{name}", name))
    task = getattr(importlib.import_module(module), function)
    assert callable(task)
    assert task.__doc__
    readme = README.read_text(encoding="utf-8") if README.is_file() else ""
    if len(readme.splitlines()) < 20:
        pytest.skip("the README is not written yet")
    assert f"posknn {name}" in readme


SHARED = {"bench_videos", "events", "examples", "label_report", "label_run", "report"}  # parts of tasks


def test_every_task_is_a_command() -> None:
    modules = {path.stem for path in (PACKAGE / "tasks").glob("*.py")} - {"__init__", *SHARED}
    assert modules == set(COMMANDS) - set(ELSEWHERE)


# --- wrong usage


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("dance", "dance"),
        ("--loud", "--loud"),
        ("demo --fast", "--fast"),
        ("demo extra", "extra"),
        ("demo -o", "-o"),
        ("record", "SOURCE"),
        ("record 0 up --seconds 0", "--seconds"),
        ("record 0 up --seconds soon", "--seconds"),
        ("record 0 up --countdown -1", "--countdown"),
        ("live", "CLASSIFIER"),
        ("live a.posknn --people 0", "--people"),
        ("label a.posknn b.mp4 -o c --people 6", "--people"),
        ("live a.posknn --follow me", "--follow"),
        ("record 0 up --follow all", "--follow"),
        ("live a.posknn --smooth -0.1", "--smooth"),
        ("live a.posknn --settle -1", "--settle"),
        ("live a.posknn --lost 0", "--lost"),
        ("live a.posknn --osc 9000", "--osc"),
        ("live a.posknn --osc localhost:http", "--osc"),
        ("live a.posknn --osc localhost:70000", "--osc"),
        ("live a.posknn --ws 0", "--ws"),
        ("live a.posknn --ws localhost", "--ws"),
        ("live a.posknn --on slouch", "slouch"),
        ("evaluate", "EXAMPLES"),
        ("evaluate desk --groups people", "--groups"),
        ("clean desk --factor 1", "--factor"),
        ("clean desk --drop", "--drop"),
        ("suggest desk", "TRACK"),
        ("suggest desk a.mp4 -n 0", "-n"),
        ("label", "CLASSIFIER"),
        ("label a.posknn -o out", "VIDEO"),
        ("label a.posknn a.mp4", "--out"),
        ("label a.posknn a.mp4 -o out --format csv,xml", "xml"),
        ("label a.posknn a.mp4 -o out --format ,", "--format"),
        ("label a.posknn a.mp4 -o out --least -1", "--least"),
        ("count", "VIDEO"),
        ("count a.posknn a.mp4", "--pattern"),
        ("count a.posknn a.mp4 --auto --pattern a>b", "--auto"),
        ("count a.posknn --pattern a>b", "a.posknn"),
        ("count a.mp4 --auto --relative", "--relative"),
        ("count a.posknn --auto", "video"),
        ("count a.posknn a.mp4 --pattern a>b --least -1", "--least"),
        ("convert a.json", "OUT"),
        ("convert a.json b.csv --to yolo", "yolo"),
        ("convert a.json b.json --to google", "--to"),
        ("convert a.csv b.npz --to coords", "--to"),
        ("convert a.csv b.csv --size 1280", "--size"),
        ("convert a.csv b.csv --size 0x720", "--size"),
        ("convert a.csv b.csv --aspect wide", "--aspect"),
        ("convert a.csv b.csv --aspect 16:9 --size 1280x720", "--aspect"),
        ("convert a.csv b.csv --per-keypoint 5", "--per-keypoint"),
        ("convert a.csv b.csv --units miles", "--units"),
        ("convert a.json b.posknn --label pose", "a.json"),
        ("doctor a b", "b"),
        ("bench fast", "fast"),
    ],
)
def test_wrong_usage_is_exit_2_and_says_what(arguments: str, named: str, said: Callable[..., Said]) -> None:
    code, out, err = said(*arguments.split())
    assert (code, out) == (2, "")
    assert named in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize("option", ["--smooth", "--least", "--merge"])
def test_seconds_that_are_no_number(tmp_path: Path, desk: Path, said: Callable[..., Said], option: str) -> None:
    code, out, err = said("label", desk, CLIP, "-o", tmp_path / "out", option, "nan")
    assert code in (1, 2)
    assert out == ""
    assert "nan" in err.splitlines()[-1]
    assert "Traceback" not in err


# --- errors of the world: one line, exit 1


def test_a_missing_classifier(tmp_path: Path, said: Callable[..., Said]) -> None:
    for name in ("nothing.posknn", "nothing.json", "nothing.csv", "nothing.parquet", "nothing"):
        for command in (["live", tmp_path / name, "--headless"], ["label", tmp_path / name, CLIP, "-o", tmp_path]):
            code, out, err = said(*command)
            assert (code, out) == (1, "")
            assert name in one_line(err)


@pytest.mark.parametrize("content", [b"", b"label,nose_x\n", b"a,b\n1,2\n", b"\x00\x01\x02", b'{"a": 1}'])
@pytest.mark.parametrize("ending", [".csv", ".json", ".posknn", ".parquet"])
def test_files_that_are_no_classifier(tmp_path: Path, said: Callable[..., Said], ending: str, content: bytes) -> None:
    path = tmp_path / f"mine{ending}"
    path.write_bytes(content)
    for command in (
        ["label", path, CLIP, "-o", tmp_path / "out"],
        ["live", path, "--source", CLIP, "--headless"],
        ["convert", path, tmp_path / "out.posknn"],
    ):
        code, out, err = said(*command)
        assert (code, out) == (1, "")
        assert path.name in one_line(err)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ending] == []


def test_an_empty_folder_and_one_without_labels(tmp_path: Path, said: Callable[..., Said]) -> None:
    (tmp_path / "empty").mkdir()
    write_recording(recording((None, None)), tmp_path / "track.parquet")
    for name in ("empty", "track.parquet"):
        code, out, err = said("label", tmp_path / name, CLIP, "-o", tmp_path / "out")
        assert (code, out) == (1, "")
        assert name in one_line(err)


def test_vectors_that_are_no_poses(tmp_path: Path, said: Callable[..., Said]) -> None:
    knn = KNNClassifier()
    knn.add_examples(np.eye(3), ["a", "b", "c"])
    knn.save(tmp_path / "rgb.json")
    for command in (
        ["label", tmp_path / "rgb.json", CLIP, "-o", tmp_path / "out"],
        ["convert", tmp_path / "rgb.json", tmp_path / "rgb.csv"],
    ):
        code, out, err = said(*command)
        assert (code, out) == (1, "")
        assert "rgb.json holds vectors of 3 numbers" in one_line(err)


def test_a_text_file_is_no_video(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no video\n" * 100)
    marks = tmp_path / "marks.csv"
    marks.write_text("start,end,label\n0,1,up\n")
    for command in (
        ["label", desk, text, "-o", tmp_path / "out"],
        ["live", desk, "--source", text, "--headless"],
        ["record", text, "--marks", marks, "-o", tmp_path / "new.parquet"],
    ):
        code, out, err = said(*command)
        assert (code, out) == (1, "")
        assert "notes.mp4" in one_line(err)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".posknn"]
    assert not list(tmp_path.glob("new*"))


def test_a_missing_video(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    for command in (
        ["label", desk, tmp_path / "gone.mp4", "-o", tmp_path / "out"],
        ["live", desk, "--source", tmp_path / "gone.mp4", "--headless"],
        ["record", tmp_path / "gone.mp4", "up", "--countdown", "1", "-o", tmp_path / "new.parquet"],
    ):
        code, out, err = said(*command)
        assert (code, out) == (1, "")
        assert "gone.mp4" in one_line(err)


def test_a_camera_that_is_not_there(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    for command in (
        ["live", desk, "--source", "97", "--headless"],
        ["record", "97", "up", "-o", tmp_path / "new.parquet"],
    ):
        code, out, err = said(*command)
        assert (code, out) == (1, "")
        assert "camera 97" in one_line(err)
    assert not list(tmp_path.glob("new*"))


def test_labelling_something_live(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    code, out, err = said("label", desk, "97", "-o", tmp_path / "out")
    assert (code, out) == (1, "")
    assert "97" in one_line(err)


def test_folders_and_files_that_cannot_be_written(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    wall = tmp_path / "wall"
    wall.write_text("a file where a folder is wanted")
    marks = tmp_path / "marks.csv"
    marks.write_text("start,end,label\n0,1,up\n")
    for command in (
        ["demo", "-o", wall],
        ["demo", "-o", wall / "sub"],
        ["label", desk, CLIP, "-o", wall],
        ["label", desk, CLIP, "-o", wall / "sub"],
        ["live", desk, "--source", CLIP, "--headless", "--table", wall / "a.csv"],
        ["live", desk, "--source", CLIP, "--headless", "--table", tmp_path],
        ["live", desk, "--source", CLIP, "--headless", "--video", tmp_path / "nowhere" / "a.mp4"],
        ["live", desk, "--source", CLIP, "--headless", "--video", tmp_path / "a.avi"],
        ["convert", desk, wall / "a.json"],
        ["convert", desk, tmp_path / "nowhere" / "a.posknn"],
        ["record", CLIP, "--marks", marks, "-o", wall / "a.parquet"],
    ):
        code, out, err = said(*command)
        assert (code, out) == (1, ""), command
        one_line(err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.parquet", "marks.csv", "wall"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere; needs a Unix user")
def test_a_folder_without_permission(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    code, out, err = said("label", desk, CLIP, "-o", tmp_path / "locked")
    assert (code, out) == (1, "")
    assert "locked" in one_line(err)


def test_formats_that_nobody_writes(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    for name in ("out.xlsx", "out", "out.parquet.txt"):
        code, out, err = said("convert", desk, tmp_path / name)
        assert (code, out) == (1, "")
        assert name in one_line(err)


def test_a_recording_that_exists_is_not_overwritten(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    before = desk.read_bytes()
    marks = tmp_path / "marks.csv"
    marks.write_text("start,end,label\n1,2,up\n")
    code, out, err = said("record", CLIP, "--marks", marks, "-o", desk)
    assert (code, out) == (1, "")
    assert "desk.parquet exists already" in one_line(err)
    assert desk.read_bytes() == before


@pytest.mark.parametrize("name", ["desk.csv", "desk", "desk.arrows.part", "desk.posknn"])
def test_a_recording_under_another_ending(tmp_path: Path, said: Callable[..., Said], name: str) -> None:
    marks = tmp_path / "marks.csv"
    marks.write_text("start,end,label\n1,2,up\n")
    code, out, err = said("record", CLIP, "--marks", marks, "-o", tmp_path / name)
    assert code in (1, 2)
    assert out == ""
    assert ".parquet" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "marks.csv"),
        ("start,end\n1,2\n", "label"),
        ("start,end,label\n1,2,up\nsoon,3,up\n", "line 3"),
        ("start,end,label\n2,1,up\n", "line 2"),
        ("start,end,label\n1,3,up\n2,4,down\n", "overlap"),
        ("start,end,label\n1,2,up\n", "sideways"),
    ],
)
def test_marks_that_are_wrong(tmp_path: Path, said: Callable[..., Said], content: str, named: str) -> None:
    marks = tmp_path / "marks.csv"
    marks.write_text(content)
    wanted = ["sideways"] if named == "sideways" else []
    code, out, err = said("record", CLIP, *wanted, "--marks", marks, "-o", tmp_path / "new.parquet")
    assert (code, out) == (1, "")
    assert named in one_line(err)
    assert not list(tmp_path.glob("new*"))


def test_missing_marks(tmp_path: Path, said: Callable[..., Said]) -> None:
    for name in ("none.csv", "none.vtt"):
        code, out, err = said("record", CLIP, "--marks", tmp_path / name, "-o", tmp_path / "new.parquet")
        assert (code, out) == (1, "")
        assert name in one_line(err)


def test_recording_with_nothing_to_teach_or_no_hands(tmp_path: Path, said: Callable[..., Said]) -> None:
    new = tmp_path / "new.parquet"
    code, out, err = said("record", CLIP, "-o", new)
    assert (code, out) == (2, "")
    assert "--marks" in err
    for arguments, named in (
        ([CLIP, "up"], "--countdown"),
        ([CLIP, "up", "--headless"], "--countdown"),
    ):
        code, out, err = said("record", *arguments, "-o", new)
        assert (code, out) == (1, "")
        assert named in one_line(err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_recording_where_nobody_is_fails_and_says_so(
    tmp_path: Path, said: Callable[..., Said], as_json: list[str]
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    import cv2

    for number in range(2):
        cv2.imwrite(str(pictures / f"{number}.png"), np.full((48, 64, 3), 90, np.uint8))
    marks = tmp_path / "marks.csv"
    marks.write_text("start,end,label\n0,10,up\n")
    code, out, err = said("record", pictures, "--marks", marks, "-o", tmp_path / "new.parquet", *as_json)
    assert code == 1
    assert not list(tmp_path.glob("new*"))
    if as_json:
        assert json.loads(out)["file"] is None
    else:
        assert out == ""
        assert "nobody was seen" in one_line(err)


def test_labels_that_read_alike(tmp_path: Path, said: Callable[..., Said]) -> None:
    write_recording(recording((5, "5")), tmp_path / "five.parquet")
    code, out, err = said("label", tmp_path / "five.parquet", CLIP, "-o", tmp_path / "out")
    assert (code, out) == (1, "")
    assert "5" in one_line(err)


def test_recordings_in_pixels_and_in_heights(tmp_path: Path, said: Callable[..., Said]) -> None:
    (tmp_path / "both").mkdir()
    write_recording(recording(), tmp_path / "both" / "a.parquet")
    write_recording(replace(recording(), units="pixels"), tmp_path / "both" / "b.parquet")
    code, out, err = said("convert", tmp_path / "both", tmp_path / "out.parquet")
    assert (code, out) == (1, "")
    assert "pixels" in one_line(err)


def test_the_doctor_of_a_folder_that_is_not_there(tmp_path: Path, said: Callable[..., Said]) -> None:
    code, out, err = said("doctor", tmp_path / "typo")
    assert "none was cut off in" not in out
    assert "typo" in out + err
    assert "Traceback" not in err
    assert code in (0, 1)


# --- in a process of its own: nothing else is said, also when the interpreter ends


def test_an_error_after_the_tracker_was_made_is_one_line_too(tmp_path: Path, desk: Path) -> None:
    marks = tmp_path / "marks.csv"
    marks.write_text("start,end,label\n1,2,up\n")
    done = posknn_command("record", CLIP, "--marks", "marks.csv", "-o", desk, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    one_line(done.stderr)


@pytest.mark.parametrize(
    "command", ["live desk.parquet --source {clip}", "live desk.parquet --source {stream} --video a.mp4"]
)
def test_without_a_display_live_names_the_way_out(tmp_path: Path, desk: Path, command: str) -> None:
    arguments = command.format(clip=CLIP, stream=CLIP.as_uri()).split()
    done = posknn_command(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "--headless" in one_line(done.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["desk.parquet"]


def test_errors_of_missing_files_in_a_process_of_its_own(tmp_path: Path, desk: Path) -> None:
    done = posknn_command("label", "desk.parquet", "gone.mp4", "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "gone.mp4" in one_line(done.stderr)


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path, desk: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-c", "from posknn.cli import main; main()", "convert", str(desk), "a.json"]
    env = {**NO_SCREEN, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(write)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "a.json").is_file()


def test_a_terminal_without_the_letters_of_a_name(tmp_path: Path, desk: Path) -> None:
    # As on Windows, where output into a pipe is cp1252.
    done = posknn_command("convert", desk, "ünï 人.json", cwd=tmp_path, environment={"PYTHONIOENCODING": "cp1252"})
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    assert (tmp_path / "ünï 人.json").is_file()


# --- JSON


def test_json_of_convert_and_label(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    code, out, err = said("convert", desk, tmp_path / "a.json", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "file": str(tmp_path / "a.json"),
        "examples": 2,
        "labels": 2,
        "kind": "poses",
        "lost": "where examples were taught, units, vector lengths",
        "read_as": [],
    }
    (tmp_path / "notes.mp4").write_text("no video")
    code, out, err = said("label", desk, tmp_path / "notes.mp4", tmp_path / "gone.mp4", "-o", tmp_path / "o", "--json")
    assert (code, err) == (1, "")
    reports = {report["video"]: report for report in map(json.loads, out.splitlines())}  # told as each is finished
    assert "notes.mp4" in reports["notes.mp4"]["error"]
    assert "gone.mp4" in reports["gone.mp4"]["error"]


def test_json_of_an_error_that_ends_the_command(tmp_path: Path, said: Callable[..., Said]) -> None:
    code, out, err = said("convert", tmp_path / "gone.json", tmp_path / "a.csv", "--json")
    assert (code, out) == (1, "")
    one_line(err)


def test_converting_says_what_was_done(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    code, out, err = said("convert", desk, tmp_path / "a.posknn")
    assert (code, err) == (0, "")
    assert out == f"{tmp_path / 'a.posknn'}: 2 examples of 2 labels (poses)\n"
    assert PoseClassifier.load(tmp_path / "a.posknn").labels == ("down", "up")
    code, out, err = said("convert", desk, tmp_path / "a.csv", "--to", "google")
    assert (code, err) == (0, "")
    assert "this format cannot hold: units" in out


def test_converting_says_what_was_found_in_a_table(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    said("convert", desk, tmp_path / "a.csv", "--to", "coords")
    code, out, err = said("convert", tmp_path / "a.csv", tmp_path / "b.posknn")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "  33 keypoints of x, y, z, visibility in columns 2 to 133, named in a header",
        "  label: column 1 ('class')",
        "  x and y are fractions of a picture of unknown shape, taken as square: "
        "say its size (--size 1280x720) or shape (--aspect 16:9)",
        f"{tmp_path / 'b.posknn'}: 2 examples of 2 labels (poses)",
    ]
    code, out, err = said(
        "convert", tmp_path / "a.csv", tmp_path / "X.npy", "--size", "1280x720", "--label", "class", "--json"
    )
    assert (code, err) == (0, "")
    assert json.loads(out)["read_as"][-1] == "fractions of pictures of 1280 x 720 became image heights"
    assert (tmp_path / "y.npy").is_file()
    code, out, err = said("convert", tmp_path / "a.csv", tmp_path / "b.posknn", "--label", "pose")
    assert (code, out) == (1, "")
    assert "no column is called 'pose'" in one_line(err)


def test_recordings_become_heights_later(tmp_path: Path, desk: Path, said: Callable[..., Said]) -> None:
    said("convert", desk, tmp_path / "a.csv", "--to", "coords")
    said("convert", tmp_path / "a.csv", tmp_path / "fractions.parquet")
    code, out, err = said("convert", tmp_path / "fractions.parquet", tmp_path / "heights.parquet", "--aspect", "16:9")
    assert (code, err) == (0, "")
    assert "heights.parquet: 2 examples" in out
    before, after = (read_recording(tmp_path / f"{name}.parquet") for name in ("fractions", "heights"))
    assert (before.units, after.units) == ("fractions", "heights")
    assert after.points[0, 11, 0] == pytest.approx(before.points[0, 11, 0] * 16 / 9, rel=1e-6)
