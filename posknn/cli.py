"""The command line: reads arguments, calls one task, prints its report."""

from __future__ import annotations

import io
import json
import sys
import warnings
from pathlib import Path

import click

from posknn import terminal
from posknn.errors import PosknnError

__all__ = ["main"]


class _Commands(click.Group):
    """Lists the commands in the order in which somebody new meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="posknn")
def _posknn() -> None:
    """Teach a computer body poses by showing them, then recognise them live or in recorded video.

    \b
    Start here:
      posknn demo                               see it work, no camera needed
      posknn record 0 upright slouch -o desk.parquet
      posknn live desk.parquet
      posknn label desk.parquet holiday.mp4 -o labels

    Everything stays on this machine: posknn opens no network connection of its own accord.
    """


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts instead of sentences.")
_mirrored = click.option("--mirrored", is_flag=True, help="The source shows a mirror image, as some webcams do.")
_people = click.option(
    "--people", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="How many people to look for."
)


@_posknn.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("posknn-demo"),
    show_default=True,
    help="Folder for the results.",
)
@_json
def demo(out: Path, as_json: bool) -> None:
    """See the whole job done on two packaged clips.

    Teaches two poses from one clip, finds and counts them in another, and writes an annotated video, a table and
    segments. Needs no camera, display or network.
    """
    from posknn.tasks.demo import demo as demo_task

    with terminal.progress(as_json) as progress:
        shown = demo_task(out, progress=progress)
    if as_json:
        terminal.print_json(shown)
        return
    terminal.print_demo(shown)


@_posknn.command()
@click.argument("source")
@click.argument("labels", nargs=-1, metavar="LABEL...")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="The recording to write (.parquet).  [default: recordings/DATE-TIME.parquet]",
)
@click.option(
    "--marks", type=click.Path(path_type=Path), help="Segments (CSV or WebVTT) that say which pose a video shows when."
)
@click.option(
    "--countdown",
    metavar="SECONDS",
    type=click.FloatRange(0),
    help="Hands-free: seconds to get ready before each label.",
)
@click.option(
    "--seconds",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    default=8.0,
    show_default=True,
    help="Hands-free: seconds to hold each label.",
)
@click.option("--headless", is_flag=True, help="No window; needs --countdown or --marks.")
@_mirrored
@_json
def record(
    source: str,
    labels: tuple[str, ...],
    out: Path | None,
    marks: Path | None,
    countdown: float | None,
    seconds: float,
    headless: bool,
    mirrored: bool,
    as_json: bool,
) -> None:
    """Teach poses by showing them.

    \b
    SOURCE is a camera number (0), a video file, a folder of pictures or a stream address (rtsp://...).
    LABEL... are the poses to teach.

    \b
    With a camera, press a label's key (1, 2, ...) or click its button to start and again to stop;
    u undoes the last take, q ends.  Hands-free: --countdown 3 --seconds 8.  From a video: --marks FILE.

    \b
      posknn record 0 upright slouch -o desk.parquet
      posknn record 0 upright slouch --countdown 3 -o desk.parquet
      posknn record monday.mp4 --marks marks.csv -o desk.parquet

    Only the positions of 33 keypoints are kept, never pictures.
    """
    from posknn.tasks.record import record as record_task

    if not labels and marks is None:
        raise click.UsageError("nothing to teach: name one label or more, or give --marks FILE")
    taught = record_task(
        source,
        labels,
        out,
        marks=marks,
        countdown=countdown,
        seconds=seconds,
        mirrored=mirrored,
        headless=headless,
        announce=lambda message: None if as_json else print(f"\a{message}", flush=True),
    )
    show = terminal.print_json if as_json else terminal.print_taught
    show(taught)
    if taught.file is None or taught.error:
        sys.exit(1)


@_posknn.command()
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
@_people
@_mirrored
@_json
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


@_posknn.command()
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
@_people
@_mirrored
@_json
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
    show = terminal.print_json if as_json else terminal.print_labelled
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


@_posknn.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(["google"]), help="Write Google's pose sample CSV instead of posknn's own.")
@_json
def convert(source: Path, target: Path, to: str | None, as_json: bool) -> None:
    """Convert examples from one format to another; the endings say which.

    \b
    IN   .posknn, .json (ml5), .csv (Google pose samples, posknn's own), .parquet (recording), a folder
    OUT  .posknn, .json (ml5), .csv (posknn's own; Google's with --to google), .parquet
    """
    from posknn.tasks.convert import convert as convert_task

    if to and target.suffix.lower() != ".csv":
        raise click.BadParameter("goes with an OUT that ends in .csv", param_hint="--to")
    done = convert_task(source, target, to=to)
    if as_json:
        terminal.print_json(done)
        return
    print(f"{done.file}: {done.examples} examples of {done.labels} labels ({done.kind})")
    if done.lost:
        print(f"  this format cannot hold: {done.lost}")


@_posknn.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--mend", is_flag=True, help="Recover recordings that were cut off.")
@_json
def doctor(folder: Path, mend: bool, as_json: bool) -> None:
    """Say what is here and what is missing, in words.

    Looks for recordings that were cut off in FOLDER (this one when left out). The exit code is 1 when posknn could
    not do its main job here.
    """
    from posknn.tasks.doctor import doctor as doctor_task

    findings = doctor_task(folder, mend=mend)
    if as_json:
        terminal.print_json(findings)
    else:
        terminal.print_findings(findings)
    if any(finding.verdict == "bad" for finding in findings):
        sys.exit(1)


@_posknn.command()
@_json
def bench(as_json: bool) -> None:
    """Measure posknn's speed budgets on this machine.

    Each ratio is measured with both sides in one run. A minute or so; leave the machine alone meanwhile.
    """
    from posknn.tasks.bench import bench as bench_task

    measured = bench_task(progress=lambda name: None if as_json else print(f"... {name}", file=sys.stderr))
    if as_json:
        terminal.print_json(measured)
        return
    terminal.print_measured(measured)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit 0 done, 1 a clear one-line error, 2 wrong usage, 130 Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks the letters of a name still gets the rest
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    try:
        _posknn.main(args=arguments, prog_name="posknn", standalone_mode=False)
    except click.exceptions.Abort:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
    except (PosknnError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except ImportError as error:
        print(f"error: {error}; `posknn doctor` says what is missing", file=sys.stderr)
        sys.exit(1)
