"""Splits examples into rows to learn and rows to ask, so that near copies of a frame are not on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from posknn.values import Label

__all__ = ["By", "Split", "code_of", "split_examples"]

By = Literal["recording", "time", "frames"]
"""What is kept together: whole recordings, stretches of time, or nothing but single frames."""

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

_APART: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Which rows are asked together. by: see By. why: it was split so, in words.

    folds: (n,) int64, the fold in which each row is asked; -1 for one that cannot be asked, as its label has no other.
    cut: (n,) bool, whether a row was cut from its neighbours in time. It is not learnt when one that is asked is less
    than `apart` (n,) seconds away: one second, or an eighth of the time that its label was shown.
    """

    by: By
    why: str
    folds: Ints
    cut: npt.NDArray[np.bool_]
    apart: Doubles
    groups: Ints
    times: Doubles

    @property
    def count(self) -> int:
        """The number of folds."""
        return int(self.folds.max(initial=-1)) + 1

    def parts(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield the rows to learn and the rows to ask of each fold."""
        for fold in range(self.count):
            asked = self.folds == fold
            learnt = ~asked
            for group in np.unique(self.groups[asked & self.cut]):
                own = self.cut & (self.groups == group)
                learnt[own] &= _distance(self.times[own], self.times[own & asked]) >= self.apart[own]
            yield np.flatnonzero(learnt), np.flatnonzero(asked)


def split_examples(
    labels: Sequence[Label],
    groups: Sequence[object],
    times: npt.ArrayLike,
    takes: npt.ArrayLike,
    *,
    by: By | None = None,
    most: int = 5,
) -> Split:
    """Split n examples into at most `most` folds.

    groups, times, takes: n of each, as in a Recording. by: None splits by recording where there are several, else by
    time. A label of one recording is always cut in time, into whole takes where it has several.
    ValueError when there is but one recording to split by.
    """
    kinds, names = code_of(labels), list(dict.fromkeys(labels))
    codes, seconds = code_of(groups), _in_order(code_of(groups), np.asarray(times, np.float64))
    many = len(set(codes.tolist())) > 1
    if by == "recording" and not many:
        raise ValueError("all examples come from one recording: split them by time instead")
    cut = np.zeros(len(kinds), bool)
    if by == "frames":
        folds = _shuffled(kinds, most)
        why = "as asked; near copies of a frame are on both sides of the test, which flatters"
        return Split("frames", why, _askable(folds, kinds), cut, np.zeros(len(kinds)), codes, seconds)
    alone = [kind for kind in range(len(names)) if len(np.unique(codes[kinds == kind])) == 1]
    cut = np.ones(len(kinds), bool) if by == "time" or not many else np.isin(kinds, alone)
    folds = np.full(len(kinds), -1, np.int64)
    if not cut.all():
        folds[~cut] = _spread(codes[~cut], kinds[~cut], min(most, len(np.unique(codes[~cut]))))
    for kind in np.unique(kinds[cut]):
        own = np.flatnonzero(cut & (kinds == kind))
        folds[own] = _in_time(codes[own], seconds[own], np.asarray(takes)[own], most)
    folds, apart = _askable(folds, kinds), _apart(codes, kinds, seconds)
    if cut.all():
        return Split("time", _why_time(many, asked=by == "time"), folds, cut, apart, codes, seconds)
    why = f"{len(set(codes.tolist()))} recordings; none is on both sides of a test"
    if alone:
        listed = ", ".join(str(names[kind]) for kind in alone)
        why += f"; but {listed} was taught in one recording only and is cut in time, which flatters"
    return Split("recording", why, folds, cut, apart, codes, seconds)


def code_of(values: Sequence[object]) -> Ints:
    """Return the number of each value (n,), in order of first appearance; 5 and "5" are two values."""
    places: dict[tuple[type, object], int] = {}
    return np.array([places.setdefault((type(value), value), len(places)) for value in values], np.int64)


def _why_time(many: bool, *, asked: bool) -> str:
    cut = "each label is cut into stretches of time, with up to a second left out between"
    if asked:
        return f"as asked; {cut}"
    reason = "no label was taught in two recordings" if many else "all examples come from one recording"
    return f"{reason}; {cut}, which flatters: record a second time, or with another person, to test by recording"


def _apart(codes: Ints, kinds: Ints, times: Doubles) -> Doubles:
    """Return how many seconds are left between what is learnt and what is asked: (n,)."""
    found = np.zeros(len(codes))
    for kind in np.unique(kinds):
        for code in np.unique(codes[kinds == kind]):
            own = (kinds == kind) & (codes == code)
            found[own] = min(_APART, float(np.ptp(times[own])) / 8)
    return found


def _in_order(codes: Ints, times: Doubles) -> Doubles:
    """Return times; where those of a whole recording are alike, so not known, the rows are counted instead."""
    times = times.copy()
    for code in np.unique(codes):
        own = codes == code
        if np.ptp(times[own]) == 0:
            times[own] = np.arange(own.sum())
    return times


def _spread(units: Ints, kinds: Ints, folds: int) -> Ints:
    """Return the fold of each row (n,): rows of a unit stay together, labels are spread evenly.

    The largest unit first, each goes where it leaves the labels most evenly spread.
    """
    numbers = np.unique(units, return_inverse=True)[1]
    counts = np.zeros((numbers.max() + 1, kinds.max() + 1))
    np.add.at(counts, (numbers, kinds), 1)
    totals = np.maximum(counts.sum(axis=0), 1)
    held = np.zeros((folds, counts.shape[1]))
    fold_of = np.zeros(len(counts), np.int64)
    for unit in np.argsort(-counts.sum(axis=1), kind="stable"):
        after = (held + counts[unit]) / totals
        fold_of[unit] = np.argmin(((after**2) - (held / totals) ** 2).sum(axis=1) + 1e-6 * held.sum(axis=1))
        held[fold_of[unit]] += counts[unit]
    return np.asarray(fold_of[numbers])


def _in_time(codes: Ints, times: Doubles, takes: Ints, folds: int) -> Ints:
    """Return the fold of each row of one label (m,): stretches of equal length, of whole takes if there are several."""
    order = np.lexsort((times, codes))
    places = np.empty(len(codes), np.int64)
    places[order] = np.arange(len(codes)) * min(folds, len(codes)) // len(codes)
    sittings = np.unique(np.column_stack([codes, takes]), axis=0, return_inverse=True)[1].reshape(-1)
    if sittings.max() > 0:
        for sitting in range(sittings.max() + 1):
            own = np.sort(places[sittings == sitting])
            places[sittings == sitting] = own[len(own) // 2]
        places = np.unique(places, return_inverse=True)[1].reshape(-1)
    return places


def _shuffled(kinds: Ints, folds: int) -> Ints:
    random = np.random.default_rng(0)
    found = np.empty(len(kinds), np.int64)
    for kind in np.unique(kinds):
        own = random.permutation(np.flatnonzero(kinds == kind))
        found[own] = np.arange(len(own)) % folds
    return found


def _askable(folds: Ints, kinds: Ints) -> Ints:
    """Take out the rows of labels that are in one fold alone: asked of them, nothing of theirs is learnt."""
    folds = folds.copy()
    for kind in np.unique(kinds):
        if len(np.unique(folds[kinds == kind])) < 2:
            folds[kinds == kind] = -1
    return folds


def _distance(times: Doubles, others: Doubles) -> Doubles:
    """Return how far each of times (n,) is from the nearest of others (m,), m > 0."""
    others = np.sort(others)
    after = np.searchsorted(others, times).clip(0, len(others) - 1)
    before = (after - 1).clip(0)
    return np.asarray(np.minimum(np.abs(times - others[after]), np.abs(times - others[before])))
