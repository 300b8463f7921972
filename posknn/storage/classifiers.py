"""Saves and loads classifiers, and makes one of whatever file or folder somebody has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.classification.state import KNNState, PoseState
from posknn.errors import FileFormatError, NotTaughtError
from posknn.storage import classifier_files
from posknn.storage.formats import google_csv, ml5_json, wide_csv
from posknn.values import Recording

__all__ = ["POSES_IN", "load", "load_knn", "load_poses", "read_recordings", "save"]

POSES_IN = ".posknn (classifier), .json (ml5), .csv (Google pose samples or posknn's own), .parquet (recording)"


def save(classifier: KNNClassifier | PoseClassifier, path: str | Path) -> Path:
    """Write a classifier to a .posknn file or a KNNClassifier to ml5's JSON; return the path of the file.

    Any name without .posknn gets .json when it lacks it, as in ml5. OutputError when the file cannot be written;
    ValueError for a PoseClassifier under another name, or with code of the caller's in it.
    """
    path = Path(path)
    if path.suffix.lower() == ".posknn":
        classifier_files.write_state(classifier.state, path)
        return path
    if isinstance(classifier, PoseClassifier):
        raise ValueError(f"a pose classifier is saved as .posknn, not as {path.name}; see `posknn convert`")  # noqa: TRY004
    if path.suffix.lower() != ".json":
        path = path.with_name(path.name + ".json")
    ml5_json.write(classifier.state, path)
    return path


def load_knn(path: str | Path) -> KNNClassifier:
    """Read a KNNClassifier from a .posknn file or ml5's JSON; FileFormatError for anything else."""
    path = Path(path)
    if path.suffix.lower() != ".posknn":
        return KNNClassifier.from_state(ml5_json.read(path))
    state = classifier_files.read_state(path)
    if not isinstance(state, KNNState):
        raise FileFormatError(f"{path} holds a classifier of poses: load it with PoseClassifier.load")
    return KNNClassifier.from_state(state)


def load_poses(path: str | Path) -> PoseClassifier:
    """Read a PoseClassifier from a .posknn file; FileFormatError for anything else."""
    state = classifier_files.read_state(path)
    if isinstance(state, KNNState):
        raise FileFormatError(f"{path} holds a classifier of plain vectors: load it with KNNClassifier.load")
    return _poses(state, path)


def load(path: str | Path) -> PoseClassifier | KNNClassifier:
    """Make a classifier of a .posknn file, ml5's JSON, a CSV of examples, a recording, or a folder of recordings.

    FileFormatError says what is wrong and where; NotTaughtError when there is no labelled example in it.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        return load_knn(path)
    if path.suffix.lower() == ".posknn":
        state = classifier_files.read_state(path)
        return KNNClassifier.from_state(state) if isinstance(state, KNNState) else _poses(state, path)
    classifier = PoseClassifier().learn(read_recordings(path))
    if len(classifier) == 0:
        raise NotTaughtError(f"{path} holds no labelled example: record some with `posknn record`")
    return classifier


def read_recordings(path: str | Path) -> Iterator[Recording]:
    """Read the poses of a CSV, a recording, or every recording of a folder, in order of their names.

    In a folder other files are passed over, such as tables and marks. FileFormatError says what is wrong and where.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_recording(file))
        if not files:
            raise FileFormatError(
                f"there is no recording in the folder {path}: recordings are .parquet files or CSV of poses"
            )
        for file in files:
            yield read_recording(file)
    else:
        yield read_recording(path)


def _is_recording(file: Path) -> bool:
    ending = file.suffix.lower()
    if ending not in (".parquet", ".csv") or not file.is_file():
        return False
    return ending == ".parquet" or wide_csv.is_wide(file) or google_csv.is_google(file)


def _poses(state: PoseState, path: str | Path) -> PoseClassifier:
    try:
        return PoseClassifier.from_state(state)
    except (ValueError, TypeError, KeyError) as error:
        raise FileFormatError(f"{path}: damaged or made by a later posknn: {error}") from None


def read_recording(path: Path) -> Recording:
    """Read the poses of one file: a recording or a CSV of examples."""
    if path.suffix.lower() == ".parquet":
        from posknn.storage.recordings import read_recording as read_parquet  # pyarrow takes its time to load

        return read_parquet(path)
    if path.suffix.lower() == ".csv":
        return wide_csv.read(path) if wide_csv.is_wide(path) else google_csv.read(path)
    if not path.exists():
        raise FileFormatError(f"there is no file or folder {path}")
    raise FileFormatError(f"{path}: posknn does not know this kind of file; it reads {POSES_IN}")
