"""Finds the repeated motion in a recorded stream by itself and counts it: nothing has to be taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from posknn.errors import MissingPackageError
from posknn.temporal.repetitions import Repetition
from posknn.temporal.sets import SHALLOW, Track, odd_ones_out, upper_median

__all__ = ["MOTION", "Rhythm", "find_rhythm"]

MOTION: Final = "motion"
"""The label of repetitions that nobody has named."""

Doubles = npt.NDArray[np.float64]

_RATE: Final = 20.0
"""Samples a second of the evenly spaced copy that is analysed."""
_BLUR: Final = 0.08
"""Seconds: the standard deviation of the smoothing."""
_SEEN: Final = 0.6
_COMPONENTS: Final = 3
_LEAST_SHARE: Final = 0.1
_LEAST_MOTION: Final = 0.15
"""In the units of the embedding; a person who stands still sways by less."""
_LEAST_SECONDS: Final = 0.35
_PROMINENCE: Final = 0.3
_SAMPLES: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """A repeated motion. repetitions: in order of time; partial ones are unlike the others.

    period: the usual seconds from one to the next, None for fewer than two. confidence: 0..1, how much alike they are
    and how much of all motion they explain; a single movement is no rhythm and has at most a quarter.
    """

    repetitions: tuple[Repetition, ...] = ()
    period: float | None = None
    confidence: float = 0.0


def find_rhythm(track: Track) -> Rhythm:
    """Find and count the repeated motion of one person.

    The principal directions of the *change* of the embedded poses are candidates: getting into position is a large
    motion and made once. Of them the one along which most changes, and repeats itself best (autocorrelation), is
    counted by its prominent peaks, away from the pose that is rested in. A repetition cut off by the beginning or the
    end does not count. MissingPackageError without scipy.
    """
    signal, ndimage = _scipy()
    times, motion = _evenly(track, ndimage)
    if len(times) < _RATE * 2 * _LEAST_SECONDS:
        return Rhythm()
    change = np.diff(motion, axis=0)
    _, strengths, directions = np.linalg.svd(change, full_matrices=False)
    shares = strengths**2 / max(float((strengths**2).sum()), 1e-12)
    found: list[tuple[float, int, Doubles, int | None]] = []
    for share, direction in zip(shares[:_COMPONENTS].tolist(), directions, strict=False):
        if share >= _LEAST_SHARE and np.ptp(motion @ direction) >= _LEAST_MOTION:
            lag, likeness = _period(change @ direction, signal)
            found.append((share * (0.1 + likeness), len(found), direction, lag))
    if not found:
        return Rhythm()
    _, _, direction, lag = max(found, key=lambda one: one[:2])
    course = motion @ direction
    low, high = np.quantile(course, [0.05, 0.95])
    starts_high = np.median(course[: int(0.3 * _RATE)]) > (low + high) / 2
    ways = [-course, course] if starts_high else [course, -course]
    # A set begins and ends in the pose that is rested in, so there is one more turn away from it than back to it.
    counted = [_counted(track.person, times, motion, way, lag, signal) for way in ways]
    return max(counted, key=lambda one: one.confidence * len(one.repetitions))


def _scipy() -> tuple[Any, Any]:
    try:
        from scipy import ndimage, signal
    except ImportError:
        raise MissingPackageError(
            "finding the repeated motion by itself needs scipy: pip install 'posknn[signal]'"
        ) from None
    return signal, ndimage


def _evenly(track: Track, ndimage: Any) -> tuple[Doubles, Doubles]:
    """Return evenly spaced times (m,) and the smoothed motion about its mean (m, d), of what is mostly seen."""
    vectors, times = track.vectors.astype(np.float64), track.times
    if len(times) < 2:
        return np.empty(0), np.empty((0, 0))
    columns = [column for column in vectors.T if np.isfinite(column).mean() > _SEEN]
    if not columns:
        return np.empty(0), np.empty((0, 0))
    even = np.arange(times[0], times[-1], 1 / _RATE)
    motion = np.stack(
        [np.interp(even, times[np.isfinite(column)], column[np.isfinite(column)]) for column in columns], axis=1
    )
    motion = ndimage.gaussian_filter1d(motion, _BLUR * _RATE, axis=0)
    return even, motion - motion.mean(axis=0)


def _period(course: Doubles, signal: Any) -> tuple[int | None, float]:
    """Return after how many samples a course resembles itself, None for never, and how much: 0..1."""
    n = len(course)
    course = course - course.mean()
    likeness = signal.correlate(course, course)[n - 1 :]
    likeness = likeness / max(float(likeness[0]), 1e-12) * n / np.arange(n, 0, -1)
    lags, _ = signal.find_peaks(likeness[: 3 * n // 4], prominence=0.1)
    lags = lags[lags >= _LEAST_SECONDS * _RATE]
    if len(lags) == 0 or likeness[lags].max() < 0.1:
        return None, 0.0
    first = lags[likeness[lags] >= 0.6 * likeness[lags].max()][0]  # its multiples are as good
    return int(first), float(min(likeness[first], 1.0))


def _counted(person: int, times: Doubles, motion: Doubles, course: Doubles, lag: int | None, signal: Any) -> Rhythm:
    apart = int(max(0.3 * (lag or 0), _LEAST_SECONDS * _RATE))
    peaks, found = signal.find_peaks(course, prominence=_LEAST_MOTION / 2, distance=apart)
    if len(peaks) == 0:
        return Rhythm()
    usual = upper_median(found["prominences"])
    enough = found["prominences"] >= _PROMINENCE * usual
    peaks, found = peaks[enough], {name: values[enough] for name, values in found.items()}
    _, _, lefts, rights = signal.peak_widths(
        course, peaks, rel_height=0.9, prominence_data=(found["prominences"], found["left_bases"], found["right_bases"])
    )
    spans = np.interp(np.stack([lefts, rights], axis=1), np.arange(len(times)), times)
    shapes = np.stack([_shape(times, motion, start, end) for start, end in spans])
    depths = np.minimum(found["prominences"] / usual, 1.0)
    whole = depths >= SHALLOW
    whole[whole] = ~odd_ones_out(shapes[whole].reshape(int(whole.sum()), -1))
    repetitions = tuple(
        Repetition(person, float(start), float(end), MOTION, float(depth), whole=bool(is_whole))
        for (start, end), depth, is_whole in zip(spans, depths, whole, strict=True)
    )
    period = float(np.median(np.diff(times[peaks[whole]]))) if whole.sum() > 1 else None
    during = (times >= spans[0, 0]) & (times <= spans[-1, 1])
    share = course[during].var() / max(float(motion[during].var(axis=0).sum()), 1e-12)
    return Rhythm(repetitions, period, _alike(shapes[whole]) * min(1.0, float(share) / 0.7))


def _shape(times: Doubles, motion: Doubles, start: float, end: float) -> Doubles:
    """Return the course of one repetition in a fixed number of samples, from where it begins: (_SAMPLES, d)."""
    at = np.linspace(start, end, _SAMPLES)
    rows = np.stack([np.interp(at, times, column) for column in motion.T], axis=1)
    return np.asarray(rows - rows[[0, -1]].mean(axis=0))


def _alike(shapes: Doubles) -> float:
    """Return how much alike repetitions (n, _SAMPLES, d) are: towards 1 for many copies, 0 for as unlike as large."""
    if len(shapes) < 2:
        return 0.25 * len(shapes)
    usual = np.median(shapes, axis=0)
    apart = np.linalg.norm(shapes - usual, axis=(1, 2)) / max(float(np.linalg.norm(usual)), 1e-9)
    by_chance = 0.3 ** (len(shapes) - 1)  # two of a kind say less than ten
    return float(np.clip(1 - np.median(apart) ** 2, 0, 1)) * (1 - by_chance)
