"""What all commands print with: JSON, problems, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

__all__ = ["place", "plural", "print_json", "print_problems", "progress", "shortened", "table"]

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


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
