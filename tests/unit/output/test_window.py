"""The window: keys, clicks, closing, and honest numbers in the status, on a scripted screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from posknn.output.overlay import Panel, PanelRow, draw
from posknn.output.panel import panel_boxes
from posknn.output.window import Window
from posknn.values import Pose, Prediction, Result, Stop

ResultOf = Callable[..., Result]
PANEL = Panel((PanelRow("1", "upright", 3), PanelRow("2", "slouch", 4), PanelRow("x", "nothing", 0)))


class Script:
    """A screen whose user does one thing a frame: a key, a click at x, y, or "close"."""

    def __init__(self, *acts: str | tuple[float, float] | None) -> None:
        self.acts: Iterator[str | tuple[float, float] | None] = iter(acts)
        self.act: str | tuple[float, float] | None = None
        self.pictures: list[npt.NDArray[np.uint8]] = []
        self.closes = 0

    def show(self, picture: npt.NDArray[np.uint8]) -> None:
        self.pictures.append(picture)
        self.act = next(self.acts, None)

    def poll(self) -> str | None:
        return self.act if isinstance(self.act, str) and self.act != "close" else None

    def click(self) -> tuple[float, float] | None:
        return self.act if isinstance(self.act, tuple) else None

    def closed(self) -> bool:
        return self.act == "close"

    def close(self) -> None:
        self.closes += 1


def times(*values: float) -> Callable[[], float]:
    return iter(values).__next__


@pytest.mark.parametrize("act", ["q", "\x1b", "close"])
def test_user_ends_the_run(act: str, result_of: ResultOf) -> None:
    screen = Script(None, act)
    window = Window(screen=screen)
    window(result_of())
    with pytest.raises(Stop):
        window(result_of())
    window.close()
    assert screen.closes == 1


def test_keys_do_their_actions(result_of: ResultOf) -> None:
    done: list[str] = []
    window = Window(keys={"1": lambda: done.append("one"), "ü": lambda: done.append("ü")}, screen=Script("1", "2", "ü"))
    for _ in range(4):
        window(result_of())
    assert done == ["one", "ü"]


@pytest.mark.parametrize("key", ["", "ab", "q", "\x1b"])
def test_key_that_cannot_be(key: str) -> None:
    with pytest.raises(ValueError, match="a key is one character"):
        Window(keys={key: print}, screen=Script())


def test_action_may_stop_the_run(result_of: ResultOf) -> None:
    def stop() -> None:
        raise Stop

    window = Window(keys={"s": stop}, screen=Script("s"))
    with pytest.raises(Stop):
        window(result_of())


def test_click_on_a_button_is_its_key(result_of: ResultOf) -> None:
    boxes = panel_boxes(PANEL, 320, 240)
    done: list[str] = []
    screen = Script((boxes[1].left + 3, boxes[1].top + 3), (319, 239), (boxes[0].right - 1, boxes[0].top), boxes[2][:2])
    window = Window(
        keys={"1": lambda: done.append("1"), "2": lambda: done.append("2")}, panel=lambda: PANEL, screen=screen
    )
    for _ in range(4):
        window(result_of())
    assert done == ["2", "1"]


def test_click_counts_in_the_pixels_of_an_enlarged_picture(result_of: ResultOf) -> None:
    done: list[str] = []
    box = panel_boxes(PANEL, 256, 456)[1]
    window = Window(
        keys={"2": lambda: done.append("2")}, panel=lambda: PANEL, screen=Script((box.right - 2, box.top + 2))
    )
    window(result_of(width=64, height=114))
    assert done == ["2"]


def test_click_without_a_panel_is_nothing(result_of: ResultOf) -> None:
    Window(keys={"1": lambda: pytest.fail("clicked")}, screen=Script((20, 20)))(result_of())


def test_panel_is_asked_at_each_frame(result_of: ResultOf) -> None:
    panels = iter([Panel((), "in 2"), Panel((), "in 1")])
    screen = Script()
    window = Window(mirrored=False, panel=lambda: next(panels), screen=screen)
    window(result_of())
    window(result_of())
    assert not np.array_equal(screen.pictures[0], screen.pictures[1])


@pytest.mark.parametrize("mirrored", [True, False])
def test_picture_is_the_overlay_in_bgr(
    mirrored: bool, result_of: ResultOf, figure: Callable[..., Pose], down: Prediction
) -> None:
    screen = Script()
    result = result_of([(figure(), down)])
    Window(mirrored=mirrored, screen=screen)(result)
    assert np.array_equal(screen.pictures[0][..., ::-1], draw(result, mirrored=mirrored))


def test_frames_a_second_over_the_last_second(result_of: ResultOf) -> None:
    seconds = [*np.arange(0, 2, 0.1), *np.arange(2, 4, 0.05)]  # 10 a second, then 20
    window = Window(clock=times(*seconds), screen=Script())
    rates = []
    for _ in seconds:
        window(result_of())
        rates.append(window.fps)
    assert rates[0] is None
    assert rates[1] == pytest.approx(10)
    assert rates[19] == pytest.approx(10)
    assert rates[25] is not None
    assert 10 < rates[25] < 20
    assert rates[-1] == pytest.approx(20)
    assert window.latency is None


def test_slower_than_one_a_second_is_still_a_rate(result_of: ResultOf) -> None:
    window = Window(clock=times(0, 4, 8), screen=Script())
    for _ in range(3):
        window(result_of())
    assert window.fps == pytest.approx(0.25)


def test_latency_is_measured_when_the_picture_is_up(result_of: ResultOf) -> None:
    window = Window(clock=times(10.024, 10.064, 30.1), screen=Script())
    window(result_of(captured=10.0))
    assert window.latency == pytest.approx(0.024)
    window(result_of(captured=10.03))
    assert window.latency == pytest.approx((0.024 + 0.034) / 2)
    window(result_of())  # a recorded picture has no age
    assert window.latency == pytest.approx(0.034)


def test_status_line_shows_both(result_of: ResultOf) -> None:
    screen = Script()
    window = Window(mirrored=False, clock=times(10.024, 10.064, 10.1), screen=screen)
    for captured in (10.0, 10.04, 10.06):
        window(result_of(captured=captured))
    expected = (draw(result_of(), status=status) for status in ("", "24 ms", "25 fps  24 ms"))
    for shown, picture in zip(screen.pictures, expected, strict=True):
        assert np.array_equal(shown[..., ::-1], picture)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has machines without a display server")
@pytest.mark.parametrize("display", [None, ":987"])
def test_no_display_is_an_error_and_no_abort(display: str | None) -> None:
    variables = {} if display is None else {"DISPLAY": display}
    code = "from posknn.output.window import Window\ntry: Window()\nexcept Exception as e: print(type(e).__name__, e)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, cwd=Path(__file__).parents[3], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"OutputError cannot open a window")
    assert b"--headless" in done.stdout
    assert done.stdout.count(b"\n") == 1
