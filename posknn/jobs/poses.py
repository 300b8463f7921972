"""Keeps the poses of a stream with the labels they were given, for files that hold them all."""

from __future__ import annotations

import numpy as np

from posknn.storage.columns import numbers_of
from posknn.values import Label, Recording, Result

__all__ = ["Tracked"]


class Tracked:
    """A sink that remembers half a kilobyte per person and frame."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, int, int, Label | None]] = []
        self._points: list[bytes] = []

    def __call__(self, result: Result) -> None:
        """Add the people of one frame."""
        for person in result.people:
            label = person.prediction.label if person.prediction else None
            self._rows.append((result.frame.time, result.frame.index, person.id, label))
            self._points.append(numbers_of(person.pose).tobytes())

    def recording(self) -> Recording:
        """Return what was seen so far, a row per person and frame; the labels are what each was taken for."""
        points = np.frombuffer(b"".join(self._points), np.float32).reshape(-1, 33, 4)
        times, frames, people, labels = zip(*self._rows, strict=True) if self._rows else ((), (), (), ())
        return Recording(
            points,
            labels,
            times=np.array(times, np.float64),
            frames=np.array(frames, np.int64),
            people=np.array(people, np.int64),
        )
