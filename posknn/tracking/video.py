"""Video files as a source of frames with the true times of the container."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from types import ModuleType
from typing import Literal, Self

from posknn.errors import MissingPackageError
from posknn.tracking.decoding import Clock, Damage, unreadable
from posknn.values import Frame

__all__ = ["VideoFile"]

Decoder = Literal["pyav", "opencv"]


class VideoFile:
    """Yield the frames of a video file; each iteration begins anew.

    Frame times are the container's timestamps in seconds since it began. Pictures are upright and in square pixels.
    mirrored: the file shows a mirror image; its frames are turned back.
    decoder: None takes "pyav", or "opencv" where PyAV is not installed. OpenCV knows less of damage and takes the
    first picture for the beginning, even when sound begins before it.
    begin: pass over the frames before this time, in seconds; the others keep their times and are counted from 0.
    Only for a video whose `moments` are known.

    path, mirrored: as given. size: width and height of the first picture, in pixels, upright. duration: seconds;
    rate: frames a second on average; frame_count: a guess; each None when not known.
    origin: the timestamp in the file, in seconds, that is time 0; time_base: seconds of a unit of the timestamps of its
    pictures, None with OpenCV.
    problems: what was damaged, one line each, filled while iterating; the frames that can be decoded are given.
    SourceError when it cannot be read, MissingPackageError when the decoder asked for is not installed.
    """

    live = False

    def __init__(
        self, path: str | Path, *, mirrored: bool = False, decoder: Decoder | None = None, begin: float = 0.0
    ) -> None:
        self.path = Path(path)
        self.mirrored = mirrored
        self.problems: list[str] = []
        self._begin = begin
        self._decoder = _decoder(decoder)
        _check_is_file(self.path)
        facts = self._decoder.facts(self.path)
        self._step = facts.step
        self.size: tuple[int, int] = facts.size
        self.duration: float | None = facts.duration
        self.rate: float | None = facts.rate
        self.frame_count: int | None = facts.frame_count
        self.origin = facts.origin
        self.time_base = facts.time_base
        self._closings = 0
        self._running: weakref.WeakSet[Generator[Frame]] = weakref.WeakSet()

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames from the first to the last that can be decoded."""
        frames = self._frames(self._closings)
        self._running.add(frames)
        return frames

    def _frames(self, closings: int) -> Generator[Frame]:
        clock = Clock(self._step)
        with closing(self._decoder.pictures(self.path, Damage(self.problems), self._begin)) as pictures:
            for index, (time, image) in enumerate(pictures):
                if self._closings != closings:
                    return
                yield Frame(image[:, ::-1] if self.mirrored else image, clock(time), index)

    def moments(self) -> list[float] | None:
        """Return the time of every frame without decoding any; None where it cannot be known for sure.

        Where it is known a reader may begin anywhere. A damaged picture is not noticed.
        """
        return self._decoder.moments(self.path)  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the iterations that are under way and release the file."""
        self._closings += 1
        for frames in list(self._running):
            with suppress(ValueError):  # another thread is inside it: it ends there before its next frame
                frames.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _decoder(name: Decoder | None) -> ModuleType:
    """Return the module that decodes, importing no more than is used."""
    if name not in (None, "pyav", "opencv"):
        raise ValueError(f'the decoder of a video is "pyav" or "opencv", not {name!r}')
    if name != "opencv":
        try:
            from posknn.tracking import pyav_decoder
        except ImportError as error:
            if name == "pyav":
                message = f"PyAV cannot be used ({error}): pip install av, or take the opencv decoder"
                raise MissingPackageError(message) from None
        else:
            return pyav_decoder
    from posknn.tracking import opencv_decoder

    return opencv_decoder


def _check_is_file(path: Path) -> None:
    """Raise SourceError for what needs no decoder to be seen to be no video."""
    try:
        if not path.exists():
            raise unreadable(path, "there is no such file")
        if path.is_dir():
            raise unreadable(path, "it is a folder; give one file, or a folder of pictures to ImageFolder")
        if not path.is_file():
            raise unreadable(path, "it is no ordinary file")
        if path.stat().st_size == 0:
            raise unreadable(path, "it is empty (0 bytes)")
        with path.open("rb"):
            pass
    except OSError as error:
        raise unreadable(path, f"{error.strerror or error}".lower()) from None
