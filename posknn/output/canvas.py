"""Text in any script and translucent boxes, drawn into a picture that the caller owns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["BOLD", "REGULAR", "Box", "Color", "Picture", "fit", "free_place", "shade", "text", "text_width"]

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

Color = tuple[int, int, int]

_LATIN: Final = re.compile(r"[0-9A-Za-z.,:]*[0-9A-Za-z]")  # reads from the left within Hebrew or Arabic too

_STEPS: Final = tuple(
    (1.2 * down * way, aside)
    for down in (0, 1, 2, 3, 4, 5, 6, 8, 10, 12)
    for way in (1, -1)
    for aside in (0, 0.55, -0.55, 1.1, -1.1)
)
"""Where to look for a free place: heights down, widths aside."""

REGULAR: Final = 400
BOLD: Final = 650


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def overlap(self, other: Box) -> int:
        """Return the area both share, in pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0) * max(height, 0)

    def holds(self, x: float, y: float) -> bool:
        """Say whether a point lies in the box."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@cache
def _font() -> cv2.FontFace:
    # Built into OpenCV: Latin, Greek, Cyrillic, Hebrew, Arabic (letters not joined), Hangul, kana and Han.
    # It draws "?" for the rest (Devanagari, Thai, Tamil, emoji).
    return cv2.FontFace("sans")


@lru_cache(maxsize=1024)
def _drawable(string: str) -> str:
    """Return the text as OpenCV can draw it: one line, right-to-left runs in the order of the eye."""
    # A lone surrogate (a file name that is no UTF-8) would crash OpenCV, not raise.
    clean = string.encode("utf-8", "replace").decode("utf-8")
    clean = unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Cc" else c for c in clean))
    if not any(map(_right_to_left, clean)):
        return clean
    words = [(_right_to_left(word[0]), word) for word in clean.split(" ") if word]
    runs = [(backwards, " ".join(w for _, w in run)) for backwards, run in groupby(words, lambda word: word[0])]
    ordered = [_LATIN.sub(lambda found: found[0][::-1], run[::-1]) if backwards else run for backwards, run in runs]
    return " ".join(reversed(ordered) if runs[0][0] else ordered)


def _right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")


@lru_cache(maxsize=4096)
def text_width(string: str, size: int, weight: int = REGULAR) -> int:
    """Return the width of a line of text in pixels."""
    if not string:
        return 0
    return int(cv2.getTextSize((0, 0), _drawable(string), (0, 0), _font(), size, weight)[2])


@lru_cache(maxsize=1024)
def fit(string: str, size: int, width: int, weight: int = REGULAR) -> str:
    """Return the text, cut and ended with "…" where it is wider than so many pixels."""
    if text_width(string, size, weight) <= width:
        return string
    shortest, longest = 0, len(string)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if text_width(string[:middle].rstrip() + "…", size, weight) <= width:
            shortest = middle
        else:
            longest = middle - 1
    return string[:shortest].rstrip() + "…"


def text(
    picture: Picture, string: str, left: int, middle: float, size: int, color: Color, weight: int = REGULAR
) -> None:
    """Write a line of text of `size` pixels: from x = left, capital letters centred on y = middle."""
    if string:
        baseline = round(middle + 0.36 * size)  # a capital letter is 0.7 of the size
        cv2.putText(picture, _drawable(string), (left, baseline), color, _font(), size, weight)


@cache
def _blend(color: Color, strength: float) -> Picture:
    # As a table of 256 numbers a channel: several times faster than blending with a second picture.
    table = np.arange(256, dtype=np.float32)[:, None] * (1 - strength) + np.array(color, np.float32) * strength
    return table.astype(np.uint8)[None]


def shade(picture: Picture, box: Box, color: Color = (18, 20, 24), strength: float = 0.72) -> None:
    """Lay a translucent box over the picture; what is outside the picture is left out."""
    height, width = picture.shape[:2]
    part = picture[max(box.top, 0) : min(box.bottom, height), max(box.left, 0) : min(box.right, width)]
    if part.size == 0:
        return
    if strength >= 1:
        part[:] = color
        return
    part[:] = cv2.LUT(part, _blend(color, strength))


def free_place(wish: tuple[int, int], extent: tuple[int, int], shape: Sequence[int], taken: Sequence[Box]) -> Box:
    """Return a box near the wished left and top, inside the picture, over as little of the taken boxes as can be."""
    wide, tall = extent
    margin = max(1, tall // 6)
    least_left, most_left = margin, max(margin, shape[1] - margin - wide)
    least_top, most_top = margin, max(margin, shape[0] - margin - tall)
    start_left, start_top = min(max(least_left, wish[0]), most_left), min(max(least_top, wish[1]), most_top)
    best = Box(start_left, start_top, start_left + wide, start_top + tall)
    least = float("inf")
    for down, aside in _STEPS:
        left = min(max(least_left, start_left + round(aside * wide)), most_left)
        top = min(max(least_top, start_top + round(down * tall)), most_top)
        apart = Box(left - margin, top - margin, left + wide + margin, top + tall + margin)
        # A pixel covered costs more than any way to go.
        cost = 1e6 * sum(map(apart.overlap, taken)) + 1.5 * abs(left - start_left) + abs(top - start_top)
        if cost < least:
            best, least = Box(left, top, left + wide, top + tall), cost
        if cost == 0:
            break
    return best
