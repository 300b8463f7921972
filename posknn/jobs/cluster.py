"""Has the steps of a batch done by the machines of a Dask cluster that is there already."""

from __future__ import annotations

import pickle
import queue
import secrets
import tempfile
from collections import deque
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from posknn.errors import MissingPackageError, OutputError, PosknnError, SourceError
from posknn.jobs.chunks import Chunk
from posknn.jobs.crews import Done, Far, outcome_of
from posknn.jobs.fetch import is_remote, local_path
from posknn.jobs.steps import Job, Step, chunk_name, outbox_name

__all__ = ["Cluster"]

_POLL: Final = 0.1
_PROGRAMS: Final = ("posknn", "mediapipe")

Files = dict[str, bytes]
"""The content of files by their path in the work folder."""


class Cluster:
    """Do steps on the workers of a Dask cluster; the files that they need and make travel as bytes.

    work: the folder for what is not finished, on this machine only. address: of the scheduler, tcp://host:8786.
    The workers read videos by the same path, in a shared folder, or by an address that fsspec knows. A step whose
    worker dies is done again by another; one that takes too many workers with it, by the scheduler's
    `allowed-failures`, 3 where nothing else was said, is tried once more alone and then given up.
    patience: seconds in which the scheduler must answer. SourceError when it does not, or a worker has other versions
    of posknn or MediaPipe; MissingPackageError without Dask.
    """

    parallel = True

    def __init__(self, work: Path, address: str, *, patience: float = 10.0) -> None:
        try:
            import distributed
        except ImportError:
            raise MissingPackageError("a Dask cluster needs Dask: pip install 'posknn[dask]'") from None
        self._work = work
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._steps: dict[int, tuple[Step, tuple[bytes, Files]]] = {}
        self._sent: dict[int, Any] = {}
        self._suspects: deque[int] = deque()
        self._tried: set[int] = set()
        try:
            self._client: Any = distributed.Client(address, timeout=patience, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise SourceError(f"no Dask scheduler answers at {address}: {reason}; see `dask scheduler`") from error
        self._run = f"posknn-{secrets.token_hex(8)}"
        try:
            self._check_programs()
        except BaseException:
            self._client.close()  # type: ignore[no-untyped-call]
            raise

    def _check_programs(self) -> None:
        """Raise SourceError for a worker with other programs: it would write other bytes, or never answer at all."""
        for name in _PROGRAMS:
            here = version(name)
            # A function of Python's own, since one of posknn stops a worker that has no posknn.
            for worker, there in self._client.run(version, name, on_error="return").items():
                if there != here:
                    what = there if isinstance(there, str) else "none"
                    raise SourceError(f"the worker {worker} has {name} {what}, not {here} as here: install the same")

    def give(self, number: int, step: Step) -> None:
        """Take on a step."""
        files = {chunk_name(step.job, chunk): (self._work / chunk_name(step.job, chunk)) for chunk in step.chunks}
        given = {name: path.read_bytes() for name, path in files.items() if path.exists()}
        model = step.job.model
        if model is not None and step.chunk is None:
            given[model.name] = model.read_bytes()
        # As bytes: a step that a worker cannot read must be an error of the step, not the end of the worker.
        self._steps[number] = step, (pickle.dumps(_absolute(step)), given)
        self._send(number)

    def done(self) -> Done | None:
        """Return a step that is done; None after a moment in which none was."""
        if not self._sent and self._suspects:
            self._tried.add(self._suspects[0])
            self._send(self._suspects.popleft())
        try:
            number, future = self._done.get(timeout=_POLL)
        except queue.Empty:
            return None
        del self._sent[number]
        error = future.exception()
        if _killed(error) and number not in self._tried:
            # Whatever waited on the same workers is blamed with it: each is tried again when it is alone.
            self._suspects.append(number)
            return None
        step, _ = self._steps.pop(number)
        if error is not None:
            return number, _why(error)
        came, files = future.result()
        if isinstance(came, PosknnError):  # in the words of this machine
            return number, type(came)(str(came).replace(_absolute(step).job.source, step.job.source))
        _keep(files, step.job, self._work)
        return number, came

    def _send(self, number: int) -> None:
        _, sent = self._steps[number]
        key = f"{self._run}-{number}-{len(self._tried)}"
        future: Any = self._client.submit(_do, *sent, key=key, pure=False)
        self._sent[number] = future
        future.add_done_callback(lambda ended: self._done.put((number, ended)))

    def far(self) -> dict[int, Far]:
        """Return nothing: how far a worker is, it does not tell."""
        return {}

    def close(self) -> None:
        """Call off what is under way; the cluster stays."""
        self._client.cancel(list(self._sent.values()), force=True)
        self._client.close()


def _do(sent: bytes, given: Files) -> tuple[tuple[Chunk, ...] | PosknnError, Files]:
    """Do a step on a worker, in a folder of its own, and return what came of it with the files made."""
    step: Step = pickle.loads(sent)
    with tempfile.TemporaryDirectory(prefix="posknn-") as folder:
        work = Path(folder)
        for name, content in given.items():
            (work / name).write_bytes(content)
        job = step.job
        if job.model is not None:
            step = replace(step, job=replace(job, model=work / job.model.name))
        came = outcome_of(step, work, lambda done, total, frames: None)
        made = {
            str(path.relative_to(work)): path.read_bytes()
            for path in sorted(work.rglob("*"))
            if path.is_file() and str(path.relative_to(work)) not in given
        }
    return came, made


def _keep(files: Files, job: Job, work: Path) -> None:
    """Put the files of a step into the work folder, the outbox at once."""
    outbox = outbox_name(job)
    with tempfile.TemporaryDirectory(prefix="stage-", dir=work) as folder:
        stage = Path(folder)
        for name, content in files.items():
            place = stage / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
        for path in sorted(stage.iterdir()):
            if path.name == outbox or path.is_file():
                path.replace(work / path.name)


def _absolute(step: Step) -> Step:
    """Name the source of a step as a worker in another folder can find it."""
    job = step.job
    if is_remote(job.source):
        return step
    return replace(step, job=replace(job, source=str(Path(local_path(job.source)).absolute())))


def _killed(error: BaseException | None) -> bool:
    """Say whether a step was given up because the workers that had it died."""
    return type(error).__name__ == "KilledWorker"


def _why(error: BaseException) -> PosknnError:
    """Return why a step has no result; raise what concerns all of them."""
    if isinstance(error, OutputError):
        raise error
    if _killed(error):
        return PosknnError("every worker that took it up died, so it is given up")
    return PosknnError(f"{type(error).__name__}: {' '.join(str(error).split())}")
