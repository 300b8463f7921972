"""Tracks videos once, so that they can be labelled again and again in seconds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posknn.errors import PosknnError, SourceError
from posknn.files import WholeFile
from posknn.jobs.batch import Progress, run_batch, stems
from posknn.jobs.hiring import Workers, hire
from posknn.jobs.places import check_places, writable_folder
from posknn.jobs.steps import CHUNK, Job, Tracking, is_track, key_of
from posknn.jobs.tracking import frames_of
from posknn.storage.ledger import Ledger
from posknn.storage.tracks import read_provenance
from posknn.tracking.following import Follow

__all__ = ["Tracked", "track"]

_ENDINGS = (".parquet",)


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """What came of one video. seconds: from its first frame to its last. seen: frames with somebody in them.

    most: how many people there are in a frame at most. file: the track; None when nothing came of it.
    problems: damage that was met on the way; what could be read is tracked. error: why nothing came of it.
    """

    video: str
    frames: int = 0
    seconds: float = 0.0
    seen: int = 0
    most: int = 0
    file: Path | None = None
    problems: tuple[str, ...] = ()
    error: str | None = None


def track(
    videos: Iterable[str],
    out: str | Path,
    *,
    max_people: int = 1,
    follow: Follow = "all",
    mirrored: bool = False,
    chunk: float = CHUNK,
    workers: Workers | None = None,
    resume: bool = False,
    progress: Progress = lambda name, done, total, frames: None,
    done: Callable[[Tracked], object] = lambda report: None,
) -> list[Tracked]:
    """Write the poses of everybody in every frame of each video as a recording, and return what came of each.

    videos: video files, folders of pictures, pictures, or addresses that fsspec knows. out: the folder for
    NAME.parquet. max_people, follow, mirrored, chunk: see Tracking; the others are as for `label`.
    """
    tracking = Tracking(max_people, follow, mirrored, chunk)
    sources = list(videos)
    folder = writable_folder(Path(out))
    names = stems(sources, _ENDINGS)
    check_places(folder, names, _ENDINGS)
    reports: dict[int, Tracked] = {}

    def take(place: int, came: dict[str, Any] | PosknnError, files: Sequence[str]) -> None:
        if isinstance(came, PosknnError):
            reports[place] = Tracked(Path(sources[place]).name, error=str(came))
        else:
            problems = tuple(came["problems"])
            reports[place] = Tracked(**{**came, "problems": problems, "file": folder / files[0]})
        done(reports[place])

    jobs = [
        Job(source, name, tracking, _finish, key_of(source, tracking, "track"))
        for source, name in zip(sources, names, strict=True)
    ]
    with Ledger(folder) as ledger:
        run_batch(jobs, ledger, hire(workers), resume=resume, progress=progress, done=take)
    return [reports[place] for place in range(len(sources))]


def _finish(track: Path, source: str, place: Path, model: Path | None) -> dict[str, Any]:
    """Put the track in its place, and say what is in it."""
    if is_track(source):
        raise SourceError(f"{source} is a track already")
    frames = seen = most = 0
    last = 0.0
    for _, time, poses in frames_of(track):
        last = time
        frames += 1
        seen += bool(poses)
        most = max(most, len(poses))
    about = read_provenance(track)
    with WholeFile(place.with_name(f"{place.name}.parquet")) as partial:
        shutil.copyfile(track, partial)
    return {
        "video": str(about.get("source") or Path(source).name),
        "frames": frames,
        "seconds": last,
        "seen": seen,
        "most": most,
        "problems": about.get("problems") or [],
    }
