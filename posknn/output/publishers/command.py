"""Runs a command for each event, without a shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import Final

from posknn.errors import OutputError
from posknn.output.publishers.message import describe, message_text, subject
from posknn.output.publishers.publisher import Publisher, everything
from posknn.values import Event

__all__ = ["to_command"]

_PLACE: Final = re.compile(r"\{(\w+)\}")
_NAMES: Final = ("kind", "label", "person", "time", "seconds", "count", "text")
_STDERR: Final = 2


def to_command(
    command: str | Sequence[str],
    *,
    limit: float = 60.0,
    wanted: Callable[[Event], bool] = everything,
    report: Callable[[str], object] = lambda line: None,
) -> Publisher:
    """Return a sink that runs a command for each event, one after the other.

    command: words, or one text that is cut into words as a shell would, quotes included; there is no shell, so "|",
    ">" and "*" are plain letters. {kind}, {label}, {person}, {time}, {seconds}, {count} and {text} in a word are
    replaced by what the event says, "" for what it does not; what a label holds stays within its word. The same is in
    the environment as POSKNN_KIND and so on, and as JSON in POSKNN_EVENT. What the command prints goes to standard
    error. limit: seconds after which a command is ended. wanted, report: see `Publisher`.
    ValueError for a command that cannot be read; OutputError for a program that is not there.
    """
    words = _words(command)
    if shutil.which(words[0]) is None:
        raise OutputError(
            f"cannot run {words[0]!r}: there is no such program; without a shell only programs can be run"
        )

    def run(event: Event) -> None:
        said = _said(event)
        filled = [_PLACE.sub(lambda place: said[place[1]], word) for word in words]
        try:
            done = subprocess.run(
                filled, env=_environment(event), stdin=subprocess.DEVNULL, stdout=_STDERR, timeout=limit, check=False
            )
        except subprocess.TimeoutExpired:
            raise OutputError(f"ended after {limit:g} s") from None
        except (OSError, ValueError) as error:  # to try it again would not help
            raise OutputError(str(error)) from error
        if done.returncode:
            raise OutputError(f"exit code {done.returncode}")

    return Publisher(run, wanted=wanted, name=words[0], report=report)


def _words(command: str | Sequence[str]) -> list[str]:
    if not isinstance(command, str):
        words = list(command)
    else:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise ValueError(f"cannot read the command {command!r}: {error}") from None
    if not words or not words[0]:
        raise ValueError("a command needs a program to run")
    for word in words:
        for name in _PLACE.findall(word):
            if name not in _NAMES:
                known = ", ".join(f"{{{each}}}" for each in _NAMES)
                raise ValueError(f"cannot read the command at {{{name}}}: what it can be told is {known}")
    return words


def _said(event: Event) -> dict[str, str]:
    numbers = {name: f"{event.detail[name]:g}" if name in event.detail else "" for name in ("seconds", "count")}
    person = "" if event.person is None else str(event.person)
    said = {"kind": event.kind, "label": subject(event), "person": person, "time": f"{event.time:.3f}", **numbers}
    return {name: value.replace("\0", "") for name, value in {**said, "text": describe(event)}.items()}


def _environment(event: Event) -> dict[str, str]:
    said = {f"POSKNN_{name.upper()}": value for name, value in _said(event).items()}
    return {**os.environ, **said, "POSKNN_EVENT": message_text(event)}
