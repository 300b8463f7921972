"""Judges the repetitions of a set by one another: which are unlike the others, which go less far than is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.temporal.repetitions import Repetition
from posknn.values import Prediction

__all__ = ["SHALLOW", "Track", "judged_as_set", "odd_ones_out", "upper_median"]

Doubles = npt.NDArray[np.float64]

_ODD: Final = 2.2
SHALLOW: Final = 0.75
"""Share of the usual way below which a repetition is partial: in the middle between half of it and all of it."""
_AROUND: Final = 1.0
"""Seconds before and after a set that belong to it."""
_NEAR: Final = 0.25
_FAR: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What is known of one person of a recorded stream: n moments in order of time.

    times: (n,) float64 seconds. vectors: (n, D) float32, the embedded poses, NaN where not known. predictions: n of
    them, or none where nobody asked a classifier.
    """

    person: int
    times: Doubles
    vectors: npt.NDArray[np.float32]
    predictions: Sequence[Prediction] = ()


def judged_as_set(
    repetitions: Sequence[Repetition], track: Track, predictions: Sequence[Prediction], ways: Doubles
) -> list[Repetition]:
    """Return the repetitions with those made partial that do not belong to their set, each far pose a set of its own.

    That is: one whose far pose is unlike those of the others, and one that moves the body less than three quarters as
    far as is usual here; its depth is that share. Seen from another angle than taught, a pose halfway may look like the
    far one; what the same body does in the same picture can be compared.

    predictions: n of them, smoothed. ways: (n,), how near a far pose is, at each moment of the track.
    """
    judged: dict[Repetition, Repetition] = {}
    for label in dict.fromkeys(one.label for one in repetitions):
        whole = [one for one in repetitions if one.whole and one.label == label]
        judged |= zip(whole, _judged(whole, track, predictions, ways), strict=True)
    return [judged.get(one, one) for one in repetitions]


def odd_ones_out(rows: Doubles) -> npt.NDArray[np.bool_]:
    """Say which of some movements are unlike the others: (n,) bool.

    rows: (n, D), each as it differs from where all of them begin. One is odd when it is farther from the median of the
    others than that is from the beginning, and than is usual here; of two nobody can say which.
    """
    odd = np.zeros(len(rows), bool)
    if len(rows) < 3:
        return odd
    distances = np.empty(len(rows))
    for number in range(len(rows)):
        usual = np.median(np.delete(rows, number, axis=0), axis=0)
        distances[number] = np.linalg.norm(rows[number] - usual) / max(float(np.linalg.norm(usual)), 1e-9)
    odd[:] = distances > max(1.0, _ODD * float(np.median(distances)))
    return odd


def upper_median(values: npt.ArrayLike) -> float:
    """Return the median of the upper half: a few low ones or one that is huge do not move it."""
    ordered = np.sort(np.asarray(values, np.float64))
    return float(np.median(ordered[-((len(ordered) + 1) // 2) :]))


def _judged(
    whole: list[Repetition], track: Track, predictions: Sequence[Prediction], ways: Doubles
) -> list[Repetition]:
    if len(whole) < 2 or track.vectors.shape[1] == 0:
        return whole
    sizes = _sizes(whole, track, ways)
    usual = upper_median(sizes)
    shares = sizes / usual if usual > 0 else np.ones(len(sizes))  # nothing to compare is seen
    deep = shares >= SHALLOW  # only they can tell what is odd: in a set of many half ones a whole one would be
    odd = np.zeros(len(whole), bool)
    odd[deep] = odd_ones_out(_far_poses(whole, track, predictions)[deep])
    return [
        replace(one, whole=is_deep and not is_odd, depth=one.depth if is_deep else min(one.depth, share))
        for one, is_deep, is_odd, share in zip(whole, deep.tolist(), odd.tolist(), shares.tolist(), strict=True)
    ]


def _far_poses(whole: Sequence[Repetition], track: Track, predictions: Sequence[Prediction]) -> Doubles:
    """Return the far pose of each repetition as it differs from where the near one is left: (n, known)."""
    near = np.array([track.vectors[np.searchsorted(track.times, one.start)] for one in whole])
    far = np.array([_deepest(one, track, predictions) for one in whole])
    known = np.isfinite(near).all(axis=0) & np.isfinite(far).all(axis=0)
    return np.asarray(far - np.median(near, axis=0), np.float64)[:, known]


def _deepest(one: Repetition, track: Track, predictions: Sequence[Prediction]) -> Doubles:
    """Return the median of the vectors around the far pose of a repetition: (D,)."""
    rows = np.flatnonzero((track.times >= one.start) & (track.times <= one.end))
    shares = np.array([predictions[int(row)].confidences_by_label.get(one.label, 0.0) for row in rows])
    return _median(track.vectors[rows[shares >= shares.max() - 0.1]].astype(np.float64))


def _sizes(whole: Sequence[Repetition], track: Track, ways: Doubles) -> Doubles:
    """Return how far each repetition takes the body from the near pose, where it is farthest: (n,)."""
    times, vectors = track.times, track.vectors.astype(np.float64)
    during = (times >= whole[0].start - _AROUND) & (times <= whole[-1].end + _AROUND)
    near = _median(vectors[during & (ways <= np.quantile(ways[during], _NEAR))])
    farthest = [_farthest(vectors[(times >= one.start) & (times <= one.end)] - near) for one in whole]
    known = np.isfinite(farthest).all(axis=0)
    sizes: Doubles = np.linalg.norm(np.array(farthest)[:, known], axis=1)
    return sizes


def _farthest(moved: Doubles) -> Doubles:
    """Return the median of those rows (n, D) of a repetition that are farthest from where it begins: (D,)."""
    known = np.isfinite(moved)
    # A mean of what is known, so that what is not seen brings nothing nearer.
    sizes = (np.where(known, moved, 0.0) ** 2).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return _median(moved[np.argsort(-sizes, kind="stable")[: max(1, round(_FAR * len(moved)))]])


def _median(rows: Doubles) -> Doubles:
    """Return the median of what is known in rows (n, D), NaN where nothing is: (D,)."""
    known = np.isfinite(rows).any(axis=0)
    median: Doubles = np.full(rows.shape[1], np.nan)
    median[known] = np.nanmedian(rows[:, known], axis=0)
    return median
