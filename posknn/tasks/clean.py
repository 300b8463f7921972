"""Finds examples that look wrongly labelled or like nothing else, and mends them when asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posknn.classification import curation
from posknn.classification.curation import Cleaning
from posknn.tasks.examples import open_examples, write_examples
from posknn.values import Label

__all__ = ["Cleaned", "clean"]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What looks wrong and what was done about it. files: what was written; empty when nothing was to be changed."""

    cleaning: Cleaning
    dropped: int = 0
    relabelled: int = 0
    files: tuple[Path, ...] = ()


def clean(
    examples: str | Path,
    *,
    drop: bool = False,
    relabel: bool = False,
    out: str | Path | None = None,
    in_place: bool = False,
    factor: float = 1.22,
) -> Cleaned:
    """Look for suspects among the examples of a .posknn file, CSV, recording, or folder of recordings.

    drop: take the label from all suspects. relabel: give them the label that they look like; outliers keep theirs,
    unless they are to be dropped too. out: the new file or folder; in_place: change the examples where they are.
    Without drop or relabel nothing is written. factor: see `posknn.classification.curation.clean`.
    ValueError for changes that have no place to go, or two.
    """
    if (drop or relabel) != (out is not None or in_place):
        raise ValueError("changes need a place, and a place changes: --drop or --relabel with -o or --in-place")
    if out is not None and in_place:
        raise ValueError("-o writes a new file, --in-place changes the old one: give one of them")
    opened = open_examples(examples)
    cleaning = curation.clean(opened.labelled, factor=factor, make=opened.make)
    changes: dict[int, Label | None] = {}
    for suspect in cleaning.suspects:
        if relabel and suspect.suggestion is not None:
            changes[suspect.row] = suspect.suggestion
        elif drop:
            changes[suspect.row] = None
    if not (drop or relabel) or (in_place and not changes):
        return Cleaned(cleaning)
    files = write_examples(opened, changes, None if out is None else Path(out))
    dropped = sum(label is None for label in changes.values())
    return Cleaned(cleaning, dropped, len(changes) - dropped, files)
