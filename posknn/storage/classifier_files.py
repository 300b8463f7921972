"""Read and write classifier files (.posknn): all that a classifier consists of, checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from posknn.classification.confidence import Confidence
from posknn.classification.discriminants import Discriminants
from posknn.classification.state import KNNState, PoseState
from posknn.errors import FileFormatError, NewerFormatError
from posknn.storage.archive import read_archive, write_archive
from posknn.values import Label

__all__ = ["FORMAT", "read_state", "write_state"]

FORMAT = 2
"""The number of the format; later versions keep reading earlier numbers. 2 added what a pose classifier learns."""

_METRICS = ("cosine", "euclidean", "manhattan", "nan_euclidean")
_WEIGHTS = ("uniform", "distance", "means")
_LEARNT = ("mean", "directions", "precision")

Integers = npt.NDArray[np.int64]
Head = dict[str, object]
Arrays = dict[str, npt.NDArray[np.generic]]

T = TypeVar("T")
Scalar = TypeVar("Scalar", bound=np.generic)


def write_state(state: KNNState | PoseState, path: str | os.PathLike[str]) -> None:
    """Write a classifier; the same state gives the same bytes.

    OutputError when the file cannot be written, ValueError for settings or provenance that JSON cannot hold.
    """
    head, arrays = _of_knn(state) if isinstance(state, KNNState) else _of_poses(state)
    write_archive(path, head, arrays)


def read_state(path: str | os.PathLike[str]) -> KNNState | PoseState:
    """Return the classifier in a file.

    FileFormatError when it is missing, damaged or no classifier file, NewerFormatError when a later posknn wrote it.
    Nothing in the file is run.
    """
    head, arrays = read_archive(path)
    try:
        number = _integer(head, "format", least=1)
        if number > FORMAT:
            later = f"{path}: format {number}, but this posknn reads up to {FORMAT}: install a later posknn"
            raise NewerFormatError(later)
        if _choice(head, "kind", ("knn", "pose")) == "knn":
            return _knn(head, arrays)
        return _poses(head, arrays)
    except ValueError as error:  # the checks below know the place, but not the file
        raise FileFormatError(f"{path}: damaged: {error}") from None


def _of_knn(state: KNNState) -> tuple[Head, Arrays]:
    names, recordings = _table(state.recordings)
    head: Head = {
        "format": 1,  # nothing in it is newer
        "kind": "knn",
        "k": int(state.k),
        "metric": state.metric,
        "weights": state.weights,
        **({"balanced": True} if state.balanced else {}),
        "next_id": int(state.next_id),
        "labels": _plain(state.labels),
        "order": [int(index) for index in state.order],
        "recordings": names,
    }
    arrays: Arrays = {
        "rows": state.rows.astype(np.float32),
        "lengths": state.lengths.astype(np.float32),
        "ids": state.ids.astype(np.int64),
        "classes": state.classes.astype(np.int64),
        "recordings": recordings,
        "times": state.times.astype(np.float64),
    }
    return head, arrays


def _knn(head: Head, arrays: Arrays) -> KNNState:
    rows = _array(arrays, "rows", np.float32, (None, None))
    count = len(rows)
    labels = _labels(head, "labels")
    classes = _indices(arrays, "classes", count, len(labels))
    order = _list(head, "order")
    if any(type(index) is not int for index in order) or sorted(order) != np.unique(classes).tolist():
        raise ValueError("order: expected each class that has examples once")
    ids, next_id = _ids(head, arrays, count)
    metric = _choice(head, "metric", _METRICS)
    if (np.isinf(rows) if metric == "nan_euclidean" else ~np.isfinite(rows)).any():
        raise ValueError("rows: expected finite numbers")
    return KNNState(
        k=_integer(head, "k", least=1),
        metric=metric,
        weights=_choice(head, "weights", _WEIGHTS),
        rows=rows,
        lengths=_array(arrays, "lengths", np.float32, (count,)),
        ids=ids,
        next_id=next_id,
        classes=classes,
        labels=labels,
        order=tuple(order),
        recordings=_recordings(head, arrays, count),
        times=_array(arrays, "times", np.float64, (count,)),
        balanced=_switch(head, "balanced"),
    )


def _of_poses(state: PoseState) -> tuple[Head, Arrays]:
    names, recordings = _table(state.recordings)
    table, labels = _table(_plain(state.labels))
    head: Head = {
        "format": FORMAT,
        "kind": "pose",
        "settings": dict(state.settings),
        "provenance": dict(state.provenance),
        "next_id": int(state.next_id),
        "labels": table,
        "recordings": names,
        "limits": None if state.limits is None else _plain(state.limits),
        "pairs": [_plain(pair) for pair in state.pairs],
        "confidence": None if state.confidence is None else [state.confidence.floor, state.confidence.power],
    }
    arrays: Arrays = {
        "points": state.points.astype(np.float32),
        "ids": state.ids.astype(np.int64),
        "labels": labels,
        "recordings": recordings,
        "times": state.times.astype(np.float64),
    }
    if state.limits is not None:
        arrays["limits"] = np.array(list(state.limits.values()), np.float64)
        if state.between:
            arrays["between"] = np.array([state.between.get(*one) for one in state.limits.items()], np.float64)
    if state.discriminants is not None:
        for name in _LEARNT:
            arrays[name] = getattr(state.discriminants, name).astype(np.float32)
    return head, arrays


def _poses(head: Head, arrays: Arrays) -> PoseState:
    points = _array(arrays, "points", np.float32, (None, 33, 4))
    count = len(points)
    table = _labels(head, "labels")
    labels = _indices(arrays, "labels", count, len(table))
    limits, between = None, {}
    if head.get("limits") is not None:
        limited = _labels(head, "limits")
        limits = dict(zip(limited, _array(arrays, "limits", np.float64, (len(limited),)).tolist(), strict=True))
        if "between" in arrays:  # a file of an earlier posknn has none
            between = dict(zip(limited, _array(arrays, "between", np.float64, (len(limited),)).tolist(), strict=True))
    ids, next_id = _ids(head, arrays, count)
    return PoseState(
        settings=_object(head, "settings"),
        points=points,
        ids=ids,
        next_id=next_id,
        labels=tuple(table[index] for index in labels.tolist()),
        recordings=_recordings(head, arrays, count),
        times=_array(arrays, "times", np.float64, (count,)),
        limits=limits,
        between=between,
        provenance=_object(head, "provenance"),
        discriminants=_discriminants(arrays),
        confidence=_confidence(head),
        pairs=_pairs(head),
    )


def _discriminants(arrays: Arrays) -> Discriminants | None:
    if not any(name in arrays for name in _LEARNT):
        return None
    mean = _array(arrays, "mean", np.float32, (None,))
    directions = _array(arrays, "directions", np.float32, (len(mean), None))
    precision = _array(arrays, "precision", np.float32, (len(mean), len(mean)))
    if not all(np.isfinite(array).all() for array in (mean, directions, precision)):
        raise ValueError("mean, directions, precision: expected finite numbers")
    return Discriminants(mean, directions, precision)


def _confidence(head: Head) -> Confidence | None:
    if head.get("confidence") is None:
        return None
    numbers = _list(head, "confidence")
    if [type(number) for number in numbers] != [float, float] or not all(0 < number < 1e6 for number in numbers):
        raise ValueError("confidence: expected a floor and a power above 0")
    return Confidence(*numbers)


def _pairs(head: Head) -> tuple[tuple[Label, Label], ...]:
    pairs = _list(head, "pairs") if "pairs" in head else []
    for pair in pairs:
        if not isinstance(pair, list) or [type(label) in (str, int) for label in pair] != [True, True]:
            raise ValueError("pairs: expected two labels each")
    return tuple((one, other) for one, other in pairs)


def _table(values: Iterable[T]) -> tuple[list[T], Integers]:
    """Return the different values in order of appearance, and for each value its place among them."""
    places: dict[T, int] = {}
    indices = [places.setdefault(value, len(places)) for value in values]
    return list(places), np.array(indices, np.int64)


def _plain(labels: Iterable[Label]) -> list[Label]:
    return [label if isinstance(label, str) else int(label) for label in labels]


def _integer(head: Head, key: str, least: int) -> int:
    value = head.get(key)
    if type(value) is not int or not least <= value < 2**63:
        raise ValueError(f"{key}: expected a whole number of {least} or more")
    return value


def _switch(head: Head, key: str) -> bool:
    value = head.get(key, False)  # left out where it is off
    if not isinstance(value, bool):
        raise ValueError(f"{key}: expected true or false")  # noqa: TRY004  # the file is wrong, not the caller
    return value


def _choice(head: Head, key: str, choices: tuple[str, ...]) -> str:
    value = head.get(key)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{key}: expected one of {', '.join(choices)}")
    return value


def _list(head: Head, key: str) -> list[Any]:
    value = head.get(key)
    if not isinstance(value, list):
        raise ValueError(f"{key}: expected a list")  # noqa: TRY004  # the file is wrong, not the caller
    return value


def _object(head: Head, key: str) -> Mapping[str, object]:
    value = head.get(key)
    if not isinstance(value, dict):
        raise ValueError(f"{key}: expected an object")  # noqa: TRY004
    return value


def _labels(head: Head, key: str) -> tuple[Label, ...]:
    labels = _list(head, key)
    if any(type(label) not in (str, int) for label in labels) or len(set(labels)) < len(labels):
        raise ValueError(f"{key}: expected labels, text or whole numbers, each once")
    return tuple(labels)


def _recordings(head: Head, arrays: Arrays, count: int) -> tuple[str | None, ...]:
    names = _list(head, "recordings")
    if any(name is not None and not isinstance(name, str) for name in names):
        raise ValueError("recordings: expected names")
    return tuple(names[index] for index in _indices(arrays, "recordings", count, len(names)).tolist())


def _ids(head: Head, arrays: Arrays, count: int) -> tuple[Integers, int]:
    ids = _array(arrays, "ids", np.int64, (count,))
    next_id = _integer(head, "next_id", least=0)
    if count and (ids[0] < 0 or (ids[1:] <= ids[:-1]).any() or ids[-1] >= next_id):
        raise ValueError("ids: expected rising numbers below next_id")
    return ids, next_id


def _indices(arrays: Arrays, name: str, count: int, below: int) -> Integers:
    indices = _array(arrays, name, np.int64, (count,))
    if count and not 0 <= indices.min() <= indices.max() < below:
        raise ValueError(f"{name}: expected numbers from 0 to {below - 1}")
    return indices


def _array(arrays: Arrays, name: str, kind: type[Scalar], shape: tuple[int | None, ...]) -> npt.NDArray[Scalar]:
    array = arrays.get(name)
    if array is None or array.dtype != kind or array.ndim != len(shape):
        raise ValueError(f"{name}.npy: expected {len(shape)} dimensions of {np.dtype(kind)}")
    if any(wanted is not None and size != wanted for size, wanted in zip(array.shape, shape, strict=True)):
        expected = ", ".join("n" if size is None else str(size) for size in shape)
        raise ValueError(f"{name}.npy: expected the shape ({expected}), but found {array.shape}")
    return array.astype(kind, copy=False)
