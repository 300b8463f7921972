"""The Video view without a server: what is read in the project's videos, and corrections that teach."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from posknn.classification.suggestion import suggest
from posknn.errors import NotTaughtError, SourceError
from posknn.jobs.steps import track_of
from posknn.storage.recordings import read_recording
from posknn.studio.exports import check_kind, export
from posknn.studio.marks import Mark, marks_of, painted, snapped, taught
from posknn.studio.shelf import Shelf, Track
from posknn.studio.stills import Stills
from posknn.studio.timeline import Read, Stretch, laid, read_track
from posknn.values import Recording

if TYPE_CHECKING:
    from posknn.studio.session import Session

__all__ = ["Paint", "Videos"]

Paint = tuple[Mark, bool]
"""A mark to put over others, and whether it only takes them away."""

_MOST_READ = 4


class Videos:
    """The videos of a session. shelf: which there are. track: see Track."""

    def __init__(self, session: Session, track: Track = track_of) -> None:
        self._session = session
        self._stills = Stills()
        self._reading = threading.Lock()
        self._read: dict[Path, tuple[int, int, Read]] = {}
        self.shelf = Shelf(session.project, track)

    # --- looking

    def timeline(self, film: str, *, fresh: bool = True) -> dict[str, Any]:
        """Return what is read in a video and set right in it, by person.

        fresh: learn first what was set right meanwhile; else `behind` says that there is something to learn.
        """
        found = self.shelf.tracked(film)
        if fresh:
            self._session.catch_up()
        read = self._reading_of(found.track, fresh=fresh)
        marks = marks_of(self.shelf.marked(found))
        stretches = laid(read, marks)
        people = list(dict.fromkeys(one.person for one in stretches))
        with self._session.lock:
            behind, counts = self._session.behind, self._session.counts()
        return {
            **self.shelf.described(found),
            "behind": behind,
            "counts": counts,
            "duration": round(float(read.edges[-1]), 4),
            "step": round(float(np.median(np.diff(read.edges))) if len(read.edges) > 1 else 1 / 30, 5),
            "size": _track(found.track).provenance.get("size"),
            "people": [
                {
                    "id": person,
                    "stretches": [_said(one) for one in stretches if one.person == person],
                    "marks": [[round(mark.start, 4), round(mark.end, 4)] for mark in marks if mark.person == person],
                    "unsure": [[round(one.start, 4), round(one.end, 4)] for one in read.unsure if one.person == person],
                }
                for person in people
            ],
        }

    def poses(self, film: str, start: float, end: float) -> bytes:
        """Return the poses from start to end, seconds, little-endian: a count n of four bytes; times, n float32;
        people, n int32; x and y of 33 keypoints each in 4096ths of an image height, n * 66 int16, -32768 unseen.
        """  # noqa: D205  # a layout reads better unbroken
        track = _track(self.shelf.tracked(film).track)
        rows = np.flatnonzero((track.times >= start) & (track.times < end) & np.isfinite(track.points).any(axis=(1, 2)))
        points = track.points[rows]
        places = np.clip(np.nan_to_num(points[:, :, :2]) * 4096, -32767, 32767).astype("<i2")
        places[~(points[:, :, 3] >= 0.5)] = -32768
        parts = (
            np.array([len(rows)], "<u4"),
            track.times[rows].astype("<f4"),
            track.people[rows].astype("<i4"),
            places,
        )
        return b"".join(part.tobytes() for part in parts)

    def still(self, film: str, time: float) -> bytes:
        """Return the picture at a time, seconds, as JPEG, for a browser that cannot play the video."""
        return self._stills.at(self.picture(film), time)

    def picture(self, film: str) -> Path:
        """Return the video itself; SourceError when there is only its track."""
        found = self.shelf.film(film)
        if found.video is None:
            raise SourceError("the video of this track is not in the project: only its poses can be shown")
        return found.video

    # --- setting right

    def correct(self, film: str, paints: Sequence[Paint]) -> dict[str, Any]:
        """Put marks over what is read, in order, and write the examples that come of them; see `marks`.

        What it returns is read by the classifier as it was; ask `timeline` for what follows from it.
        """
        found = self.shelf.tracked(film)
        edges = self._reading_of(found.track, fresh=False).edges
        track = _track(found.track)
        with self._session.lock:
            self._session.settle()  # so that changes are undone in the order in which they were made
            before = self.shelf.marked(found)
            marks = marks_of(before)
            for mark, erase in paints:
                marks = painted(marks, snapped(mark, edges), erase=erase)
            if marks != marks_of(before):
                self._session.project.write({found.marked: taught(track, marks, before)})
                self._session.changed()
        return self.timeline(film, fresh=False)

    def next(self, film: str) -> dict[str, Any]:
        """Return the moment of a video that is most worth setting right. NotTaughtError before there are examples."""
        found = self.shelf.tracked(film)
        self._session.catch_up()
        classifier = self._session.classifier
        if not len(classifier):
            raise NotTaughtError(
                "nothing is taught yet: name a stretch of each pose first, then this finds what to name next"
            )
        track, marks = _track(found.track), marks_of(self.shelf.marked(found))
        labels: list[Any] = [None] * len(track)
        for mark in marks:
            inside = (track.people == mark.person) & (track.times >= mark.start) & (track.times < mark.end)
            for row in np.flatnonzero(inside).tolist():
                labels[row] = mark.label or "none"
        open_ = Recording(track.points, tuple(labels), track.times, track.frames, track.people, name=track.name)
        best = next(iter(suggest(classifier, [open_], 1)), None)
        if best is None:
            return {"time": None}
        return {
            "time": round(best.time, 4),
            "person": best.person,
            "guess": best.guess,
            "between": best.between,
            "doubt": round(best.doubt, 3),
            "unknown": best.unlike is not None and best.unlike > 1,
        }

    def export(self, film: str, kind: str, folder: Path) -> Path:
        """Write what the timeline shows into a folder, in a format of `exports.KINDS`; see `exports.export`."""
        found = self.shelf.tracked(film)
        self._session.catch_up()
        marks = marks_of(self.shelf.marked(found))
        stretches = laid(self._reading_of(found.track, fresh=True), marks)
        path = folder / f"{Path(found.name).stem}{check_kind(kind)}"
        export(path, kind, found.track, self._session.classifier, stretches, marks)
        return path

    def close(self) -> None:
        """Stop tracking and release the file."""
        self.shelf.close()
        self._stills.close()

    def _reading_of(self, track: Path, *, fresh: bool) -> Read:
        """Return what is read in a track; when not fresh, what was read in it last will do."""
        with self._reading if fresh or track not in self._read else nullcontext():
            version, changed = self._session.learnt, track.stat().st_mtime_ns
            known = self._read.get(track)
            if known and known[1] == changed and (not fresh or known[0] == version):
                return known[2]
            read = read_track(track, self._session.classifier)
            others = [(path, one) for path, one in self._read.items() if path != track]
            self._read = dict([*others[-_MOST_READ:], (track, (version, changed, read))])
            return read


def _said(one: Stretch) -> Mapping[str, Any]:
    return {
        "start": round(one.start, 4),
        "end": round(one.end, 4),
        "label": one.label,
        "marked": one.marked,
        "partly": one.partly,
        "confidence": None if one.confidence is None else round(one.confidence, 3),
    }


def _track(path: Path) -> Recording:
    return _recording(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _recording(path: Path, _: int) -> Recording:
    return read_recording(path)
