"""The command that measures how good examples are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option
from posknn.cli.terminal import place, plural, shortened, table

if TYPE_CHECKING:
    from posknn.classification.confusions import Confusion
    from posknn.classification.evaluation import Evaluation
    from posknn.classification.untaught import OpenSet

__all__ = ["evaluate", "print_evaluation"]

_WIDEST: Final = 12  # labels that a confusion matrix can show on a terminal


@click.command()
@click.argument("examples", type=click.Path(path_type=Path))
@click.option(
    "--test",
    metavar="EXAMPLES",
    type=click.Path(path_type=Path),
    help="Ask these instead, with all of EXAMPLES taught: another day, another person.",
)
@click.option(
    "--groups",
    type=click.Choice(["recording", "time", "frames"]),
    help="What is never on both sides of a test.  [default: recording; time where there is one only]",
)
@click.option("--report", metavar="HTML", type=click.Path(path_type=Path), help="Also write a page with figures.")
@as_json_option
def evaluate(
    examples: Path,
    test: Path | None,
    groups: Literal["recording", "time", "frames"] | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure how good your examples are, without flattering.

    \b
    EXAMPLES are a .posknn file, a CSV of examples, a recording, or a folder of recordings.

    Whole recordings are held back in turn and asked, for frames of one recording are near copies of each other. Where
    there is but one recording, stretches of time are held back. --groups frames shuffles single frames: it flatters.

    \b
      posknn evaluate recordings
      posknn evaluate monday.parquet --test tuesday.parquet --report tuesday.html
    """
    from posknn.tasks.evaluate import evaluate as evaluate_task

    with terminal.progress(as_json) as progress:
        found = evaluate_task(examples, test=test, groups=groups, report=report, progress=progress)
    if as_json:
        terminal.print_json(found)
        return
    print_evaluation(found)
    if report:
        print(f"\nReport: {report}")


def print_evaluation(found: Evaluation) -> None:
    """Say how good the examples are and what that is worth."""
    how = "another set was asked" if found.by == "test" else f"split by {found.by} into {plural(found.folds, 'test')}"
    print(f"{plural(found.examples, 'example')} of {len(found.labels)} labels, {how}:\n{found.why}.")
    for note in found.notes:
        print(f"Note: {note}.")
    print(f"\nmacro-F1 {found.macro_f1:.3f}   accuracy {found.accuracy:.1%}   called unknown {found.unknown:.1%}")
    if found.leakage and found.leakage.flatters:
        print(
            f"LEAKAGE: a test on random frames would have said {found.leakage.macro_f1:.3f}, "
            f"{found.leakage.points:.0f} points more; near copies on both sides flatter it."
        )
    print()
    names = [shortened(label) for label in found.labels]
    table(
        ["label", "examples", "precision", "recall", "F1", "unknown"],
        [
            [name, str(one.examples), *(f"{x:.3f}" for x in (one.precision, one.recall, one.f1)), f"{one.unknown:.0%}"]
            for name, one in zip(names, found.by_label, strict=True)
        ],
    )
    _print_confusion(names, found.confusion)
    if found.open_set:
        _print_open_set(found.open_set)
    print(f"\nConfidence is {100 * found.calibration.error:.1f} points off (calibration error):")
    rows = [[f"{one.confidence:.0%}", f"{one.right:.0%}", str(one.count)] for one in found.calibration.bins]
    table(["it said", "right", "examples"], rows)
    _print_confusions(found.confusions)


def _print_confusion(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> None:
    if len(names) > _WIDEST:
        print(f"\nThe confusion matrix of {len(names)} labels is too wide for here: see --report or --json.")
        return
    print("\nTaken for (each row is what it was):")
    columns = len(names) + any(row[-1] for row in matrix)
    marks = [*(_mark(number) for number in range(len(names))), "nothing"][:columns]
    rows = [
        [f"{_mark(number)} {name}", *(str(number) if number else "." for number in row[:columns])]
        for number, (name, row) in enumerate(zip(names, matrix, strict=True))
    ]
    table(["", *marks], rows)


def _print_open_set(found: OpenSet) -> None:
    print(
        f"\nPoses never taught (one label left out at a time): {found.refused:.0%} are refused where "
        f"{found.accepted:.0%} of the taught\nare accepted (AUROC {found.area:.3f}); by the limits it learnt itself, "
        f"{found.limited:.0%} are."
    )
    rows = [
        [shortened(one.label), str(one.examples), f"{one.refused:.0%}", f"{one.limited:.0%}", f"{one.area:.3f}"]
        for one in sorted(found.by_label, key=lambda one: one.refused)
    ]
    table(["left out", "asked", "refused", "by limits", "AUROC"], rows)


def _print_confusions(found: Sequence[Confusion]) -> None:
    print("\nWorst confusions:" if found else "\nNo confusions: every answer was right.")
    for one in found:
        print(f"  {one.label} taken for {one.answer}: {plural(one.count, 'time')}, {one.share:.1%}")
        for mistake in one.mistakes:
            mine = place(mistake.row, mistake.recording, mistake.time)
            near = place(mistake.nearest_row, mistake.nearest_recording, mistake.nearest_time)
            print(f"    {mine} ({mistake.confidence:.0%} sure), most like {near}, distance {mistake.distance:.3f}")


def _mark(number: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[number]
