"""Commands that make examples: record poses, convert files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option, mirrored_option, people_option, taught_option
from posknn.cli.reading import reading_options
from posknn.cli.terminal import print_problems

if TYPE_CHECKING:
    from posknn.storage.formats.layout import Reading
    from posknn.tasks.record import Taught
    from posknn.tracking.following import Follow

__all__ = ["convert", "print_taught", "record"]


@click.command()
@click.argument("source")
@click.argument("labels", nargs=-1, metavar="LABEL...")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="The recording to write (.parquet).  [default: recordings/DATE-TIME.parquet]",
)
@click.option(
    "--marks",
    type=click.Path(path_type=Path),
    help="Segments that say which pose a video shows when: .csv, .vtt, .srt, .eaf (ELAN), .TextGrid (Praat), "
    ".tsv (BORIS) or .json (Label Studio).",
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
@people_option
@taught_option
@mirrored_option
@as_json_option
def record(
    source: str,
    labels: tuple[str, ...],
    out: Path | None,
    marks: Path | None,
    countdown: float | None,
    seconds: float,
    headless: bool,
    people: int,
    follow: Follow,
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
        max_people=people,
        follow=follow,
        mirrored=mirrored,
        headless=headless,
        announce=lambda message: None if as_json else print(f"\a{message}", flush=True),
    )
    show = terminal.print_json if as_json else print_taught
    show(taught)
    if taught.file is None or taught.error:
        sys.exit(1)


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--to",
    type=click.Choice(["google", "coords"]),
    help="Write Google's pose sample CSV, or columns class, x1, y1, z1, v1, ..., instead of posknn's own.",
)
@reading_options
@as_json_option
def convert(source: Path, target: Path, to: str | None, reading: Reading | None, as_json: bool) -> None:
    """Convert examples from one format to another.

    The endings of the files say which.

    \b
    IN   .posknn, .json (ml5), .csv and .parquet (recordings, any table of keypoints),
         .npz and .npy (scikit-learn's X and y), a folder of these
    OUT  .posknn, .json (ml5), .csv, .parquet, .npz, .npy

    \b
    A table may have any columns: x1,y1,z1,v1,...  nose_x,nose_y,...  or 66, 99 or 132 numbers without names.
    What was found in it is said; where that is wrong, the options below put it right.

    \b
      posknn convert coords.csv squats.posknn --size 1280x720
      posknn convert samples.csv X.npy --label exercise
    """
    from posknn.tasks.convert import convert as convert_task

    if to and target.suffix.lower() != ".csv":
        raise click.BadParameter("goes with an OUT that ends in .csv", param_hint="--to")
    if reading and source.suffix.lower() in (".posknn", ".json"):
        raise click.UsageError(f"{source.name} says itself what is in it: the options are for tables and recordings")
    done = convert_task(source, target, to=to, reading=reading)
    if as_json:
        terminal.print_json(done)
        return
    for sentence in done.read_as:
        print(f"  {sentence}")
    print(f"{done.file}: {done.examples} examples of {done.labels} labels ({done.kind})")
    if done.lost:
        print(f"  this format cannot hold: {done.lost}")


def print_taught(taught: Taught) -> None:
    """Say what was taught, or why nothing was."""
    if taught.file is None:
        why = "no label was switched on, or no mark lies within the video"
        if taught.nobody or taught.unclear:
            why = f"nobody was seen in {taught.nobody} frames and too little of a person in {taught.unclear}"
        print(f"error: nothing was recorded: {why}", file=sys.stderr)
        print_problems(taught.problems)
        if taught.error:
            print(f"error: {taught.error}", file=sys.stderr)
        return
    counts = ", ".join(f"{label} {count}" for label, count in taught.counts.items())
    print(f"{taught.file}: {counts} examples; {taught.near_duplicates} near-duplicates were left out.")
    if taught.nobody or taught.unclear:
        print(f"Passed over: {taught.nobody} frames with nobody, {taught.unclear} with too little of a person.")
    print_problems(taught.problems)
    if taught.error:
        print(f"error: {taught.error}; what was taught before is kept", file=sys.stderr)
    print(f"Next: {terminal.program()} live {taught.file}")
