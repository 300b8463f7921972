"""Which videos a project has and how far each is; finds their poses in the background, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from posknn.errors import OutputError, PosknnError, SourceError
from posknn.jobs.steps import Told, Tracking, track_of
from posknn.studio.library import TRACKS, VIDEOS, Film, Library
from posknn.studio.marks import marks_of
from posknn.studio.project import Project
from posknn.studio.queue import Queue, Work
from posknn.studio.uploads import tidy
from posknn.tracking.video import VideoFile
from posknn.values import Recording

__all__ = ["Shelf", "Track"]

Track = Callable[[str, Path, Tracking, Told], None]
"""Writes the track of a video, as `steps.track_of` does."""

_MOST_PEOPLE = 9


class Shelf:
    """The videos and tracks of a project. track: see Track."""

    def __init__(self, project: Project, track: Track = track_of) -> None:
        self._project = project
        self._track = track
        self._queue = Queue()
        self._library = Library(project.folder)
        for folder in (VIDEOS, TRACKS):
            tidy(project.folder / folder)

    @property
    def uploads(self) -> Path:
        """The folder for videos that are sent."""
        return self._project.folder / VIDEOS

    def listed(self) -> list[dict[str, Any]]:
        """Return every video and track, and how far each is."""
        return [self.described(film) for film in self._library.films()]

    def film(self, film: str) -> Film:
        """Return one by its id; SourceError when it is not there."""
        return self._library.film(film)

    def tracked(self, film: str) -> Film:
        """Return one by its id; SourceError when it is not there or not tracked yet."""
        found = self._library.film(film)
        if not found.tracked:
            raise SourceError(f"{found.name} is not tracked yet")
        return found

    def marked(self, film: Film) -> Recording | None:
        """Return the examples that come of corrections of a video; None when there are none."""
        return self._project.recordings.get(film.marked)

    def arrived(self, path: Path) -> dict[str, Any]:
        """Return what came of a file that was sent; SourceError, and the file deleted, when it is no video."""
        try:
            VideoFile(path).close()
        except PosknnError as error:
            path.unlink(missing_ok=True)
            raise SourceError(str(error).replace(str(path), path.name)) from error
        return self.described(self._library.film(self._library.id_of(path)))

    def track(self, film: str, people: int = 1) -> dict[str, Any]:
        """Begin to track a video in the background, once. people: how many to look for."""
        if not 1 <= people <= _MOST_PEOPLE:
            raise ValueError(f"the number of people to look for is 1 to {_MOST_PEOPLE}, not {people}")
        found = self._library.film(film)
        if found.video is not None and not found.tracked:
            self._queue.add(found.id, self._tracking(found.video, found.track, people))
        return self.described(found)

    def stop(self, film: str) -> dict[str, Any]:
        """Give up tracking a video; nothing of it is kept."""
        self._queue.stop(film)
        return self.described(self._library.film(film))

    def close(self) -> None:
        """Stop tracking."""
        self._queue.close()

    def described(self, film: Film) -> dict[str, Any]:
        """Return a video as the page lists it."""
        at = self._queue.state(film.id)
        return {
            "id": film.id,
            "name": film.name,
            "picture": film.video is not None,
            "tracked": film.tracked,
            "track": film.track.relative_to(self._project.folder).as_posix(),
            "marked": film.marked.relative_to(self._project.folder).as_posix(),
            "marks": len(marks_of(self.marked(film))),
            "working": at.working and not film.tracked,
            "done": at.done,
            "total": at.total,
            "error": None if film.tracked else at.error,
        }

    def _tracking(self, video: Path, track: Path, people: int) -> Work:
        def work(told: Callable[[float, float | None], None]) -> None:
            try:
                track.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(f"cannot make the folder {track.parent}: {error.strerror}") from error
            self._track(str(video), track, Tracking(people), lambda done, total, _: told(done, total))

        return work
