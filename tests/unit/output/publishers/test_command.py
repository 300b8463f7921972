"""Commands get what an event says as arguments and in the environment, and no shell ever sees it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from posknn import Event, PosknnError, Result, parse_rule, to_command
from posknn.testing import frames

Sent = Callable[..., Result]

NASTY = 'a\'; touch "hacked" $(touch hacked) `touch hacked` | & {person} > hacked *'


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Return a program that writes down its arguments and environment, a line of JSON per call."""
    program = tmp_path / "note.py"
    program.write_text(
        "import json, os, pathlib, sys\n"
        "said = {key: value for key, value in os.environ.items() if key.startswith('POSKNN_')}\n"
        "with pathlib.Path(__file__).with_suffix('.txt').open('a') as file:\n"
        "    print(json.dumps([sys.argv[1:], said]), file=file)\n"
    )
    return program


def noted(notebook: Path) -> list[tuple[list[str], dict[str, str]]]:
    return [json.loads(line) for line in notebook.with_suffix(".txt").read_text().splitlines()]


def result(*events: Event) -> Result:
    (frame,) = frames(1)
    return Result(frame, events=events)


def test_placeholders_and_environment_are_filled_in(notebook: Path) -> None:
    command = to_command(
        f"'{sys.executable}' -S '{notebook}' {{label}} 'at {{time}} by {{person}}' {{seconds}}/{{count}} {{kind}}"
    )
    command(result(Event("held", "two words", 3, 1.23456, {"seconds": 10.0}), Event("lost", None, 3, 2.0)))
    command.close()
    (first, environment), (second, _) = noted(notebook)
    assert first == ["two words", "at 1.235 by 3", "10/", "held"]
    assert second == ["person", "at 2.000 by 3", "/", "lost"]
    assert environment["POSKNN_TEXT"] == "two words held 10 s"
    assert (environment["POSKNN_LABEL"], environment["POSKNN_PERSON"]) == ("two words", "3")
    assert (environment["POSKNN_TIME"], environment["POSKNN_SECONDS"]) == ("1.235", "10")
    assert json.loads(environment["POSKNN_EVENT"])["label"] == "two words"
    assert (command.delivered, command.dropped, command.problem) == (2, 0, None)


def test_a_label_stays_one_word_whatever_it_holds(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(notebook.parent)
    command = to_command(f"'{sys.executable}' -S '{notebook}' pre-{{label}} {{label}}")
    command(result(Event("enter", NASTY, 0, 1.0), Event("enter", "nul\0byte", 0, 2.0)))
    command.close()
    assert [arguments for arguments, _ in noted(notebook)] == [[f"pre-{NASTY}", NASTY], ["pre-nulbyte", "nulbyte"]]
    assert sorted(path.name for path in notebook.parent.iterdir()) == ["note.py", "note.txt"]


def test_words_may_be_given_one_by_one(notebook: Path) -> None:
    command = to_command([sys.executable, "-S", str(notebook), "a b", "{text}"], wanted=parse_rule("person lost"))
    command(result(Event("lost", None, 0, 2.0), Event("found", None, 0, 2.0)))
    command.close()
    assert [arguments for arguments, _ in noted(notebook)] == [["a b", "person lost"]]


def test_a_command_that_fails_is_told_once_and_the_next_runs(capfd: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    command = to_command([sys.executable, "-S", "-c", "print('seen'); raise SystemExit(3)"], report=lines.append)
    command(result(Event("lost", None, 0, 2.0), Event("found", None, 0, 2.0)))
    command.close()
    assert lines == [f"{sys.executable}: exit code 3"]
    assert command.dropped == 2
    assert capfd.readouterr() == ("", "seen\nseen\n")  # standard output stays free for events


def test_a_command_that_hangs_is_ended() -> None:
    command = to_command([sys.executable, "-S", "-c", "import time; time.sleep(60)"], limit=0.2)
    command(result(Event("lost", None, 0, 2.0)))
    command.close()
    assert command.problem == "ended after 0.2 s"


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("", "a program to run"),
        ([], "a program to run"),
        ("'' x", "a program to run"),
        ("say 'it", "No closing quotation"),
        ("echo {labl}", "{labl}"),
    ],
)
def test_a_command_that_cannot_be_read_is_refused(command: str | list[str], fault: str) -> None:
    with pytest.raises(ValueError, match="command") as caught:
        to_command(command)
    assert fault in str(caught.value)


def test_a_program_that_is_not_there_is_an_error_at_once() -> None:
    with pytest.raises(PosknnError, match="'no-such-program'"):
        to_command("no-such-program {label}")
