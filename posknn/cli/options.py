"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from posknn.jobs.hiring import Workers

__all__ = [
    "as_json_option",
    "batch_options",
    "follow_option",
    "mirrored_option",
    "people_option",
    "taught_option",
    "workers_of",
]

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts instead of sentences.")
mirrored_option = click.option("--mirrored", is_flag=True, help="The source shows a mirror image, as some webcams do.")
people_option = click.option(
    "--people",
    metavar="N",
    type=click.IntRange(1, 5),
    default=1,
    show_default=True,
    help="How many people to look for, up to 5.",
)
follow_option = click.option(
    "--follow",
    type=click.Choice(["all", "first", "largest", "middle"]),
    default="all",
    show_default=True,
    help="With --people: everybody, or one person only, whom nobody walking by replaces.",
)
taught_option = click.option(
    "--follow",
    type=click.Choice(["first", "largest", "middle"]),
    default="first",
    show_default=True,
    help="With --people: whom to learn from; nobody walking by replaces that person.",
)

_BATCH = (
    click.option(
        "--workers",
        metavar="N",
        type=click.IntRange(1),
        help="How many processes share the work.  [default: one for each core]",
    ),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(0, min_open=True),
        help="Give a video up, or one chunk of a long one, after so long; not with --dask.",
    ),
    click.option(
        "--dask",
        metavar="ADDRESS",
        help="Have the work done by a Dask cluster, tcp://host:8786; needs posknn[dask].",
    ),
    click.option("--resume", is_flag=True, help="Leave alone what is finished in DIR and has not changed since."),
    click.option(
        "--chunk",
        metavar="SECONDS",
        type=click.FloatRange(0),
        default=30.0,
        show_default=True,
        help="Cut long videos into chunks that are tracked side by side; 0 tracks them in one piece.",
    ),
)


def batch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of commands that do many videos."""
    for option in reversed(_BATCH):
        command = option(command)
    return command


def workers_of(workers: int | None, timeout: float | None, dask: str | None) -> Workers:
    """Return who does the work, from what was typed."""
    from posknn.jobs.hiring import Workers

    if dask is not None and (workers is not None or timeout is not None):
        raise click.UsageError(
            "--workers and --timeout are for this machine, leave them out with --dask: a cluster has its own workers, "
            "and what is under way there cannot be ended from here"
        )
    return Workers(count=_cores() if workers is None else workers, timeout=timeout, dask=dask)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
