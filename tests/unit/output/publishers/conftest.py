"""Results with events, and waiting for what happens in another thread."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from posknn import Event, Result
from posknn.testing import frames

Sent = Callable[..., Result]
Soon = Callable[[Callable[[], object]], None]


@pytest.fixture
def sent() -> Sent:
    """Return a maker of a result with numbered events: the count says which."""
    (frame,) = frames(1)

    def make(*numbers: int, kind: str = "rep", label: str = "squat") -> Result:
        events = tuple(Event(kind, label, 0, float(number), {"count": float(number)}) for number in numbers)
        return Result(frame, events=events)

    return make


@pytest.fixture
def soon() -> Soon:
    """Return a function that waits until something is so, for 10 s at most."""

    def wait(so: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not so():
            assert time.monotonic() < deadline, "waited for 10 s in vain"
            time.sleep(0.005)

    return wait
