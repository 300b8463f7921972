"""Commands of the first hour: see it work, ask what is missing, measure the machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option
from posknn.cli.terminal import plural

if TYPE_CHECKING:
    from posknn.tasks.bench import Measured
    from posknn.tasks.demo import Shown
    from posknn.tasks.doctor import Finding

__all__ = ["bench", "demo", "doctor", "print_demo", "print_findings", "print_measured"]

_WHAT = {
    ".labelled.mp4": "the annotated video",
    ".segments.csv": "who showed what from when to when",
    ".csv": "every frame",
    ".vtt": "the segments as subtitles",
    ".posknn": "what was taught",
}


@click.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("posknn-demo"),
    show_default=True,
    help="Folder for the results.",
)
@as_json_option
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
    print_demo(shown)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--mend", is_flag=True, help="Recover recordings that were cut off.")
@as_json_option
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
        print_findings(findings)
    if any(finding.verdict == "bad" for finding in findings):
        sys.exit(1)


@click.command()
@click.option(
    "--only", type=click.Choice(["frame", "videos"]), help="What is spent on a frame, or on whole recorded videos."
)
@as_json_option
def bench(only: Literal["frame", "videos"] | None, as_json: bool) -> None:
    """Measure posknn's speed budgets on this machine.

    Each ratio is measured with both sides in one run. Some minutes; leave the machine alone meanwhile.
    """
    from posknn.tasks.bench import bench as bench_task

    measured = bench_task(only=only, progress=lambda name: None if as_json else print(f"... {name}", file=sys.stderr))
    if as_json:
        terminal.print_json(measured)
        return
    print_measured(measured)


def print_demo(shown: Shown) -> None:
    """Say what the demo saw and where its files are."""
    labelled = shown.labelled
    taught = " and ".join(f"{label} ({plural(count, 'example')})" for label, count in shown.taught.items())
    print(f"Taught {taught} from a clip of a man; {shown.near_duplicates} near-duplicates were left out.")
    times = ", ".join(f"{label} for {seconds:.1f} s" for label, seconds in labelled.by_label().items())
    print(f"Saw in a clip of a woman, {labelled.seconds:.1f} s: {times}.")
    print(f"Counted {shown.count} jumping jacks (stand > arms_up > stand).")
    print()
    files = (*labelled.files, shown.classifier)
    width = max(len(str(file)) for file in files)
    for file in files:
        print(f"  {file!s:<{width}}  {_what(file)}")
    print()
    print("Open the annotated video to see it. Next, with a camera:")
    program = terminal.program()
    print(f"  {program} record 0 upright slouch -o desk.parquet    teach two poses of your own")
    print(f"  {program} live desk.parquet                          and recognise them")


def print_findings(findings: Sequence[Finding]) -> None:
    """Say what the doctor found."""
    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    for finding in findings:
        print(f"{marks[finding.verdict]}  {finding.subject:<10}  {finding.text}")


def print_measured(measured: Sequence[Measured]) -> None:
    """Say which budgets are kept."""
    for one in measured:
        verdict = "ok  " if one.kept else "OVER"
        print(f"{verdict}  {one.value:7.3f} {one.unit}  of {one.bound} {one.limit:g} {one.unit}  {one.name}")


def _what(file: Path) -> str:
    return _WHAT.get("".join(file.suffixes[-2:]), _WHAT.get(file.suffix, ""))
