"""Write results as an annotated H.264 video that browsers play."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from posknn.errors import OutputError
from posknn.files import WholeFile
from posknn.output.canvas import Picture
from posknn.output.overlay import draw as draw_overlay
from posknn.output.sound import Original, SoundCopy
from posknn.values import Result

__all__ = ["VideoWriter"]

_CONTAINERS: Final = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
_TICKS: Final = 90_000
"""A second in units of the file: whole for 24, 25, 30, 50, 60 and 29.97 frames a second."""
_LONGEST: Final = 2**31 - 1
_MOST_TICKS: Final = 10_000_000
_BT709: Final = 1
_STUDIO_RANGE: Final = 1


class VideoWriter:
    """A sink that draws each result and writes it at its own time, so a variable frame rate stays as it is.

    path: .mp4, .mov or .mkv; the file appears whole when the writer is closed, and not at all when no frame came.
    crf: x264's quality, 0 to 51, smaller is better. draw: makes the picture of a result, (H, W, 3) uint8 RGB.
    original: the video that the frames are of; its sound is copied and its timestamps are kept to the tick.
    The first picture gives the size, cut to even numbers; others are fitted into it. The same results give the same
    bytes. OutputError when the file cannot be written, with nothing left behind.
    problems: sound of the original that could not be copied, one line each.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        crf: float = 23,
        draw: Callable[[Result], Picture] = draw_overlay,
        original: Original | None = None,
    ) -> None:
        suffix = Path(path).suffix.lower()
        if suffix not in _CONTAINERS:
            raise OutputError(f"cannot write {path}: a video ends in {', '.join(_CONTAINERS)}, not in {suffix!r}")
        if not 0 <= crf <= 51:
            raise ValueError(f"crf is 0 (lossless) to 51 (worst), not {crf}")
        if "libx264" not in av.codecs_available:
            raise OutputError(f"cannot write {path}: this build of PyAV has no libx264; install av from PyPI")
        self._file = WholeFile(path)
        self._format = _CONTAINERS[suffix]
        self._crf = crf
        self._draw = draw
        self._original = original
        self._sound: SoundCopy | None = None
        self._ticks = _ticks(original.time_base if original else None)
        self.problems: list[str] = []
        self._output: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._reformatter = VideoReformatter()  # kept: it is dear to set up
        self._waiting: av.VideoFrame | None = None
        self._last_duration = self._ticks // 30
        self._durations: dict[int, int] = {}

    def __call__(self, result: Result) -> None:
        """Draw and write one result; results come in order of time. ValueError after the end."""
        if self._file.finished:
            raise ValueError(f"the video {self._file.path} is closed; make a new VideoWriter")
        picture = self._draw(result)
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or picture.size == 0:
            raise ValueError(f"draw must return (H, W, 3) uint8, not {picture.shape} {picture.dtype}")
        try:
            self._write(picture, result.frame.time)
        except (OSError, av.FFmpegError) as error:
            self._abandon()
            raise self._file.failed(error) from error

    def close(self) -> None:
        """Finish the file and put it in its place; harmless a second time."""
        if self._output is None:
            self._abandon()
            return
        try:
            self._encode_waiting(self._last_duration)
            self._mux(None)
            if self._sound is not None:
                self._sound.until(inf)
                self._sound.close()
                self.problems += self._sound.problems
            self._output.close()
        except (OSError, av.FFmpegError) as error:
            self._abandon()
            raise self._file.failed(error) from error
        self._output = None
        self._file.commit()

    def _write(self, picture: Picture, time: float) -> None:
        if self._stream is None:
            self._open(picture.shape[0], picture.shape[1])
        assert self._stream is not None
        fitted = _fitted(picture, self._stream.height, self._stream.width)
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(fitted, format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts = round(time * self._ticks)
        frame.time_base = Fraction(1, self._ticks)
        if self._waiting is not None and self._waiting.pts is not None:
            # No frame of an MP4 lasts longer than some hours: only a damaged clock says so.
            frame.pts = min(max(frame.pts, self._waiting.pts + 1), self._waiting.pts + _LONGEST)
            self._encode_waiting(frame.pts - self._waiting.pts)
        self._waiting = frame

    def _open(self, height: int, width: int) -> None:
        self._file.partial.touch(exist_ok=False)  # PyAV would find out about a lost folder a hundred frames later
        options = {"fflags": "+bitexact"}  # no version of FFmpeg in it; with + it still puts AAC into MP4's form
        if self._format != "matroska":
            options["movflags"] = "faststart"  # the index first: a browser plays while it loads
            options["movie_timescale"] = str(self._ticks)  # or what begins late begins at a whole millisecond
        output = av.open(self._file.partial, "w", format=self._format, options=options)
        self._output = output
        # A fixed number of threads: the number changes the bytes, and by default it is that of the machine's cores.
        # No B-frames: with them MP4 keeps durations in decoding order, and a late long frame would be cut short.
        x264 = {"preset": "veryfast", "crf": str(self._crf), "threads": "4", "bf": "0"}
        stream = output.add_stream("libx264", rate=30, options=x264)
        stream.width, stream.height = max(2, width - width % 2), max(2, height - height % 2)
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, self._ticks)
        context = stream.codec_context
        context.time_base = Fraction(1, self._ticks)
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _STUDIO_RANGE
        self._stream = stream
        if self._original is not None:
            self._sound = SoundCopy(self._original, output)

    def _encode_waiting(self, duration: int) -> None:
        """Encode the frame before, now that it is known how long it lasts."""
        frame, self._waiting = self._waiting, None
        if frame is not None and frame.pts is not None:
            self._last_duration = duration
            self._durations[frame.pts] = duration
            if self._sound is not None:
                self._sound.until(frame.pts / self._ticks)
            self._mux(frame)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        assert self._output is not None
        assert self._stream is not None
        for packet in self._stream.encode(frame):
            if packet.pts is not None:
                packet.duration = self._durations.pop(packet.pts, packet.duration or 0)
            self._output.mux(packet)

    def _abandon(self) -> None:
        """Give up: close what is open, remove what was written."""
        if self._sound is not None:
            self._sound.close()
        output, self._output, self._waiting = self._output, None, None
        if output is not None:
            with suppress(OSError, av.FFmpegError):  # the error that led here is the one to tell
                output.close()
        self._file.discard()


def _ticks(unit: Fraction | None) -> int:
    """Return what a second has in the file: a multiple of what it has in the original, so that its times are exact.

    Many at least, because frames of damaged videos come at times of their own.
    """
    if unit is None or unit <= 0 or unit.denominator > _MOST_TICKS:
        return _TICKS
    return unit.denominator * -(-_TICKS // unit.denominator)


def _fitted(picture: Picture, height: int, width: int) -> Picture:
    """Return the picture in another size: cut by a pixel, or scaled into the middle with black beside it."""
    rows, columns = picture.shape[:2]
    if rows - height in (0, 1) and columns - width in (0, 1):
        return np.ascontiguousarray(picture[:height, :width])
    scale = min(height / rows, width / columns)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=way)
    return canvas
