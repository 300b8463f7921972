"""One JSON text and the arrays it describes in a zip file: same content, same bytes, nothing pickled."""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
import zipfile
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from posknn.errors import FileFormatError
from posknn.files import WholeFile
from posknn.storage.reading import parse_json, read_bytes

__all__ = ["open_zip", "read_archive", "write_archive"]

Array = npt.NDArray[np.generic]

_TAIL = 2**16 + 22
_LIST = 2**15
_HEAD = "posknn.json"
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(<f4|<f8|<i8)', 'fortran_order': False, 'shape': \(([0-9, ]{2,60})\), \} *\n",
    re.DOTALL,
)
# What zipfile raises on damaged files, apart from its own BadZipFile; the message says nothing that helps a user.
_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error)


def write_archive(path: str | os.PathLike[str], head: Mapping[str, object], arrays: Mapping[str, Array]) -> None:
    """Write a file that `read_archive` reads; arrays are float32, float64 or int64.

    OutputError when the file cannot be written, ValueError for a head that JSON cannot hold.
    """
    try:
        text = json.dumps(head, indent=1, sort_keys=True, allow_nan=False)
    except TypeError as error:
        raise ValueError(f"JSON cannot hold this: {error}") from error
    with WholeFile(path) as temporary, zipfile.ZipFile(temporary, "w", strict_timestamps=True) as archive:
        _add(archive, _HEAD, text.encode())
        for name, array in sorted(arrays.items()):
            content = io.BytesIO()
            little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            np.lib.format.write_array(content, little, (1, 0), allow_pickle=False)
            _add(archive, f"{name}.npy", content.getvalue())


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, object], dict[str, Array]]:
    """Return the head and the arrays by name; FileFormatError for a damaged file or one of another kind.

    The size of every member is checked before memory is taken for it: a file cannot claim more than it brings.
    """
    content = read_bytes(path)
    try:
        members = _members(content)
    except _DAMAGE as error:
        reason = (str(error).splitlines() or ["it ends too early"])[0]
        raise FileFormatError(f"{path}: damaged or no posknn classifier file: {reason}") from None
    if _HEAD not in members:
        raise FileFormatError(f"{path}: not a posknn classifier file: it holds no {_HEAD}")
    head = parse_json(members.pop(_HEAD), f"{path}: {_HEAD}")
    if not isinstance(head, dict):
        raise FileFormatError(f"{path}: {_HEAD}: expected an object")
    arrays = {}
    for name, member in members.items():
        try:
            arrays[name.removesuffix(".npy")] = _array(member)
        except ValueError as error:
            raise FileFormatError(f"{path}: {name}: {error}") from None
    return head, arrays


def open_zip(content: bytes) -> zipfile.ZipFile:
    """Open a zip file. ValueError, or what zipfile raises, when it is damaged or has hundreds of members.

    The list of the members stands at the end and takes ten times its length in memory, so it is measured first.
    """
    end = content.rfind(b"PK\x05\x06", -_TAIL)
    if end < 0 or len(content) < end + 22:
        raise ValueError("it ends too early")
    if int.from_bytes(content[end + 12 : end + 16], "little") > _LIST:
        raise ValueError("it has more members than such a file ever has")
    return zipfile.ZipFile(io.BytesIO(content))


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name)  # dated 1980, whenever it is written
    member.create_system = 3  # the same on Windows
    member.external_attr = 0o644 << 16
    archive.writestr(member, content, zipfile.ZIP_STORED)


def _members(content: bytes) -> dict[str, bytes]:
    with open_zip(content) as archive:
        members = archive.infolist()
        if len({member.filename for member in members}) < len(members):
            raise ValueError("two members have one name")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("a member is compressed, which posknn never does")
        if sum(member.file_size for member in members) > len(content):
            raise ValueError("the members claim to be larger than the file")
        return {member.filename: archive.read(member) for member in members}


def _array(content: bytes) -> Array:
    header = _NPY.match(content)
    if header is None or header.end() != 10 + int.from_bytes(content[8:10], "little"):
        raise ValueError("expected an array of float32, float64 or int64 in .npy format 1.0")
    try:
        shape = tuple(int(size) for size in header[2].split(b",") if size.strip())
    except ValueError:
        raise ValueError("the shape of the array cannot be read") from None
    dtype = np.dtype(header[1].decode())
    if math.prod(shape) * dtype.itemsize != len(content) - header.end():
        raise ValueError(f"an array of shape {shape} and type {dtype} has another size than the file holds")
    try:
        array: Array = np.ndarray(shape, dtype, content, header.end()).astype(dtype.newbyteorder("="))
    except OverflowError:  # a dimension that no array can have, beside one of 0
        raise ValueError(f"no array has the shape {shape}") from None
    return array
