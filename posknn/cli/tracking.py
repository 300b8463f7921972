"""The command that tracks recorded videos beforehand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from posknn.cli import terminal
from posknn.cli.options import (
    as_json_option,
    batch_options,
    follow_option,
    mirrored_option,
    people_option,
    workers_of,
)
from posknn.cli.terminal import plural, print_problems

if TYPE_CHECKING:
    from posknn.tasks.track import Tracked
    from posknn.tracking.following import Follow

__all__ = ["print_tracked", "track"]


@click.command()
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO...")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the tracks."
)
@people_option
@follow_option
@mirrored_option
@batch_options
@as_json_option
def track(
    videos: tuple[str, ...],
    out: Path,
    people: int,
    follow: Follow,
    mirrored: bool,
    workers: int | None,
    timeout: float | None,
    dask: str | None,
    resume: bool,
    chunk: float,
    as_json: bool,
) -> None:
    """Keep the poses of every frame of recorded videos.

    What is tracked once is labelled again and again in seconds.

    \b
    VIDEO... are video files, folders of videos, folders of pictures or single pictures.

    Writes DIR/NAME.parquet for each: a row per person and frame, one without a person for a frame with nobody, at
    the video's own times. `posknn label` takes it in place of the video, as do pandas, polars and DuckDB.
    A video that cannot be done is named, the others are done; the exit code is 1 then. After a kill or Ctrl-C the
    same command with --resume goes on where it ended.

    \b
      posknn track monday/*.mp4 -o tracks --people 2
      posknn label desk.parquet tracks/*.parquet -o labels
    """
    from posknn.tasks.track import track as track_task
    from posknn.tracking.sources import videos_meant

    show = terminal.print_json if as_json else print_tracked
    staff = workers_of(workers, timeout, dask)
    meant = videos_meant(videos)
    with terminal.progress(as_json, len(meant)) as progress:

        def done(report: Tracked) -> None:
            progress.finished(report.video)
            show(report)

        reports = track_task(
            meant,
            out,
            max_people=people,
            follow=follow,
            mirrored=mirrored,
            chunk=chunk,
            workers=staff,
            resume=resume,
            progress=progress,
            done=done,
        )
    terminal.end_batch(reports, as_json)


def print_tracked(report: Tracked) -> None:
    """Say what is in the track of one video."""
    if report.error:
        print(f"error: {terminal.named_error(report)}", file=sys.stderr)
        return
    seen = f"somebody in {report.seen} of {plural(report.frames, 'frame')}"
    most = f", up to {report.most} at a time" if report.most > 1 else ""
    print(f"{report.video}: {report.seconds:.1f} s, {seen}{most}")
    print_problems(report.problems)
    print(f"  {report.file}")
