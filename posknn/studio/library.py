"""The videos and tracks below a project's folder, by ids that no page can turn into a path."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from posknn.errors import PosknnError, SourceError
from posknn.jobs.writers import VIDEO
from posknn.storage.tracks import is_unlabelled, read_provenance
from posknn.studio.uploads import VIDEO_ENDINGS

__all__ = ["MARKED", "TRACKS", "VIDEOS", "Film", "Library"]

VIDEOS: Final = "videos"
"""The folder of the project for uploads."""
TRACKS: Final = "tracks"
"""The folder for the tracks that the studio makes."""
MARKED: Final = "marked"
"""The folder for the examples that come of corrections, a recording for each video."""


@dataclass(frozen=True, slots=True)
class Film:
    """One thing to look at. id: stays the same. name: for people. video: None for a track without its video.

    track: where it is, or is to be. marked: where its corrections and examples are, or are to be.
    """

    id: str
    name: str
    video: Path | None
    track: Path
    marked: Path = field(repr=False)

    @property
    def tracked(self) -> bool:
        """Whether the track is there."""
        return self.track.exists()


class Library:
    """What is below a folder, looked up anew each time: commands may add to it. Links that lead out are left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def films(self) -> list[Film]:
        """Return every video, then every track whose video is not there, each in order of their names."""
        videos = sorted(self._files(VIDEO_ENDINGS))
        tracks = {path: source for path in sorted(self._files((".parquet",))) if (source := _source(path)) is not None}
        stems, names = Counter(path.stem for path in videos), Counter(path.name for path in videos)
        films = []
        for video in videos:
            stem = video.stem if stems[video.stem] == 1 else f"{video.stem}-{self._id(video)[:6]}"
            own = self.folder / TRACKS / f"{stem}.parquet"
            others = [path for path, source in tracks.items() if names[video.name] == 1 and source == video.name]
            track = own if own in tracks or not others else others[0]
            tracks.pop(track, None)
            films.append(self._film(video, video, track, stem))
        stems.update(path.stem for path in tracks)
        for track in tracks:
            stem = track.stem if stems[track.stem] == 1 else f"{track.stem}-{self._id(track)[:6]}"
            films.append(self._film(track, None, track, stem))
        return films

    def film(self, film: str) -> Film:
        """Return one by its id; SourceError when it is not there."""
        found = next((one for one in self.films() if one.id == film), None)
        if found is None:
            raise SourceError("this video is not in the project any more: choose another one")
        return found

    def id_of(self, video: Path) -> str:
        """Return the id that a file of the project has."""
        return self._id(video)

    def _film(self, path: Path, video: Path | None, track: Path, stem: str) -> Film:
        name = path.relative_to(self.folder).as_posix()
        return Film(self._id(path), name, video, track, self.folder / MARKED / f"{stem}.parquet")

    def _id(self, path: Path) -> str:
        return hashlib.sha256(path.relative_to(self.folder).as_posix().encode(errors="surrogateescape")).hexdigest()[
            :16
        ]

    def _files(self, endings: tuple[str, ...]) -> Iterator[Path]:
        inside = self.folder.resolve()
        for folder, folders, files in os.walk(self.folder):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            for name in files:
                path = Path(folder) / name
                if name.startswith(".") or name.endswith(VIDEO) or path.suffix.lower() not in endings:
                    continue
                if path.is_file() and path.resolve().is_relative_to(inside):
                    yield path


def _source(path: Path) -> str | None:
    """Return the name of the video that a track says it is of, "" when it does not; None when it is no track."""
    try:
        return _said(path, path.stat().st_mtime_ns)
    except (OSError, PosknnError):
        return None


@lru_cache(maxsize=10_000)
def _said(path: Path, _: int) -> str | None:
    return str(read_provenance(path).get("source") or "") if is_unlabelled(path) else None
