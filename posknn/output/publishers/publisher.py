"""Hands events to a receiver in a thread of its own, so that a slow or dead one never holds up the loop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from posknn.values import Event, Result, Stop

__all__ = ["MOST", "TRYING", "Publisher", "everything"]

MOST = 1000
"""How many events wait for a receiver at most."""

TRYING = "; trying again"

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


def everything(event: Event) -> bool:
    """Want every event."""
    return True


class Publisher:
    """A sink that passes events on, in order, from a thread of its own.

    receive: called with one event after the other. An OSError means that the receiver cannot be reached: the event is
    tried again, with pauses of up to 2 s. `Stop` ends the run with the next frame. Any other exception means that it
    was in vain, and the next event has its turn. wanted: which events, such as a `Rule`.
    name: of the receiver in what is reported. report: called from the thread with a line when the receiver fails and
    when it works again. most: how many events wait at most; the oldest are dropped for new ones. patience: seconds
    that close waits.

    delivered, dropped: how many events so far; dropped are also those that were in vain or left over at the end.
    problem: the last failure in words, None when there was none.
    """

    def __init__(
        self,
        receive: Callable[[Event], object],
        *,
        wanted: Callable[[Event], bool] = everything,
        name: str = "receiver",
        report: Callable[[str], object] = lambda line: None,
        most: int = MOST,
        patience: float = 2.0,
    ) -> None:
        if most < 1 or not patience >= 0:
            raise ValueError(f"a publisher needs room for an event or more and patience of 0 or more, not {most}")
        self.name = name
        self.delivered = 0
        self.dropped = 0
        self.problem: str | None = None
        self._receive = receive
        self._wanted = wanted
        self._report = report
        self._most = most
        self._patience = patience
        self._waiting: deque[Event] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._deadline: float | None = None  # set by close
        self._failing = False
        self._enough = False  # the receiver asked to stop

    def __call__(self, result: Result) -> None:
        """Put the events of one result in line; returns at once. ValueError after the end."""
        self.tell(result.events)

    def tell(self, events: Sequence[Event]) -> None:
        """Put events in line that belong to no frame, such as those of the end of the stream; else as a call."""
        if self._enough:
            raise Stop
        wanted = [event for event in events if self._wanted(event)]
        if not wanted:
            return
        with self._changed:
            if self._deadline is not None:
                raise ValueError(f"the publisher to {self.name} is closed; make a new one")
            for event in wanted:
                if len(self._waiting) == self._most:
                    self._waiting.popleft()
                    self.dropped += 1
                self._waiting.append(event)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"posknn to {self.name}", daemon=True)
            self._thread.start()

    def trouble(self, problem: str, then: str = "") -> None:
        """Take note that the receiver fails, and report it unless that has been done. then: what is done about it."""
        self.problem = problem
        if not self._failing:
            self._failing = True
            self._report(f"{self.name}: {problem}{then}")

    def close(self) -> None:
        """Wait for a moment until all is delivered, then give up; harmless a second time."""
        with self._changed:
            if self._deadline is not None:
                return
            self._deadline = time.monotonic() + self._patience
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(self._patience)
        close = getattr(self._receive, "close", None)
        if close is not None:  # also wakes a call that waits
            close()
        if self._thread is not None:
            self._thread.join(0.2)
        with self._changed:
            self._give_up()

    def _work(self) -> None:
        pause = _FIRST_PAUSE
        while (event := self._next()) is not None:
            try:
                self._receive(event)
            except OSError as error:
                self.trouble(str(error), TRYING)
                self._put_back(event, pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            except Stop:
                self._enough = True
                self._lose(1)
            except Exception as error:  # whatever a receiver raises, the next event has its turn
                self.trouble(str(error) or type(error).__name__)
                self._lose(1)
            else:
                self.delivered += 1
                pause = _FIRST_PAUSE
                if self._failing:
                    self._failing = False
                    self._report(f"{self.name}: works again")

    def _lose(self, events: int) -> None:
        with self._changed:
            self.dropped += events

    def _next(self) -> Event | None:
        """Wait for an event; None at the end."""
        with self._changed:
            while not self._waiting and self._deadline is None:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def _put_back(self, event: Event, pause: float) -> None:
        """Let an event be the first again, unless it is the oldest of too many, and wait; give up at the end."""
        with self._changed:
            if len(self._waiting) < self._most:
                self._waiting.appendleft(event)
            else:
                self.dropped += 1
            closing = self._deadline is not None
            left = self._deadline - time.monotonic() if self._deadline is not None else pause
            if left > 0:
                self._changed.wait_for(lambda: closing is (self._deadline is None), min(pause, left))
            else:
                self._give_up()

    def _give_up(self) -> None:
        self.dropped += len(self._waiting)
        self._waiting.clear()
