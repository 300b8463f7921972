"""Takes files that a browser sends: bounded, straight to disk, under names of our own making."""

from __future__ import annotations

import re
import shutil
import threading
import time
import unicodedata
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from posknn.errors import OutputError, SourceError
from posknn.files import WholeFile, output_error
from posknn.tracking.images import SUFFIXES as PICTURE_ENDINGS

__all__ = [
    "MOST_PICTURE",
    "MOST_VIDEO",
    "NAME_HEADER",
    "PICTURE_ENDINGS",
    "VIDEO_ENDINGS",
    "endpoint",
    "receive",
    "tidy",
]

NAME_HEADER: Final = "x-file-name"
"""The header with the name of the file, percent-encoded: a name in an address would stand in logs."""
VIDEO_ENDINGS: Final = (
    *(".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"),
    *(".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
)
MOST_VIDEO: Final = 8 * 2**30
MOST_PICTURE: Final = 64 * 2**20

_PIECE: Final = 2**20
_LEFT_FREE: Final = 256 * 2**20
_LONGEST: Final = 60
_STALE: Final = 3600.0  # seconds

_lock = threading.Lock()
_arriving: set[Path] = set()
"""Files that are on their way: two of one name may be at once."""


async def receive(
    parts: AsyncIterable[bytes],
    folder: Path,
    name: str,
    *,
    endings: Sequence[str] = VIDEO_ENDINGS,
    most: int = MOST_VIDEO,
    length: int | None = None,
) -> Path:
    """Write what arrives into a file of the folder, which is made when missing, and return its path.

    name: what the file is called there, of which no more is kept than letters, digits and a known ending; it gets a
    number where the folder has such a file. endings: those that are taken. most, length: bytes that are taken, and
    that are announced. The file appears whole or not at all. SourceError for an empty, too large or unknown one,
    OutputError when there is no room.
    """
    stem, ending = _own_name(name, endings)
    if length is not None and length > most:
        raise _too_large(most)
    file = await run_in_threadpool(_opened, folder, stem, ending, length or 0)
    try:
        await _write(parts, file, most)
    finally:
        _arriving.discard(file.path)
    return file.path


async def _write(parts: AsyncIterable[bytes], file: WholeFile, most: int) -> None:
    taken, waiting = 0, bytearray()
    with file as partial, partial.open("xb") as out:
        async for part in parts:
            taken += len(part)
            if taken > most:
                raise _too_large(most)
            waiting += part
            if len(waiting) >= _PIECE:
                await run_in_threadpool(out.write, bytes(waiting))
                waiting.clear()
        if not taken:
            raise SourceError("the file is empty (0 bytes)")
        await run_in_threadpool(out.write, bytes(waiting))


def endpoint(
    folder: Path,
    then: Callable[[Path], Any],
    *,
    endings: Sequence[str] = VIDEO_ENDINGS,
    most: int = MOST_VIDEO,
) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a PUT: the file becomes one of the folder, and the answer is what `then` makes of its path.

    The name is in the header `x-file-name`. Whoever leaves halfway leaves nothing behind.
    """

    async def put(request: Request) -> Response:
        name = unquote(request.headers.get(NAME_HEADER, ""))
        said = request.headers.get("content-length", "")
        length = int(said) if said.isascii() and said.isdigit() else None
        try:
            path = await receive(request.stream(), folder, name, endings=endings, most=most, length=length)
        except ClientDisconnect:
            return Response(status_code=400)
        return JSONResponse(await run_in_threadpool(then, path))

    return put


def tidy(folder: Path) -> None:
    """Delete what was on its way into a folder when an earlier studio was killed, so that it does not fill the disk."""
    for part in folder.glob(".*.part"):
        with suppress(OSError):
            if part.is_file() and time.time() - part.stat().st_mtime > _STALE:
                part.unlink()


def _own_name(name: str, endings: Sequence[str]) -> tuple[str, str]:
    """Return a stem of letters, digits, - and _, and one of the endings; SourceError for another ending."""
    stem, dot, ending = name.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
    ending = f".{ending.lower()}"
    if not dot or ending not in endings:
        raise SourceError(f"this is no file that is taken here: its name has to end in {', '.join(endings)}")
    words = re.findall(r"\w+", unicodedata.normalize("NFC", stem))
    short = "-".join(words).encode()[:_LONGEST].decode(errors="ignore")
    return short or "upload", ending


def _opened(folder: Path, stem: str, ending: str, length: int) -> WholeFile:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise output_error(folder, error) from error
    if free - length < _LEFT_FREE:
        raise OutputError(f"there is no room for this file: {free // 2**20} MB are free where {folder} is")
    with _lock:
        number, path = 1, folder / f"{stem}{ending}"
        while path.exists() or path in _arriving:
            number += 1
            path = folder / f"{stem}-{number}{ending}"
        file = WholeFile(path)
        _arriving.add(path)
    return file


def _too_large(most: int) -> SourceError:
    return SourceError(f"the file is too large: at most {most // 2**20} MB are taken")
