"""Write a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from posknn.errors import OutputError

__all__ = ["output_error", "replacing", "write_text"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`; what is written there takes its place when the block ends.

    When the block fails, the temporary file is removed and `path` stays as it was. OutputError for a missing folder,
    no permission or a full disk.
    """
    path = Path(path)
    # It ends in .tmp so that what a power cut leaves behind is never taken for a recording or a table.
    temporary = path.with_name(f".posknn-{secrets.token_hex(6)}.tmp")
    try:
        yield temporary
        _sync(temporary, os.O_RDWR)
        temporary.replace(path)
        with suppress(OSError):  # not every system can sync a folder; the file itself is safe by now
            _sync(path.parent, os.O_RDONLY)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(OSError):  # after a success it is gone
            temporary.unlink()


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8, its line ends as they are; OutputError when that fails."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise OutputError(f"cannot write {path}: {character!r} is half a character; correct the label") from None
    with replacing(path) as temporary:
        temporary.write_bytes(encoded)


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


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
