"""Says what is a label, which labels are the same, and which comes first when votes tie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.values import Label

__all__ = ["check_label", "key_of", "numbered", "tie_order"]

_LARGEST_ARRAY_INDEX: Final = 2**32 - 2


def check_label(label: object) -> Label:
    """Return a label as str or int; ValueError for anything else and for the empty string."""
    if isinstance(label, np.integer):
        return int(label)
    if isinstance(label, bool) or not isinstance(label, str | int) or label == "":
        raise ValueError(f"a label is a word or a whole number, not {label!r}")
    return str.__str__(label) if isinstance(label, str) else int(label)  # members of an Enum become plain


def key_of(label: Label) -> tuple[type, Label]:
    """Return what tells labels apart: 1 and "1" are two."""
    return type(label), label


def numbered(names: Iterable[object]) -> npt.NDArray[np.int64]:
    """Return for each of n names its place among the different ones, in order of their texts: (n,)."""
    texts = [str(name) for name in names]
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.fromiter((places[text] for text in texts), np.int64, len(texts))


def tie_order(label: Label, first_row: int) -> tuple[int, int, int]:
    """Return the sort key of a label: JavaScript's order of object keys, as TF.js keeps its classes in one."""
    number = label if isinstance(label, int) else -1
    if isinstance(label, str) and label.isascii() and label.isdigit() and len(label) < 11 and str(int(label)) == label:
        number = int(label)
    if 0 <= number <= _LARGEST_ARRAY_INDEX:
        return 0, number, int(isinstance(label, str))
    return 1, first_row, 0
