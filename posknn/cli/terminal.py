"""What all commands print with: JSON, problems, progress."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

__all__ = ["plural", "print_json", "print_problems", "program", "progress"]


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
