"""Reads a recorded source in a thread of its own, so that decoding goes on while a frame is tracked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from posknn.values import Frame, Source

__all__ = ["Ahead"]

_POLL: Final = 0.1
"""Seconds after which a reader that waits for room looks whether anybody still wants its frames."""

_Item = Frame | BaseException | None


class Ahead:
    """Yield the frames of a recorded source, read up to `depth` frames ahead by a thread; a Source.

    Decoding and conversion of colours happen in native code that lets other threads run, as tracking does. The frames,
    and an error after them, are those of the source. Few frames are held: one of 4K is 25 MB.
    """

    def __init__(self, source: Source, *, depth: int = 3) -> None:
        if depth < 1:
            raise ValueError(f"depth is 1 frame or more, not {depth}")
        self._source = source
        self._depth = depth
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames of the source in order, once at a time."""
        self._end()
        self._stop = threading.Event()
        ready: queue.Queue[_Item] = queue.Queue(self._depth)
        self._thread = threading.Thread(
            target=_read, args=(self._source, ready, self._stop), name="posknn-reader", daemon=True
        )
        self._thread.start()
        return self._frames(ready, self._stop)

    def close(self) -> None:
        """End the thread and close the source; harmless a second time."""
        self._end()
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

    def _frames(self, ready: queue.Queue[_Item], stop: threading.Event) -> Iterator[Frame]:
        try:
            while not stop.is_set():
                with suppress(queue.Empty):
                    item = ready.get(timeout=_POLL)
                    if item is None:
                        return
                    if isinstance(item, BaseException):
                        raise item
                    yield item
        finally:
            stop.set()

    def _end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def _read(source: Source, ready: queue.Queue[_Item], stop: threading.Event) -> None:
    """Put the frames of a source into a queue, then what ended them: an error, or None."""
    last: _Item = None
    frames = iter(source)
    try:
        for frame in frames:
            if not _put(ready, frame, stop):
                break
    except BaseException as error:  # it belongs to the thread that iterates
        last = error
    finally:
        # Where the decoder lives, there it is closed.
        close = getattr(frames, "close", None)
        if close is not None:
            close()
    _put(ready, last, stop)


def _put(ready: queue.Queue[_Item], item: _Item, stop: threading.Event) -> bool:
    while not stop.is_set():
        with suppress(queue.Full):
            ready.put(item, timeout=_POLL)
            return True
    return False
