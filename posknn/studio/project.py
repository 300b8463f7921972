"""A folder of recordings as one project: its examples with their places on disk, and changes that can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.errors import FileFormatError, OutputError, PosknnError
from posknn.files import output_error
from posknn.storage.classifiers import read_recordings, recording_files
from posknn.storage.recordings import find_parts, recover, write_recording
from posknn.storage.tracks import is_unlabelled
from posknn.studio.marks import MARKS
from posknn.values import Label, Recording

__all__ = ["Example", "Project"]

Floats = npt.NDArray[np.float32]
_MOST_UNDONE = 20


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One taught pose. id: in the classifier. points: (33, 4). recording: the group it was taught in.

    path, row: where it is on disk; None while its recording goes on.
    """

    id: int
    label: Label
    points: Floats
    recording: str
    time: float
    person: int = 0
    path: Path | None = None
    row: int | None = None


class Project:
    """The recordings of a folder, read once and written through.

    What was cut off by a kill is recovered first. recordings: by path. problems: what cannot be read, a line each.
    OutputError when the folder cannot be made.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.recordings: dict[Path, Recording] = {}
        self.problems: list[str] = []
        self._before: list[dict[Path, Recording | None]] = []
        _make_folder(self.folder)
        for part in find_parts(self.folder):
            try:
                recover(part)
            except PosknnError as error:  # it still goes on in another program, or is damaged
                self.problems.append(str(error))
        try:
            files = recording_files(self.folder)
        except FileFormatError:  # an empty folder is how a project begins
            files = []
        for path in files:
            self.read(path)

    def read(self, path: Path) -> None:
        """Read a file of the folder, anew or for the first time; what is wrong with it becomes a problem.

        Tracks without labels teach nothing and may be hours long: they are left alone.
        """
        if path.suffix.lower() == ".parquet" and is_unlabelled(path):
            return
        try:
            self.recordings[path] = next(iter(read_recordings(path)))
        except PosknnError as error:
            self.problems.append(str(error))

    def learn(self) -> tuple[PoseClassifier, dict[int, Example]]:
        """Return a classifier of all examples, with limits, and the examples by id."""
        classifier = PoseClassifier()
        taught = self.taught()
        for _, recording in taught:
            classifier.learn(recording, false_reject=None)
        if len(classifier):
            classifier.calibrate()
        return classifier, dict(_placed(classifier, taught))

    def taught(self) -> list[tuple[Path, Recording]]:
        """Return the recordings that hold an example, with their paths."""
        everything = list(self.recordings.items())
        return [(path, one) for path, one in everything if any(label is not None for label in one.labels)]

    def track(self, path: Path) -> Recording:
        """Return a recording by its path; OutputError when it is gone."""
        try:
            return self.recordings[path]
        except KeyError:
            raise OutputError(f"there is no recording {path.name} any more: reload the page") from None

    def relabel(self, moves: Iterable[tuple[Iterable[Example], Label | None]]) -> None:
        """Give examples other labels, on disk too; None deletes them. OutputError, with nothing changed, on failure.

        A deleted row of a whole track stays as an unlabelled one, as the track needs it; elsewhere it is removed.
        """
        changes: dict[Path, Recording | None] = {}
        for examples, label in sorted(moves, key=lambda move: move[1] is None):  # rows stay in place until the last
            for path, rows in _places(examples).items():
                before = changes.get(path, None if path in changes else self.track(path))
                if before is not None:
                    changes[path] = _relabelled(before, rows, label)
        self.write(changes)

    def write(self, changes: Mapping[Path, Recording | None]) -> None:
        """Put recordings in the place of others, None removes one, and remember those before for `undo`."""
        for path in changes:
            if path.suffix.lower() != ".parquet":
                raise OutputError(
                    f"{path.name} is a table and stays as it is: `posknn convert {path.name} {path.stem}.parquet` "
                    "makes a recording of it that can be changed"
                )
        before = {path: self.recordings.get(path) for path in changes}
        self._put(changes)
        self._remember(before)

    def remember_takes(self, path: Path) -> None:
        """Let the takes of a new recording be undone one after the other."""
        recording = self.recordings[path]
        takes = recording.takes
        for take in dict.fromkeys(takes.tolist()):
            later = np.flatnonzero(takes >= take).tolist()
            self._remember({path: _relabelled(recording, later, None)})

    @property
    def undoable(self) -> int:
        """How many changes `undo` can take back."""
        return len(self._before)

    def undo(self) -> bool:
        """Take back the last change; False when there is none."""
        if not self._before:
            return False
        self._put(self._before[-1])
        self._before.pop()
        return True

    def _remember(self, before: dict[Path, Recording | None]) -> None:
        self._before = [*self._before, before][-_MOST_UNDONE:]

    def _put(self, changes: Mapping[Path, Recording | None]) -> None:
        for path, recording in changes.items():
            if recording is None:
                path.unlink(missing_ok=True)
                self.recordings.pop(path, None)
            else:
                _make_folder(path.parent)
                write_recording(recording, path)
                self.recordings[path] = recording


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def _places(examples: Iterable[Example]) -> dict[Path, list[int]]:
    """Return the rows of examples by file. OutputError for one that is not on disk yet."""
    rows: dict[Path, list[int]] = {}
    for example in examples:
        if example.path is None or example.row is None:
            raise OutputError("this example is still being recorded: let go of its button first")
        rows.setdefault(example.path, []).append(example.row)
    return rows


def _relabelled(recording: Recording, rows: Sequence[int], label: Label | None) -> Recording | None:
    """Return a recording with other labels; without the rows when label is None; None when no row is left."""
    chosen = set(rows)
    if label is not None or any(one is None for one in recording.labels):
        labels = tuple(label if row in chosen else one for row, one in enumerate(recording.labels))
        return replace(recording, labels=labels)
    kept = np.array([row for row in range(len(recording)) if row not in chosen], int)
    if not len(kept) and MARKS not in recording.provenance:
        return None
    provenance = dict(recording.provenance)
    if "groups" in provenance:
        provenance["groups"] = [recording.groups[row] for row in kept]
    return replace(
        recording,
        points=recording.points[kept],
        labels=tuple(recording.labels[row] for row in kept),
        times=recording.times[kept],
        frames=recording.frames[kept],
        people=recording.people[kept],
        takes=recording.takes[kept],
        provenance=provenance,
    )


def _placed(classifier: PoseClassifier, taught: Sequence[tuple[Path, Recording]]) -> Iterable[tuple[int, Example]]:
    """Yield the examples of a classifier with their places: it learns rows in order and passes some over."""
    state = classifier.state
    known = iter(zip(state.ids.tolist(), state.points, strict=True))
    example, points = next(known, (None, None))
    for path, recording in taught:
        groups = recording.groups
        for row, label in enumerate(recording.labels):
            if example is None or points is None:
                return
            if label is None or not np.array_equal(points, recording.points[row], equal_nan=True):
                continue
            time, person = float(recording.times[row]), int(recording.people[row])
            yield example, Example(example, label, points, groups[row], time, person, path, row)
            example, points = next(known, (None, None))
