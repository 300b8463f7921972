"""Converts labelled examples from one file format to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError, NotTaughtError, OutputError
from posknn.storage import classifiers
from posknn.storage.formats import arrays, coords_csv, google_csv, wide_csv
from posknn.storage.formats.layout import Reading
from posknn.storage.formats.units import AS_THEY_ARE
from posknn.storage.recordings import write_recording
from posknn.values import Recording

__all__ = ["Converted", "convert"]

_SETTINGS: Final = ("k", "weights", "embedding", "mirroring", "limits", "ids")
_ROWS: Final = ("frames", "people", "takes", "rows without a label", "provenance")
_PLACES: Final = ("where examples were taught", "times")
_MIXED: Final = ("numbers among labels that are text", "which poses are in which units")
_CANNOT_HOLD: Final = {
    ".posknn": _ROWS,
    ".json": (
        *_SETTINGS,
        *_PLACES,
        *_ROWS,
        "units",
        "missing keypoints",
        "vector lengths",
    ),
    ".csv": (*_SETTINGS, "which poses are in which units", "provenance"),
    ".parquet": (*_SETTINGS, "which poses are in which units"),
    ".npz": (*_SETTINGS, "rows without a label", *_MIXED, "provenance"),
    ".npy": (*_SETTINGS, *_PLACES, *_ROWS, "units", *_MIXED),
    "coords": (*_SETTINGS, *_PLACES, *_ROWS, "units", *_MIXED),
    "google": (
        *_SETTINGS,
        *("visibility", "times", "frames", "people", "takes", "rows with nobody", "labels as numbers", "units"),
        *("which poses are in which units", "provenance"),
    ),
}
_WRITERS: Final[Mapping[str, Callable[[Recording, Path], object]]] = {
    ".csv": wide_csv.write,
    ".parquet": write_recording,
    ".npz": arrays.write,
    ".npy": arrays.write,
    "coords": coords_csv.write,
    "google": google_csv.write,
}


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written. kind: in words; a track has no examples.

    lost: what the new format cannot hold, None when nothing is lost.
    read_as: what was found in a table that is not ours, and what was made of it, in sentences; see `Reading`.
    """

    file: Path
    examples: int
    labels: int
    kind: str
    lost: str | None = None
    read_as: tuple[str, ...] = ()


def convert(
    source: str | Path, target: str | Path, *, to: str | None = None, reading: Reading | None = None
) -> Converted:
    """Read examples from `source` and write them to `target`, whose ending says the format.

    Read: .posknn, ml5 .json, .csv (any table of keypoints), .parquet, .npz, .npy, a folder of these; reading: what is
    known of tables and pictures better than can be seen. Written: .posknn, .json (ml5), .csv (posknn's own; Google's
    with to="google", columns class, x1, y1, z1, v1, ... with to="coords"), .parquet, .npz and .npy (scikit-learn's X
    and y). Poses become ml5 vectors of x, y, z, visibility per keypoint; vectors never become poses.
    FileFormatError when the source cannot be read or holds no poses and the target needs them; NotTaughtError when
    there is no labelled example in it.
    """
    source, target = Path(source), Path(target)
    ending = target.suffix.lower()
    if to not in (None, "google", "coords") or (to and ending != ".csv"):
        raise ValueError('to="google" and "coords" go with a .csv file; other formats are chosen by the ending alone')
    if ending not in _CANNOT_HOLD:
        raise OutputError(f"{target}: posknn writes .posknn, .json (ml5), .csv, .parquet, .npz and .npy")
    if source.suffix.lower() in (".posknn", ".json") and not source.is_dir():
        classifier = classifiers.load(source)
        if reading is not None:
            raise ValueError(f"{source} needs no reading: it says itself what is in it")
        _check_taught(len(classifier), source)
        if isinstance(classifier, KNNClassifier):
            return _write_vectors(classifier, source, target)
        if ending == ".posknn":
            classifiers.save(classifier, target)
            return Converted(target, len(classifier), len(classifier.labels), "poses")
        return _write_poses([classifier.recording()], source, target, to, _things_of(classifier))
    recordings = list(classifiers.read_recordings(source, reading))
    if ending not in (".csv", ".parquet") or to:  # the two that hold tracks, which have no labels, as well
        _check_taught(sum(label is not None for recording in recordings for label in recording.labels), source)
    return _write_poses(recordings, source, target, to, set())


def _check_taught(examples: int, source: Path) -> None:
    if not examples:
        raise NotTaughtError(f"{source} holds no labelled example: record some with `posknn record`")


def _write_vectors(knn: KNNClassifier, source: Path, target: Path) -> Converted:
    ending = target.suffix.lower()
    if ending not in (".posknn", ".json"):
        raise FileFormatError(
            f"{source} holds vectors of {knn.width} numbers, no poses: they can become .posknn or .json (ml5)"
        )
    knn.save(target)
    lost = None
    if ending == ".json" and source.suffix.lower() != ".json":
        lost = "k, weights, ids, where examples were taught, times, vector lengths"
    return Converted(target, len(knn), len(knn.labels), "vectors", lost)


def _write_poses(
    recordings: list[Recording], source: Path, target: Path, to: str | None, settings: set[str]
) -> Converted:
    """Write poses as anything. settings: what the source says beside them; see `_CANNOT_HOLD`."""
    kind = to or target.suffix.lower()
    things = settings.union(*map(_things_in, recordings))
    lost = ", ".join(thing for thing in _CANNOT_HOLD[kind] if thing in things) or None
    if kind in (".posknn", ".json"):
        classifier = PoseClassifier().learn(recordings) if kind == ".posknn" else _vectors(recordings)
        _check_taught(len(classifier), source)
        classifier.save(target)
        return Converted(target, len(classifier), len(classifier.labels), "poses", lost, _read_as(recordings))
    everything = _joined(recordings)
    _WRITERS[kind](everything, target)
    labelled = [label for label in everything.labels if label is not None]
    kept = "poses" if labelled else f"a track of {len(everything)} rows"
    return Converted(target, len(labelled), len(set(labelled)), kept, lost, _read_as(recordings))


def _read_as(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """Return what was found in foreign tables, each sentence once."""
    stories = [story for recording in recordings if isinstance(story := recording.provenance.get("read_as"), list)]
    if any(recording.units == "fractions" for recording in recordings):
        stories.append([AS_THEY_ARE["fractions"]])
    return tuple(dict.fromkeys(str(sentence) for story in stories for sentence in story))


def _vectors(recordings: Sequence[Recording]) -> KNNClassifier:
    knn = KNNClassifier()
    for recording in recordings:
        rows = [
            (points, label)
            for points, label in zip(np.nan_to_num(recording.points), recording.labels, strict=True)
            if label is not None and points.any()
        ]
        if rows:
            knn.add_examples([points.ravel() for points, _ in rows], [label for _, label in rows])
    return knn


def _things_of(classifier: PoseClassifier) -> set[str]:
    """Return what a classifier knows beside the poses, in the words of `_CANNOT_HOLD`."""
    state = classifier.state
    units = state.provenance.get("units")
    mixed = {"which poses are in which units"} if isinstance(units, list) and len(units) > 1 else set()
    return {*_SETTINGS, *mixed} - ({"limits"} if state.limits is None else set())


def _things_in(recording: Recording) -> set[str]:
    """Return what there is in a recording beside poses and labels, in the words of `_CANNOT_HOLD`."""
    counting = np.arange(len(recording))
    unseen = np.isnan(recording.points)
    there = {
        "where examples were taught": any(recording.groups),
        "times": not np.array_equal(recording.times, counting),
        "frames": not np.array_equal(recording.frames, counting),
        "people": bool(recording.people.any()),
        "takes": bool(recording.takes.any()),
        "rows without a label": None in recording.labels,
        "rows with nobody": bool(unseen.all(axis=(1, 2)).any()),
        "missing keypoints": bool(unseen.any()),
        "visibility": bool((recording.points[..., 3] != 1).any()),
        "labels as numbers": any(isinstance(label, int) for label in recording.labels),
        "numbers among labels that are text": {str, int} <= set(map(type, recording.labels)),
        "units": recording.units == "heights",  # pixels are what other formats mean
        "provenance": not set(recording.provenance) <= {"groups", "names", "read_as"},
        "vector lengths": True,
    }
    return {thing for thing, is_there in there.items() if is_there}


def _joined(recordings: list[Recording]) -> Recording:
    """Make one recording of several; what each says of itself goes to provenance["recordings"]."""
    if len(recordings) == 1:
        return recordings[0]
    units = {recording.units for recording in recordings}
    if len(units) > 1:
        raise FileFormatError(f"these recordings are in {' and '.join(sorted(units))}: convert them one by one")
    origins = [
        {"name": recording.name} | {key: value for key, value in recording.provenance.items() if key != "groups"}
        for recording in recordings
    ]
    return Recording(
        points=np.concatenate([recording.points for recording in recordings]),
        labels=tuple(label for recording in recordings for label in recording.labels),
        times=np.concatenate([recording.times for recording in recordings]),
        frames=np.concatenate([recording.frames for recording in recordings]),
        people=np.concatenate([recording.people for recording in recordings]),
        takes=np.concatenate([recording.takes for recording in recordings]),
        name="examples",
        units=recordings[0].units,
        provenance={"groups": _groups(recordings), "recordings": origins},
    )


def _groups(recordings: list[Recording]) -> list[str]:
    """Return the group of each row. Of two recordings of one name the second is called NAME-2, as their times differ.

    Groups that a recording itself tells row by row are kept, unless one goes on where the recording before ended.
    """
    groups: list[str] = []
    last_time = -np.inf
    for recording in recordings:
        if not len(recording):
            continue
        own = list(recording.groups)
        goes_back = own[0] == groups[-1] and recording.times[0] < last_time if groups else False
        if goes_back or ("groups" not in recording.provenance and own[0] in groups):
            taken = {*groups, *own}
            number = next(number for number in range(2, len(taken) + 3) if f"{own[0]}-{number}" not in taken)
            first = own[0]
            own = [f"{first}-{number}" if group == first else group for group in own]
        groups += own
        last_time = recording.times[-1]
    return groups
