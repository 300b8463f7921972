"""Read and write segments as an ELAN annotation document (.eaf), a tier for each person.

Format: EAF 3.0, https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from posknn.errors import FileFormatError
from posknn.files import write_text
from posknn.storage.clip import Clip
from posknn.storage.formats.tiers import Tier, person_of, tiers_of, written
from posknn.storage.reading import read_bytes
from posknn.values import Segment

__all__ = ["read", "write"]

_DATE: Final = "1970-01-01T00:00:00+00:00"
"""The same for every file, so that the same segments give the same bytes."""
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<ANNOTATION_DOCUMENT AUTHOR="posknn" DATE="{_DATE}" FORMAT="3.0" VERSION="3.0"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n'
)
_TYPE: Final = "default-lt"
_FOOT: Final = (
    f'    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="{_TYPE}" TIME_ALIGNABLE="true"/>\n'
    "</ANNOTATION_DOCUMENT>\n"
)
_MIME: Final = {".mp4": "video/mp4", ".mov": "video/quicktime", ".avi": "video/x-msvideo", ".mpg": "video/mpeg"}


def read(path: str | os.PathLike[str]) -> list[Segment]:
    """Return a segment per annotation that has times of its own, of all tiers, in order of time.

    The tier "Person 3" is person 3, other tiers are anybody. Annotations without text, and those that only refer to
    others, are left alone. FileFormatError names the line.
    """
    document = _Document(str(path))
    document.parse(read_bytes(path))
    return sorted(document.segments(), key=lambda segment: segment.start)


def write(segments: Iterable[Segment], path: str | os.PathLike[str], clip: Clip | None = None) -> None:
    """Write an annotation per segment, to the millisecond, and the name of the video if it is given.

    Confidence and neighbors have no place in the format, and a label that is a number becomes text. OutputError when
    the file cannot be written or a label is no text.
    """
    tiers = tiers_of(segments)
    times = sorted((time, which, tier, number) for which in (0, 1) for tier, number, time in _times(tiers, which))
    slots = {(tier, number, which): f"ts{place}" for place, (_, which, tier, number) in enumerate(times, 1)}
    order = "".join(
        f'        <TIME_SLOT TIME_SLOT_ID="ts{place}" TIME_VALUE="{time}"/>\n'
        for place, (time, *_) in enumerate(times, 1)
    )
    body, count = [], 0
    for row, tier in enumerate(tiers):
        body.append(f'    <TIER LINGUISTIC_TYPE_REF="{_TYPE}" TIER_ID={quoteattr(tier.name)}>\n')
        for number, (_, _, segment) in enumerate(tier.spans):
            count += 1
            body.append(
                f'        <ANNOTATION>\n            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{count}"'
                f' TIME_SLOT_REF1="{slots[row, number, 0]}" TIME_SLOT_REF2="{slots[row, number, 1]}">\n'
                f"                <ANNOTATION_VALUE>{_text(written(segment.label, path))}</ANNOTATION_VALUE>\n"
                "            </ALIGNABLE_ANNOTATION>\n        </ANNOTATION>\n"
            )
        body.append("    </TIER>\n")
    header = f'{_media(clip)}        <PROPERTY NAME="lastUsedAnnotationId">{count}</PROPERTY>\n'
    write_text(
        path,
        f'{_HEAD}    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n{header}    </HEADER>\n'
        f"    <TIME_ORDER>\n{order}    </TIME_ORDER>\n{''.join(body)}{_FOOT}",
    )


def _times(tiers: list[Tier], which: int) -> Iterable[tuple[int, int, int]]:
    for row, tier in enumerate(tiers):
        for number, (start, end, _) in enumerate(tier.spans):
            yield row, number, (start, end)[which]


def _text(label: str) -> str:
    return escape(label, {"\r": "&#13;"})


def _media(clip: Clip | None) -> str:
    if clip is None:
        return ""
    kind = _MIME.get(os.path.splitext(clip.name)[1].lower(), "unknown")  # noqa: PTH122  # a name, no path
    relative = f"./{quote(clip.name)}"
    return (
        f"        <MEDIA_DESCRIPTOR MEDIA_URL={quoteattr(f'file:///{quote(clip.name)}')} MIME_TYPE={quoteattr(kind)}"
        f" RELATIVE_MEDIA_URL={quoteattr(relative)}/>\n"
    )


class _Document:
    """What an .eaf says, found while it is parsed, each thing with its line."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse
        self._slots: dict[str, float | None] = {}
        self._found: list[tuple[int, str, str, str, str]] = []  # line, tier, first slot, second slot, text
        self._origin: float | None = None
        self._tier = ""
        self._annotation: tuple[int, str, str] | None = None
        self._text: list[str] | None = None
        self._root = False

    def parse(self, content: bytes) -> None:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            words = expat.errors.messages[error.code]
            raise FileFormatError(f"{self._path}, line {error.lineno}: not XML: {words}") from None

    def segments(self) -> Iterable[Segment]:
        for line, tier, first, second, text in self._found:
            for slot in (first, second):
                if slot not in self._slots:
                    raise FileFormatError(f"{self._path}, line {line}: there is no time slot {slot!r}")
            start, end = self._slots[first], self._slots[second]
            if start is None or end is None or not text.strip():
                continue
            if not start < end:
                raise FileFormatError(
                    f"{self._path}, line {line}: the annotation {text.strip()!r} ends where it starts"
                )
            start, end = ((time + (self._origin or 0.0)) / 1000 for time in (start, end))
            if start < 0:
                raise FileFormatError(f"{self._path}, line {line}: the annotation is before the video begins")
            yield Segment(start, end, text.strip(), person=person_of(tier))

    def _start(self, name: str, said: dict[str, str]) -> None:
        if not self._root and name != "ANNOTATION_DOCUMENT":
            raise self._wrong(f"expected an ELAN document, not {name}")
        self._root = True
        if name == "HEADER" and said.get("TIME_UNITS", "milliseconds") != "milliseconds":
            raise self._wrong(f"times are in {said['TIME_UNITS']}; save it with milliseconds")
        if name == "MEDIA_DESCRIPTOR" and self._origin is None:  # the first one is the master
            self._origin = self._number(said.get("TIME_ORIGIN", "0"))
        elif name == "TIME_SLOT":
            value = said.get("TIME_VALUE")
            self._slots[said.get("TIME_SLOT_ID", "")] = None if value is None else self._number(value)
        elif name == "TIER":
            self._tier = said.get("TIER_ID", "")
        elif name == "ALIGNABLE_ANNOTATION":
            line = self._parser.CurrentLineNumber
            self._annotation = (line, said.get("TIME_SLOT_REF1", ""), said.get("TIME_SLOT_REF2", ""))
        elif name == "ANNOTATION_VALUE":
            self._text = []

    def _end(self, name: str) -> None:
        if name == "ANNOTATION_VALUE" and self._annotation and self._text is not None:
            line, first, second = self._annotation
            self._found.append((line, self._tier, first, second, "".join(self._text)))
        if name == "ALIGNABLE_ANNOTATION":
            self._annotation = None
        if name == "ANNOTATION_VALUE":
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _number(self, text: str) -> float:
        if not text.strip().lstrip("-").isdecimal() or len(text) > 15:
            raise self._wrong(f"expected milliseconds, not {text!r}")
        return float(text)

    def _refuse(self, *_: object) -> None:
        raise self._wrong("it defines entities, which no ELAN file does")

    def _wrong(self, words: str) -> FileFormatError:
        return FileFormatError(f"{self._path}, line {self._parser.CurrentLineNumber}: {words}")
