"""Converts labelled examples from one file format to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import FileFormatError, OutputError
from posknn.storage import classifiers
from posknn.storage.formats import google_csv, wide_csv
from posknn.storage.recordings import write_recording
from posknn.values import Recording

__all__ = ["Converted", "convert"]


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written. kind: in words. lost: what the new format cannot hold, None when nothing is lost."""

    file: Path
    examples: int
    labels: int
    kind: str
    lost: str | None = None


def convert(source: str | Path, target: str | Path, *, to: str | None = None) -> Converted:
    """Read examples from `source` and write them to `target`, whose ending says the format.

    Read: .posknn, ml5 .json, .csv (Google pose samples, posknn's own), .parquet, a folder of recordings.
    Written: .posknn, .json (ml5), .csv (posknn's own; Google's with to="google"), .parquet.
    Poses become ml5 vectors of x, y, z, visibility per keypoint; vectors never become poses.
    FileFormatError when the source cannot be read or holds no poses and the target needs them.
    """
    target = Path(target)
    if to not in (None, "google") or (to == "google" and target.suffix != ".csv"):
        raise ValueError('to="google" goes with a .csv file; other formats are chosen by the ending alone')
    if target.suffix not in (".posknn", ".json", ".csv", ".parquet"):
        raise OutputError(f"{target}: posknn writes .posknn, .json (ml5), .csv and .parquet")
    examples = _examples(Path(source))
    if isinstance(examples, KNNClassifier):
        return _write_vectors(examples, Path(source), target)
    return _write_poses(examples, target, to)


def _examples(source: Path) -> list[Recording] | KNNClassifier:
    if source.suffix in (".posknn", ".json"):
        loaded = classifiers.load(source)
        return loaded if isinstance(loaded, KNNClassifier) else [loaded.recording()]
    return list(classifiers.read_recordings(source))


def _write_vectors(knn: KNNClassifier, source: Path, target: Path) -> Converted:
    if target.suffix not in (".posknn", ".json"):
        raise FileFormatError(
            f"{source} holds vectors of {knn.width} numbers, no poses: they can become .posknn or .json (ml5)"
        )
    knn.save(target)
    lost = "ids, where examples were taught, vector lengths" if target.suffix == ".json" else None
    return Converted(target, len(knn), knn.get_num_labels(), "vectors", lost)


def _write_poses(recordings: list[Recording], target: Path, to: str | None) -> Converted:
    everything = _joined(recordings)
    labelled = [label for label in everything.labels if label is not None]
    lost = None
    if target.suffix == ".posknn":
        PoseClassifier().learn(recordings).save(target)
    elif target.suffix == ".json":
        knn = KNNClassifier()
        for recording in recordings:
            for points, label in zip(recording.points, recording.labels, strict=True):
                if label is not None:
                    knn.add_example(np.nan_to_num(points), label)
        knn.save(target)
        lost = "ids, where examples were taught, vector lengths"
    elif target.suffix == ".parquet":
        write_recording(everything, target)
    elif to == "google":
        google_csv.write(everything, target)
        lost = "visibility, times"
    else:
        wide_csv.write(everything, target)
    return Converted(target, len(labelled), len(set(labelled)), "poses", lost)


def _joined(recordings: list[Recording]) -> Recording:
    """Make one recording of several."""
    if len(recordings) == 1:
        return recordings[0]
    if len({recording.units for recording in recordings}) > 1:
        raise FileFormatError("some of these recordings are in pixels, some in image heights: convert them one by one")
    return Recording(
        points=np.concatenate([recording.points for recording in recordings]),
        labels=tuple(label for recording in recordings for label in recording.labels),
        name="examples",
        units=recordings[0].units,
        provenance={"groups": [group for recording in recordings for group in recording.groups]},
    )
