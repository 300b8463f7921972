"""Says which label one person shows, without flicker: entered above one confidence, left below another."""

from __future__ import annotations

from math import inf
from typing import Final

from posknn.values import Label, Prediction

__all__ = ["ROUNDING", "Steady", "check_thresholds"]

ROUNDING: Final = 1e-9
"""Seconds: 0.8 - 0.6 is more than 0.2."""


class Steady:
    """The label that one person shows: a state machine with hysteresis; one object per person.

    enter: confidence from which a label is entered; 0 enters the most confident one in any case. leave: confidence
    below which it is left.
    bridge: for how many seconds a label outlives "unknown" and not being seen. All that wants to know what somebody
    shows (smoother, segments, repetitions, rules) asks one of these, so that all agree. Call it for every frame.

    label: what is shown; None for unknown, nobody and nothing sure enough. since: the time of the frame from which on
    it is shown; what was bridged in vain ended with the first frame that lacked it.
    """

    __slots__ = ("_bridge", "_doubt", "_enter", "_leave", "_seen", "label", "since")

    def __init__(self, *, enter: float = 0.6, leave: float = 0.4, bridge: float = 0.2) -> None:
        check_thresholds(enter, leave)
        if not bridge >= 0:
            raise ValueError(f"bridge is seconds of 0 or more, not {bridge}")
        self._enter = enter
        self._leave = leave
        self._bridge = bridge
        self._seen = -inf  # the last frame that supported the label
        self._doubt: float | None = None  # the first frame since that lacked it
        self.label: Label | None = None
        self.since = -inf

    def __call__(self, prediction: Prediction | None, time: float) -> Label | None:
        """Return the label shown at `time` seconds; times do not go back. prediction: None when not seen."""
        if prediction is None or prediction.label is None:
            self._doubt = time if self._doubt is None else self._doubt
            if time - self._seen > self._bridge + ROUNDING:
                self._show(None, self._doubt)
            return self.label
        shares = prediction.confidences_by_label
        if self.label is None or shares.get(self.label, float(self.label == prediction.label)) < self._leave:
            sure = shares.get(prediction.label, 1.0) >= self._enter
            self._show(prediction.label if sure else None, time)
        self._seen, self._doubt = time, None
        return self.label

    def _show(self, label: Label | None, time: float) -> None:
        if label != self.label:
            self.label, self.since = label, time


def check_thresholds(enter: float, leave: float) -> None:
    """ValueError unless both are confidences, 0..1."""
    if not (0 <= leave <= 1 and 0 <= enter <= 1):
        raise ValueError(f"enter and leave are confidences from 0 to 1, not {enter} and {leave}")
