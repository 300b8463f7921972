"""Does a list of videos, whoever does the steps, so that a run that was killed goes on where it ended."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from posknn.errors import PosknnError
from posknn.files import output_error
from posknn.interrupts import undisturbed
from posknn.jobs.chunks import Chunk
from posknn.jobs.crews import Crew, Far
from posknn.jobs.fetch import content_of, is_remote, local_path, state_of
from posknn.jobs.hiring import Hire
from posknn.jobs.steps import REPORT, Job, Step, chunk_name, is_track, outbox_name
from posknn.storage.ledger import Entry, Ledger

__all__ = ["Progress", "run_batch", "stems"]

Progress = Callable[[str, float, float | None, int], object]
"""Called with the name of a video, the seconds done, the seconds there are, None when nobody knows, and frames done."""

Report = dict[str, Any]

Done = Callable[[int, Report | PosknnError, Sequence[str]], object]
"""Called with the place of a job in the list, its report or why there is none, and the names of its files."""

_LONGEST_STEM = 200  # bytes; a name has 255 at most


@dataclass(slots=True)
class _Open:
    """A job that is not finished. state: of its source when it began. waits: how many of its chunks are to be done.

    seconds, frames: of the chunks that are done. under_way: those of the others, by the numbers of their steps.
    """

    job: Job
    name: str
    state: str
    chunks: tuple[Chunk, ...] = ()
    waits: int = 0
    seconds: float = 0.0
    frames: int = 0
    under_way: dict[int, tuple[float, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Steps:
    """The steps that were given to a crew and are not done."""

    crew: Crew
    given: dict[int, tuple[int, Step]] = field(default_factory=dict)
    count: int = 0

    def give(self, place: int, step: Step) -> None:
        self.given[self.count] = (place, step)
        self.crew.give(self.count, step)
        self.count += 1


def run_batch(
    jobs: Sequence[Job],
    ledger: Ledger,
    hire: Hire,
    *,
    resume: bool = False,
    progress: Progress = lambda name, done, total, frames: None,
    done: Done = lambda place, came, files: None,
) -> None:
    """Do some jobs and put their files into the folder of a ledger, those of a video together.

    hire: makes the crew. resume: leave alone what is finished already, unless its source, settings or programs have
    changed; otherwise everything is done anew. done: told of each job as it is finished.
    A job that fails leaves the others alone. OutputError when nothing can be written; what is finished stays so.
    """
    batch = _Batch(jobs, ledger, progress, done)
    todo = batch.begin(resume=resume)
    if todo:
        batch.work_off(todo, hire)


class _Batch:
    """One run over a list of jobs."""

    def __init__(
        self,
        jobs: Sequence[Job],
        ledger: Ledger,
        progress: Progress,
        done: Done,
    ) -> None:
        self._jobs = jobs
        self._ledger = ledger
        self._progress = progress
        self._done = done
        self._failed: list[Job] = []
        self._unfinished: dict[int, _Open] = {}

    def begin(self, *, resume: bool) -> list[int]:
        """Tell what is finished already; return the places of the jobs to do."""
        if not resume:
            self._clear(keep=())
            for job in self._jobs:
                self._ledger.drop(job.stem)
        todo = []
        for place, job in enumerate(self._jobs):
            state = state_of(job.source)
            if resume:
                self._settle_left_over(job, state)
            entry = self._ledger.get(job.stem)
            if entry is not None and self._is_finished(job, entry, state):
                self._done(place, entry.report, entry.files)
            else:
                self._unfinished[place] = _Open(job, Path(job.source).name, state)
                todo.append(place)
        self._clear(keep=[self._jobs[place] for place in todo])
        return todo

    def work_off(self, todo: list[int], hire: Hire) -> None:
        """Have the jobs done; what is finished is put in its place whatever happens."""
        may_be_cut = any(self._jobs[place].tracking.chunk and not is_track(self._jobs[place].source) for place in todo)
        crew = hire(self._ledger.work, self._tell, None if may_be_cut else len(todo))
        self._steps = _Steps(crew)
        try:
            for place in sorted(todo, key=self._size, reverse=True) if crew.parallel else todo:
                self._steps.give(place, Step(self._jobs[place]))
            while self._steps.given:
                ended = crew.done()
                for number, far in crew.far().items():
                    self._tell(number, far)
                if ended is not None:
                    with undisturbed():
                        self._take(*ended)
        finally:
            with undisturbed():
                crew.close()
                for place in list(self._unfinished):  # done, but not told before the run was cut off
                    self._settle(place)
                # The chunks of a video that is not finished wait for the next try.
                self._clear(keep=[*self._failed, *(opened.job for opened in self._unfinished.values())])

    def _take(self, number: int, came: tuple[Chunk, ...] | PosknnError) -> None:
        place, step = self._steps.given.pop(number)
        opened = self._unfinished.get(place)
        if opened is None:  # another of its chunks failed before
            return
        if isinstance(came, PosknnError):
            self._failed.append(opened.job)
            del self._unfinished[place]
            self._done(place, came, ())
        elif came:
            self._give_chunks(place, opened, came)
        elif step.chunk is not None:
            opened.waits -= 1
            opened.seconds += step.chunk.last - step.chunk.start
            opened.frames += step.chunk.count
            opened.under_way.pop(number, None)
            if not opened.waits:
                self._steps.give(place, Step(opened.job, "finish", chunks=opened.chunks))
        else:
            self._settle(place)

    def _give_chunks(self, place: int, opened: _Open, chunks: tuple[Chunk, ...]) -> None:
        opened.chunks = chunks
        missing = [chunk for chunk in chunks if not (self._ledger.work / chunk_name(opened.job, chunk)).exists()]
        opened.waits = len(missing)
        for chunk in missing:
            self._steps.give(place, Step(opened.job, "chunk", chunk))
        if not missing:
            self._steps.give(place, Step(opened.job, "finish", chunks=chunks))

    def _tell(self, number: int, far: Far) -> None:
        place, step = self._steps.given[number]
        opened = self._unfinished.get(place)
        if opened is None:
            return
        if step.chunk is None:
            self._progress(opened.name, *far)
        else:  # several chunks of a video are done side by side
            opened.under_way[number] = far[0], far[2]
            seconds, frames = (sum(column) for column in zip(*opened.under_way.values(), strict=True))
            self._progress(opened.name, opened.seconds + seconds, opened.chunks[-1].last, opened.frames + int(frames))

    def _is_finished(self, job: Job, entry: Entry, state: str) -> bool:
        if entry.key != job.key or not all((self._ledger.folder / name).exists() for name in entry.files):
            return False
        return bool(state) and (entry.state == state or _content(job.source) == entry.content)

    def _settle_left_over(self, job: Job, state: str) -> None:
        """Finish what was all done but not yet in its place when the run before ended."""
        outbox = self._ledger.work / outbox_name(job)
        if outbox.is_dir() and _said(outbox).get("content") == _content(job.source):
            _put(outbox, self._ledger, state)

    def _settle(self, place: int) -> None:
        opened = self._unfinished[place]
        outbox = self._ledger.work / outbox_name(opened.job)
        if outbox.is_dir():
            del self._unfinished[place]
            entry = _put(outbox, self._ledger, opened.state)
            self._done(place, entry.report, entry.files)

    def _size(self, place: int) -> int:
        """Return about how much work a job is: the long ones come first, or one of them is waited for at the end."""
        try:
            return os.stat(local_path(self._jobs[place].source)).st_size  # noqa: PTH116  # a source need not be a path
        except OSError:
            return 0

    def _clear(self, keep: Iterable[Job]) -> None:
        """Remove all from the work folder but the chunks of some jobs."""
        prefixes = tuple(outbox_name(job).removesuffix("outbox") for job in keep)
        for path in self._ledger.work.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif not (prefixes and path.name.startswith(prefixes)):
                path.unlink(missing_ok=True)


def stems(sources: Iterable[str], endings: Sequence[str]) -> list[str]:
    """Return what the files of each source are called, without ending: its own name, or NAME-2 where that is taken.

    Two folders may hold the same name, and case makes no difference on some disks.
    """
    taken: set[str] = set()
    found = []
    for source in sources:
        stem = name = _stem(source)
        number = 2
        while any(f"{name}{ending}".casefold() in taken for ending in endings):
            name, number = f"{stem}-{number}", number + 1
        taken.update(f"{name}{ending}".casefold() for ending in endings)
        found.append(name)
    return found


def _stem(source: str) -> str:
    """Return the name of a video or folder without its ending, short enough for what is added to it."""
    path = Path(source)
    name = (path.resolve() if path.name in ("", "..") else path).stem or "video"
    return name.encode()[:_LONGEST_STEM].decode(errors="ignore")


def _content(source: str) -> str | None:
    if is_remote(source):
        return None
    try:
        return content_of(local_path(source))
    except OSError:
        return None


def _said(outbox: Path) -> Report:
    said: Report = json.loads((outbox / REPORT).read_text(encoding="utf-8"))
    return said


def _put(outbox: Path, ledger: Ledger, state: str) -> Entry:
    """Put finished files in their place, and enter them into the ledger.

    Cut off anywhere, it is done by the next call: each file is moved whole, and the entry comes after all of them.
    """
    said = _said(outbox)
    for name in said["files"]:
        if (outbox / name).exists():
            try:
                (outbox / name).replace(ledger.folder / name)
            except OSError as error:
                raise output_error(ledger.folder / name, error) from error
    entry = Entry(said["stem"], said["key"], state, said["content"], said["files"], said["report"])
    ledger.add(entry)
    shutil.rmtree(outbox, ignore_errors=True)
    return entry
