"""The steps by which one video is done, each by itself in whatever process: track it, or its chunks, then finish it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from posknn.errors import OutputError, SourceError
from posknn.files import write_text
from posknn.jobs.chunks import Chunk, SeamError, cut, joined, track_chunk
from posknn.jobs.fetch import content_of, fetched, is_remote
from posknn.jobs.tracking import Seen, blank, seen_in
from posknn.parts import open_source, people_for, provenance_of
from posknn.storage.tracks import TrackWriter
from posknn.tracking.following import Follow
from posknn.tracking.images import ImageFolder
from posknn.tracking.model_files import FULL_SHA256
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Result

__all__ = [
    "CHUNK",
    "REPORT",
    "Job",
    "Step",
    "Told",
    "Tracking",
    "chunk_name",
    "is_track",
    "key_of",
    "outbox_name",
    "perform",
    "track_of",
]

CHUNK: Final = 30.0
"""Seconds at whose multiples a long video is cut."""
REPORT: Final = ".report.json"

Told = Callable[[float, float | None, int], object]
"""Called with the seconds done, the seconds there are, None when nobody knows, and how many frames that were."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """How videos are tracked.

    max_people: how many to look for. follow: whom of them to keep, see People. mirrored: they are mirror images.
    chunk: cut long ones at multiples of so many seconds, 0 for never.
    """

    max_people: int = 1
    follow: Follow = "all"
    mirrored: bool = False
    chunk: float = CHUNK


class Finish(Protocol):
    """Makes the files of one video of its track; returns a report that JSON can hold."""

    def __call__(self, track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
        """Write files that are called `place` and an ending.

        source: the video, or the track itself. model: the file of the job that all processes have.
        """


@dataclass(frozen=True, slots=True)
class Job:
    """One video or track to do; it travels to other processes.

    source: where it is. stem: what its files are called, without ending. finish: makes them of the track.
    key: of all that the files depend on but the content of the source. model: a file that `finish` needs.
    """

    source: str
    stem: str
    tracking: Tracking
    finish: Finish
    key: str
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a job that one process does at a time. chunk: the one to track; chunks: those to put together."""

    job: Job
    what: Literal["begin", "chunk", "finish"] = "begin"
    chunk: Chunk | None = None
    chunks: tuple[Chunk, ...] = ()


def perform(step: Step, work: Path, told: Told) -> tuple[Chunk, ...]:
    """Do one step; return the chunks that have to be tracked first, none when the step is done.

    work: the folder of what is not finished: chunks, and the finished files of a video in a folder of their own, which
    appears whole. PosknnError when the video cannot be done.
    """
    job = step.job
    with fetched(job.source, work) as source:
        if step.chunk is not None:
            _track_chunk(job, step.chunk, source, work, told)
        elif is_track(source):
            _finish(job, Path(source), source, work)
        else:
            # What is elsewhere is fetched once, so it is tracked in one piece.
            chunks = _cuts(source, job.tracking) if step.what == "begin" and not is_remote(job.source) else ()
            if chunks:
                return chunks
            _track_and_finish(step, source, work, told)
    return ()


def chunk_name(job: Job, chunk: Chunk) -> str:
    """Return the name of the file in the work folder that holds a chunk."""
    return f"{_prefix(job)}.{chunk.number:05d}.parquet"


def outbox_name(job: Job) -> str:
    """Return the name of the folder in the work folder that holds the finished files of a video."""
    return f"{_prefix(job)}.outbox"


def key_of(source: str, tracking: Tracking, *of: object) -> str:
    """Return the sum of all that the files of a source depend on but its content: settings, models and programs."""
    programs = [f"posknn {version('posknn')}"]
    how: list[object] = []
    if not is_track(source):
        programs.append(f"mediapipe {version('mediapipe')}")
        how = [tracking, FULL_SHA256]
    return hashlib.sha256(repr([*programs, *how, *of]).encode()).hexdigest()


def is_track(source: str) -> bool:
    """Say whether a source is a track and not a video."""
    return source.lower().endswith(".parquet")


def track_of(
    source: str,
    file: Path,
    tracking: Tracking,
    told: Told = lambda done, total, frames: None,
    chunks: Sequence[tuple[Chunk, Path]] = (),
) -> None:
    """Write the track of a video; of its chunks, where there are any and they fit together.

    SourceError when it cannot be read.
    """
    with closing(_recorded(source, tracking)) as opened:
        about = {
            **provenance_of(opened),
            "duration": opened.duration,
            "people": tracking.max_people,
            "follow": tracking.follow,
            "chunk": tracking.chunk if chunks else None,
        }
        try:
            if chunks:
                with TrackWriter(file, name=_name(source), provenance=about) as writer:
                    _write(
                        writer, joined([chunk for chunk, _ in chunks], [path for _, path in chunks]), opened, tracking
                    )
                return
        except SeamError as error:
            about.update(chunk=None, seam=str(error))
        with TrackWriter(file, name=_name(source), provenance=about) as writer:
            with closing(seen_in(opened, tracking.max_people)) as seen:
                _write(writer, _telling(seen, opened.duration, told), opened, tracking)
            writer.note(problems=list(opened.problems))


def _write(writer: TrackWriter, found: Iterable[Seen], source: VideoFile | ImageFolder, tracking: Tracking) -> None:
    people = people_for(source, tracking.follow)
    for index, time, poses in found:
        frame = Frame(blank(source.size), time, index)
        writer(Result(frame, tuple(people(poses, frame))))


def _telling(found: Iterable[Seen], total: float | None, told: Told) -> Iterable[Seen]:
    for count, seen in enumerate(found, 1):
        yield seen
        told(seen[1], total, count)


def _cuts(source: str, tracking: Tracking) -> tuple[Chunk, ...]:
    with closing(_recorded(source, tracking)) as opened:
        return tuple(cut(opened, tracking.chunk)) if isinstance(opened, VideoFile) else ()


def _recorded(source: str, tracking: Tracking) -> VideoFile | ImageFolder:
    opened = open_source(source, mirrored=tracking.mirrored)
    if isinstance(opened, VideoFile | ImageFolder):
        return opened
    opened.close()
    raise SourceError(f"{source} is live: record or watch it with `posknn record` or `posknn live`")


def _track_chunk(job: Job, chunk: Chunk, source: str, work: Path, told: Told) -> None:
    try:
        track_chunk(
            Path(source),
            chunk,
            work / chunk_name(job, chunk),
            max_people=job.tracking.max_people,
            mirrored=job.tracking.mirrored,
            told=lambda done, frames: told(done, None, frames),
        )
    except SeamError:
        return  # without its file the video is tracked in one piece


def _track_and_finish(step: Step, source: str, work: Path, told: Told) -> None:
    job = step.job
    files = [(chunk, work / chunk_name(job, chunk)) for chunk in step.chunks]
    with tempfile.TemporaryDirectory(prefix="track-", dir=work) as folder:
        track = Path(folder) / "track.parquet"
        track_of(source, track, job.tracking, told, files if all(file.exists() for _, file in files) else ())
        _finish(job, track, source, work)
    for _, file in files:
        file.unlink(missing_ok=True)


def _finish(job: Job, track: Path, source: str, work: Path) -> None:
    """Make the files of a video and put them, with a report, into their outbox at once."""
    stage = Path(tempfile.mkdtemp(prefix="stage-", dir=work))
    try:
        report = job.finish(track, source, stage / job.stem, job.model)
        files = sorted(file.name for file in stage.iterdir())
        said = {"stem": job.stem, "key": job.key, "content": content_of(source), "files": files, "report": report}
        write_text(stage / REPORT, json.dumps(said, ensure_ascii=False, sort_keys=True))
        stage.replace(work / outbox_name(job))
    except OutputError as error:  # the place that matters to people is not the one where it is made
        raise OutputError(str(error).replace(str(stage), str(work.parent.parent))) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _prefix(job: Job) -> str:
    return f"{job.stem}.{job.key[:8]}"


def _name(source: str) -> str:
    return Path(source).resolve().stem
