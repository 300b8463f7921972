"""Commands that look after examples: which are wrong, and which are missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option, mirrored_option, people_option
from posknn.cli.terminal import place, plural, shortened, table

if TYPE_CHECKING:
    from posknn.classification.curation import Stretch, Suspect
    from posknn.tasks.clean import Cleaned
    from posknn.tasks.suggest import Suggested

__all__ = ["clean", "print_cleaned", "print_suggested", "suggest"]

_MOST_STRETCHES: Final = 12


@click.command()
@click.argument("examples", type=click.Path(path_type=Path))
@click.option("--drop", is_flag=True, help="Take the label from what looks wrong.")
@click.option("--relabel", is_flag=True, help="Give what looks wrong the label that it looks like.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the changed examples here.")
@click.option("--in-place", is_flag=True, help="Change the examples where they are.")
@click.option(
    "--factor",
    metavar="X",
    type=click.FloatRange(1, min_open=True),
    default=1.22,
    show_default=True,
    help="How many times farther the own label must be than another; more finds fewer.",
)
@as_json_option
def clean(
    examples: Path, drop: bool, relabel: bool, out: Path | None, in_place: bool, factor: float, as_json: bool
) -> None:
    """Find examples that look wrongly labelled, or like nothing else.

    \b
    EXAMPLES are a .posknn file, a CSV of examples, a recording, or a folder of recordings.

    Each example is held against the examples nearest to it; whole stretches that look like another label in other
    recordings are told as well. Nothing is changed unless you say how, with --drop or --relabel or both, and where,
    with -o or --in-place.

    \b
      posknn clean recordings
      posknn clean desk.parquet --relabel -o desk-clean.parquet
    """
    from posknn.tasks.clean import clean as clean_task

    if (drop or relabel) != (out is not None or in_place):
        raise click.UsageError("say how with --drop or --relabel, and where with -o or --in-place; or neither, to look")
    if out is not None and in_place:
        raise click.UsageError("-o writes a new file, --in-place changes the old one: give one of them")
    done = clean_task(examples, drop=drop, relabel=relabel, out=out, in_place=in_place, factor=factor)
    show = terminal.print_json if as_json else print_cleaned
    show(done)


@click.command()
@click.argument("classifier", type=click.Path(path_type=Path))
@click.argument("tracks", nargs=-1, required=True, metavar="TRACK...")
@click.option(
    "-n", "--count", metavar="N", type=click.IntRange(1), default=40, show_default=True, help="How many to suggest."
)
@click.option(
    "-o", "--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder for NAME.marks.csv, to be filled in."
)
@people_option
@mirrored_option
@as_json_option
def suggest(
    classifier: Path,
    tracks: tuple[str, ...],
    count: int,
    out: Path | None,
    people: int,
    mirrored: bool,
    as_json: bool,
) -> None:
    """Say which moments are most worth labelling next.

    \b
    CLASSIFIER is a .posknn file, a CSV of examples, a recording, or a folder of recordings.
    TRACK... are recordings without labels, videos, folders of either, or folders of pictures.

    Chosen are moments that are doubtful or new, unlike each other, and typical of many. With -o each TRACK gets a file
    of marks: fill in the column label, delete the lines you are not sure of, and teach it.

    \b
      posknn suggest desk.parquet monday.mp4 tuesday.mp4 -n 20 -o marks
      posknn record monday.mp4 --marks marks/monday.marks.csv -o more.parquet
    """
    from posknn.tasks.suggest import suggest as suggest_task

    with terminal.progress(as_json) as progress:
        found = suggest_task(
            classifier, tracks, count=count, out=out, max_people=people, mirrored=mirrored, progress=progress
        )
    show = terminal.print_json if as_json else print_suggested
    show(found)


def print_cleaned(done: Cleaned) -> None:
    """Say what looks wrong and what was done about it."""
    found = done.cleaning
    wrong = [one for one in found.suspects if one.suggestion is not None]
    outliers = [one for one in found.suspects if one.suggestion is None]
    print(
        f"{plural(found.examples, 'example')}: {plural(len(wrong), 'suspected wrong label')}, "
        f"{plural(len(outliers), 'outlier')}."
    )
    if len(wrong) > 0.15 * found.examples:
        print("That is so many that the labels may well overlap: look at `posknn evaluate` before you change any.")
    for one in wrong:
        print(f"\n  {place(one.row, one.recording, one.time)}: {one.label}, looks like {one.suggestion}")
        print(f"    {one.factor:.1f} times nearer to {one.suggestion}; {_neighbours(one)}")
    for one in outliers:
        print(f"\n  {place(one.row, one.recording, one.time)}: {one.label}, looks like nothing else")
        print(f"    {_neighbours(one)}")
    _print_stretches(found.stretches)
    if done.files:
        print(f"\n{plural(done.relabelled, 'label')} changed, {done.dropped} dropped:")
        for file in done.files:
            print(f"  {file}")
    elif found.suspects:
        print("\nNothing was changed; --relabel or --drop with -o FILE does.")


def _print_stretches(found: Sequence[Stretch]) -> None:
    if found:
        print("\nTo look at: one after the other looks like another label elsewhere, but they back each other.")
        print("Labelled too early or too late, wrong as a whole, or done differently there?")
    for one in found[:_MOST_STRETCHES]:
        where = one.recording or "one recording"
        if one.start is None or one.end is None:
            when = f"rows {one.first}-{one.last}"
        else:
            when = f"{one.start:.2f}-{one.end:.2f} s"
        print(
            f"  {where} {when}, {'all ' if one.whole else ''}{one.examples} of {one.label}: {one.factor:.1f} times "
            f"nearer to {one.looks_like}"
        )
    if len(found) > _MOST_STRETCHES:
        print(f"  and {len(found) - _MOST_STRETCHES} more, see --json")


def print_suggested(found: Suggested) -> None:
    """Say which moments to label."""
    if not found.suggestions:
        print("Nothing to suggest: no moment without a label shows enough of a person.")
        return
    print(f"{len(found.suggestions)} of {plural(found.moments, 'moment')} without a label, the most telling first.\n")
    rows = []
    for one in found.suggestions:
        unlike = "" if one.unlike is None else f"{one.unlike:.1f}"
        guess = "-" if one.guess is None else shortened(one.guess)
        doubt = f"{guess} or {shortened(one.between)}" if one.between is not None and one.doubt > 0.7 else guess
        name = Path(found.tracks[one.recording]).name
        rows.append([name, f"{one.time:.2f}", doubt, unlike, f"{one.stands_for:.0%}"])
    if rows:
        table(["track", "seconds", "looks like", "limits away", "like it"], rows, left=(0, 2))
    for file in found.files:
        print(f"\n  {file}")
    if found.files:
        print(
            "\nFill in the column label, delete the lines you are not sure of, then: posknn record VIDEO --marks FILE"
        )


def _neighbours(one: Suspect) -> str:
    listed = (
        f"{near.label} {near.distance:.3f} ({place(near.row, near.recording, near.time)})" for near in one.neighbors
    )
    return "nearest " + ", ".join(listed) if one.neighbors else "nothing to compare it with"
