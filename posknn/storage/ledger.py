"""The ledger of a batch of videos: what is finished, of what it was made, so that a run can go on where it ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from posknn.errors import FileFormatError, NewerFormatError, OutputError
from posknn.files import output_error
from posknn.storage.journal import lock

__all__ = ["Entry", "Ledger"]

_VERSION: Final = 1
_FOLDER: Final = ".posknn"


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished video. stem: what its files are called, without ending; the ledger has one entry of a stem.

    key: of the settings it was made with. state: what the source looked like from outside, content: its sha256.
    files: the names of the files made. report: what to tell of it, as JSON can hold it.
    """

    stem: str
    key: str
    state: str
    content: str
    files: Sequence[str] = ()
    report: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """Keep the ledger of a folder, FOLDER/.posknn/ledger.sqlite, and hold the folder for one run at a time.

    work: FOLDER/.posknn/work, where what is not finished lives. An entry is on disk when `add` returns.
    OutputError when another run is at work there or it cannot be written, FileFormatError when it is damaged,
    NewerFormatError when a later posknn wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / _FOLDER / "work"
        self._path = folder / _FOLDER / "ledger.sqlite"
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            self._held = (folder / _FOLDER / "lock").open("ab")
        except OSError as error:
            raise output_error(self._path, error) from error
        if not lock(self._held):
            self._held.close()
            raise OutputError(f"another run is writing into {folder}: wait for its end, or choose another folder")
        self._base = self._connect()

    def get(self, stem: str) -> Entry | None:
        """Return the entry of a stem, None when there is none."""
        query = "SELECT stem, key, state, content, files, report FROM finished WHERE stem = ?"
        row = self._base.execute(query, (stem,)).fetchone()
        if row is None:
            return None
        _, key, state, content, files, report = row
        return Entry(stem, key, state, content, json.loads(files), json.loads(report))

    def add(self, entry: Entry) -> None:
        """Write an entry, in place of the one of the same stem. OutputError when the disk refuses."""
        row = (entry.stem, entry.key, entry.state, entry.content, json.dumps(entry.files), json.dumps(entry.report))
        self._write("INSERT OR REPLACE INTO finished VALUES (?, ?, ?, ?, ?, ?)", row)

    def drop(self, stem: str) -> None:
        """Forget the entry of a stem, if there is one."""
        self._write("DELETE FROM finished WHERE stem = ?", (stem,))

    def close(self) -> None:
        """Let go of the folder; harmless a second time."""
        self._base.close()
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, statement: str, values: Sequence[object]) -> None:
        try:
            with self._base:
                self._base.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise OutputError(f"cannot write {self._path}: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path)
        try:
            (version,) = base.execute("PRAGMA user_version").fetchone()
            self._check_version(version)
            with base:
                base.execute(
                    "CREATE TABLE IF NOT EXISTS finished (stem TEXT PRIMARY KEY, key TEXT NOT NULL, "
                    "state TEXT NOT NULL, content TEXT NOT NULL, files TEXT NOT NULL, report TEXT NOT NULL)"
                )
                base.execute(f"PRAGMA user_version = {_VERSION}")
        except (sqlite3.DatabaseError, NewerFormatError) as error:
            base.close()
            self._held.close()
            if isinstance(error, NewerFormatError):
                raise
            if isinstance(error, sqlite3.OperationalError):
                raise OutputError(f"cannot write {self._path}: {error}") from error
            raise FileFormatError(
                f"{self._path} is damaged ({error}): delete it, and everything is done anew"
            ) from error
        return base

    def _check_version(self, version: int) -> None:
        if version > _VERSION:
            raise NewerFormatError(
                f"{self._path}: format {version}, but this posknn reads up to {_VERSION}: install a later posknn"
            )
