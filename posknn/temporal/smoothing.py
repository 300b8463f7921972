"""Steadies predictions over time, equally at any frame rate."""

from __future__ import annotations

from dataclasses import replace
from math import exp

from posknn.values import Label, Prediction

__all__ = ["Ema"]

_ROUNDING = 1e-9
"""Seconds: 0.8 - 0.6 is more than 0.2."""


class Ema:
    """Average confidences exponentially and hold the label through short gaps; a Smoother.

    tau: time constant in seconds; 0 leaves confidences as they are. bridge: for how many seconds a label outlives
    answers of "unknown". State is kept per person; one that was not seen for longer than `bridge` and five time
    constants starts afresh.
    """

    def __init__(self, tau: float = 0.1, *, bridge: float = 0.2) -> None:
        if not (tau >= 0 and bridge >= 0):
            raise ValueError(f"tau and bridge are seconds of 0 or more, not {tau} and {bridge}")
        self._tau = tau
        self._bridge = bridge
        self._last: dict[int, tuple[float, dict[Label, float]]] = {}
        self._known: dict[int, tuple[float, Label]] = {}

    def __call__(self, person: int, prediction: Prediction, time: float) -> Prediction:
        """Return the steadied prediction of a person at `time` seconds; times do not go back."""
        shares = self._average(person, prediction, time)
        label = prediction.label
        if label is not None:
            best = max(shares, key=lambda name: shares[name], default=label)
            label = label if shares.get(label, -1.0) == shares.get(best, -1.0) else best
            self._known[person] = (time, label)
        else:
            since, held = self._known.get(person, (float("-inf"), None))
            forgotten = bool(shares) and held not in shares  # its examples were cleared meanwhile
            label = None if forgotten or time - since > self._bridge + _ROUNDING else held
        by_index = prediction.confidences or {}
        indices = dict(zip(shares, by_index, strict=True)) if len(by_index) == len(shares) else {}
        index = prediction.class_index
        if label != prediction.label:
            index = None if label is None else indices.get(label)
        confidences = {indices[name]: share for name, share in shares.items()} if indices else None
        return replace(prediction, label=label, class_index=index, confidences_by_label=shares, confidences=confidences)

    def _average(self, person: int, prediction: Prediction, time: float) -> dict[Label, float]:
        new = dict(prediction.confidences_by_label)
        last_time, last = self._last.get(person, (float("-inf"), new))
        if self._tau > 0 and time - last_time <= max(self._bridge, 5 * self._tau) and last.keys() == new.keys():
            keep = exp(-(time - last_time) / self._tau)
            new = {label: keep * last[label] + (1 - keep) * share for label, share in new.items()}
        self._last[person] = (time, new)
        return new
