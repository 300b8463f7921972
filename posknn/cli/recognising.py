"""Commands that name poses: live, and in recorded videos."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option, mirrored_option, people_option
from posknn.cli.terminal import plural, print_problems

if TYPE_CHECKING:
    from posknn.tasks.label import Labelled

__all__ = ["label", "live", "print_labelled"]


@click.command()
@click.argument("classifier", type=click.Path(path_type=Path))
@click.option(
    "--source",
    default="camera",
    help="Camera number, video, folder of pictures or stream address.  [default: the first camera]",
)
@click.option("--headless", is_flag=True, help="No window: print the label whenever it changes.")
@click.option("--no-selfie", is_flag=True, help="Show a camera's picture as it is, not like a mirror.")
@click.option(
    "--smooth",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.15,
    show_default=True,
    help="Time constant of the smoothing, seconds.",
)
@click.option("--video", type=click.Path(path_type=Path), help="Also write an annotated video (.mp4).")
@click.option("--table", type=click.Path(path_type=Path), help="Also write a table of every frame (.csv).")
@people_option
@mirrored_option
@as_json_option
def live(
    classifier: Path,
    source: str,
    headless: bool,
    no_selfie: bool,
    smooth: float,
    video: Path | None,
    table: Path | None,
    people: int,
    mirrored: bool,
    as_json: bool,
) -> None:
    """Recognise poses as they happen.

    CLASSIFIER is a .posknn file, ml5 JSON, a CSV of examples, a recording, or a folder of recordings.

    Shows skeleton, label and confidences; q, Esc or Ctrl-C ends.

    \b
      posknn live desk.parquet
      posknn live desk.parquet --source monday.mp4 --headless
    """
    from posknn.tasks.live import live as live_task

    def changed(time: float, label: str | int | None, confidence: float) -> None:
        if as_json:
            print(json.dumps({"time": round(time, 3), "label": label, "confidence": round(confidence, 4)}), flush=True)
        elif headless:
            print(f"{time:8.2f} s  {'-' if label is None else f'{label} ({confidence:.0%})'}", flush=True)

    watched = live_task(
        classifier,
        source,
        headless=headless,
        selfie=not no_selfie,
        mirrored=mirrored,
        smooth=smooth,
        max_people=people,
        video=video,
        table=table,
        changed=changed,
    )
    if as_json:
        terminal.print_json(watched)
        return
    print(f"{watched.frames} frames" + (f", {watched.dropped} dropped as out of date" if watched.dropped else ""))
    terminal.print_problems(watched.problems)


@click.command()
@click.argument("classifier", type=click.Path(path_type=Path))
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO...")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the results.")
@click.option(
    "--format",
    "formats",
    default="csv,vtt",
    show_default=True,
    help="csv (every frame, and segments), vtt (segments as subtitles).",
)
@click.option("--video", is_flag=True, help="Also write an annotated copy of each video.")
@click.option(
    "--smooth",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Time constant of the smoothing, seconds.",
)
@click.option(
    "--least",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.1,
    show_default=True,
    help="Drop segments shorter than this, seconds.",
)
@click.option(
    "--merge",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.1,
    show_default=True,
    help="Join segments of a label closer than this, seconds.",
)
@people_option
@mirrored_option
@as_json_option
def label(
    classifier: Path,
    videos: tuple[str, ...],
    out: Path,
    formats: str,
    video: bool,
    smooth: float,
    least: float,
    merge: float,
    people: int,
    mirrored: bool,
    as_json: bool,
) -> None:
    """Label recorded videos: a table of every frame, segments, an annotated copy.

    \b
    CLASSIFIER is a .posknn file, ml5 JSON, a CSV of examples, a recording, or a folder of recordings.
    VIDEO... are video files, folders of pictures or single pictures.

    Times are those of the video itself, also at a variable frame rate. Frames that show nothing like what was taught
    get no label. A video that cannot be read is reported at the end, the others are done; the exit code is 1 then.
    """
    from posknn.tasks.label import label as label_task

    wanted = tuple(part.strip() for part in formats.split(",") if part.strip())
    if not wanted or set(wanted) - {"csv", "vtt"}:
        raise click.BadParameter(f"{formats}: choose from csv, vtt", param_hint="--format")
    show = terminal.print_json if as_json else print_labelled
    with terminal.progress(as_json) as progress:
        reports = label_task(
            classifier,
            videos,
            out,
            formats=wanted,
            video=video,
            smooth=smooth,
            least=least,
            merge=merge,
            max_people=people,
            mirrored=mirrored,
            progress=progress,
            done=show,
        )
    if any(report.error for report in reports):
        sys.exit(1)


def print_labelled(report: Labelled) -> None:
    """Say what came of one video."""
    if report.error:
        print(f"error: {report.error}", file=sys.stderr)
        return
    seen = f"somebody in {report.seen} of {plural(report.frames, 'frame')}"
    print(f"{report.video}: {report.seconds:.1f} s, {seen}, {plural(len(report.segments), 'segment')}")
    for name, seconds in report.by_label().items():
        print(f"  {name}  {seconds:.1f} s")
    print_problems(report.problems)
    for file in report.files:
        print(f"  {file}")
