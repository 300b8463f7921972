"""Hands events to a program that waits for them with `async for`."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from posknn.output.publishers.publisher import MOST, everything
from posknn.values import Event, Result, Stop

__all__ = ["EventStream"]


class EventStream:
    """A sink that is read with `async for event in stream` by one reader, while `run` goes on in another thread.

    wanted: which events, such as a `Rule`. most: how many wait for the reader at most; the oldest are dropped for new
    ones and counted in `dropped`. The reading ends with the run; a reader that has seen enough calls `close`, and the
    run ends with the next frame.
    """

    def __init__(self, *, wanted: Callable[[Event], bool] = everything, most: int = MOST) -> None:
        self.dropped = 0
        self._wanted = wanted
        self._most = most
        self._waiting: deque[Event] = deque()
        self._over = False
        self._lock = threading.Lock()
        self._reader: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def __call__(self, result: Result) -> None:
        """Put the events of one result in line; returns at once. Raise `Stop` after the end."""
        self.tell(result.events)

    def tell(self, events: Sequence[Event]) -> None:
        """Put events in line that belong to no frame, such as those of the end of the stream; else as a call."""
        wanted = [event for event in events if self._wanted(event)]
        with self._lock:
            if self._over:
                raise Stop
            for event in wanted:
                if len(self._waiting) == self._most:
                    self._waiting.popleft()
                    self.dropped += 1
                self._waiting.append(event)
        if wanted:
            self._wake()

    def close(self) -> None:
        """End the reading, after what is still in line."""
        with self._lock:
            self._over = True
        self._wake()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Event:
        if self._reader is None:
            self._reader = asyncio.get_running_loop(), asyncio.Event()
        _, changed = self._reader
        while True:
            changed.clear()
            with self._lock:
                if self._waiting:
                    return self._waiting.popleft()
                if self._over:
                    raise StopAsyncIteration
            await changed.wait()

    def _wake(self) -> None:
        if self._reader is not None:
            loop, changed = self._reader
            with suppress(RuntimeError):  # the reader's program has ended
                loop.call_soon_threadsafe(changed.set)
