"""Keeps Ctrl-C from cutting in two what belongs together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["undisturbed"]


@contextmanager
def undisturbed(*, give_way: int | None = None) -> Iterator[None]:
    """Hold Ctrl-C back for a moment that must not be cut in two, then let it happen.

    give_way: the press that goes through at once, where code that may hang is run; None holds all of them back.
    """
    held: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        held.append(number)
        if len(held) == give_way:
            held.clear()
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield  # Python leaves signals to the main thread, and to whoever set a handler outside of it
        return
    before = signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)
