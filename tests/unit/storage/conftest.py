"""Segments and the clip they are of, the same for every format."""

from collections.abc import Callable

import numpy as np
import pytest

from posknn.storage.clip import Clip
from posknn.values import Segment

Fields = tuple[float, float, str | int, int | None]


@pytest.fixture
def segments() -> list[Segment]:
    return [
        Segment(0.0, 1.5, "up", person=0, confidence=0.75, neighbors=(3, 14)),
        Segment(1.5, 2.0004, 'say "R&D" <now>', person=0, confidence=0.5),
        Segment(1.75, 2.25, "zurück 人", person=1),
        Segment(3.0, 3.5, 5, person=None),
    ]


@pytest.fixture
def fields() -> Callable[[Segment], Fields]:
    return lambda segment: (segment.start, segment.end, segment.label, segment.person)


@pytest.fixture
def clip() -> Clip:
    """Sixteen quarters of a second, of which the eighth is left out: the frame before it lasts for two."""
    times = np.array([number / 4 for number in range(16) if number != 8])
    return Clip("my clip.mp4", times, (640, 480), made_by="posknn 1 abc")
