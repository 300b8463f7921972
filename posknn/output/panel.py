"""The teaching panel: a button per label with its key, count and confidence, and one large prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from posknn.output import canvas
from posknn.output.canvas import Box, Color, Picture

__all__ = ["Panel", "PanelRow", "draw_panel", "panel_boxes", "panel_hit", "text_size"]

_WHITE: Final[Color] = (255, 255, 255)
_DIM: Final[Color] = (200, 204, 210)
_ACCENT: Final[Color] = (0, 158, 115)
_BAR: Final[Color] = (86, 180, 233)
_KEY: Final[Color] = (70, 76, 86)


@dataclass(frozen=True, slots=True, eq=False)
class PanelRow:
    """One button. key: on the keyboard. count: examples taught, None to show none. active: being taught right now."""

    key: str
    label: str
    count: int | None = None
    active: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What is shown while teaching. message: a large prompt in the middle, such as "upright in 2"; "" for none."""

    rows: tuple[PanelRow, ...] = ()
    message: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))


def text_size(width: int, height: int) -> int:
    """Return the size of the text for a picture, in pixels: readable from 240 pixels to 4K."""
    return max(13, round(0.033 * min(width, height)))


def panel_boxes(panel: Panel, width: int, height: int) -> list[Box]:
    """Return where the button of each row stands in a picture of that size: at the left, from the top down."""
    if not panel.rows:
        return []
    size = text_size(width, height)
    margin, gap = size // 2, max(2, size // 5)
    room = height - 3 * margin - 2 * size  # the status line stays free
    tall = round(2.1 * size)
    columns = max(1, min(2, width // (9 * size)))
    if len(panel.rows) * (tall + gap) <= room:
        columns = 1
    rows = -(-len(panel.rows) // columns)
    tall = max(1, min(tall, room // rows - gap))
    wide = min(15 * size, (width - 2 * margin - (columns - 1) * gap) // columns)
    boxes = []
    for number in range(len(panel.rows)):
        column, row = divmod(number, rows)
        left, top = margin + column * (wide + gap), margin + row * (tall + gap)
        boxes.append(Box(left, top, left + wide, top + tall))
    return boxes


def panel_hit(panel: Panel, width: int, height: int, x: float, y: float) -> int | None:
    """Return the number of the row whose button holds the point, None beside them.

    width, height, x, y: of the drawn picture, in pixels.
    """
    for number, box in enumerate(panel_boxes(panel, width, height)):
        if box.holds(x, y):
            return number
    return None


def draw_panel(picture: Picture, panel: Panel, confidences: Mapping[str, float]) -> list[Box]:
    """Draw buttons and message into the picture; return the boxes that are taken.

    confidences: by label, a line along the foot of its button.
    """
    height, width = picture.shape[:2]
    boxes = panel_boxes(panel, width, height)
    for row, box in zip(panel.rows, boxes, strict=True):
        _draw_row(picture, row, box, min(text_size(width, height), int(0.7 * (box.bottom - box.top))))
        confidence = confidences.get(row.label)
        if confidence is not None:
            line = max(2, (box.bottom - box.top) // 9)
            right = box.left + round((box.right - box.left) * min(max(confidence, 0.0), 1.0))
            canvas.shade(
                picture, Box(box.left, box.bottom - line, right, box.bottom), _WHITE if row.active else _BAR, 1
            )
    if panel.message:
        boxes = [*boxes, _draw_message(picture, panel.message)]
    return boxes


def _draw_row(picture: Picture, row: PanelRow, box: Box, size: int) -> None:
    if size < 6:
        return
    canvas.shade(picture, box, *((_ACCENT, 0.85) if row.active else ()))
    middle = (box.top + box.bottom) / 2
    pad = max(2, size // 3)
    key = canvas.fit(row.key, size, 3 * size, canvas.BOLD)
    cap = max(round(1.4 * size), canvas.text_width(key, size, canvas.BOLD) + 2 * pad)
    key_box = Box(box.left + pad, round(middle - 0.7 * size), box.left + pad + cap, round(middle + 0.7 * size))
    canvas.shade(picture, key_box, _WHITE if row.active else _KEY, 0.9)
    key_left = key_box.left + (cap - canvas.text_width(key, size, canvas.BOLD)) // 2
    canvas.text(picture, key, key_left, middle, size, (0, 90, 65) if row.active else _WHITE, canvas.BOLD)
    count = "" if row.count is None else str(row.count)
    count_left = box.right - pad - canvas.text_width(count, size)
    canvas.text(picture, count, count_left, middle, size, _WHITE if row.active else _DIM)
    label_left = key_box.right + pad
    label = canvas.fit(row.label, size, count_left - pad - label_left, canvas.BOLD)
    canvas.text(picture, label, label_left, middle, size, _WHITE, canvas.BOLD)


def _draw_message(picture: Picture, message: str) -> Box:
    height, width = picture.shape[:2]
    least = text_size(width, height)
    room = width - 4 * least
    size = round(2.8 * least)
    while size > least and canvas.text_width(message, size, canvas.BOLD) > room:
        size -= max(1, size // 12)
    line = canvas.fit(message, size, room, canvas.BOLD)
    half = canvas.text_width(line, size, canvas.BOLD) // 2
    x, y = width // 2, height // 2
    box = Box(x - half - size // 2, y - round(0.85 * size), x + half + size // 2, y + round(0.85 * size))
    canvas.shade(picture, box, strength=0.78)
    canvas.text(picture, line, x - half, y, size, _WHITE, canvas.BOLD)
    return box
