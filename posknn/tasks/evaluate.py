"""Measures how good a classifier of some examples is, on examples that it did not learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from posknn.classification import evaluation
from posknn.classification.evaluation import Evaluation
from posknn.classification.splits import By
from posknn.errors import NotTaughtError
from posknn.tasks.examples import open_examples

__all__ = ["evaluate"]

Progress = Callable[[str, float, float | None], object]


def evaluate(
    examples: str | Path,
    *,
    test: str | Path | None = None,
    groups: By | None = None,
    report: str | Path | None = None,
    progress: Progress = lambda name, done, total: None,
) -> Evaluation:
    """Evaluate a .posknn file, CSV, recording, or folder of recordings.

    test: other examples to ask; all of the first are taught then. groups: what a test never has on both of its sides;
    None takes recordings where there are several, else stretches of time. report: an HTML file to write as well.
    NotTaughtError when there is too little to test with; OutputError when the report cannot be written.
    """
    write = None if report is None else _report_writer(Path(report))
    opened = open_examples(examples)
    other = None if test is None else open_examples(test).labelled
    try:
        found = evaluation.evaluate(opened.labelled, other, by=groups, make=opened.make, progress=progress)
    except ValueError as error:
        raise NotTaughtError(f"{examples}: {error}") from None
    if write is not None:
        name = Path(examples).resolve().name
        write(found, name if test is None else f"{name}, tested with {Path(test).resolve().name}")
    return found


def _report_writer(path: Path) -> Callable[[Evaluation, str], object]:
    """Return what writes the report; whatever is missing for it is said now, before any work."""
    from posknn.tasks.report import check_report, write_report

    check_report(path)
    return lambda found, title: write_report(found, path, title=title)
