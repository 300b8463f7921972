"""Read single NumPy arrays from files nobody vouches for: nothing unpickled, no memory that the file does not fill."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final

import numpy as np
import numpy.typing as npt

from posknn.storage.reading import check_growth

__all__ = ["Stored", "floats_of", "stored", "values_of"]

_BLOCK: Final = 2**20
_LONGEST: Final = 2**12
_HEADER: Final = re.compile(
    rb"\x93NUMPY(?:\x01\x00..|\x02\x00....)\{'descr': '([<>|=][a-zA-Z][0-9]{0,9})', "
    rb"'fortran_order': (True|False), 'shape': \(([0-9, ]{0,99})\),? *\} *\n",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An array in a file. start: opens it. at: where its numbers begin. size: of the whole file. place: for errors."""

    start: Callable[[], IO[bytes]]
    at: int
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran: bool
    size: int
    place: str


def stored(start: Callable[[], IO[bytes]], length: int, size: int, place: str) -> Stored:
    """Return what the header of an array says. length: bytes that the array's file claims to have.

    ValueError when it is no array, one of Python objects, or one that the file is too short or too long for.
    """
    with start() as stream:
        head = stream.read(_LONGEST)
    header = _HEADER.match(head)
    if header is None:
        raise ValueError(f"{place}: not an array of .npy format 1.0 or 2.0, or not of plain numbers or text")
    kind, order, sides = (part.decode("latin-1") for part in header.groups())
    if kind == "|O":
        raise ValueError(f"{place}: Python objects, which could run code when read; save text as y.astype(str)")
    try:
        dtype, shape = np.dtype(kind), tuple(int(side) for side in sides.split(",") if side.strip())
    except (TypeError, ValueError):
        raise ValueError(f"{place}: its header cannot be read") from None
    at, fortran = header.end(), order == "True"
    if math.prod(shape) * dtype.itemsize != length - at:
        raise ValueError(f"{place}: an array of shape {shape} and type {dtype} does not fit the {length} bytes it has")
    return Stored(start, at, shape, dtype, fortran, size, place)


def values_of(array: Stored) -> npt.NDArray[np.generic]:
    """Return an array of anything but objects. FileFormatError for one that is far larger than its file."""
    count = math.prod(array.shape)
    check_growth(count * (2 * array.dtype.itemsize + 100), array.size, array.place)
    with array.start() as stream:
        stream.read(array.at)
        content = _exactly(stream, count * array.dtype.itemsize)
    if array.dtype.kind == "U" and (np.frombuffer(content, f"{array.dtype.byteorder}u4") > sys.maxunicode).any():
        raise ValueError(f"{array.place}: damaged: a character that does not exist")
    values = np.frombuffer(content, array.dtype)
    return values.reshape(array.shape, order="F" if array.fortran else "C")


def floats_of(array: Stored, target: npt.NDArray[np.float32]) -> None:
    """Write an array of numbers, row by row, into `target`: float32, (n, ...) of as many numbers a row.

    ValueError for what are no numbers, or too large for float32.
    """
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{array.place}: expected numbers, not {array.dtype}")
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold becomes infinity, as it should
        _fill(array, target)


def _fill(array: Stored, target: npt.NDArray[np.float32]) -> None:
    if array.fortran or not target.size:
        check_growth(3 * math.prod(array.shape) * array.dtype.itemsize, array.size, array.place)
        target[:] = values_of(array).reshape(target.shape)
        _check_finite(target, 0, array.place)
        return
    row = math.prod(target.shape[1:]) * array.dtype.itemsize
    step = max(_BLOCK // row, 1)
    with array.start() as stream:
        stream.read(array.at)
        for first in range(0, len(target), step):
            part = target[first : first + step]
            part[:] = np.frombuffer(_exactly(stream, len(part) * row), array.dtype).reshape(part.shape)
            _check_finite(part, first, array.place)


def _check_finite(part: npt.NDArray[np.float32], first: int, place: str) -> None:
    wrong = np.flatnonzero(np.isinf(part).reshape(len(part), -1).any(axis=1))
    if len(wrong):
        raise ValueError(f"{place}: row {first + wrong[0]} holds a number that is infinite or beyond float32")


def _exactly(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise ValueError("it ends too early")
    return content
