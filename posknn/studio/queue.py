"""Long work in the background, one piece after the other, with progress."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from posknn.errors import PosknnError

__all__ = ["Queue", "State", "Work"]

Work = Callable[[Callable[[float, float | None], None]], object]
"""Does something long; tells seconds done and seconds there are, None when nobody knows."""

_PATIENCE = 5.0  # seconds


@dataclass(slots=True)
class State:
    """How far a piece of work is. error: why nothing came of it."""

    working: bool = False
    done: float = 0.0
    total: float | None = None
    error: str | None = None


class _StoppedError(Exception):
    """Raised inside work that nobody wants any more."""


class Queue:
    """Does one piece of work at a time in a thread that lives as long as there is some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}
        self._waiting: dict[str, Work] = {}
        self._stopped: set[str] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, name: str, work: Work) -> None:
        """Do some work when all before it is done; nothing happens when it waits or goes on already."""
        with self._lock:
            if self._closed or self.state(name).working:
                return
            self._states[name] = State(working=True)
            self._stopped.discard(name)
            self._waiting[name] = work
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="posknn queue", daemon=True)
                self._thread.start()

    def state(self, name: str) -> State:
        """Return how far it is."""
        return self._states.get(name) or State()

    def stop(self, name: str) -> None:
        """Give up what waits or goes on; what goes on notices when it tells its progress."""
        with self._lock:
            self._stopped.add(name)
            if self._waiting.pop(name, None):
                self._states.pop(name, None)

    def close(self) -> None:
        """Give up everything."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                name = next(iter(self._waiting))
                work, state = self._waiting.pop(name), self._states[name]
            error = self._do(name, work, state)
            with self._lock:
                self._states[name] = State(error=error)

    def _do(self, name: str, work: Work, state: State) -> str | None:
        def told(done: float, total: float | None) -> None:
            state.done, state.total = done, total
            if self._closed or name in self._stopped:
                raise _StoppedError

        try:
            work(told)
        except _StoppedError:
            return None
        except PosknnError as failure:
            return str(failure)
        except Exception as failure:  # a thread has nobody else to tell
            return f"this went wrong inside posknn: {type(failure).__name__}: {failure}"
        return None
