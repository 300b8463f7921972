"""Prints what the tasks report and how far they are, for people and for scripts."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posknn.tasks.bench import Measured
    from posknn.tasks.demo import Shown
    from posknn.tasks.doctor import Finding
    from posknn.tasks.label import Labelled
    from posknn.tasks.record import Taught

__all__ = [
    "print_demo",
    "print_findings",
    "print_json",
    "print_labelled",
    "print_measured",
    "print_problems",
    "print_taught",
    "progress",
]

_WHAT = {
    ".labelled.mp4": "the annotated video",
    ".segments.csv": "who showed what from when to when",
    ".csv": "every frame",
    ".vtt": "the segments as subtitles",
    ".posknn": "what was taught",
}


def print_demo(shown: Shown) -> None:
    """Say what the demo saw and where its files are."""
    labelled = shown.labelled
    taught = " and ".join(f"{label} ({_plural(count, 'example')})" for label, count in shown.taught.items())
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
    # Right after the set-up script the environment is not active: then the program is named by its path.
    program = "posknn" if shutil.which("posknn") else os.path.relpath(sys.argv[0])
    print(f"  {program} record 0 upright slouch -o desk.parquet    teach two poses of your own")
    print(f"  {program} live desk.parquet                          and recognise them")


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
    print(f"Next: posknn live {taught.file}")


def print_labelled(report: Labelled) -> None:
    """Say what came of one video."""
    if report.error:
        print(f"error: {report.error}", file=sys.stderr)
        return
    seen = f"somebody in {report.seen} of {_plural(report.frames, 'frame')}"
    print(f"{report.video}: {report.seconds:.1f} s, {seen}, {_plural(len(report.segments), 'segment')}")
    for name, seconds in report.by_label().items():
        print(f"  {name}  {seconds:.1f} s")
    print_problems(report.problems)
    for file in report.files:
        print(f"  {file}")


def print_findings(findings: Sequence[Finding]) -> None:
    """Say what the doctor found."""
    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    for finding in findings:
        print(f"{marks[finding.verdict]}  {finding.subject:<10}  {finding.text}")


def print_measured(measured: Sequence[Measured]) -> None:
    """Say which budgets are kept."""
    for one in measured:
        verdict = "ok  " if one.kept else "OVER"
        print(f"{verdict}  {one.value:6.3f} {one.unit}  of {one.limit:g} {one.unit}  {one.name}")


def print_problems(problems: Sequence[str]) -> None:
    """Say what a source could not give."""
    for problem in problems:
        print(f"  incomplete: {problem}", file=sys.stderr)


def print_json(report: object) -> None:
    """Print a report as one line of JSON."""
    print(json.dumps(_plain(report), ensure_ascii=False))


@contextmanager
def progress(silent: bool) -> Iterator[Callable[[str, float, float | None], object]]:
    """Show a bar a video on a terminal, nothing elsewhere."""
    if silent or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),  # a file may be called [red].mp4
        BarColumn(),
        TextColumn("{task.completed:.1f} s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, done: float, total: float | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)

        yield show


def _what(file: Path) -> str:
    return _WHAT.get("".join(file.suffixes[-2:]), _WHAT.get(file.suffix, ""))


def _plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
