"""The teaching panel: buttons are where they are drawn, inside the picture, and hit where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posknn.output.panel import Panel, PanelRow, draw_panel, panel_boxes, panel_hit


def panel_of(count: int) -> Panel:
    return Panel(tuple(PanelRow(str(number), f"label {number}", number) for number in range(count)))


@given(count=st.integers(0, 40), width=st.integers(240, 4000), height=st.integers(240, 4000))
def test_buttons_are_inside_apart_and_hit_in_their_middle(count: int, width: int, height: int) -> None:
    panel = panel_of(count)
    boxes = panel_boxes(panel, width, height)
    assert len(boxes) == count
    for number, box in enumerate(boxes):
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height
        assert all(box.overlap(other) == 0 for other in boxes[:number])
        assert panel_hit(panel, width, height, (box.left + box.right) / 2, (box.top + box.bottom) / 2) == number


def test_beside_the_buttons_is_no_hit() -> None:
    panel = panel_of(3)
    first, second = panel_boxes(panel, 640, 480)[:2]
    assert panel_hit(panel, 640, 480, 639, 479) is None
    assert panel_hit(panel, 640, 480, first.left + 5, (first.bottom + second.top) / 2) is None
    assert panel_hit(panel, 640, 480, -1, -1) is None
    assert panel_hit(Panel(), 640, 480, 10, 10) is None


@pytest.mark.parametrize(("width", "height"), [(256, 456), (640, 480), (3840, 2160)])
def test_what_is_drawn_is_what_is_hit(width: int, height: int) -> None:
    panel = panel_of(4)
    picture = np.full((height, width, 3), 200, np.uint8)
    draw_panel(picture, panel, {})
    changed = (picture != 200).any(axis=2)
    ys, xs = np.nonzero(changed)
    for y, x in list(zip(ys, xs, strict=True))[:: max(1, len(ys) // 500)]:
        assert panel_hit(panel, width, height, int(x), int(y)) is not None
    for number, box in enumerate(panel_boxes(panel, width, height)):
        assert changed[box.top : box.bottom, box.left : box.right].all(), number


def test_confidence_is_the_length_of_the_line() -> None:
    lengths = []
    for share in (0.25, 0.5, 1.0, 7.0):
        picture = np.zeros((480, 640, 3), np.uint8)
        draw_panel(picture, panel_of(1), {"label 0": share, "another": 1.0})
        box = panel_boxes(panel_of(1), 640, 480)[0]
        lengths.append(int((picture[box.bottom - 1] == (86, 180, 233)).all(axis=1).sum()) / (box.right - box.left))
    assert lengths == pytest.approx([0.25, 0.5, 1, 1], abs=0.01)


def test_active_button_stands_out() -> None:
    box = panel_boxes(panel_of(1), 640, 480)[0]
    means = []
    for active in (False, True):
        picture = np.zeros((480, 640, 3), np.uint8)
        draw_panel(picture, Panel((PanelRow("1", "up", 1, active),)), {})
        means.append(picture[box.top : box.bottom, box.left : box.right, 1].mean())
    assert means[1] > means[0] + 60


@pytest.mark.parametrize("message", ["now", "stand where your whole body is in the picture " * 3])
def test_message_is_inside_the_picture(message: str) -> None:
    picture = np.full((240, 320, 3), 255, np.uint8)
    (box,) = draw_panel(picture, Panel((), message), {})
    assert box.left > 0
    assert box.right < 320
    assert (picture == 255).all(axis=2)[:, [0, -1]].all()


def test_rows_are_kept_as_a_tuple() -> None:
    rows = [PanelRow("1", "up")]
    panel = Panel(rows)  # type: ignore[arg-type]
    rows.clear()
    assert len(panel.rows) == 1
    assert panel.rows[0].count is None
