"""Says which label is being taught at a moment: by marks, by countdown or by key."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil

from posknn.values import Label, Segment, Stop

__all__ = ["Countdown", "Marks", "Toggle"]


class Marks:
    """Teach what segments say: called with a time in seconds, returns the label of the segment it lies in, or None."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = sorted(segments, key=lambda segment: segment.start)
        for before, after in zip(self._segments, self._segments[1:], strict=False):
            if after.start < before.end:
                raise ValueError(
                    f"the marks {before.label!r} and {after.label!r} overlap at {after.start:g} s: "
                    "one person shows one label at a time"
                )
        self._starts = [segment.start for segment in self._segments]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels in order of their first mark."""
        return tuple(dict.fromkeys(segment.label for segment in self._segments))

    def __call__(self, time: float) -> Label | None:
        """Return the label at `time` seconds."""
        place = bisect_right(self._starts, time) - 1
        if place < 0 or time >= self._segments[place].end:
            return None
        return self._segments[place].label


class Countdown:
    """Teach one label after the other hands-free: a pause to get ready, then a burst.

    countdown, seconds: how long the pause and the burst last. The clock starts at the first call; after the last
    burst a call raises Stop.
    """

    def __init__(self, labels: Sequence[Label], *, countdown: float = 3.0, seconds: float = 8.0) -> None:
        if not labels or not (countdown >= 0 and seconds > 0):
            raise ValueError("a countdown needs labels, a pause of 0 or more and a burst of more than 0 seconds")
        self.labels = tuple(labels)
        self._countdown = countdown
        self._seconds = seconds
        self._start: float | None = None
        self._message = ""

    @property
    def message(self) -> str:
        """What to tell the person in front of the camera, as of the last call."""
        return self._message

    def __call__(self, time: float) -> Label | None:
        """Return the label at `time` seconds, None in a pause; raise Stop when all is taught."""
        self._start = time if self._start is None else self._start
        number, into = divmod(time - self._start, self._countdown + self._seconds)
        if number >= len(self.labels):
            self._message = ""
            raise Stop
        label = self.labels[int(number)]
        if into < self._countdown:
            self._message = f"{label} in {ceil(self._countdown - into)}"
            return None
        self._message = f"hold {label}: {ceil(self._countdown + self._seconds - into)}"
        return label


class Toggle:
    """Teach the label that was switched on last, until it is switched off. labels: what there is to choose from."""

    def __init__(self, labels: Sequence[Label] = ()) -> None:
        self.labels = tuple(labels)
        self.active: Label | None = None

    def switch(self, label: Label) -> None:
        """Switch a label on, or off when it is on; only one is on at a time."""
        self.active = None if self.active == label else label

    def __call__(self, time: float) -> Label | None:
        """Return the label that is on, whatever the time."""
        return self.active
