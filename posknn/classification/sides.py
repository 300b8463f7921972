"""Tells whether a pose and its mirror image are two things: where labels name sides, or the examples show it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.values import Label

__all__ = ["looked_at", "mirror_pairs", "names_sides", "why_sides"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_WORDS: Final = re.compile(r"[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIDES: Final = frozenset(
    ("left", "right", "links", "rechts", "gauche", "droite", "izquierda", "derecha", "sinistra", "destra")
)
_MUCH_NEARER: Final = 0.6
_LEAST: Final = 3
_MOST: Final = 60


@lru_cache(maxsize=64)  # asked at every frame, of labels that seldom change
def names_sides(labels: tuple[Label, ...]) -> bool:
    """Say whether any label names a side, as left_arm_up, armRight and "lean left" do, and bright and leftover not."""
    text = " ".join(_CAMEL.sub(" ", label) for label in labels if isinstance(label, str))
    return any(word.lower() in _SIDES for word in _WORDS.findall(text))


def why_sides(
    mirror: bool | None, labels: tuple[Label, ...], pairs: Sequence[tuple[Label, Label]], *, keeps_place: bool
) -> str | None:
    """Say in words why a pose and its mirror image are two things; None when they are one.

    mirror: what the user wants, None for no opinion. pairs: labels whose examples are each other's mirror image.
    keeps_place: whether the place in the picture matters.
    """
    if mirror is not None:
        return None if mirror else "mirrored teaching is switched off"
    if names_sides(labels):
        return "a label names a side"
    if pairs:
        one, other = pairs[0]
        return f"the examples of {one!r} and {other!r} are each other's mirror image"
    return "the place in the picture matters" if keeps_place else None


def mirror_pairs(straight: Floats, mirrored: Floats, classes: Ints) -> list[tuple[int, int]]:
    """Return the pairs of classes whose examples are each other's mirror image.

    straight, mirrored: (n, D), examples as they are and mirrored, NaN where missing. classes: (n,). Two classes are
    such a pair when the mirrored examples of either lie much nearer to the other than to their own, and much nearer to
    it than they do unmirrored. People filmed from one side only do not: mirrored they are near to nothing.
    """
    rows = looked_at(classes)
    chosen = {kind: rows[classes[rows] == kind] for kind in np.unique(classes[rows]).tolist()}

    def swap(one: int, other: int) -> bool:
        here, there = chosen[one], chosen[other]
        over = _median_nearest(mirrored[here], straight[there])
        apart = min(_median_nearest(mirrored[here], straight[here]), _median_nearest(straight[here], straight[there]))
        return over < _MUCH_NEARER * apart

    return [(one, other) for one, other in combinations(chosen, 2) if swap(one, other) and swap(other, one)]


def looked_at(classes: Ints) -> Ints:
    """Return the rows that `mirror_pairs` looks at among classes (n,): a few of each, by class, evenly spread."""
    found = [np.empty(0, np.int64)]
    for kind in np.unique(classes).tolist():
        own = np.flatnonzero(classes == kind)
        if len(own) >= _LEAST:
            found.append(own[np.unique(np.linspace(0, len(own) - 1, _MOST).round().astype(int))])
    return np.concatenate(found)


def _median_nearest(queries: Floats, vectors: Floats) -> float:
    """Return the median distance of queries (m, D) to the nearest of vectors (n, D) over the numbers both have."""
    seen, known = (~np.isnan(queries)).astype(np.float64), (~np.isnan(vectors)).astype(np.float64)
    one, other = np.nan_to_num(queries).astype(np.float64), np.nan_to_num(vectors).astype(np.float64)
    squares = (one * one) @ known.T + seen @ (other * other).T - 2 * one @ other.T
    shared = seen @ known.T
    with np.errstate(divide="ignore", invalid="ignore"):
        nearest = np.where(shared > 0, np.maximum(squares, 0) * queries.shape[1] / shared, np.inf).min(axis=1)
    return float(np.sqrt(np.median(nearest)))
