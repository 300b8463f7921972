"""Read a file without taking more memory than it is worth, or say in one line why that cannot be done."""

from __future__ import annotations

import codecs
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

from posknn.errors import FileFormatError

__all__ = ["check_growth", "parse_json", "read_bytes", "read_first_line", "read_lines", "read_text"]

_FIRST = 2**16  # more than any first line of ours has
_LINE = 2**17  # a line of a thousand keypoints is half as long
_GROWTH = 9  # and the rest of ten goes to what is not counted
_COMPRESSED = 100
_SMALL = 2**22


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return what is in a file; FileFormatError when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror or error}") from error


def read_first_line(path: str | os.PathLike[str]) -> bytes:
    """Return the first line of a file that is not blank, without a byte order mark; FileFormatError as in `read_bytes`.

    Of a very long line only the beginning, so that looking at a large file of another kind takes no time.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(_FIRST)
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror or error}") from error
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    return next((line for line in lines if line.strip()), b"")


def check_growth(needed: int, size: int, place: str, *, compressed: bool = False) -> None:
    """Refuse what would take much more memory than the file it comes from; FileFormatError names the place.

    needed: bytes of memory. size: bytes of the file. No file of somebody's work is that dense; one made to fill the
    memory is. Four megabytes are always granted. compressed: for a format that always is, such as Parquet, in which
    honest tables of few or rounded numbers are dense too: a hundred times the size, and 64 MB always.
    """
    granted = _COMPRESSED * size + 16 * _SMALL if compressed else _GROWTH * size + _SMALL
    if needed > granted:
        raise FileFormatError(
            f"{place}: refused: {needed // 2**20} MB of memory for a file of {max(size // 2**10, 1)} KB; "
            "if you trust it, save it uncompressed"
        )


def read_lines(path: str | os.PathLike[str]) -> Iterator[str]:
    """Yield the lines of UTF-8 text with their ends, without a byte order mark; FileFormatError as in `read_text`."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            for number in itertools.count(1):
                line = file.readline(_LINE)
                if not line:
                    return
                if len(line) == _LINE:
                    raise FileFormatError(f"{path}, line {number}: longer than the line of any table of poses")
                yield line
    except UnicodeDecodeError:
        read_text(path)  # raises, and knows at which byte of the file
        raise
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror or error}") from error


def read_text(path: str | os.PathLike[str]) -> str:
    """Return UTF-8 text, with or without a byte order mark, its line ends as they are; FileFormatError for other."""
    return _text(read_bytes(path), path)


def parse_json(content: bytes, path: str | os.PathLike[str]) -> object:
    """Return the value of strict JSON; FileFormatError for other content. path: named in the error."""
    _check_objects(content, path)
    text = _text(content, path)
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise FileFormatError(f"{path}: brackets inside brackets too deep to be a file of this kind") from None
    except json.JSONDecodeError as error:
        raise FileFormatError(f"{path}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from None
    except ValueError as error:  # a number of thousands of digits, or NaN and Infinity, which JSON does not have
        raise FileFormatError(f"{path}: not JSON: {error}") from None


def _check_objects(content: bytes, path: str | os.PathLike[str]) -> None:
    """Refuse JSON whose values are so short and so many that as Python objects they would fill the memory."""
    lists, objects, quotes, commas = (content.count(sign) for sign in (b"[", b"{", b'"', b","))
    check_growth(96 * lists + 232 * objects + 30 * quotes + 40 * commas + 5 * len(content), len(content), str(path))


def _text(content: bytes, path: str | os.PathLike[str]) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path}: not UTF-8 text: byte {error.start} cannot be read") from None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")
