"""Brings a source named by an address, such as s3://bucket/film.mp4, onto this machine while it is worked on."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from posknn.errors import MissingPackageError, SourceError
from posknn.tracking.model_files import sha256

__all__ = ["content_of", "fetched", "is_remote", "local_path", "state_of"]

_STREAMS: Final = ("rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "mms", "tcp", "srt")


def is_remote(source: str) -> bool:
    """Say whether a source is the address of a file elsewhere; a live stream is none."""
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    return bool(scheme) and scheme != "file" and scheme not in _STREAMS


@contextmanager
def fetched(source: str, folder: Path) -> Iterator[str]:
    """Give the path of a source on this machine; a copy in `folder` for the time of the block when it is elsewhere.

    SourceError when it cannot be fetched, MissingPackageError without fsspec or the package for that kind of address.
    """
    if not is_remote(source):
        yield local_path(source)
        return
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as place:
        copy = Path(place) / (Path(urlsplit(source).path).name or "video")
        files, path = _file_system(source)
        try:
            files.get_file(path, str(copy))
        except (OSError, ValueError) as error:
            raise _unreachable(source, error) from error
        yield str(copy)


def state_of(source: str) -> str:
    """Return what changes when a source is changed, as far as can be told without reading it; "" when nothing can."""
    if is_remote(source):
        files, path = _file_system(source)
        try:
            return str(files.ukey(path))
        except (OSError, ValueError, NotImplementedError):
            return ""
    try:
        states = [(file.name, file.stat()) for file in _files(Path(local_path(source)))]
    except OSError:
        return ""
    return repr([(name, state.st_size, state.st_mtime_ns) for name, state in states])


def local_path(source: str) -> str:
    """Return the path that a file:// address names; other sources as they are."""
    return url2pathname(urlsplit(source).path) if source.lower().startswith("file://") else source


def content_of(source: str) -> str:
    """Return the sha256 of a file, or of the files of a folder, in hexadecimal; OSError when it cannot be read."""
    path = Path(source)
    if path.is_file():
        return sha256(path)
    whole = hashlib.sha256()
    for file in _files(path):
        whole.update(f"{file.name}\0{sha256(file)}\0".encode())
    return whole.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]


def _file_system(source: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise MissingPackageError(
            f"{source} is on another machine: pip install 'posknn[dask]' brings what fetches it"
        ) from None
    try:
        files, path = fsspec.core.url_to_fs(source)
    except ImportError as error:  # it names the package: s3fs, gcsfs, adlfs
        raise MissingPackageError(f"{source}: {error}") from None
    except (OSError, ValueError) as error:
        raise _unreachable(source, error) from error
    return files, str(path)


def _unreachable(source: str, error: Exception) -> SourceError:
    return SourceError(f"cannot fetch {source}: {' '.join(str(error).split()) or type(error).__name__}")
