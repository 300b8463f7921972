"""The options of tables become one value, and none of them none."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from posknn.cli.reading import reading_options
from posknn.storage.formats.layout import Reading


def read(*arguments: str) -> tuple[int, Reading | None]:
    """Return the exit code and what a command was given."""
    given: list[Reading | None] = []

    @click.command()
    @reading_options
    def command(reading: Reading | None) -> None:
        given.append(reading)

    code = CliRunner().invoke(command, arguments).exit_code
    return code, given[0] if given else None


@pytest.mark.parametrize(
    ("arguments", "reading"),
    [
        ("", None),
        ("--label pose", Reading(label="pose")),
        ("--label-is-file", Reading(file_is_label=True)),
        ("--no-header --per-keypoint 3", Reading(header=False, per_keypoint=3)),
        ("--header --units pixels", Reading(header=True, units="pixels")),
        ("--size 1280x720", Reading(size=(1280, 720))),
        ("--size 1280X720", Reading(size=(1280, 720))),
        ("--aspect 16:9", Reading(aspect=16 / 9)),
    ],
)
def test_options_become_a_reading(arguments: str, reading: Reading | None) -> None:
    assert read(*arguments.split()) == (0, reading)


@pytest.mark.parametrize(
    "arguments",
    [
        *("--size 1280", "--size 0x720", "--size axb", "--size -1x5", "--aspect 16", "--aspect 0:9", "--aspect 16/9"),
        *("--aspect 16:9 --size 16x9", "--per-keypoint 1", "--units miles", "--label a --label-is-file"),
    ],
)
def test_wrong_usage(arguments: str) -> None:
    assert read(*arguments.split()) == (2, None)
