"""Write a file that appears whole or not at all, however long the writing takes."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from posknn.errors import OutputError

__all__ = ["WholeFile", "output_error", "write_parts", "write_text"]


class WholeFile:
    """Stand in for a file while it is written: write to `partial`, then `commit()` or `discard()`.

    As a context manager it gives `partial`, commits at the end and discards on an exception. A file that was there
    before stays as it is until the commit; a link is followed. finished: committed or discarded. OutputError for a
    folder that is missing or closed to us, or a path that is no ordinary file; checked here, hours before the commit.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._target = Path(os.path.realpath(path))
        folder = self._target.parent
        if not folder.is_dir():
            raise OutputError(f"cannot write {self.path}: there is no folder {folder}; create it first")
        if self._target.is_dir():
            raise OutputError(f"cannot write {self.path}: it is a folder; name a file")
        if self._target.exists() and not self._target.is_file():
            raise OutputError(f"cannot write {self.path}: it is a device, not a file; name a file")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"cannot write {self.path}: no permission in the folder {folder}; choose another one")
        self.finished = False
        # In the same folder, so that the rename cannot cross a disk; short, since a name has 255 bytes at most.
        self.partial = folder / f".{self._target.name[:32]}-{secrets.token_hex(4)}.part"

    def commit(self) -> None:
        """Put the written file in its place at once. OutputError, and nothing left, when the disk refuses."""
        self.finished = True
        try:
            if self._target.exists():
                shutil.copymode(self._target, self.partial)
            with self.partial.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(self.partial, self._target)  # noqa: PTH105  # the name says that it replaces
        except OSError as error:
            self.discard()
            raise self.failed(error) from error
        with suppress(OSError):  # not every system can sync a folder; the file itself is safe by now
            _sync(self._target.parent)

    def discard(self) -> None:
        """Remove what was written, if anything."""
        self.finished = True
        with suppress(OSError):
            self.partial.unlink()

    def failed(self, error: Exception) -> OutputError:
        """Return the error to raise when writing failed, in one line."""
        if isinstance(error, OSError):
            return output_error(self.path, error)
        return OutputError(
            f"cannot write {self.path}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        )

    def __enter__(self) -> Path:
        return self.partial

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.commit()
            return
        self.discard()
        if isinstance(error, OSError):
            raise self.failed(error) from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8, its line ends as they are; OutputError when that fails."""
    write_parts(path, [text])


def write_parts(path: str | os.PathLike[str], parts: Iterable[str]) -> None:
    """Write one part of a text after the other, as `write_text` does, for texts that are too long for the memory."""
    with WholeFile(path) as partial, partial.open("xb") as file:
        for part in parts:
            try:
                file.write(part.encode())
            except UnicodeEncodeError as error:
                character = part[error.start]
                raise OutputError(
                    f"cannot write {path}: {character!r} is half a character; correct the label"
                ) from None


def output_error(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Return the one line that says why `path` cannot be written."""
    path = Path(path)
    if isinstance(error, PermissionError):
        reason = f"no permission to write in {path.parent}"
    elif not path.parent.is_dir():
        reason = f"there is no folder {path.parent}"
    elif path.is_dir():
        reason = "it is a folder"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = "the disk is full"
    else:
        reason = error.strerror or str(error).splitlines()[0]
    return OutputError(f"cannot write {path}: {reason}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
