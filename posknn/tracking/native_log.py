"""Keeps the log lines of native libraries off the terminal, and nothing else."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

__all__ = ["hushed"]

# MediaPipe, TensorFlow Lite and the libraries inside OpenCV log to file descriptor 2 with no switch to turn it off.
_NATIVE: Final = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:[\d.]+ +\d+ [\w./]+:\d+\] |INFO: Created TensorFlow Lite "
    rb"|WARNING: (All log messages|Logging) before \w+"
    rb"|\[[\w,]+ @ 0x[0-9a-f]+\] |libpng (error|warning): |Corrupt JPEG data: |Premature end of JPEG file"
)
_STDERR: Final = 2


class _Hush:
    """The one place where descriptor 2 is turned away and back, counted, so that threads may overlap."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._saved = -1
        self._kept: IO[bytes] | None = None

    def begin(self) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._kept = tempfile.TemporaryFile()  # noqa: SIM115  # closed in end()
                self._saved = os.dup(_STDERR)
                os.dup2(self._kept.fileno(), _STDERR)

    def end(self) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth or self._kept is None:
                return
            os.dup2(self._saved, _STDERR)
            os.close(self._saved)
            with self._kept as kept:
                kept.seek(0)
                others = [line for line in kept if not _NATIVE.match(line)]
            self._kept = None
            if others:
                os.write(_STDERR, b"".join(others))


_hush = _Hush()


@contextmanager
def hushed() -> Iterator[None]:
    """Hold back what is written to stderr, then pass on every line that is no native log line.

    What another thread writes meanwhile comes a moment late; nothing of it is lost.
    """
    try:
        _hush.begin()
    except OSError:  # no stderr at all, as under pythonw: there is nothing to keep quiet
        yield
        return
    try:
        yield
    finally:
        _hush.end()
