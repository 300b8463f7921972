"""Opens whatever a person may name as a source: a camera, a video, pictures or an address."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from posknn.errors import SourceError
from posknn.tracking.camera import Camera
from posknn.tracking.images import SUFFIXES, ImageFolder, is_picture, natural
from posknn.tracking.video import VideoFile

__all__ = ["open_source", "videos_meant"]

_VIDEOS: Final = (
    *(".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
    *(".ogv", ".ts", ".webm", ".wmv"),
)
_TRACKS: Final = (".parquet",)

_FORMS = 'a source is a camera number (0), "camera", a video, a picture, a folder of pictures or a stream (rtsp://...)'


def open_source(spec: str | int | Path, *, mirrored: bool = False) -> Camera | VideoFile | ImageFolder:
    """Open a source by its name.

    spec: 0 or "0" for a camera by its number, "camera" for the first that works; the path of a video, a picture or
    a folder of pictures; an address such as rtsp://host/stream. A file of that name is meant by "./camera".
    mirrored: the source shows a mirror image; its frames are turned back.
    SourceError when it cannot be opened.
    """
    if isinstance(spec, str):
        spec = spec.strip()
        if not spec:
            raise SourceError(f"no source is named: {_FORMS}")
        if spec.isascii() and spec.isdigit():
            spec = int(spec)
    if isinstance(spec, int):
        return Camera(spec, mirrored=mirrored)
    if spec == "camera":
        return Camera(mirrored=mirrored)
    if isinstance(spec, str) and "://" in spec:
        if not spec.lower().startswith("file://"):
            return Camera(spec, mirrored=mirrored)
        spec = url2pathname(urlsplit(spec).path)
    return _open_path(Path(spec), mirrored)


def videos_meant(specs: Iterable[str]) -> list[str]:
    """Return the videos that somebody means: a folder of videos or tracks stands for those that are in it.

    In natural order, those in folders of the folder left out. A folder of pictures is one source; whatever is neither
    stays as it is. SourceError for a folder that holds both.
    """
    return [video for spec in specs for video in _inside(spec) or [spec]]


def _inside(spec: str) -> list[str]:
    folder = Path(spec)
    try:
        files = [file for file in folder.iterdir() if not file.name.startswith(".")] if folder.is_dir() else []
    except (OSError, ValueError):  # which is told when it is opened
        return []
    pictures = [file for file in files if file.suffix.lower() in SUFFIXES]
    videos = [file for file in files if file.suffix.lower() in (*_VIDEOS, *_TRACKS) and file.is_file()]
    if pictures and videos:
        raise SourceError(
            f"the folder {folder} holds pictures ({pictures[0].name}) and videos ({videos[0].name}): "
            f"name the files that are meant, such as {folder}/*{videos[0].suffix}"
        )
    return [str(file) for file in sorted(videos, key=natural)]


def _open_path(path: Path, mirrored: bool) -> VideoFile | ImageFolder:
    try:
        if not path.exists():
            raise SourceError(f"there is no {path}: {_FORMS}")
        pictures = path.is_dir() or (path.is_file() and is_picture(path))
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    return ImageFolder(path, mirrored=mirrored) if pictures else VideoFile(path, mirrored=mirrored)
