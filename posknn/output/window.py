"""Show results in a window and act on keys and clicks."""

from __future__ import annotations

import ctypes
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import cv2
import numpy as np

from posknn.errors import OutputError
from posknn.output.canvas import Picture
from posknn.output.overlay import Panel, draw, panel_hit
from posknn.values import Result, Stop

__all__ = ["Screen", "Window", "require_display"]

_QUIT: Final = ("q", "\x1b")
_LARGEST: Final = (1280, 800)


class Screen(Protocol):
    """What a window needs of a screen."""

    def show(self, picture: Picture) -> None:
        """Put up a picture, (H, W, 3) uint8 BGR as OpenCV has it, and let the system paint it."""

    def poll(self) -> str | None:
        """Return the character of a key that was pressed, None for none."""

    def click(self) -> tuple[float, float] | None:
        """Return x, y of a click in pixels of the picture, once; None for none."""

    def closed(self) -> bool:
        """Say whether the user closed the window."""

    def close(self) -> None:
        """Take the window down; harmless when it is down."""


class Window:
    """A sink that shows each result; q, Esc or closing the window ends the run.

    mirrored: as a mirror shows it; right for a camera that looks at its user. keys: what to do when a character is
    typed. panel: asked at each frame for the teaching buttons; a click on a button does what its key does.
    fps: pictures a second, latency: seconds from the taking of a live picture until it was on the screen; both over
    the last second, both in the status line, None while not known.
    OutputError when there is no display. ValueError for a key that is not one character or that ends the run.
    """

    def __init__(
        self,
        title: str = "posknn",
        *,
        mirrored: bool = True,
        keys: Mapping[str, Callable[[], object]] | None = None,
        panel: Callable[[], Panel] | None = None,
        clock: Callable[[], float] = time.monotonic,
        screen: Screen | None = None,
    ) -> None:
        self._keys = dict(keys or {})
        for key in self._keys:
            if len(key) != 1 or key in _QUIT:
                raise ValueError(f"a key is one character other than q and Esc, which end the run, not {key!r}")
        self._mirrored = mirrored
        self._panel = panel
        self._clock = clock
        self._screen = _CvScreen(title) if screen is None else screen
        self._shown: deque[tuple[float, float | None]] = deque()
        self.fps: float | None = None
        self.latency: float | None = None

    def __call__(self, result: Result) -> None:
        """Show a result, then do what was asked by key or click. Raise `Stop` when the user wants to end."""
        panel = self._panel() if self._panel else None
        picture = draw(result, panel=panel, status=self._status(), mirrored=self._mirrored)
        self._screen.show(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8))
        key = self._screen.poll()
        self._measure(result.frame.captured)
        if key in _QUIT or self._screen.closed():
            raise Stop
        self._press(key)
        click = self._screen.click()
        if click and panel:
            row = panel_hit(panel, picture.shape[1], picture.shape[0], *click)
            self._press(None if row is None else panel.rows[row].key)

    def close(self) -> None:
        """Take the window down."""
        self._screen.close()

    def _press(self, key: str | None) -> None:
        action = self._keys.get(key) if key else None
        if action is not None:
            action()

    def _measure(self, captured: float | None) -> None:
        now = self._clock()
        shown = self._shown
        shown.append((now, None if captured is None else now - captured))
        while len(shown) > 2 and shown[0][0] < now - 1:
            shown.popleft()
        span = now - shown[0][0]
        self.fps = (len(shown) - 1) / span if span > 0 else None
        ages = [age for _, age in shown if age is not None]
        self.latency = sum(ages) / len(ages) if ages else None

    def _status(self) -> str:
        parts = []
        if self.fps is not None:
            parts.append(f"{self.fps:.0f} fps" if self.fps >= 9.5 else f"{self.fps:.1f} fps")
        if self.latency is not None:
            parts.append(f"{1000 * self.latency:.0f} ms")
        return "  ".join(parts)


class _CvScreen:
    """A window of OpenCV, put up with the first picture."""

    def __init__(self, title: str) -> None:
        require_display()
        self._title = title
        self._open = False
        self._clicked: tuple[float, float] | None = None

    def show(self, picture: Picture) -> None:
        if not self._open:
            self._put_up(picture)
        cv2.imshow(self._title, picture)

    def poll(self) -> str | None:
        code = cv2.waitKeyEx(1)  # also lets the system paint; waitKey would make an arrow a letter
        return chr(code) if code == 27 or 32 <= code < 127 else None

    def click(self) -> tuple[float, float] | None:
        clicked, self._clicked = self._clicked, None
        return clicked

    def closed(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:  # how some systems say that there is no such window
            return True

    def close(self) -> None:
        if self._open and not self.closed():
            cv2.destroyWindow(self._title)
            cv2.waitKey(1)
        self._open = False

    def _put_up(self, picture: Picture) -> None:
        height, width = picture.shape[:2]
        scale = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
        cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(self._title, max(1, round(width * scale)), max(1, round(height * scale)))
        cv2.setMouseCallback(self._title, self._on_mouse)
        self._open = True

    def _on_mouse(self, event: int, x: int, y: int, _flags: int, _param: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN:
            self._clicked = (x, y)


def require_display() -> None:
    """Raise OutputError when no window can be opened; asked first, since Qt would end the whole program."""
    if not cv2.currentUIFramework():
        raise OutputError("cannot open a window: this OpenCV has none (a headless build); run with --headless")
    if sys.platform == "linux" and not _x_server_answers():
        raise OutputError("cannot open a window: there is no display (DISPLAY); run with --headless")


def _x_server_answers() -> bool:
    # OpenCV's Qt speaks X11 alone, also under Wayland; this is the connection that Qt itself will make.
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not refused
