"""Write a file that appears whole or not at all, however long the writing takes."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from posknn.errors import OutputError

__all__ = ["WholeFile"]


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

    def discard(self) -> None:
        """Remove what was written, if anything."""
        self.finished = True
        with suppress(OSError):
            self.partial.unlink()

    def failed(self, error: Exception) -> OutputError:
        """Return the error to raise when writing failed, in one line."""
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return OutputError(f"cannot write {self.path}: {reason}; the unfinished file was removed")

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
