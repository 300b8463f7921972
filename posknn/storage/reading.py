"""Read a whole file, or say in one line why that cannot be done."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

from posknn.errors import FileFormatError

__all__ = ["parse_json", "read_bytes", "read_first_line", "read_text"]

_FIRST = 2**16  # more than any first line of ours has


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


def read_text(path: str | os.PathLike[str]) -> str:
    """Return UTF-8 text, with or without a byte order mark, its line ends as they are; FileFormatError for other."""
    return _text(read_bytes(path), path)


def parse_json(content: bytes, path: str | os.PathLike[str]) -> object:
    """Return the value of strict JSON; FileFormatError for other content. path: named in the error."""
    text = _text(content, path)
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise FileFormatError(f"{path}: brackets inside brackets too deep to be a file of this kind") from None
    except json.JSONDecodeError as error:
        raise FileFormatError(f"{path}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from None
    except ValueError as error:  # a number of thousands of digits, or NaN and Infinity, which JSON does not have
        raise FileFormatError(f"{path}: not JSON: {error}") from None


def _text(content: bytes, path: str | os.PathLike[str]) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path}: not UTF-8 text: byte {error.start} cannot be read") from None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")
