"""Draws how far people are: repetitions counted, seconds held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from posknn.output import canvas
from posknn.output.canvas import Box, Color, Picture
from posknn.values import Tally

__all__ = ["draw_tallies"]

_WHITE: Final[Color] = (255, 255, 255)
_DIM: Final[Color] = (205, 208, 214)
_GROWING: Final[Color] = (86, 180, 233)
_REACHED: Final[Color] = (0, 178, 130)
_ROWS: Final = 6


class _Row(NamedTuple):
    """One line of the box. large: of the figure, in pixels. share: of the goal that is reached, None for a count."""

    name: str
    figure: str
    large: int
    tall: int
    share: float | None


def draw_tallies(picture: Picture, tallies: Sequence[Tally], size: int, taken: Sequence[Box], numbered: bool) -> Box:
    """Draw a row per tally at the upper right, or near it where that is taken, and return the box.

    size: of the text in pixels. numbered: say whose tally each is. Past six rows the rest is left out.
    """
    rows = [_row(tally, size, numbered) for tally in tallies[:_ROWS]]
    pad, margin = size // 2, size // 2
    room = picture.shape[1] - 2 * margin - 3 * pad
    figures = max(canvas.text_width(row.figure, row.large, canvas.BOLD) for row in rows)
    names = min(max(canvas.text_width(row.name, size) for row in rows), max(room - figures, 2 * size), 12 * size)
    extent = names + figures + 3 * pad, sum(row.tall for row in rows) + pad
    left = picture.shape[1] - margin - extent[0]
    box = Box(left, margin, left + extent[0], margin + extent[1])
    if left < margin or any(map(box.overlap, taken)):
        box = canvas.free_place((left, margin), extent, picture.shape, taken)
    canvas.shade(picture, box)
    top = box.top + pad / 2
    for row in rows:
        middle = top + row.tall / 2 - (0.15 * size if row.share is not None else 0)
        canvas.text(picture, canvas.fit(row.name, size, names), box.left + pad, middle, size, _DIM)
        left = box.right - pad - canvas.text_width(row.figure, row.large, canvas.BOLD)
        canvas.text(picture, row.figure, left, middle, row.large, _WHITE, canvas.BOLD)
        top += row.tall
        if row.share is not None:
            _draw_share(
                picture,
                row.share,
                Box(box.left + pad, round(top - 0.45 * size), box.right - pad, round(top - 0.15 * size)),
            )
    return box


def _row(tally: Tally, size: int, numbered: bool) -> _Row:
    name = "unknown" if tally.label is None else str(tally.label)
    name = f"#{tally.person} {name}" if numbered else name
    if tally.held is None:
        large = round(1.7 * size)  # read from where one does squats
        return _Row(name, str(tally.count or 0), large, round(1.4 * large), None)
    goal = f" / {tally.goal:g}" if tally.goal else ""
    share = min(tally.held / tally.goal, 1.0) if tally.goal else None
    return _Row(name, f"{tally.held:.1f}{goal} s", size, round(2 * size), share)


def _draw_share(picture: Picture, share: float, trough: Box) -> None:
    canvas.shade(picture, trough, _WHITE, 0.18)
    end = trough.left + round((trough.right - trough.left) * max(share, 0.0))
    canvas.shade(picture, trough._replace(right=end), _REACHED if share >= 1 else _GROWING, 1)
