"""Copies the sound of a video into its annotated copy, packet by packet, at its own times."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer, OutputContainer

__all__ = ["Original", "SoundCopy", "container_for"]

_IN_MP4: Final = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp2", "mp3", "opus"})
"""What an MP4 holds packet by packet. PCM it holds too, but cuts it anew, and few players know it there."""
_ATTEMPTS: Final = 8
_MOST_PROBLEMS: Final = 10
_STEP: Final = Fraction(2, 1000)  # seconds
_BACK: Final = 1.0  # seconds; the pictures' clock has the same rule
# Titles in an old encoding are no reason to lose the sound; from 19 on PyAV thinks so too and has no such option.
_TITLES: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}


@dataclass(frozen=True, slots=True)
class Original:
    """The video that is annotated, whose copy keeps its timestamps and its sound.

    origin: the timestamp in it, in seconds, that is time 0 of its frames. time_base: seconds of one unit of the
    timestamps of its pictures; None when not known.
    """

    path: Path
    origin: Fraction = Fraction(0)
    time_base: Fraction | None = None


def container_for(path: Path) -> str:
    """Return the ending of a container that holds H.264 and all the sound of a video: .mp4, or .mkv or .mov.

    .mp4 too where none of them does.
    """
    with _opened(path) as source:
        codecs = {_codec(stream) for stream in source.streams.audio}
    if codecs <= _IN_MP4:
        return ".mp4"
    for ending, name in ((".mkv", "matroska"), (".mov", "mov")):
        with av.open(BytesIO(), "w", format=name) as container:
            if codecs <= container.supported_codecs:
                return ending
    return ".mp4"


class SoundCopy:
    """Copies all sound of a video into a file that is being written, up to a time, and then up to the next.

    A packet keeps its bytes; its time is counted from the origin, like that of the pictures. Only the AAC of a
    broadcast (MPEG-TS) loses the header of each packet, which no other file may have.
    problems: sound that could not be copied, one line each.
    """

    def __init__(self, original: Original, output: OutputContainer) -> None:
        self.problems: list[str] = []
        self._output = output
        self._origin = original.origin
        self._source = _opened(original.path)
        self._streams: dict[int, Any] = {}
        self._lasts: dict[int, tuple[int, int]] = {}  # when the last packet began and ended
        self._shifts: dict[int, int] = {}
        for stream in self._source.streams.audio:
            self._add(stream)
        self._packets = self._read()
        self._next = next(self._packets, None)

    def until(self, time: float) -> None:
        """Copy what begins before a time, in seconds."""
        while self._next is not None and self._next.dts * self._next.time_base < time:
            begins = float(self._next.dts * self._next.time_base)
            try:
                self._output.mux(self._next)
            except (av.InvalidDataError, av.PatchWelcomeError):  # so damaged that the file cannot hold it
                if len(self.problems) < _MOST_PROBLEMS:
                    self.problems.append(f"a piece of its sound at {begins:.1f} s is damaged and not copied")
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Let go of the video; harmless a second time."""
        self._next = None
        self._packets.close()
        self._source.close()

    def _add(self, stream: Any) -> None:
        codec = _codec(stream)
        if codec not in self._output.supported_codecs or not stream.codec_context.sample_rate:
            self.problems.append(f"its sound ({codec or 'of an unknown kind'}) could not be copied")
            return
        copy = self._output.add_stream_from_template(stream)
        copy.time_base = stream.time_base
        if language := stream.metadata.get("language"):
            copy.metadata["language"] = language
        self._streams[stream.index] = copy

    def _read(self) -> Generator[Any]:
        """Yield the packets of all streams as they follow in the file, each at its new time."""
        for packet in self._found():
            stream, unit = packet.stream, packet.time_base
            time = packet.dts if packet.pts is None else packet.pts
            if time is None or not packet.size or stream.index not in self._streams:
                continue
            new = self._follow(stream.index, time - round(self._origin / unit), packet.duration or 0, unit)
            packet.dts = packet.pts = new  # sound is heard in the order in which it is stored
            packet.stream = self._streams[stream.index]
            yield packet

    def _follow(self, stream: int, time: int, duration: int, unit: Fraction) -> int:
        """Return when a packet comes in the copy: where it says, but always after the one before.

        After a clock that was set back by more than a second time goes on from where it was, as for the pictures.
        """
        time += self._shifts.get(stream, 0)
        step = max(1, min(ceil(_STEP / unit), duration))
        last, end = self._lasts.get(stream, (time - step, time))
        if (last - time) * unit > _BACK:
            self._shifts[stream] = self._shifts.get(stream, 0) + end - time
            time = end
        # A file counts in other units, so one more of these may be none of those.
        if time < last + step:
            time = max(end, last + step)
        self._lasts[stream] = time, time + duration
        return time

    def _found(self) -> Iterator[Any]:
        """Yield the packets of the file, and go on after damage."""
        failures = 0
        streams = list(self._source.streams.audio)
        packets = self._source.demux(streams) if streams else iter(())
        while failures < _ATTEMPTS:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError, IndexError):  # the last for a stream that begins later in the file
                failures += 1
                packets = self._source.demux(streams)
                continue
            if packet is None:
                return
            failures = 0
            yield packet


def _opened(path: Path) -> InputContainer:
    # An absolute path, because FFmpeg takes "a:b.mp4" for an address.
    source: InputContainer = av.open(str(path.absolute()), **_TITLES)
    return source


def _codec(stream: Any) -> str | None:
    """Return the name of what the sound is encoded with; None for what is not known here."""
    context = stream.codec_context
    return None if context is None else str(context.codec.canonical_name)
