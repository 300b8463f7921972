"""Times of segments as text: seconds or h:mm:ss.mmm, kept to the millisecond."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from posknn.values import Segment

__all__ = ["in_milliseconds", "parse_time"]

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]*)?|\.[0-9]+")
_CLOCK = re.compile(r"(?:([0-9]{1,6}):)?([0-5]?[0-9]):([0-5]?[0-9](?:\.[0-9]{1,9})?)")


def parse_time(text: str) -> float | None:
    """Return seconds from "12.5", "1:12.5" or "0:01:12.500"; None for other text."""
    if _SECONDS.fullmatch(text):
        return float(text)
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    # Decimal, so that 0:00:12.345 is the same float as 12.345
    return float(Decimal(clock[1] or 0) * 3600 + Decimal(clock[2]) * 60 + Decimal(clock[3]))


def in_milliseconds(segments: Iterable[Segment]) -> list[tuple[int, int, Segment]]:
    """Return start and end in milliseconds with each segment, in order of start.

    No end is at or before its start, and segments of one person that did not overlap still do not.
    """
    timed = []
    last: dict[int | None, tuple[float, int]] = {}
    for segment in sorted(segments, key=lambda segment: segment.start):
        before, free = last.get(segment.person, (0.0, 0))
        start = round(segment.start * 1000)
        if segment.start >= before:
            start = max(start, free)
        end = max(round(segment.end * 1000), start + 1)
        last[segment.person] = max(segment.end, before), max(end, free)
        timed.append((start, end, segment))
    return sorted(timed, key=lambda entry: entry[:2])
