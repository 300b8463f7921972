"""Walk through JSON piece by piece, so that a large or an odd file does not fill the memory with Python objects."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator
from typing import Final

from posknn.errors import FileFormatError
from posknn.storage.reading import parse_json

__all__ = ["Scanner"]

_STRING: Final = rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"'
_NUMBER: Final = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_KEY: Final = re.compile(_STRING)
_COLON: Final = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+")
# Whatever a value is made of: text, a bracket, or anything else up to the next of these.
_PIECE: Final = re.compile(_STRING + rb'|[\[\]{}]|[^"\[\]{},]++|,')
_ITEM: Final = re.compile(rb"[ \t\r\n]*+(" + _NUMBER + rb"|null)[ \t\r\n]*+([,\]])")
_MEMBER: Final = re.compile(
    rb'[ \t\r\n]*+"(0|[1-9][0-9]{0,9})"[ \t\r\n]*+:[ \t\r\n]*+(' + _NUMBER + rb"|null)[ \t\r\n]*+([,}])"
)
_SHORT: Final = 2**16


class Scanner:
    """A place in a JSON text, which the methods read on from. FileFormatError names line and column.

    Values that nobody asks for are passed over without a look at their grammar.
    """

    def __init__(self, content: bytes, path: str | os.PathLike[str]) -> None:
        self._content = content.removeprefix(b"\xef\xbb\xbf")
        self._path = path
        self._at = self._space(0)

    @property
    def next(self) -> str:
        """The character that the next value begins with; empty at the end."""
        return self._content[self._at : self._at + 1].decode("latin-1")

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that comes next; the caller reads each value before asking for the next key."""
        self._expect(b"{")
        if self._passed(b"}"):
            return
        while True:
            key = _KEY.match(self._content, self._at)
            if key is None:
                raise self._wrong("a key in double quotes")
            name = parse_json(key[0], self._path)
            colon = _COLON.match(self._content, key.end())
            if colon is None:
                raise self._wrong("a colon after the key", key.end())
            self._at = colon.end()
            yield str(name)
            if not self._passed(b","):
                self._expect(b"}")
                return

    def items(self) -> Iterator[int]:
        """Yield the numbers of the items of the list that comes next; the caller reads each before the next."""
        self._expect(b"[")
        if self._passed(b"]"):
            return
        number = 0
        while True:
            yield number
            number += 1
            if not self._passed(b","):
                self._expect(b"]")
                return

    def value(self, what: str) -> object:
        """Return the value that comes next, which must be short. what: names it in the error."""
        start = self._at
        self.skip()
        if self._at - start > _SHORT:
            raise FileFormatError(f"{self._path}: {what}: far too long")
        return parse_json(self._content[start : self._at], f"{self._path}: {what}")

    def skip(self) -> None:
        """Pass over the value that comes next, however deep it is."""
        depth = 0
        while True:
            piece = _PIECE.match(self._content, self._at)
            if piece is None or (piece[0] == b"," and not depth):
                raise self._wrong("a value")
            depth += (piece[0] in b"[{") - (piece[0] in b"]}")
            if depth < 0:
                raise self._wrong("a value")
            self._at = piece.end()
            if not depth:
                self._at = self._space(self._at)
                return

    def numbers(self, place: str) -> tuple[array[float], array[int] | None]:
        """Return the numbers that come next: of a list, or of an object whose keys are whole numbers, and its keys.

        They are float32, infinite where that cannot hold them; null is 0, as in ml5. place: names them in the error.
        """
        keyed = self.next == "{"
        if not keyed and self.next != "[":
            raise FileFormatError(f"{self._path}: {place}: expected an object or list of numbers")
        self._at = self._space(self._at + 1)
        values, keys = array("f"), array("q") if keyed else None
        if self._passed(b"}" if keyed else b"]"):
            return values, keys
        pattern = _MEMBER if keyed else _ITEM
        more = b","
        while more == b",":
            found = pattern.match(self._content, self._at)
            if found is None:
                expected = 'the keys "0", "1", ... and numbers only' if keyed else "numbers only"
                raise self._wrong(expected, place=place)
            *key, number, more = found.groups()
            values.append(0.0 if number == b"null" else float(number))
            if keys is not None:
                keys.append(int(key[0]))
            self._at = found.end()
        self._at = self._space(self._at)
        return values, keys

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._at < len(self._content):
            raise self._wrong("nothing more")

    def _space(self, at: int) -> int:
        found = _SPACE.match(self._content, at)
        return found.end() if found else at

    def _passed(self, sign: bytes) -> bool:
        if not self._content.startswith(sign, self._at):
            return False
        self._at = self._space(self._at + 1)
        return True

    def _expect(self, sign: bytes) -> None:
        if not self._passed(sign):
            raise self._wrong(f"a {sign.decode()}")

    def _wrong(self, expected: str, at: int | None = None, place: str = "") -> FileFormatError:
        at = self._at if at is None else at
        line = self._content.count(b"\n", 0, at) + 1
        column = at - self._content.rfind(b"\n", 0, at)
        found = "the end of the file" if at >= len(self._content) else repr(self._content[at : at + 12])[1:]
        where = f"line {line}, column {column}"
        if place:
            return FileFormatError(f"{self._path}: {place}: expected {expected}, not {found} ({where})")
        return FileFormatError(f"{self._path}, {where}: not JSON: expected {expected}, not {found}")
