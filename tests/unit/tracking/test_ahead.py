"""Reading ahead: the same frames, the same errors, few of them held, and no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from posknn.pipeline import Pipeline, run
from posknn.testing import ScriptedTracker, check_source, frames
from posknn.tracking.ahead import Ahead
from posknn.values import Frame, Stop


def readers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "posknn-reader"]


class Counted:
    """A source that says how far it was read and whether it was closed."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.given = 0
        self.closed = 0
        self._count = count
        self._error = error

    def __iter__(self) -> Iterator[Frame]:
        for frame in frames(self._count):
            self.given += 1
            yield frame
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.closed += 1


def test_the_frames_of_the_source_in_order_and_again() -> None:
    ahead = Ahead(Counted(20))
    assert [frame.index for frame in check_source(ahead)] == list(range(20))
    assert [frame.index for frame in ahead] == list(range(20))
    ahead.close()
    assert readers() == []


def test_an_error_comes_after_the_frames_before_it() -> None:
    ahead = Ahead(Counted(5, OSError("torn")))
    shown = iter(ahead)
    assert [next(shown).index for _ in range(5)] == list(range(5))
    with pytest.raises(OSError, match="torn"):
        next(shown)
    ahead.close()


def test_it_reads_no_further_than_its_depth() -> None:
    source = Counted(1000)
    ahead = Ahead(source, depth=2)
    shown = iter(ahead)
    next(shown)
    deadline = time.monotonic() + 5
    while source.given < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert source.given == 4  # one shown, two that wait, one in hand
    ahead.close()
    ahead.close()
    assert source.closed == 2
    assert readers() == []
    assert list(shown) == []


def test_a_run_that_stops_early_leaves_no_thread() -> None:
    def enough(result: object) -> None:
        raise Stop

    source = Counted(1000)
    assert run(Ahead(source), Pipeline(ScriptedTracker([])), enough) == 1
    assert source.closed == 1
    assert readers() == []


def test_a_depth_of_none_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="depth"):
        Ahead(frames(1), depth=0)
