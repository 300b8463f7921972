"""Draw a result over its picture: skeletons, labels, confidences, counts and holds, time."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.output import canvas
from posknn.output.canvas import Box, Color, Picture
from posknn.output.panel import Panel, PanelRow, draw_panel, panel_hit, text_size
from posknn.output.tallies import draw_tallies
from posknn.values import Person, Prediction, Result

__all__ = ["Panel", "PanelRow", "draw", "panel_hit"]

# Orange, sky blue and bluish green of Okabe and Ito: told apart with every common colour blindness.
_LEFT: Final[Color] = (230, 159, 0)
_RIGHT: Final[Color] = (86, 180, 233)
_CENTRE: Final[Color] = (245, 245, 245)
_EDGE: Final[Color] = (20, 20, 20)
_WHITE: Final[Color] = (255, 255, 255)
_GREY: Final[Color] = (150, 154, 160)
_DIM: Final[Color] = (205, 208, 214)
_CHOSEN: Final[Color] = (0, 178, 130)
_KNOWN: Final[Color] = (0, 118, 86)
_UNKNOWN: Final[Color] = (92, 96, 104)

_VISIBLE: Final = 0.5
_SHORTEST: Final = 240
_ROWS: Final = 8
_SUBPIXEL: Final = 3
_FACE: Final = 11
"""The first keypoints are those of the face."""
_CROWDED: Final = frozenset(i for i, name in enumerate(skeleton.KEYPOINTS) if name.endswith(("_inner", "_outer")))
"""Too close to their neighbours to be told apart in a picture."""


def draw(result: Result, *, panel: Panel | None = None, status: str = "", mirrored: bool = False) -> Picture:
    """Return a new picture with the result drawn over its frame: (H, W, 3) uint8 RGB.

    It has the size of the frame, unless the short side is under 240 pixels: then it is enlarged by a whole number,
    for text that can be read. panel: the teaching buttons instead of confidences and tallies. status: a short line
    at the foot. mirrored: what a mirror would show; text stays readable.
    """
    picture = _background(result.frame.image, mirrored)
    height, width = picture.shape[:2]
    size = text_size(width, height)
    persons = [_pixels(person, height, result.frame.aspect, mirrored) for person in result.people]
    for points, visible in persons:
        _draw_skeleton(picture, points, visible)
    # Whoever is not the first is numbered alone too: the number is the same when the others are back.
    numbered = len(persons) > 1 or any(person.id > 0 for person in result.people)
    taken = _draw_foot(picture, status, _clock(result.frame.time), size)
    prediction = result.person.prediction if result.person else None
    if panel is not None:
        shares = prediction.confidences_by_label if prediction else {}
        taken += draw_panel(picture, panel, {str(label): share for label, share in shares.items()})
    elif prediction is not None and prediction.confidences_by_label:
        taken.append(_draw_bars(picture, prediction, size))
    if panel is None and result.tallies:
        taken.append(draw_tallies(picture, result.tallies, size, taken, numbered=numbered))
    heads = [_head(points, visible, size) for points, visible in persons]
    taken += [head for head in heads if head]
    for person, head in zip(result.people, heads, strict=True):
        if head:
            _draw_label(picture, person, head, taken, numbered=numbered)
    return picture


def _background(image: Picture, mirrored: bool) -> Picture:
    height, width = image.shape[:2]
    times = min(-(-_SHORTEST // min(height, width)), max(1, 4096 // max(height, width)))
    if times > 1:
        image = np.asarray(cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.flip(image, 1), np.uint8) if mirrored else image.copy()


def _pixels(
    person: Person, height: int, aspect: float, mirrored: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return x, y of the keypoints in the picture, (33, 2), and which are to be drawn, (33,)."""
    points = person.pose.points[:, :2].astype(np.float64)
    if mirrored:
        points[:, 0] = aspect - points[:, 0]
    # OpenCV counts from the middle of the first pixel; a wild keypoint must not overflow its fixed-point numbers.
    return np.clip(points * height - 0.5, -20_000, 20_000), person.pose.visibility >= _VISIBLE


def _side(a: int, b: int) -> Color:
    if a in skeleton.LEFT and b in skeleton.LEFT:
        return _LEFT
    if a in skeleton.RIGHT and b in skeleton.RIGHT:
        return _RIGHT
    return _CENTRE


_BONE_COLORS: Final = tuple((a, b, _side(a, b)) for a, b in skeleton.BONES)


def _draw_skeleton(picture: Picture, points: npt.NDArray[np.float64], visible: npt.NDArray[np.bool_]) -> None:
    thick = max(2, round(min(picture.shape[:2]) / 160))
    fixed = [(int(x), int(y)) for x, y in np.rint(points * (1 << _SUBPIXEL))]
    seen = visible.tolist()
    bones = [bone for bone in _BONE_COLORS if seen[bone[0]] and seen[bone[1]]]
    rim = max(1, thick // 3)  # a dark rim, so that every colour shows on every background
    for a, b, _ in bones:
        cv2.line(picture, fixed[a], fixed[b], _EDGE, thick + 2 * rim, cv2.LINE_AA, _SUBPIXEL)
    for a, b, color in bones:
        cv2.line(picture, fixed[a], fixed[b], color, thick, cv2.LINE_AA, _SUBPIXEL)
    for number, point in enumerate(fixed):
        if seen[number] and number not in _CROWDED:
            radius = round(thick * (0.6 if number < _FACE else 1.1) * (1 << _SUBPIXEL))
            cv2.circle(picture, point, radius + (rim << _SUBPIXEL), _EDGE, -1, cv2.LINE_AA, _SUBPIXEL)
            cv2.circle(picture, point, radius, _side(number, number), -1, cv2.LINE_AA, _SUBPIXEL)


def _head(points: npt.NDArray[np.float64], visible: npt.NDArray[np.bool_], size: int) -> Box | None:
    """Return a box around the head, or a small one on top of what is seen of the person; None for nothing seen."""
    face = points[:_FACE][visible[:_FACE]]
    if len(face):
        (left, top), (right, bottom) = face.min(axis=0), face.max(axis=0)
        shoulders = [skeleton.index("left_shoulder"), skeleton.index("right_shoulder")]
        if visible[shoulders].all():  # the keypoints end at the eyes
            top -= 0.4 * max(0.0, float(points[shoulders, 1].mean() - top))
    elif visible.any():
        left, top = right, bottom = points[visible][points[visible][:, 1].argmin()]
    else:
        return None
    return Box(*(round(float(edge)) for edge in (left - size / 4, top - size / 4, right + size / 4, bottom + size / 4)))


def _draw_label(picture: Picture, person: Person, head: Box, taken: list[Box], *, numbered: bool) -> None:
    """Draw label and confidence of one person where no box is taken yet, and take that place."""
    words = f"#{person.id} " if numbered else ""
    known = person.prediction is not None and person.prediction.label is not None
    percent = ""
    if person.prediction is not None and known:
        percent = f" {_percent(person.prediction.confidence)}"
        words += str(person.prediction.label)
    elif person.prediction is not None and person.prediction.confidences_by_label:
        words += "unknown"
    if not words:
        return
    height, width = picture.shape[:2]
    size = round(1.1 * text_size(width, height))
    pad = size // 2
    room = width - 2 * pad - size - canvas.text_width(percent, size)
    words = canvas.fit(words.strip(), size, room, canvas.BOLD)
    first = canvas.text_width(words, size, canvas.BOLD)
    wide, tall = first + canvas.text_width(percent, size) + 2 * pad, round(1.7 * size)
    wish = ((head.left + head.right - wide) // 2, head.top - tall - size // 3)
    box = canvas.free_place(wish, (wide, tall), picture.shape, taken)
    color = _KNOWN if known else _UNKNOWN
    if (
        numbered and max(abs(box.left - wish[0]) - wide // 2, abs(box.top - wish[1])) > 2 * tall
    ):  # far: show whose label it is
        ends = [((part.left + part.right) // 2, (part.top + part.bottom) // 2) for part in (box, head)]
        cv2.line(picture, ends[0], ends[1], color, max(1, size // 8), cv2.LINE_AA)
    canvas.shade(picture, box, color, 0.9)
    middle = (box.top + box.bottom) / 2
    canvas.text(picture, words, box.left + pad, middle, size, _WHITE, canvas.BOLD)
    canvas.text(picture, percent, box.left + pad + first, middle, size, _WHITE)
    taken.append(box)


def _draw_bars(picture: Picture, prediction: Prediction, size: int) -> Box:
    """Draw a row per label with name, bar and percent, at the top left; return the box."""
    height, width = picture.shape[:2]
    margin, pad, tall = size // 2, size // 2, round(1.5 * size)
    shares = list(prediction.confidences_by_label.items())
    most = min(_ROWS, max(1, (height // 2) // tall))
    kept = {label for label, _ in sorted(shares, key=lambda share: -share[1])[:most]}
    rows = [(str(label), share, label == prediction.label) for label, share in shares if label in kept]
    percent = canvas.text_width("100%", size)
    room = min(width - 2 * margin, 18 * size) - 4 * pad - percent
    name = min(max(canvas.text_width(label, size, canvas.BOLD) for label, _, _ in rows), round(0.65 * room))
    bar = min(room - name, 6 * size)
    left_out = len(shares) - len(rows)
    foot = tall if left_out else 0
    box = Box(margin, margin, margin + name + bar + percent + 4 * pad, margin + len(rows) * tall + foot + pad)
    canvas.shade(picture, box)
    for number, (label, share, chosen) in enumerate(rows):
        middle = box.top + pad / 2 + (number + 0.5) * tall
        color, weight = (_WHITE, canvas.BOLD) if chosen else (_DIM, canvas.REGULAR)
        canvas.text(picture, canvas.fit(label, size, name, weight), box.left + pad, middle, size, color, weight)
        start, half = box.left + name + 2 * pad, round(0.28 * size)
        trough = Box(start, round(middle) - half, start + bar, round(middle) + half)
        canvas.shade(picture, trough, _WHITE, 0.18)
        end = start + round(bar * min(max(share, 0.0), 1.0))
        canvas.shade(picture, trough._replace(right=end), _CHOSEN if chosen else _GREY, 1)
        figure = _percent(share)
        canvas.text(picture, figure, box.right - pad - canvas.text_width(figure, size), middle, size, color)
    if left_out:
        canvas.text(picture, f"+ {left_out} more", box.left + pad, box.bottom - pad / 2 - tall / 2, size, _DIM)
    return box


def _draw_foot(picture: Picture, status: str, clock: str, size: int) -> list[Box]:
    """Draw the status at the lower left and the time at the lower right; return their boxes."""
    height, width = picture.shape[:2]
    margin, pad = size // 2, size // 2
    bottom = height - margin
    top = bottom - round(1.6 * size)
    time_left = width - margin - 2 * pad - canvas.text_width(clock, size)
    chips = [(time_left, clock)]
    words = canvas.fit(status, size, time_left - 2 * margin - 2 * pad)
    if status:
        chips.append((margin, words))
    boxes = []
    for left, chip in chips:
        box = Box(left, top, left + canvas.text_width(chip, size) + 2 * pad, bottom)
        canvas.shade(picture, box)
        canvas.text(picture, chip, left + pad, (top + bottom) / 2, size, _WHITE)
        boxes.append(box)
    return boxes


def _percent(share: float) -> str:
    # Nothing but certainty is 100 %.
    return f"{min(round(100 * share), 100 if share >= 1 - 1e-9 else 99)}%"


def _clock(seconds: float) -> str:
    sign, hundredths = "-" if seconds < 0 else "", round(abs(seconds) * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 100:02d}.{rest % 100:02d}"
    return f"{sign}{hours}:{minutes:02d}:{tail}" if hours else f"{sign}{minutes}:{tail}"
