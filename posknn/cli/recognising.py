"""Commands that name poses: live, and in recorded videos."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from posknn.cli import terminal
from posknn.cli.events import event_options, print_told
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
    from posknn.jobs.labelling import Labelled
    from posknn.tracking.following import Follow
    from posknn.values import Event

__all__ = ["label", "live", "print_labelled"]


@click.command()
@click.argument("classifier", type=click.Path(path_type=Path))
@click.option(
    "--source",
    default="camera",
    help="Camera number, video, folder of pictures or stream address.  [default: the first camera]",
)
@click.option("--headless", is_flag=True, help="No window: print the label whenever it changes, or what --on says.")
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
@event_options
@people_option
@follow_option
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
    follow: Follow,
    mirrored: bool,
    events: dict[str, Any],
    as_json: bool,
) -> None:
    """Recognise poses as they happen; tell of what you ask for.

    CLASSIFIER is a .posknn file, ml5 JSON, a CSV of examples, a recording, or a folder of recordings.

    Shows skeleton, label and confidences; q, Esc or Ctrl-C ends.

    \b
      posknn live desk.parquet
      posknn live desk.parquet --source monday.mp4 --headless
      posknn live desk.parquet --on "slouch held 10s" --exec "notify-send 'Sit up'"
      posknn live fit.parquet --pattern "squat: stand > down > stand" --on "squat rep" --osc 127.0.0.1:9000

    \b
    Rules:  LABEL enter, LABEL exit, LABEL held 10s, NAME rep, NAME partial, NAME gesture, person lost, person found,
            nobody for 5s; "any" or "unknown" in the place of LABEL; "by person 2" at the end; quotes around odd labels
    Events go to standard output, with --json as JSON, and to all of --exec, --ws, --osc, --mqtt. At the end of the
    video, or when you end it, poses are left and people are lost.
    """
    from posknn.output.publishers.lines import to_lines
    from posknn.output.publishers.message import message_text
    from posknn.tasks.live import live as live_task

    def changed(time: float, label: str | int | None, confidence: float) -> None:
        if events["on"]:
            return
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
        follow=follow,
        video=video,
        table=table,
        changed=changed,
        sinks=[to_lines(sys.stdout, write=message_text if as_json else _in_words)] if events["on"] else (),
        **events,
    )
    if as_json:
        terminal.print_json(watched)
        return
    print(f"{watched.frames} frames" + (f", {watched.dropped} dropped as out of date" if watched.dropped else ""))
    print_told(watched.told)
    terminal.print_problems(watched.problems)


def _in_words(event: Event) -> str:
    from posknn.output.publishers.message import describe

    return f"{event.time:8.2f} s  {describe(event)}" + (f"  (person {event.person})" if event.person else "")


@click.command()
@click.argument("classifier", type=click.Path(path_type=Path))
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO|TRACK...")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the results.")
@click.option(
    "--format",
    "formats",
    default="csv,vtt",
    show_default=True,
    help="What to write, by name and with commas between; see below.",
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
@follow_option
@mirrored_option
@batch_options
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
    follow: Follow,
    mirrored: bool,
    workers: int | None,
    timeout: float | None,
    dask: str | None,
    resume: bool,
    chunk: float,
    as_json: bool,
) -> None:
    """Label recorded videos: every frame, segments, annotated copies.

    \b
    CLASSIFIER is a .posknn file, ml5 JSON, a CSV of examples, a recording, or a folder of recordings.
    VIDEO|TRACK... are video files, folders of pictures, single pictures, or what `posknn track` wrote (.parquet),
    which takes seconds for an hour.

    Times are those of the video itself, also at a variable frame rate. Frames that show nothing like what was taught
    get no label. A video that cannot be done is named, the others are done; the exit code is 1 then. After a kill or
    Ctrl-C the same command with --resume goes on where it ended.

    \b
    Formats: csv (every frame; segments), parquet, jsonl (every frame),
    vtt, srt, eaf (ELAN), textgrid (Praat), boris, label-studio (segments),
    cvat, coco, coco17, dlc (DeepLabCut), pose, rrd (rerun) (poses of every frame).

    \b
      posknn label desk.parquet monday/*.mp4 -o labels
      posknn label desk.parquet monday.mp4 -o labels --format eaf,srt,coco
      posknn label desk.parquet tracks/*.parquet -o labels
    """
    from posknn.jobs.writers import FORMATS
    from posknn.tasks.label import label as label_task

    wanted = tuple(part.strip().lower() for part in formats.split(",") if part.strip())
    if not wanted or set(wanted) - set(FORMATS):
        raise click.BadParameter(f"{formats}: choose from {', '.join(FORMATS)}", param_hint="--format")
    show = terminal.print_json if as_json else print_labelled
    staff = workers_of(workers, timeout, dask)
    with terminal.progress(as_json, len(videos)) as progress:

        def done(report: Labelled) -> None:
            progress.finished(report.video)
            show(report)

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
            follow=follow,
            mirrored=mirrored,
            chunk=chunk,
            workers=staff,
            resume=resume,
            progress=progress,
            done=done,
        )
    terminal.end_batch(reports, as_json)


def print_labelled(report: Labelled) -> None:
    """Say what came of one video."""
    if report.error:
        print(f"error: {terminal.named_error(report)}", file=sys.stderr)
        return
    seen = f"somebody in {report.seen} of {plural(report.frames, 'frame')}"
    print(f"{report.video}: {report.seconds:.1f} s, {seen}, {plural(len(report.segments), 'segment')}")
    for name, seconds in report.by_label().items():
        print(f"  {name}  {seconds:.1f} s")
    print_problems(report.problems)
    for file in report.files:
        print(f"  {file}")
