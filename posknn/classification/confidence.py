"""Turns shares of votes into how often such a share is right, as seen where recordings were left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Confidence", "learn_confidence"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FLOORS: Final = (0.01, 0.03, 0.1, 0.3)
_POWERS: Final = (0.25, 0.35, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5)  # no votes make more than 0.999
_LEAST: Final = 20


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities in proportion to (share + floor) ** power: all votes for one label are not certainty."""

    floor: float = 0.1
    power: float = 1.0

    def __call__(self, shares: Doubles) -> Doubles:
        """Return probabilities (n, C), rows summing to 1, of shares of votes (n, C)."""
        raised = (shares + self.floor) ** self.power
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def greatest(self, shares: Sequence[float]) -> float:
        """Return the greatest probability of one row of shares; quicker than of an array."""
        raised = [(share + self.floor) ** self.power for share in shares]
        return float(max(raised) / sum(raised))


def learn_confidence(shares: Doubles, classes: Ints) -> Confidence | None:
    """Return the floor and power under which what the examples are was most likely; None with too few to tell.

    shares: (n, C), what was said of examples that were left out. classes: (n,) what they are. A scaling of two
    parameters with the greatest likelihood (after Guo et al. 2017, On Calibration of Modern Neural Networks).
    """
    if len(classes) < _LEAST or shares.shape[1] < 2:
        return None
    rows = np.arange(len(classes))
    tried = [Confidence(floor, power) for floor, power in product(_FLOORS, _POWERS)]
    return min(tried, key=lambda one: -float(np.log(one(shares)[rows, classes]).mean()))
