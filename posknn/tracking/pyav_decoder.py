"""Decodes video files with PyAV: true timestamps, rotation, and on after damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter

from posknn.tracking.decoding import Damage, Picture, VideoFacts, over_grey, square_width, unreadable

__all__ = ["facts", "moments", "pictures"]

# The formats whose header states how long the file is; the others only estimate it from what is there.
_STATE_THEIR_LENGTH: Final = ("mov", "matroska", "avi", "flv")
_SEARCHABLE: Final = ("mov", "matroska")
_ATTEMPTS: Final = 8
_MICROSECONDS: Final = 1_000_000
_LONGEST: Final = 10_000_000  # seconds; a greater duration is a damaged header


def facts(path: Path) -> VideoFacts:
    """Read what the file says of itself and the size of its first picture. SourceError when it cannot be read."""
    with _opened(path) as (container, stream):
        rate = _rate(stream)
        reading = _Reading(container, stream, Damage([]))
        for _, image in reading.pictures():
            duration = _duration(container, stream)
            count = stream.frames or (round(duration * rate) if duration and rate else None)
            size = (image.shape[1], image.shape[0])
            return VideoFacts(size, duration, rate, count, reading.origin or Fraction(0), stream.time_base)
    raise unreadable(path, "no picture in it can be decoded")


def pictures(path: Path, damage: Damage, begin: float = 0.0) -> Iterator[tuple[float | None, Picture]]:
    """Yield time in seconds since the beginning and picture of each frame that can be decoded, None without a time.

    begin: pass over all frames before this time, in seconds, most of them undecoded; only for a file with `moments`.
    """
    with _opened(path) as (container, stream):
        reading = _Reading(container, stream, damage)
        if begin > 0:
            reading.seek(begin)
        for time, image in reading.pictures():
            if begin <= 0 or (time is not None and time >= begin):
                yield time, image


def moments(path: Path) -> list[float] | None:
    """Return the time of every frame in order, without decoding; None where that cannot be known for sure.

    For sure means an index that can be searched, and a time on every packet, each of its own. SourceError when the
    file cannot be read.
    """
    with _opened(path) as (container, stream):
        if not container.format.name.startswith(_SEARCHABLE):
            return None
        reading = _Reading(container, stream, Damage([]))
        try:
            times = [reading.time_of(packet) for packet in container.demux(stream) if _shows(packet)]
        except (av.FFmpegError, OSError):
            return None
    known = sorted(time for time in times if time is not None)
    rising = all(before < after for before, after in pairwise(known))
    return known if rising and len(known) == len(times) and known and known[0] >= 0 else None


# Titles in an old encoding are no reason to refuse a film; from 19 on PyAV thinks so too and has no such option.
_TITLES: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, Any]]:
    try:
        # An absolute path, because FFmpeg takes "a:b.mp4" for an address.
        container = av.open(str(path.absolute()), **_TITLES)
    except PermissionError:
        raise unreadable(path, "permission denied") from None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable(path, f"it is no video, or one cut off before its index ({_reason(error)})") from None
    with container:
        stream = _picture_stream(container)
        if container.format.name == "tty":  # FFmpeg draws any text file as if on a terminal
            raise unreadable(path, "it is a text file")
        if stream is None:
            sound = "only sound" if container.streams.audio else "nothing that can be shown"
            raise unreadable(path, f"it has no pictures, {sound}")
        if stream.codec_context is None:
            raise unreadable(path, "its codec is not known here; convert it to H.264")
        stream.thread_type = "AUTO"
        yield container, stream


def _picture_stream(container: InputContainer) -> Any:
    """Return the stream of moving pictures, None when there is none; the cover of an album is none."""
    cover = av.stream.Disposition.attached_pic
    best = container.streams.best("video")
    return None if best is None or best.disposition & cover else best


def _rate(stream: Any) -> float | None:
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return float(rate) if rate else None


def _origin(container: InputContainer, stream: Any) -> Fraction | None:
    """Return the timestamp, in seconds, that is time 0; None when only the first frame can tell.

    A file that begins at 5 s begins at 0; a picture track that begins after its sound keeps the offset, as players
    show it.
    """
    whole = container.start_time
    of_pictures = None if stream.start_time is None else stream.start_time * stream.time_base
    if whole is None or of_pictures is None:
        return of_pictures
    return min(Fraction(of_pictures), max(Fraction(0), Fraction(whole, _MICROSECONDS)))


def _end(container: InputContainer) -> Fraction | None:
    """Return the timestamp, in seconds, at which the container says it ends."""
    if not container.duration or not 0 < container.duration < _LONGEST * _MICROSECONDS:
        return None
    # Matroska counts from 0, whenever the first frame comes; the others from the first frame.
    begin = 0 if container.format.name.startswith("matroska") else container.start_time or 0
    return Fraction(begin + container.duration, _MICROSECONDS)


def _duration(container: InputContainer, stream: Any) -> float | None:
    """Return the seconds from time 0 to the end of the pictures."""
    origin = _origin(container, stream) or Fraction(0)
    if stream.duration and stream.start_time is not None:
        end: Fraction | None = (stream.start_time + stream.duration) * stream.time_base
    else:
        end = _end(container)
    return float(end - origin) if end is not None and 0 < end - origin < _LONGEST else None


class _Reading:
    """One way through an open file, from its first packet to its last."""

    def __init__(self, container: InputContainer, stream: Any, damage: Damage) -> None:
        self._container = container
        self._stream = stream
        self._damage = damage
        self.origin = _origin(container, stream)
        self._reformatter = VideoReformatter()  # kept: it is dear to set up
        self._step = 1 / (_rate(stream) or 30)
        self._ends = 0.0  # of the last picture
        self._pictures_end = 0.0  # of the last packet with a picture
        self._packets_end = 0.0  # of the last packet of all streams

    def seek(self, time: float) -> None:
        """Go to a picture at or before a time in seconds from which all later ones can be decoded."""
        base = self._stream.time_base
        target = (Fraction(time) + (self.origin or 0)) / base
        self._container.seek(max(0, floor(target)), stream=self._stream)

    def time_of(self, packet: Any) -> float | None:
        """Return when a packet is shown, in seconds."""
        return self._seconds(packet.pts, packet.time_base)

    def pictures(self) -> Iterator[tuple[float | None, Picture]]:
        """Yield the time and picture of each frame."""
        count = 0
        for packet in self._packets():
            for frame in self._decoded(packet):
                time = self._seconds(frame.pts, frame.time_base)
                try:
                    image = self._upright(frame)
                except (av.FFmpegError, ValueError) as error:
                    self._damage.at(self._ends, _reason(error))
                    continue
                if frame.is_corrupt:
                    self._damage.at(self._ends if time is None else time, "the picture is broken")
                count += 1
                self._ends = (self._ends if time is None else time) + self._step
                yield time, image
        if count:
            self._compare_with_claim()

    def _packets(self) -> Iterator[Any]:
        """Yield the packets of the pictures, go on after damage, and remember how far the file reaches."""
        failures = 0
        packets = self._container.demux()
        while failures < _ATTEMPTS:
            try:
                packet = next(packets, None)
            except IndexError:  # PyAV does not expect a stream that begins later in the file, as in broadcasts
                failures += 1
                packets = self._container.demux()
                continue
            except (av.FFmpegError, OSError) as error:
                failures += 1
                self._damage.at(self._ends, _reason(error))
                packets = self._container.demux()
                continue
            if packet is None:
                return
            failures = 0
            self._remember_end(packet)
            if packet.stream is self._stream:  # the packet that flushes a decoder has a wrong stream_index
                yield packet
        yield None

    def _remember_end(self, packet: Any) -> None:
        time = self._seconds(packet.pts, packet.time_base)
        if time is None or packet.is_discard:
            return
        end = time + float((packet.duration or 0) * packet.time_base)
        self._packets_end = max(self._packets_end, end)
        if packet.stream is self._stream:
            self._pictures_end = max(self._pictures_end, end)

    def _decoded(self, packet: Any) -> list[Any]:
        # A packet cut short by the end of the file makes a threaded decoder lose the good frames before it.
        # In a broadcast the same mark only says that a few bytes of the packet went missing.
        if packet is not None and packet.is_corrupt and self._container.format.name != "mpegts":
            time = self._seconds(packet.pts, packet.time_base)
            self._damage.at(self._ends if time is None else time, "a frame is cut off")
            return []
        try:
            return list(self._stream.decode(packet))
        except (av.FFmpegError, OSError) as error:
            self._damage.at(max(0.0, self._ends - self._step), _reason(error))
            return []

    def _seconds(self, pts: int | None, time_base: Fraction | None) -> float | None:
        if pts is None or not time_base:
            return None
        if self.origin is None:
            self.origin = pts * time_base
        return float(pts * time_base - self.origin)

    def _upright(self, frame: Any) -> Picture:
        aspect = self._stream.sample_aspect_ratio
        width = square_width(frame.width, float(aspect) if aspect else None)
        kind = frame.format
        see_through = kind.has_palette or any(component.is_alpha for component in kind.components)
        plain = self._reformatter.reformat(frame, width=width, format="rgba" if see_through else "rgb24")
        image = cast(Picture, plain.to_ndarray())
        if see_through:
            image = over_grey(image[:, :, :3], image[:, :, 3])
        upright: Picture = np.rot90(image, round(frame.rotation / 90) % 4)
        return upright

    def _compare_with_claim(self) -> None:
        """Note when the file ends before the time that it claims, or its pictures before their packets."""
        leeway = max(0.2, 2.5 * self._step)
        end = _end(self._container)
        states = self._container.format.name.startswith(_STATE_THEIR_LENGTH)
        claimed = float(end - (self.origin or 0)) if end is not None and states else 0.0
        if _lacks_its_end(Path(self._container.name), self._container.format.name):
            self._damage.note(f"ends at {self._ends:.1f} s: the file is cut off")
        elif claimed - self._packets_end > leeway:
            self._damage.note(f"ends at {self._ends:.1f} s of {claimed:.1f} s: the file is cut off")
        elif self._pictures_end - self._ends > leeway:
            self._damage.at(self._ends, f"no picture could be decoded from there to {self._pictures_end:.1f} s")


def _shows(packet: Any) -> bool:
    """Say whether a packet holds a picture that is shown; the one that flushes the decoder is empty."""
    return bool(packet.size) and not packet.is_discard


def _lacks_its_end(path: Path, container: str) -> bool:
    """Say whether a GIF or AVI is shorter than it should be: FFmpeg takes what is there of those for the whole."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if container == "avi":
            promised = int.from_bytes(file.read(8)[4:], "little")
            return size + 16 < promised + 8 < 2**32
        if container == "gif":
            file.seek(max(0, size - 64))
            return not file.read().rstrip(b"\0").endswith(b";")
    return False


def _reason(error: Exception) -> str:
    """Return FFmpeg's own words for what went wrong, on one line."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())
