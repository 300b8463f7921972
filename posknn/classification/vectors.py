"""Turns what callers give into vectors that a metric can compare, or says what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from posknn.classification.distances import Metric, unit

__all__ = ["given_rows", "numbers", "ready_to_ask", "ready_to_learn", "rows_of"]

Floats = npt.NDArray[np.float32]


def ready_to_learn(rows: Floats, metric: Metric, first: int = 0) -> tuple[Floats, Floats | float]:
    """Return rows (m, D) as they are stored and their lengths; ValueError for what cannot be taught.

    first: the number that the first of them has for the caller.
    """
    if rows.shape[1] == 0:
        raise ValueError("an example needs at least one number")
    if metric != "cosine" and np.vdot(rows, rows) < np.inf:  # all are finite, then
        return rows, 1.0
    if metric == "nan_euclidean":
        least, greatest = np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)  # NaN where all is missing
        if all(-np.inf < low and high < np.inf for low, high in zip(least.tolist(), greatest.tolist(), strict=True)):
            return rows, 1.0
        if np.isinf(rows).any():
            raise ValueError(_wrong_number(rows, np.isinf(rows), first))
        raise ValueError("an example in which every number is missing cannot be taught")
    if metric == "cosine":
        units, lengths = unit(rows)
        if all(_fine(lengths)):
            return units, lengths
    if not np.isfinite(rows).all():
        raise ValueError(_wrong_number(rows, ~np.isfinite(rows), first))
    if metric == "cosine":
        raise ValueError("an example of only zeros, or too small or large for float32, has no direction to compare")
    return rows, 1.0


def ready_to_ask(queries: Floats, metric: Metric) -> tuple[Floats, list[bool]]:
    """Return queries (m, D) ready for the metric, and which of them can be compared at all, m."""
    if metric == "nan_euclidean":
        return queries, _listed(np.isinf(queries).any(axis=1) | np.isnan(queries).all(axis=1), False)
    if metric != "cosine":
        return queries, _listed(np.isfinite(queries).all(axis=1), True)
    units, lengths = unit(queries)
    return units, _fine(lengths)


def _listed(flags: npt.ArrayLike, good: bool) -> list[bool]:
    return [flag is good for flag in np.asarray(flags).tolist()]


def _fine(lengths: Floats) -> list[bool]:
    return [0 < length < np.inf for length in lengths.tolist()]


def _wrong_number(rows: Floats, wrong: npt.NDArray[np.bool_], first: int) -> str:
    row, place = np.argwhere(wrong)[0]
    return f"number {place} of example {first + row} is {rows[row, place]}: examples need finite numbers"


def rows_of(vectors: npt.ArrayLike) -> Floats:
    """Return vectors as (n, D) float32."""
    return numbers(given_rows(vectors))


def given_rows(vectors: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return vectors as rows (n, D) of whatever numbers they are, not copied where that can be."""
    array = _array(vectors)
    if array.ndim == 0:
        raise ValueError("vectors are given as rows, (n, D)")
    return array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0)


def numbers(values: npt.ArrayLike) -> Floats:
    """Return numbers as float32, always copied."""
    array = _array(values)
    if array.dtype == np.float32:
        return array.copy()
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


def _array(values: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError("a vector needs numbers in rows of equal length") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"a vector needs numbers, not {array.dtype}")
    return array
