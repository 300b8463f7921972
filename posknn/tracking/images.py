"""Pictures, one or a folder of them, as a source of frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np

from posknn.errors import SourceError
from posknn.tracking.decoding import Picture, over_grey
from posknn.tracking.quiet import quiet
from posknn.values import Frame

__all__ = ["SUFFIXES", "ImageFolder", "is_picture", "natural"]

SUFFIXES: Final = (
    *(".avif", ".bmp", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"),
    *(".tif", ".tiff", ".webp"),
)
"""The endings, in lower case, of the files in a folder that are taken for pictures; a .gif is a video."""

_JPEG: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SIGNATURES: Final = (_JPEG, _PNG, b"BM", b"II*\0", b"MM\0*")
_STREAMS_OF_JPEG: Final = (".mjpg", ".mjpeg")


class ImageFolder:
    """Yield the pictures of a folder in natural order (img2 before img10), or one picture; iterations begin anew.

    interval: seconds from picture to picture; the time of a frame is index * interval.
    mirrored: the pictures are mirror images; their frames are turned back.
    What a file is says its content. EXIF orientation is honoured; transparent parts become grey.

    path, mirrored, interval: as given. size: width and height of the first readable picture, in pixels.
    frame_count: how many picture files there are, rate and duration what follows from it.
    names: file name by frame index, problems: what could not be read, one line each; both filled while iterating.
    SourceError when no picture can be read. ValueError for an interval of 0 or less.
    """

    live = False

    def __init__(self, path: str | Path, *, mirrored: bool = False, interval: float = 1.0) -> None:
        if not 0 < interval < float("inf"):
            raise ValueError(f"the interval of pictures must be above 0 seconds, not {interval}")
        self.path = Path(path)
        self.mirrored = mirrored
        self.interval = interval
        self.names: list[str] = []
        self.problems: list[str] = []
        self._files = _picture_files(self.path)
        self.size = self._first_size()
        self.rate = 1 / interval
        self.frame_count = len(self._files)
        self.duration = interval * len(self._files)

    def __iter__(self) -> Iterator[Frame]:
        """Yield a frame for each picture that can be read."""
        index = 0
        for file in self._files:
            try:
                image, damaged = _read(file)
            except SourceError as error:
                self._note(str(error))
                continue
            if damaged:
                self._note(f"{file.name} is cut off: its lower part is missing")
            del self.names[index:]
            self.names.append(file.name)
            yield Frame(image[:, ::-1] if self.mirrored else image, index * self.interval, index)
            index += 1

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _first_size(self) -> tuple[int, int]:
        for file in self._files:
            try:
                image, _ = _read(file)
            except SourceError:
                if len(self._files) == 1:
                    raise
            else:
                return image.shape[1], image.shape[0]
        raise SourceError(f"no picture in {self.path} can be read: all {len(self._files)} are damaged or no pictures")

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def is_picture(path: Path) -> bool:
    """Say whether a file is one still picture, by its ending or else by its first bytes. OSError when unreadable."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return True
    with path.open("rb") as file:
        head = file.read(12)
    still = head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
    return still and suffix not in _STREAMS_OF_JPEG


def _picture_files(path: Path) -> list[Path]:
    """Return the pictures of a folder in natural order, or the one file."""
    if not path.exists():
        raise SourceError(f"cannot read pictures from {path}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    try:
        inside = list(path.iterdir())
    except OSError as error:
        raise SourceError(f"cannot read the folder {path}: {error.strerror or error}") from None
    files = [file for file in inside if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")]
    files = [file for file in files if file.is_file()]
    if not files:
        raise SourceError(f"the folder {path} holds no pictures; known endings are {', '.join(SUFFIXES)}")
    return sorted(files, key=natural)


def natural(file: Path) -> tuple[list[str | int], str]:
    """Return what files are sorted by so that img2 comes before img10."""
    parts = re.split(r"(\d+)", file.name.casefold())
    return [int(part) if part.isdecimal() else part for part in parts], file.name


def _read(file: Path) -> tuple[Picture, bool]:
    """Return a picture and whether a part of it is missing. SourceError when nothing of it can be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read the picture {file}: {error.strerror or error}") from None
    if not content:
        raise SourceError(f"cannot read the picture {file}: it is empty (0 bytes)")
    cut = content.startswith(_JPEG) and not _jpeg_is_whole(content)
    try:
        # OpenCV gives what there is of a cut JPEG when it ends as one.
        image = _decode(content + _JPEG_END if cut else content)
    except (cv2.error, MemoryError) as error:
        reason = " ".join(str(error).split()) or "too large for the memory"
        raise SourceError(f"cannot read the picture {file}: {reason}") from None
    if image is None:
        raise SourceError(f"cannot read the picture {file}: it is damaged, cut off or no picture that OpenCV knows")
    return image, cut


def _decode(content: bytes) -> Picture | None:
    """Return a picture as 8 bit RGB, upright, transparent parts grey; None when it cannot be decoded."""
    array = np.frombuffer(content, np.uint8)
    with quiet():
        image = cv2.imdecode(array, cv2.IMREAD_COLOR_RGB)
        if image is None:
            return None
        # The one way to see what is transparent; it forgets the orientation.
        whole = cv2.imdecode(array, cv2.IMREAD_UNCHANGED) if _may_be_transparent(content) else None
    picture = image.astype(np.uint8, copy=False)
    if whole is None or whole.ndim != 3 or whole.shape[2] != 4 or whole.shape[:2] != picture.shape[:2]:
        return picture
    alpha = whole[:, :, 3]
    return over_grey(picture, (alpha / 257 if alpha.dtype == np.uint16 else alpha).astype(np.uint8))


def _may_be_transparent(content: bytes) -> bool:
    """Say whether a picture is worth a second look, which takes long for a large one."""
    if content.startswith(_PNG):
        return bool(content[25] & 4) or b"tRNS" in content
    return not content.startswith(_JPEG)


def _jpeg_is_whole(content: bytes) -> bool:
    """Say whether a JPEG has its end mark after its pixels; a preview inside its header has one of its own."""
    at = 2
    while content[at : at + 1] == b"\xff" and at + 4 <= len(content):
        if content[at + 1] == 0xDA:
            return _JPEG_END in content[at:]
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False
