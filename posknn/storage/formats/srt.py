"""Read and write segments as SubRip subtitles (.srt), which every player and most labelling tools take."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.formats.clock import in_milliseconds, parse_time
from posknn.storage.formats.tiers import written
from posknn.storage.reading import read_text
from posknn.values import Segment

__all__ = ["read", "write"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_TIME = re.compile(r"(?:[0-9]{1,6}:)?[0-5]?[0-9]:[0-5]?[0-9](?:[,.][0-9]{1,3})?")
_PERSON = re.compile(r"Person ([0-9]{1,18}): ?")
_STYLE = re.compile(r"</?(?:[biusBIUS]|font(?:\s[^>]*)?)>|\{\\[^}]*\}")


def read(path: str | os.PathLike[str]) -> list[Segment]:
    """Return a segment per subtitle in order of time; its label is the text without styles and outer spaces.

    "Person 3: squat" is a squat of person 3. Subtitles without text are left alone. FileFormatError names the line.
    """
    content = read_text(path)
    if content.strip() and "-->" not in content:
        raise FileFormatError(f"{path}: no subtitle in it: expected hh:mm:ss,mmm --> hh:mm:ss,mmm")
    segments = []
    for number, timing, text in _cues(_LINE_END.split(content)):
        start, end = _span(timing, f"{path}, line {number}")
        person = _PERSON.match(text)
        label = _STYLE.sub("", text[person.end() :] if person else text).strip()
        if label:
            segments.append(Segment(start, end, label, person=int(person[1]) if person else None))
    return sorted(segments, key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str]) -> None:
    """Write a subtitle per segment in order of time, to the millisecond; none becomes empty.

    Persons are named only when there is more than one. Confidence and neighbors have no place in the format, a label
    that is a number becomes text and a line end in it a space. OutputError when the file cannot be written.
    """
    timed = in_milliseconds(segments)
    several = len({segment.person for _, _, segment in timed}) > 1
    cues = []
    for number, (start, end, segment) in enumerate(timed, 1):
        text = " ".join(written(segment.label, path).split())
        voice = f"Person {segment.person}: " if several and segment.person is not None else ""
        cues.append(f"{number}\n{_clock(start)} --> {_clock(end)}\n{voice}{text}\n")
    write_text(path, "\n".join(cues))


def _cues(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """Yield line number, timing and text of each subtitle, which ends at an empty line or before the next timing."""
    cue: tuple[int, str] | None = None
    text: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        timing = "-->" in line
        if timing or not line.strip():
            if cue:
                # The number of the next one belongs to it, where no empty line is between them.
                yield *cue, "\n".join(text[:-1] if timing and text and text[-1].strip().isdecimal() else text)
            cue, text = ((number, line) if timing else None), []
        elif cue:
            text.append(line)


def _span(timing: str, place: str) -> tuple[float, float]:
    start, _, rest = timing.partition("-->")
    times = [start.strip(), *rest.split()[:1]]
    spans = [parse_time(text.replace(",", ".")) if _TIME.fullmatch(text) else None for text in times]
    if len(spans) < 2 or spans[0] is None or spans[1] is None:
        raise FileFormatError(f"{place}: expected hh:mm:ss,mmm --> hh:mm:ss,mmm, not {timing!r}")
    if spans[0] >= spans[1]:
        raise FileFormatError(f"{place}: the end must come after the start: {timing!r}")
    return spans[0], spans[1]


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{thousandths:03d}"
