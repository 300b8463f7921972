"""Who does the steps of a batch: this process, or a pool of processes on this machine."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from posknn.errors import OutputError, PosknnError
from posknn.jobs.chunks import Chunk
from posknn.jobs.steps import Step, perform

__all__ = ["Crew", "Done", "Far", "Here", "Pool"]

_POLL: Final = 0.1

Far = tuple[float, float | None, int]
"""How far a step is: seconds done, seconds there are, None when nobody knows, and frames done."""

Done = tuple[int, tuple[Chunk, ...] | PosknnError]
"""The number of a step, and what came of it: chunks to do first, nothing left to do, or why it cannot be done."""


class Crew(Protocol):
    """Does steps, in about the order in which they are given. parallel: several at a time."""

    @property
    def parallel(self) -> bool:
        """Whether several steps are done at a time."""

    def give(self, number: int, step: Step) -> None:
        """Take on a step."""

    def done(self) -> Done | None:
        """Return a step that is done; None after a moment in which none was."""

    def far(self) -> dict[int, Far]:
        """Return how far the steps under way are by their numbers."""

    def close(self) -> None:
        """End at once, whatever is under way."""


class Here:
    """Do one step after the other in this process. told: called with its number and how far it is."""

    parallel = False

    def __init__(self, work: Path, told: Callable[[int, Far], object] = lambda number, far: None) -> None:
        self._work = work
        self._told = told
        self._waiting: deque[tuple[int, Step]] = deque()

    def give(self, number: int, step: Step) -> None:
        """Take on a step."""
        self._waiting.append((number, step))

    def done(self) -> Done | None:
        """Do the next step."""
        number, step = self._waiting.popleft()
        return number, outcome_of(step, self._work, lambda *far: self._told(number, far))

    def far(self) -> dict[int, Far]:
        """Return nothing: `told` was called meanwhile."""
        return {}

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


class Pool:
    """Do steps in processes of this machine, each worker by itself: what kills one costs its step only.

    workers: how many processes. timeout: seconds after which a step is given up and its process ended; None for never.
    The processes end with this one, however it ends.
    """

    parallel = True

    def __init__(self, work: Path, workers: int, timeout: float | None = None) -> None:
        import multiprocessing

        from pebble import ProcessPool

        self._timeout = timeout
        self._done: queue.SimpleQueue[tuple[int, Future[Any]]] = queue.SimpleQueue()
        self._slots: dict[int, int] = {}
        self._free = list(range(_SLOTS))
        spawn = multiprocessing.get_context("spawn")  # a fork would copy the threads of MediaPipe in mid-step
        # Raw memory and no lock: a process may be killed while it writes there.
        self._far = spawn.RawArray("d", _NUMBERS * _SLOTS)
        self._pool = ProcessPool(workers, context=spawn, initializer=_begin, initargs=(str(work), self._far))

    def give(self, number: int, step: Step) -> None:
        """Take on a step."""
        slot = self._free.pop() if self._free else -1
        if slot >= 0:
            self._far[_NUMBERS * slot : _NUMBERS * (slot + 1)] = [0.0] * _NUMBERS
        self._slots[number] = slot
        with _unheard():
            future = self._pool.schedule(_do, args=(step, slot), timeout=self._timeout)
        future.add_done_callback(lambda ended: self._done.put((number, ended)))

    def done(self) -> Done | None:
        """Return a step that is done; None after a moment in which none was."""
        try:
            number, future = self._done.get(timeout=_POLL)
        except queue.Empty:
            return None
        slot = self._slots.pop(number)
        if slot >= 0:
            self._free.append(slot)
        error = future.exception()
        if error is None:
            return number, future.result()
        return number, _why(error, self._timeout)

    def far(self) -> dict[int, Far]:
        """Return how far the steps under way are by their numbers."""
        said = {number: _NUMBERS * slot for number, slot in self._slots.items() if slot >= 0}
        told = {number: self._far[place : place + _NUMBERS] for number, place in said.items()}
        return {number: (done, total or None, int(frames)) for number, (done, total, frames) in told.items() if frames}

    def close(self) -> None:
        """End all processes at once."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


_NUMBERS: Final = 3
_SLOTS: Final = 4096
"""How many steps can say at a time how far they are; those beyond are done all the same."""


def outcome_of(step: Step, work: Path, told: Any) -> tuple[Chunk, ...] | PosknnError:
    """Do a step; return its error where that concerns this video alone. OutputError when nothing can be written."""
    try:
        return perform(step, work, told)
    except OutputError:
        raise
    except PosknnError as error:
        return error
    except MemoryError:
        return PosknnError(f"{step.job.source}: there is not enough memory for it")
    except Exception as error:  # hundreds of other videos must not be lost to a fault in one
        text = " ".join(str(error).split())
        return PosknnError(f"{step.job.source}: a fault in posknn, please report it: {type(error).__name__}: {text}")


def _why(error: BaseException, timeout: float | None) -> PosknnError:
    """Return why a step has no result; raise what concerns all of them."""
    from pebble import ProcessExpired

    if isinstance(error, OutputError):
        raise error
    if isinstance(error, TimeoutError):
        return PosknnError(f"given up after {timeout:g} s; a longer --timeout gives it more")
    if isinstance(error, ProcessExpired):
        return PosknnError(_how_it_ended(error.exitcode))
    return PosknnError(f"{type(error).__name__}: {' '.join(str(error).split())}")


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        memory = ", as happens when the memory is full" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{memory}"
    return f"its process ended with exit code {code}"


_work = Path()
_progress: Any = None


def _begin(work: str, far: Any) -> None:
    """Make a worker ready: Ctrl-C is for its parent to hear, and it does not outlive that."""
    global _work, _progress  # a worker's process has one pool, and no other place to keep it
    _work, _progress = Path(work), far
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="posknn-parent", daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import connection, parent_process

    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)  # at once: the next run may be at work in the same folder already


def _do(step: Step, slot: int) -> tuple[Chunk, ...] | PosknnError:
    def told(done: float, total: float | None, frames: int) -> None:
        if slot >= 0:
            _progress[_NUMBERS * slot : _NUMBERS * (slot + 1)] = [done, total or 0.0, float(frames)]

    return outcome_of(step, _work, told)


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started meanwhile, and from those that the threads started here start."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
