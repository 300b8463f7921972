"""Steadies predictions over time, equally at any frame rate."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, inf

from posknn.temporal.steady import Steady, check_thresholds
from posknn.values import Label, Prediction

__all__ = ["Ema"]


class Ema:
    """Average confidences exponentially and hold the label through flicker and short gaps; a Smoother.

    tau: time constant in seconds; 0 leaves confidences as they are. bridge: for how many seconds a label outlives
    answers of "unknown". leave: a label stays until its smoothed confidence falls below this. enter: only a label with
    this confidence follows it, else the answer is None; with 0 the most confident one does. State is kept per person;
    one that was not seen for longer than `bridge` and five time constants starts afresh.
    """

    def __init__(self, tau: float = 0.1, *, bridge: float = 0.2, enter: float = 0.0, leave: float = 0.4) -> None:
        if not (tau >= 0 and bridge >= 0):
            raise ValueError(f"tau and bridge are seconds of 0 or more, not {tau} and {bridge}")
        check_thresholds(enter, leave)
        self._tau = tau
        self._bridge = bridge
        self._thresholds = enter, leave
        self._last: dict[int, tuple[float, dict[Label, float]]] = {}
        self._shown: dict[int, Steady] = {}

    def __call__(self, person: int, prediction: Prediction, time: float) -> Prediction:
        """Return the steadied prediction of a person at `time` seconds; times do not go back."""
        fresh = time - self._last.get(person, (-inf,))[0] > max(self._bridge, 5 * self._tau)
        if fresh:
            self._last.pop(person, None)
            self._shown[person] = Steady(enter=self._thresholds[0], leave=self._thresholds[1], bridge=self._bridge)
        shares = self._average(person, prediction, time)
        label = self._shown[person](_named(prediction, shares), time)
        if shares and label not in shares:  # its examples were cleared meanwhile
            label = None
        by_index = prediction.confidences or {}
        indices = dict(zip(shares, by_index, strict=True)) if len(by_index) == len(shares) else {}
        index = prediction.class_index
        if label != prediction.label:
            index = None if label is None else indices.get(label)
        confidences = {indices[name]: share for name, share in shares.items()} if indices else None
        probability = prediction.probability if label == prediction.label else None
        return Prediction(  # not replace(), which takes three times as long
            label, shares, prediction.distance, prediction.limit, prediction.neighbors, index, confidences, probability
        )

    def _average(self, person: int, prediction: Prediction, time: float) -> Mapping[Label, float]:
        new = dict(prediction.confidences_by_label)
        last_time, last = self._last.get(person, (-inf, new))
        if self._tau > 0 and last_time > -inf and last.keys() == new.keys():
            keep = exp(-(time - last_time) / self._tau)
            new = {label: keep * last[label] + (1 - keep) * share for label, share in new.items()}
        self._last[person] = (time, new)
        return new


def _named(prediction: Prediction, shares: Mapping[Label, float]) -> Prediction:
    """Return a prediction of the smoothed shares, named by the greatest; among equals the answer itself wins."""
    label = prediction.label
    if label is not None and shares:
        best = max(shares, key=lambda name: shares[name])
        label = label if shares.get(label, -1.0) == shares[best] else best
    return Prediction(label, shares)
