"""Counts the repetitions of a recorded stream, which is seen to its end before it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.temporal.excursions import own_range
from posknn.temporal.patterns import Follower, parse_pattern
from posknn.temporal.repetitions import Repetition, Repetitions
from posknn.temporal.smoothing import Ema
from posknn.values import Label, Prediction

__all__ = ["Track", "count_repetitions", "odd_ones_out"]

Doubles = npt.NDArray[np.float64]

_LOWEST: Final = 0.35
_HIGHEST: Final = 0.8
_FULL: Final = 0.7
_ODD: Final = 2.2


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


def count_repetitions(
    track: Track,
    pattern: str | tuple[Label, ...],
    *,
    smooth: float = 0.1,
    relative: bool = False,
    full: float = _FULL,
    **seconds: float,
) -> list[Repetition]:
    """Return the repetitions of one person, whole and partial, in order of time.

    As `Repetitions` behind `Ema(smooth)`, and two things that take the whole stream: confidences are measured between
    this person's own lowest and deepest poses, which differ a little from whoever was taught; and a movement that
    looks unlike all the others of the set becomes partial. relative: the own deepest pose is full depth however far it
    is from the taught one; else a set of shallow repetitions stays shallow. full: see `Repetitions`; seconds: its
    least, greatest and rest.
    """
    labels = parse_pattern(pattern)
    predictions = _own_scale(_smoothed(track, smooth), track.times, Follower(labels).inner, relative=relative)
    counter = Repetitions(labels, full=full, **seconds)
    for prediction, time in zip(predictions, track.times.tolist(), strict=True):
        counter.take(track.person, prediction, time)
    return _without_odd_ones(counter.repetitions, track, predictions)


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


def _smoothed(track: Track, smooth: float) -> list[Prediction]:
    ema = Ema(smooth)
    times = track.times.tolist()
    return [ema(track.person, prediction, time) for prediction, time in zip(track.predictions, times, strict=True)]


def _own_scale(
    predictions: list[Prediction], times: Doubles, inner: Sequence[Label], *, relative: bool
) -> list[Prediction]:
    """Stretch the confidences of the inner labels to between a person's own lowest and deepest poses."""
    ways = [sum(one.confidences_by_label.get(label, 0.0) for label in inner) for one in predictions]
    own = own_range(ways, times.tolist())
    if own is None:
        return predictions
    low, high = own if relative else (min(own[0], _LOWEST), max(own[1], _HIGHEST))
    return [_stretched(one, way, low, high, inner) for one, way in zip(predictions, ways, strict=True)]


def _stretched(prediction: Prediction, way: float, low: float, high: float, inner: Sequence[Label]) -> Prediction:
    new = min(max((way - low) / (high - low), 0.0), 1.0)
    rest = 1 - way
    shares = {
        label: share * (new / way if way > 0 else 0.0)
        if label in inner
        else (share * (1 - new) / rest if rest > 0 else 0.0)
        for label, share in prediction.confidences_by_label.items()
    }
    if rest <= 0 < 1 - new:  # nothing to share out by: the stretch took from a far pose that was all there was
        return prediction
    label = prediction.label
    named = label if label is None or not shares else max(shares, key=lambda name: shares[name])
    return Prediction(named, shares)


def _without_odd_ones(
    repetitions: list[Repetition], track: Track, predictions: Sequence[Prediction]
) -> list[Repetition]:
    whole = [one for one in repetitions if one.whole]
    if len(whole) < 3 or track.vectors.shape[1] == 0:
        return repetitions
    near = np.array([track.vectors[np.searchsorted(track.times, one.start)] for one in whole])
    far = np.array([_deepest(one, track, predictions) for one in whole])
    known = np.isfinite(near).all(axis=0) & np.isfinite(far).all(axis=0)
    odd = odd_ones_out((far - np.median(near, axis=0))[:, known].astype(np.float64))
    strange = {one for one, is_odd in zip(whole, odd, strict=True) if is_odd}
    return [replace(one, whole=False) if one in strange else one for one in repetitions]


def _deepest(one: Repetition, track: Track, predictions: Sequence[Prediction]) -> Doubles:
    """Return the median of the vectors around the far pose of a repetition: (D,)."""
    rows = np.flatnonzero((track.times >= one.start) & (track.times <= one.end))
    shares = np.array([predictions[int(row)].confidences_by_label.get(one.label, 0.0) for row in rows])
    best = track.vectors[rows[shares >= shares.max() - 0.1]]
    known = np.isfinite(best).any(axis=0)
    deepest = np.full(best.shape[1], np.nan)
    deepest[known] = np.nanmedian(best[:, known], axis=0)
    return deepest
