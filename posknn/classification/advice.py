"""Says in words what to record next, from what an evaluation found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from posknn.classification.labelled import Labelled
from posknn.values import Label

if TYPE_CHECKING:
    from posknn.classification.evaluation import Evaluation

__all__ = ["what_next"]

_FEW: Final = 20
"""Examples of a label below which one more take helps most."""
_UNEVEN: Final = 8
_CONFUSED: Final = 0.05
_REFUSED: Final = 0.15
_LET_THROUGH: Final = 0.4
_MOST: Final = 4


def what_next(found: Evaluation, taught: Labelled) -> tuple[str, ...]:
    """Return up to four sentences on what to record next, the most useful first; always at least one.

    found: the evaluation of what was taught.
    """
    told = [*_again(found, taught), *_more(taught), *_apart(found), *_wider(found), *_others(found)]
    return tuple(told[:_MOST]) or (
        "Nothing stands out. Record another person or another place: it shows whether the figures hold there.",
    )


def _again(found: Evaluation, taught: Labelled) -> Iterator[str]:
    """Ask for a second recording of what was taught in one."""
    if found.by == "test":
        return
    places: dict[Label, set[str]] = {}
    for label, group in zip(taught.labels, taught.groups, strict=True):
        places.setdefault(label, set()).add(group)
    alone = [label for label in taught.distinct if len(places[label]) == 1]
    if len(alone) == len(places):
        yield "Record every pose a second time, on another day or with another person: until then the figures flatter."
    elif alone:
        yield f"Record {_listed(alone)} in a second recording: taught in one only, its figures flatter."


def _more(taught: Labelled) -> Iterator[str]:
    """Ask for more of what is rare."""
    counts = {label: taught.labels.count(label) for label in taught.distinct}
    few = [label for label, count in counts.items() if count < _FEW]
    most = max(counts.values(), default=0)
    rare = [label for label, count in counts.items() if count * _UNEVEN < most and label not in few]
    if few:
        yield f"Teach more of {_listed(few)}: fewer than {_FEW} examples are little to go by."
    if rare:
        yield f"Teach more of {_listed(rare)}: another pose has more than {_UNEVEN} times as many examples."


def _apart(found: Evaluation) -> Iterator[str]:
    """Point at the worst confusion."""
    worst = max(found.confusions, key=lambda one: one.share, default=None)
    if worst is None or worst.share < _CONFUSED:
        return
    yield (
        f"{worst.share:.0%} of {worst.label} is taken for {worst.answer}: look whether some are labelled wrongly, "
        "then teach both again where they come near each other."
    )


def _wider(found: Evaluation) -> Iterator[str]:
    """Ask for variety where taught poses are called unknown."""
    narrow = [one for one in found.by_label if one.unknown > _REFUSED]
    if narrow:
        worst = max(narrow, key=lambda one: one.unknown)
        yield (
            f"Vary {_listed([one.label for one in narrow])}: turn a little, step nearer, move while you hold it; "
            f"{worst.unknown:.0%} of {worst.label} is called unknown though it was taught."
        )


def _others(found: Evaluation) -> Iterator[str]:
    """Ask for what is none of the labels, where it would be taken for one."""
    if found.open_set is None or 1 - found.open_set.limited < _LET_THROUGH:
        return
    yield (
        f'Teach what you do between the poses as a label of its own, such as "other": {1 - found.open_set.limited:.0%} '
        "of poses never taught would be taken for one that was."
    )


def _listed(labels: Sequence[Label], most: int = 4) -> str:
    names = [str(label) for label in labels[:most]]
    if len(labels) > most:
        return f"{', '.join(names)} and {len(labels) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
