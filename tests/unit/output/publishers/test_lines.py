"""Events as lines of text."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from posknn import Result, Stop, to_lines
from posknn.output.publishers.message import describe

Sent = Callable[..., Result]
Soon = Callable[[Callable[[], object]], None]


def test_a_line_of_json_per_event(sent: Sent) -> None:
    file = io.StringIO()
    lines = to_lines(file)
    for number in range(3):
        lines(sent(number))
    lines.close()
    assert [json.loads(line)["count"] for line in file.getvalue().splitlines()] == [0, 1, 2]


def test_the_line_can_be_in_words(sent: Sent) -> None:
    file = io.StringIO()
    lines = to_lines(file, write=describe)
    lines(sent(4))
    lines.close()
    assert file.getvalue() == "squat rep 4\n"


def test_a_reader_that_has_gone_ends_the_run(sent: Sent, soon: Soon) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    file = os.fdopen(writer, "w", encoding="utf-8")
    lines = to_lines(file)
    lines(sent(1))
    soon(lambda: lines.dropped == 1)
    with pytest.raises(Stop):
        lines(sent())
    lines.close()
    with suppress(BrokenPipeError):
        file.close()


def test_a_reader_that_does_not_read_holds_nothing_up(sent: Sent) -> None:
    reader, writer = os.pipe()
    file = os.fdopen(writer, "w", encoding="utf-8")
    lines = to_lines(file, write=lambda event: "x" * 10_000, patience=0.2)
    began = time.monotonic()
    for number in range(2000):
        lines(sent(number))
    lines.close()
    assert time.monotonic() - began < 2
    assert 900 < lines.dropped < 2000
    os.set_blocking(reader, False)
    while True:  # let the writer go on
        try:
            if not os.read(reader, 1 << 20):
                break
        except BlockingIOError:
            break
    os.close(reader)
    time.sleep(0.05)
    with suppress(BrokenPipeError):
        file.close()
