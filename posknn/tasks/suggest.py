"""Says which moments of unlabelled tracks or videos are most worth labelling, and writes them down to be filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posknn.classification import suggestion
from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.suggestion import Suggestion
from posknn.errors import FileFormatError, NotTaughtError, OutputError, SourceError
from posknn.files import write_text
from posknn.parts import open_source, source_name, tracker_for, videos_meant
from posknn.pipeline import Pipeline, run
from posknn.storage import classifiers
from posknn.storage.formats.csv_rows import quoted
from posknn.values import Label, Recording, Result

__all__ = ["Suggested", "suggest"]

Progress = Callable[[str, float, float | None], object]

_TRACKS = (".parquet", ".csv", ".npz", ".npy")
_HEADER = "start,end,label,person,guess,or_is_it,unlike"


@dataclass(frozen=True, slots=True)
class Suggested:
    """What to label next, the most telling first. tracks: the names that a suggestion's `recording` counts.

    moments: how many unlabelled ones with somebody in them there are. files: what was written to be filled in.
    """

    suggestions: tuple[Suggestion, ...]
    tracks: tuple[str, ...]
    moments: int
    files: tuple[Path, ...] = ()


def suggest(
    classifier: str | Path,
    tracks: Sequence[str],
    *,
    count: int = 40,
    out: str | Path | None = None,
    max_people: int = 1,
    mirrored: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> Suggested:
    """Suggest moments of recordings, folders of recordings, videos or folders of pictures.

    classifier: a .posknn file, CSV, recording, or folder of recordings. Videos are tracked first; max_people and
    mirrored are about these. out: a folder for NAME.marks.csv of each track that has suggestions, with a column `label`
    to be filled in, for `posknn record --marks`.
    """
    folder = None if out is None else Path(out)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder for the marks with -o")
    taught = classifiers.load(classifier)
    if not isinstance(taught, PoseClassifier):
        raise FileFormatError(f"{classifier} holds plain vectors: suggestions need a classifier of poses")
    if not len(taught):
        raise NotTaughtError(f"{classifier} was taught nothing: suggestions start from a few examples of each label")
    read = [found for spec in tracks for found in _read(spec, max_people, mirrored, progress)]
    recordings = [recording for _, recording in read]
    found = tuple(suggestion.suggest(taught, recordings, count))
    names = tuple(name for name, _ in read)
    moments = sum(_unlabelled(recording) for recording in recordings)
    files = () if folder is None else _write(found, names, recordings, folder)
    return Suggested(found, names, moments, files)


def _unlabelled(recording: Recording) -> int:
    """Return how many rows show somebody and have no label."""
    seen = np.asarray(np.isfinite(recording.points).any(axis=(1, 2))).tolist()
    return sum(there and label is None for there, label in zip(seen, recording.labels, strict=True))


def _read(spec: str, max_people: int, mirrored: bool, progress: Progress) -> list[tuple[str, Recording]]:
    path = Path(spec)
    if path.suffix.lower() in _TRACKS or (path.is_dir() and _holds_recordings(path)):
        return [
            (str(file), recording)
            for file in classifiers.recording_files(path)
            for recording in classifiers.read_recordings(file)
        ]
    return [(video, _track(video, max_people, mirrored, progress)) for video in videos_meant([spec])]


def _holds_recordings(folder: Path) -> bool:
    try:
        return bool(classifiers.recording_files(folder))
    except FileFormatError:
        return False


def _track(spec: str, max_people: int, mirrored: bool, progress: Progress) -> Recording:
    source = open_source(spec, mirrored=mirrored)
    if source.live:
        source.close()
        raise SourceError(f"{spec} is live: record it first with `posknn record`")
    name = source_name(source)
    rows: list[tuple[float, int, int, object]] = []

    def keep(result: Result) -> None:
        progress(name, result.frame.time, source.duration)
        for person in result.people:
            rows.append((result.frame.time, result.frame.index, person.id, as_points(person.pose)))

    run(source, Pipeline(tracker_for(source, max_people)), keep)
    if not rows:
        return Recording(np.empty((0, 33, 4), np.float32), (), name=Path(spec).stem)
    times, frames, people, points = zip(*rows, strict=True)
    return Recording(
        np.stack(points), (None,) * len(rows), np.array(times), np.array(frames), np.array(people), name=Path(spec).stem
    )


def _write(
    found: Sequence[Suggestion], names: Sequence[str], recordings: Sequence[Recording], folder: Path
) -> tuple[Path, ...]:
    """Write the marks of each track, in order of time; the label is left open."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
    files = []
    for number in sorted({one.recording for one in found}):
        stem = Path(names[number]).stem
        path, copy = folder / f"{stem}.marks.csv", 2
        while path in files:
            path, copy = folder / f"{stem}-{copy}.marks.csv", copy + 1
        own = sorted((one for one in found if one.recording == number), key=lambda one: (one.time, one.person))
        lines = [_line(one, _ends(recordings[number], one)) for one in own]
        write_text(path, "\n".join([_HEADER, *lines]) + "\n")
        files.append(path)
    return tuple(files)


def _ends(recording: Recording, one: Suggestion) -> float:
    """Return when the next frame begins, so that a mark holds one frame."""
    later = recording.times[recording.times > one.time]
    steps = np.diff(np.unique(recording.times))
    return float(later.min()) if len(later) else one.time + (float(np.median(steps)) if len(steps) else 0.04)


def _line(one: Suggestion, end: float) -> str:
    def name(label: Label | None) -> str:
        return "" if label is None else quoted(str(label))

    unlike = "" if one.unlike is None else f"{one.unlike:.2f}"
    # Rounded down to the millisecond: rounded up, a mark could begin after its frame.
    start, after = (f"{int(seconds * 1000 + 1e-6) / 1000:.3f}" for seconds in (one.time, end))
    return f"{start},{after},,{one.person},{name(one.guess)},{name(one.between)},{unlike}"
