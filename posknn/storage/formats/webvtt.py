"""Read and write segments as WebVTT subtitles, which video players show and labelling tools read."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Iterator

from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.formats.clock import in_milliseconds, parse_time
from posknn.storage.reading import read_text
from posknn.values import Segment

__all__ = ["read", "write"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_TIME = re.compile(r"([0-9]{2,6}:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+Person ([0-9]{1,18})\s*>")
_TAG = re.compile(r"<[^>]*>")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;", "\r": "&#13;"}

_Lines = list[tuple[int, str]]


def read(path: str | os.PathLike[str]) -> list[Segment]:
    """Return a segment per cue in order of time; its label is the text of the cue without tags and outer spaces.

    The voice "Person 3" is person 3; other voices, styles, notes and places on the screen are left alone, and so
    are cues without text. FileFormatError names the line.
    """
    lines = list(enumerate(_LINE_END.split(read_text(path)), 1))
    if not re.match(r"WEBVTT(?![^ \t])", lines[0][1]):
        raise FileFormatError(f"{path}, line 1: expected WEBVTT")
    segments = []
    for number, timing, text in _cues(lines[1:]):
        start, end = _span(timing, f"{path}, line {number}")
        voice = _VOICE.search(text)
        label = html.unescape(_TAG.sub("", text)).strip()
        if label:
            segments.append(Segment(start, end, label, person=int(voice[1]) if voice else None))
    return sorted(segments, key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str]) -> None:
    """Write a cue per segment in order of time, to the millisecond; none becomes empty, none runs into the next.

    Persons are named only when there is more than one. Confidence and neighbors have no place in the format, and
    a label that is a number becomes text. OutputError when the file cannot be written.
    """
    timed = in_milliseconds(segments)
    several = len({segment.person for _, _, segment in timed}) > 1
    cues = ["WEBVTT\n"]
    for start, end, segment in timed:
        text = "".join(_ESCAPES.get(sign, sign) for sign in str(segment.label))
        voice = f"<v Person {segment.person}>" if several and segment.person is not None else ""
        cues.append(f"{_clock(start)} --> {_clock(end)}\n{voice}{text}\n")
    write_text(path, "\n".join(cues))


def _cues(lines: _Lines) -> Iterator[tuple[int, str, str]]:
    """Yield line number, timing and text of each cue. A cue ends at an empty line or at the next timing."""
    cue: tuple[int, str] | None = None
    text: list[str] = []
    ignored = False
    for number, line in [*lines, (0, "")]:
        if ("-->" in line and not ignored) or not line:
            if cue:
                yield *cue, "\n".join(text)
            cue, text = ((number, line) if line else None), []
            ignored = False
        elif cue:
            text.append(line)
        else:
            ignored = ignored or bool(re.match(r"(NOTE|STYLE|REGION)(?![^ \t])", line))


def _span(timing: str, place: str) -> tuple[float, float]:
    start_text, _, rest = timing.partition("-->")
    times = [start_text.strip(), *rest.split()[:1]]
    spans = [parse_time(text) if _TIME.fullmatch(text) else None for text in times]
    if len(spans) < 2 or spans[0] is None or spans[1] is None:
        raise FileFormatError(f"{place}: expected hh:mm:ss.mmm --> hh:mm:ss.mmm, not {timing!r}")
    if spans[0] >= spans[1]:
        raise FileFormatError(f"{place}: the end must come after the start: {timing!r}")
    return spans[0], spans[1]


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{thousandths:03d}"
