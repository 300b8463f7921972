"""Counts the repetitions of a recorded stream, which is seen to its end before it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.temporal.excursions import own_range
from posknn.temporal.patterns import Follower, parse_pattern
from posknn.temporal.repetitions import Repetition, Repetitions
from posknn.temporal.sets import Track, judged_as_set
from posknn.temporal.smoothing import Ema
from posknn.values import Label, Prediction

__all__ = ["Track", "count_repetitions"]

Doubles = npt.NDArray[np.float64]

_LOWEST: Final = 0.35
_HIGHEST: Final = 0.8
_FULL: Final = 0.7


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
    this person's own lowest and deepest poses, which differ a little from whoever was taught; and repetitions are
    judged by one another, see `judged_as_set`. relative: the own deepest pose is full depth however far it is from the
    taught one; else a set of shallow repetitions stays shallow. full: see `Repetitions`; seconds: its least, greatest
    and rest.
    """
    labels = parse_pattern(pattern)
    inner = Follower(labels).inner
    predictions = _own_scale(_smoothed(track, smooth), track.times, inner, relative=relative)
    counter = Repetitions(labels, full=full, **seconds)
    for prediction, time in zip(predictions, track.times.tolist(), strict=True):
        counter.take(track.person, prediction, time)
    return judged_as_set(counter.repetitions, track, predictions, _ways(predictions, inner))


def _smoothed(track: Track, smooth: float) -> list[Prediction]:
    ema = Ema(smooth)
    times = track.times.tolist()
    return [ema(track.person, prediction, time) for prediction, time in zip(track.predictions, times, strict=True)]


def _ways(predictions: Sequence[Prediction], inner: Sequence[Label]) -> Doubles:
    """Return how near the inner labels each prediction is: (n,)."""
    return np.array([sum(one.confidences_by_label.get(label, 0.0) for label in inner) for one in predictions])


def _own_scale(
    predictions: list[Prediction], times: Doubles, inner: Sequence[Label], *, relative: bool
) -> list[Prediction]:
    """Stretch the confidences of the inner labels to between a person's own lowest and deepest poses."""
    ways = _ways(predictions, inner).tolist()
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
