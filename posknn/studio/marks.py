"""Stretches of a video that somebody has set right, and the examples that come of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.storage.recorder import Recorder
from posknn.values import Frame, Label, Person, Pose, Recording, Result

__all__ = ["MARKS", "Mark", "marks_of", "painted", "snapped", "taught"]

MARKS: Final = "marks"
"""Where a recording of examples says, in its provenance, which marks they come from."""

_MOST_FRAMES: Final = 300
_DOT: Final = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Mark:
    """One person shows one label from start to end, seconds, half-open; None says that it is none of the labels."""

    start: float
    end: float
    label: Label | None
    person: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end < float("inf"):
            raise ValueError(f"a stretch has to begin before it ends, unlike {self.start:g} to {self.end:g} s")
        if isinstance(self.label, str) and not self.label.strip():
            raise ValueError("a label needs a name")


def painted(marks: Iterable[Mark], new: Mark, *, erase: bool = False) -> tuple[Mark, ...]:
    """Return marks with a new one over them: what it covers of others is cut away. erase: cut, and add nothing.

    Marks of one person never overlap; they are sorted by start, then person.
    """
    left = [piece for mark in marks for piece in _outside(mark, new)]
    return tuple(sorted(left if erase else [*left, new], key=lambda mark: (mark.start, mark.person)))


def _outside(mark: Mark, hole: Mark) -> Iterator[Mark]:
    if mark.person != hole.person or mark.end <= hole.start or hole.end <= mark.start:
        yield mark
        return
    if mark.start < hole.start:
        yield replace(mark, end=hole.start)
    if hole.end < mark.end:
        yield replace(mark, start=hole.end)


def snapped(mark: Mark, edges: npt.NDArray[np.float64]) -> Mark:
    """Return a mark that begins and ends where frames do. edges: (n + 1,) of the frames, seconds.

    ValueError when no frame is in it.
    """
    start, end = (float(edges[np.abs(edges - time).argmin()]) for time in (mark.start, mark.end))
    return replace(mark, start=start, end=end)


def marks_of(recording: Recording | None) -> tuple[Mark, ...]:
    """Return the marks that a recording of examples comes from; none when it does not say or is damaged there."""
    said = None if recording is None else recording.provenance.get(MARKS)
    try:
        found = [Mark(float(start), float(end), label, int(person)) for start, end, label, person in said or ()]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return ()
    return tuple(mark for mark in found if mark.label is None or type(mark.label) in (str, int))


def taught(track: Recording, marks: Sequence[Mark], before: Recording | None = None) -> Recording | None:
    """Return the recording of examples that marks make of a track; None without marks.

    As `posknn record --marks` does, it leaves out near-duplicates; of a mark of many frames it looks at 300 spread
    evenly. before: the recording as it is: what stands in marks that are still the same is kept, as an
    example may have been moved or deleted by hand.
    """
    if not marks:
        return None
    same = set(marks) & set(marks_of(before))
    parts = [(mark, before, _rows_of(before, mark)) for mark in marks if mark in same and before is not None]
    parts += [(mark, track, _apart(track, mark)) for mark in marks if mark not in same and mark.label is not None]
    parts.sort(key=lambda part: (part[0].start, part[0].person))
    takes = {mark: number for number, (mark, _, _) in enumerate(parts)}
    rows = [(source, row, mark) for mark, source, chosen in parts for row in chosen]
    rows.sort(key=lambda one: (float(one[0].times[one[1]]), int(one[0].people[one[1]])))
    points = np.array([source.points[row] for source, row, _ in rows], np.float32).reshape(-1, 33, 4)
    about: Mapping[str, Any] = {
        **{key: one for key, one in track.provenance.items() if key != "problems"},
        MARKS: [[mark.start, mark.end, mark.label, mark.person] for mark in marks],
    }
    return Recording(
        points,
        tuple(mark.label if source is track else source.labels[row] for source, row, mark in rows),
        times=np.array([source.times[row] for source, row, _ in rows], np.float64),
        frames=np.array([source.frames[row] for source, row, _ in rows], np.int64),
        people=np.array([source.people[row] for source, row, _ in rows], np.int64),
        takes=np.array([takes[mark] for _, _, mark in rows], np.int64),
        name=track.name,
        units=track.units,
        provenance=about,
    )


def _rows_of(recording: Recording, mark: Mark) -> list[int]:
    """Return the rows of a mark in which its person is seen."""
    seen = np.isfinite(recording.points).any(axis=(1, 2))
    times = recording.times
    inside = (times >= mark.start - 1e-6) & (times < mark.end - 1e-6) & (recording.people == mark.person)
    return np.flatnonzero(seen & inside).tolist()


def _apart(track: Recording, mark: Mark) -> list[int]:
    """Return the rows of a mark that are worth an example each, as a Recorder decides."""
    rows = _rows_of(track, mark)
    if len(rows) > _MOST_FRAMES:
        rows = [rows[place] for place in np.linspace(0, len(rows) - 1, _MOST_FRAMES).astype(int)]
    recorder, kept = Recorder(PoseClassifier(), lambda _: mark.label), []
    for row in rows:
        before = sum(recorder.counts().values())
        person = Person(mark.person, Pose.from_points(track.points[row]))
        recorder(Result(Frame(_DOT, float(track.times[row]), int(track.frames[row])), (person,)))
        if sum(recorder.counts().values()) > before:
            kept.append(row)
    return kept
