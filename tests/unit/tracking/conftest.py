"""Makes the small video files that the tests of the sources read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.stream import VideoStream

Film = Callable[..., Path]
_MILLISECOND = Fraction(1, 1000)


def picture(index: int, size: tuple[int, int] = (64, 48)) -> npt.NDArray[np.uint8]:
    """Return a picture that tells its own place and which way is up: top left bright, bottom right as grey as late."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (250, 200, 30)
    image[height // 2 :, width // 2 :] = 40 + 10 * (index % 20)
    return image


def _add_silence(container: Any, stream: Any, seconds: float) -> None:
    for start in range(0, int(8000 * seconds), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_film(  # every argument is one way in which files differ
    path: Path,
    times: Sequence[float] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    *,
    size: tuple[int, int] = (64, 48),
    codec: str = "mpeg4",
    pix_fmt: str = "yuv420p",
    images: Sequence[npt.NDArray[np.uint8]] = (),
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
    sound: float = 0.0,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Write a video with one picture at each of `times` (seconds), and `sound` seconds of silence from 0."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=10, options=codec_options or {}))
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = _MILLISECOND
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        silence = container.add_stream("aac", rate=8000) if sound else None
        for index, time in enumerate(times):
            image = images[index] if images else picture(index, size)
            frame = av.VideoFrame.from_ndarray(image, format="rgba" if image.shape[2] == 4 else "rgb24")
            frame.pts, frame.time_base = round(time * 1000), _MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if silence is not None:
            _add_silence(container, silence, sound)
    return path


@pytest.fixture(scope="session")
def film() -> Film:
    return write_film
