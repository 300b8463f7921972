"""Segments in tiers, as annotation tools show them: one for each person, nothing in a tier at the same time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from posknn.errors import OutputError
from posknn.storage.formats.clock import in_milliseconds
from posknn.values import Label, Segment

__all__ = ["Tier", "person_of", "tier_name", "tiers_of", "written"]

_ANYBODY = "pose"
_PERSON = re.compile(r"Person ([0-9]{1,18})(?: \([0-9]+\))?")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """A name and the start, end (milliseconds) and segment of what is in it, in order of time."""

    name: str
    spans: list[tuple[int, int, Segment]] = field(default_factory=list)


def tier_name(person: int | None) -> str:
    """Return the name of the tier of a person; of one that means anybody without."""
    return _ANYBODY if person is None else f"Person {person}"


def person_of(name: str) -> int | None:
    """Return the person whom a tier or subject of this name is of; None for other names."""
    found = _PERSON.fullmatch(name.strip())
    return int(found[1]) if found else None


def tiers_of(segments: Iterable[Segment]) -> list[Tier]:
    """Return the tiers in order of their first segment; what overlaps in a tier goes to another, "Person 0 (2)"."""
    tiers: dict[str, Tier] = {}
    for start, end, segment in in_milliseconds(segments):
        name, number = tier_name(segment.person), 1
        place = name
        while place in tiers and tiers[place].spans[-1][1] > start:
            number += 1
            place = f"{name} ({number})"
        tiers.setdefault(place, Tier(place)).spans.append((start, end, segment))
    return list(tiers.values())


def written(label: Label, path: str | os.PathLike[str]) -> str:
    """Return a label as the text of a file; OutputError for one that no reader could find in it again."""
    text = str(label)
    if not text.strip():
        raise OutputError(f"cannot write {path}: a label without a character is no label in this format")
    wrong = _NO_TEXT.search(text)
    if wrong:
        raise OutputError(f"cannot write {path}: the label {text!r} has a character that is no text: {wrong[0]!r}")
    return text
