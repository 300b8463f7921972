"""Commands that hold labels against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option

if TYPE_CHECKING:
    from posknn.tasks.agree import Agreed

__all__ = ["agree", "print_agreed"]


@click.command()
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.option(
    "--video",
    type=click.Path(path_type=Path),
    help="The video or its track, or the folder of the videos: for Label Studio files, which count frames.",
)
@as_json_option
def agree(ours: Path, theirs: Path, video: Path | None, as_json: bool) -> None:
    """Say how far two labellings of the same videos agree.

    Whoever made them: people, posknn or any other tool.

    \b
    OURS, THEIRS are files of segments, of any formats (.csv, .vtt, .srt, .eaf, .TextGrid, .tsv of BORIS, .json of
    Label Studio), or folders of them, matched by name.

    \b
    kappa     agreement beyond chance, every moment weighing the same; 1 is perfect, 0 is chance
    F1        of the segments: two match when they share at least half of what they cover together (IoU 0.5)
    boundary  how far apart the starts and ends of matched segments are

    \b
      posknn agree labels/monday.segments.csv monday.eaf
      posknn agree labels annotations --json
    """
    from posknn.tasks.agree import agree as agree_task

    found = agree_task(ours, theirs, video=video)
    (terminal.print_json if as_json else print_agreed)(found)


def print_agreed(found: Agreed) -> None:
    """Say how far two sides agree."""
    one = found.overall
    kappa = "-" if one.kappa is None else f"{one.kappa:.3f}"
    print(f"{terminal.plural(len(found.files), 'video')}, {one.seconds:.1f} s compared")
    print(f"  kappa     {kappa}  (the same label in {one.agreed:.1%} of the time)")
    print(f"  F1        {one.f1:.3f}  ({one.matched} matched of our {one.ours} and their {one.theirs} segments)")
    if one.boundary_mean is not None and one.bias is not None:
        late = "later" if one.bias >= 0 else "earlier"
        print(
            f"  boundary  {one.boundary_mean:.0f} ms on average, {one.boundary_median:.0f} ms median; "
            f"ours {abs(one.bias):.0f} ms {late}"
        )
    width = max((len(row.label) for row in one.by_label), default=0)
    for row in one.by_label:
        seconds = f"ours {row.seconds_ours:.1f} s, theirs {row.seconds_theirs:.1f} s, both {row.seconds_both:.1f} s"
        print(f"  {row.label:{width}}  F1 {row.f1:.3f}  {seconds}")
    for path in found.alone:
        print(f"  without a counterpart: {path}")
