"""Read and write segments as a Praat TextGrid, an interval tier for each person.

Format: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.
"""

from __future__ import annotations

import codecs
import math
import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.clip import Clip
from posknn.storage.formats.tiers import Tier, person_of, tier_name, tiers_of, written
from posknn.storage.reading import read_bytes
from posknn.values import Segment

__all__ = ["read", "write"]

# Only texts, and numbers and flags that stand by themselves count; all else in the file is there for people.
_TOKEN: Final = re.compile(
    r'"((?:[^"]|"")*)"|(?<!\S)(-?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)(?!\S)|(<exists>)|![^\n]*'
)

_Token = tuple[int, str | float]


def read(path: str | os.PathLike[str]) -> list[Segment]:
    """Return a segment per interval that has a text, of all tiers, in order of time; long or short, UTF-8 or UTF-16.

    The tier "Person 3" is person 3, other tiers are anybody; point tiers are left alone. FileFormatError names the
    line.
    """
    tokens = _Tokens(path)
    if tokens.text() != "ooTextFile" or tokens.text() != "TextGrid":
        raise tokens.wrong("expected a TextGrid")
    tokens.number(), tokens.number()  # where it begins and ends
    if not tokens.flag():
        return []
    segments: list[Segment] = []
    for _ in range(tokens.count()):
        kind, name = tokens.text(), tokens.text()
        if kind not in ("IntervalTier", "TextTier"):
            raise tokens.wrong(f"expected IntervalTier or TextTier, not {kind!r}")
        tokens.number(), tokens.number()
        for _ in range(tokens.count()):
            start = tokens.number()
            end = tokens.number() if kind == "IntervalTier" else start
            label = tokens.text().strip()
            if label and kind == "IntervalTier":
                if not 0 <= start < end:
                    raise tokens.wrong(f"the interval {label!r} must end after it starts, and start at 0 or later")
                segments.append(Segment(start, end, label, person=person_of(name)))
    return sorted(segments, key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str], clip: Clip | None = None) -> None:
    """Write an interval per segment, to the millisecond, and one without text in between.

    clip: says how long the file is, else it ends with the last segment. Confidence and neighbors have no place in the
    format, and a label that is a number becomes text. OutputError when it cannot be written or a label is no text.
    """
    tiers = tiers_of(segments) or [Tier(tier_name(None))]
    last = max((end for tier in tiers for _, end, _ in tier.spans), default=1)
    last = max(last, math.ceil(1000 * clip.duration)) if clip else last
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_seconds(last)}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for place, tier in enumerate(tiers, 1):
        intervals = list(_intervals(tier, last, path))
        lines += [f"    item [{place}]:", '        class = "IntervalTier"', f'        name = "{tier.name}"']
        lines += ["        xmin = 0", f"        xmax = {_seconds(last)}", f"        intervals: size = {len(intervals)}"]
        for number, (start, end, text) in enumerate(intervals, 1):
            lines += [f"        intervals [{number}]:", f"            xmin = {_seconds(start)}"]
            lines += [f"            xmax = {_seconds(end)}", f'            text = "{text}"']
    write_text(path, "".join(f"{line}\n" for line in lines))


def _intervals(tier: Tier, last: int, path: str | os.PathLike[str]) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and text from 0 to the end without a gap."""
    free = 0
    for start, end, segment in tier.spans:
        if start > free:
            yield free, start, ""
        yield start, end, written(segment.label, path).replace('"', '""')
        free = end
    if free < last:
        yield free, last, ""


def _seconds(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds}.{thousandths:03d}".rstrip("0").rstrip(".")


class _Tokens:
    """The texts, numbers and flags of a file, one after the other."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._content = _text(path)
        self._found = _TOKEN.finditer(self._content)
        self._place = 0

    def text(self) -> str:
        """Return the text that is next."""
        token = self._next()
        if token[1] is None:
            raise self.wrong(f"expected a text in quotes, not {token[0]}")
        return str(token[1]).replace('""', '"')

    def number(self) -> float:
        """Return the number that is next, finite."""
        token = self._next()
        if token[2] is None or not math.isfinite(float(token[2])):
            raise self.wrong(f"expected a number, not {token[0]}")
        return float(token[2])

    def count(self) -> int:
        """Return the whole number that is next."""
        number = self.number()
        if number != int(number) or number < 0:
            raise self.wrong(f"expected how many there are, not {number:g}")
        return int(number)

    def flag(self) -> bool:
        """Say whether the flag that is next is <exists>; a file without tiers has another one or none."""
        return any(token[3] for token in self._found)

    def wrong(self, words: str) -> FileFormatError:
        """Return the error for what came last."""
        line = self._content.count("\n", 0, self._place) + 1
        return FileFormatError(f"{self._path}, line {line}: {words}")

    def _next(self) -> re.Match[str]:
        for token in self._found:
            if token[0].startswith("!"):  # a remark
                continue
            self._place = token.start()
            return token
        self._place = len(self._content.rstrip())
        raise self.wrong("the file ends in the middle")


def _text(path: str | os.PathLike[str]) -> str:
    content = read_bytes(path)
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path}: neither UTF-8 nor UTF-16 text: byte {error.start} cannot be read") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
