"""What all commands print with: JSON, problems, progress."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, Protocol

__all__ = [
    "Bars",
    "end_batch",
    "named_error",
    "place",
    "plural",
    "print_json",
    "print_problems",
    "program",
    "progress",
    "shortened",
    "table",
]

_LONGEST = 24


def print_problems(problems: Sequence[str]) -> None:
    """Say what a source could not give."""
    for problem in problems:
        print(f"  incomplete: {problem}", file=sys.stderr)


def print_json(report: object) -> None:
    """Print a report as one line of JSON."""
    print(json.dumps(_plain(report), ensure_ascii=False))


def plural(count: int, thing: str) -> str:
    """Return "1 frame" or "2 frames"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def program() -> str:
    """Return what to type for posknn: right after the set-up script its environment is not active yet."""
    return "posknn" if shutil.which("posknn") else os.path.relpath(sys.argv[0])


def place(row: int, recording: str, time: float | None) -> str:
    """Return where an example is: its time where that is known, else its row."""
    where = f"row {row}" if time is None else f"at {time:.2f} s"
    return f"{recording} {where}" if recording else where


def shortened(label: object) -> str:
    """Return a label that fits into a table, without its middle: labels often differ at the end alone."""
    text = str(label)
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}…{text[-half + 1 :]}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> None:
    """Print columns under their names, to the right but for those in `left`."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        cells = (
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print(f"  {'  '.join(cells)}".rstrip())


class _Report(Protocol):
    @property
    def video(self) -> str: ...
    @property
    def error(self) -> str | None: ...


def named_error(report: _Report) -> str:
    """Return what went wrong with a video, and with which, where the error itself does not say."""
    error = report.error or ""
    return error if report.video in error else f"{report.video}: {error}"


def end_batch(reports: Sequence[_Report], as_json: bool) -> None:
    """Name once more what failed, where that has scrolled away, and exit with 1 then."""
    failed = [report.video for report in reports if report.error]
    if not failed:
        return
    if len(reports) > 1 and not as_json:
        done = plural(len(reports) - len(failed), "video")
        print(f"{done} done, {len(failed)} not: {', '.join(failed)}; --resume tries these again", file=sys.stderr)
    sys.exit(1)


@dataclass(slots=True)
class _Bar:
    """One video at work. begun: reading of the clock, and frames done, when it was first heard of."""

    task: Any
    begun: float
    before: int
    frames: int = 0
    share: float = 0.0

    def tell(self, done: float, total: float | None, frames: int) -> None:
        """Note how far it is."""
        self.frames = frames
        self.share = min(done / total, 1.0) if total else 0.0


class Bars:
    """Shows how far each video is, called with its name, seconds done, seconds there are and frames done.

    clock: seconds that go on by themselves.
    """

    def __init__(self, bars: Any = None, videos: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._bars = bars
        self._videos = videos
        self._clock = clock
        self._open: dict[str, _Bar] = {}
        self._begun = clock()
        self._finished = self._frames = 0
        several = bars is not None and videos > 1
        self._all = bars.add_task("all videos", total=videos, shown=f"0 of {videos}", pace="") if several else None

    def __call__(self, name: str, done: float, total: float | None, frames: int = 0) -> None:
        """Show how far a video is; nothing where there is no terminal."""
        if self._bars is None:
            return
        if name not in self._open:
            self._open[name] = _Bar(self._bars.add_task(name, shown="", pace=""), self._clock(), frames)
        bar = self._open[name]
        bar.tell(done, total, frames)
        pace = self._pace(frames - bar.before, bar.begun)
        self._bars.update(bar.task, completed=done, total=total, shown=f"{done:.0f} s", pace=pace)
        self._show_all()

    def finished(self, name: str) -> None:
        """Take a video off that is done: only those at work are shown, however many there are."""
        if self._bars is None:
            return
        self._finished += 1
        if name in self._open:
            bar = self._open.pop(name)
            self._frames += bar.frames - bar.before
            self._bars.remove_task(bar.task)
        self._show_all()

    def _show_all(self) -> None:
        if self._all is None:
            return
        done = self._finished + sum(bar.share for bar in self._open.values())
        frames = self._frames + sum(bar.frames - bar.before for bar in self._open.values())
        shown = f"{self._finished} of {self._videos}"
        self._bars.update(self._all, completed=done, shown=shown, pace=self._pace(frames, self._begun))

    def _pace(self, frames: int, begun: float) -> str:
        """Return how many frames are done in a second since a reading of the clock."""
        seconds = self._clock() - begun
        return f"{frames / seconds:.0f} frames/s" if frames > 0 and seconds > 0 else ""


@contextmanager
def progress(silent: bool, videos: int = 1) -> Iterator[Bars]:
    """Show a bar for each video at work on a terminal, and one for all of them; nothing elsewhere."""
    if silent or not sys.stderr.isatty():
        yield Bars()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),  # a file may be called [red].mp4
        BarColumn(),
        TextColumn("{task.fields[shown]}"),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Bars(bars, videos)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
