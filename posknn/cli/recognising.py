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
    help="What to write, by name and with commas between; see above.",
)
@click.option("--video", is_flag=True, help="Also write an annotated copy of each video, with its sound.")
@click.option(
    "--blur-faces", is_flag=True, help="With --video or --report-frames: make the heads of people unrecognisable."
)
@click.option(
    "--smooth",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Time constant of the smoothing, seconds; with it, gaps up to --merge are filled in every frame.",
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
@click.option(
    "--enter",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Begin a segment when the confidence of its label reaches this.",
)
@click.option(
    "--leave",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="End it when the confidence falls below this; no more than --enter.",
)
@click.option(
    "--report",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Also write a page over all videos, to review.",
)
@click.option("--report-frames", is_flag=True, help="With --report: show pictures of the least sure segments in it.")
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
    enter: float,
    leave: float,
    blur_faces: bool,
    report: Path | None,
    report_frames: bool,
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
    VIDEO|TRACK... are video files, folders of videos or of pictures, single pictures, or what `posknn track` wrote
    (.parquet), which takes seconds for an hour.

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
      posknn label desk.parquet tracks/*.parquet -o labels --report review.html
    """
    from posknn.jobs.writers import FORMATS
    from posknn.tasks.label import label as label_task
    from posknn.tracking.sources import videos_meant

    wanted = tuple(part.strip().lower() for part in formats.split(",") if part.strip())
    if not wanted or set(wanted) - set(FORMATS):
        raise click.BadParameter(f"{formats}: choose from {', '.join(FORMATS)}", param_hint="--format")
    _check_label_options(video, blur_faces, report, report_frames, enter, leave)
    show = terminal.print_json if as_json else print_labelled
    staff = workers_of(workers, timeout, dask)
    meant = videos_meant(videos)
    with terminal.progress(as_json, len(meant)) as progress:

        def done(labelled: Labelled) -> None:
            progress.finished(labelled.video)
            show(labelled)

        reports = label_task(
            classifier,
            meant,
            out,
            formats=wanted,
            video=video,
            smooth=smooth,
            least=least,
            merge=merge,
            enter=enter,
            leave=leave,
            blur_faces=blur_faces,
            max_people=people,
            follow=follow,
            mirrored=mirrored,
            chunk=chunk,
            workers=staff,
            resume=resume,
            report=report,
            report_frames=report_frames,
            progress=progress,
            done=done,
        )
    if report is not None and not as_json:
        print(f"report: {report}")
    terminal.end_batch(reports, as_json)


def _check_label_options(
    video: bool, blur_faces: bool, report: Path | None, report_frames: bool, enter: float, leave: float
) -> None:
    """Raise UsageError for options that have no use together."""
    if report_frames and report is None:
        raise click.UsageError("--report-frames shows pictures in the page of --report: give that too")
    if blur_faces and not (video or report_frames):
        raise click.UsageError("--blur-faces is for pictures: give --video or --report-frames too")
    if leave > enter:
        raise click.UsageError(f"--leave is {enter:g} at most, as --enter is, not {leave:g}")


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
