"""Saves and loads classifiers, and makes one of whatever file or folder somebody has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.classification.state import KNNState, PoseState
from posknn.errors import FileFormatError, NotTaughtError
from posknn.storage import classifier_files
from posknn.storage.formats import arrays, google_csv, keypoint_table, ml5_json, wide_csv
from posknn.storage.formats.layout import Reading
from posknn.storage.formats.units import in_heights
from posknn.values import Recording

__all__ = ["POSES_IN", "load", "load_knn", "load_poses", "read_recordings", "recording_files", "save"]

POSES_IN = ".posknn (classifier), .json (ml5), .csv (tables of keypoints), .parquet, .npz and .npy (NumPy arrays)"


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


def load(path: str | Path, reading: Reading | None = None) -> PoseClassifier | KNNClassifier:
    """Make a classifier of a .posknn file, ml5's JSON, a table or arrays of poses, a recording, or a folder of these.

    reading: what is known of a table better than can be seen. FileFormatError says what is wrong and where;
    NotTaughtError when there is no labelled example in it.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        return load_knn(path)
    if path.suffix.lower() == ".posknn":
        state = classifier_files.read_state(path)
        return KNNClassifier.from_state(state) if isinstance(state, KNNState) else _poses(state, path)
    recordings = read_recordings(path, reading)
    # A track without labels teaches nothing, and hours of it would be turned into vectors.
    taught = (one for one in recordings if any(label is not None for label in one.labels))
    classifier = PoseClassifier().learn(taught)
    if len(classifier) == 0:
        raise NotTaughtError(f"{path} holds no labelled example: record some with `posknn record`")
    return classifier


def read_recordings(path: str | Path, reading: Reading | None = None) -> Iterator[Recording]:
    """Read the poses of a table, arrays, a recording, or every file of these in a folder, in order of their names.

    In a folder other files are passed over, such as results and marks, and .npy files, which do not say what they are.
    reading: what is known of the tables better than can be seen. FileFormatError says what is wrong and where.
    """
    for file in recording_files(path):
        yield read_recording(file, reading)


def recording_files(path: str | Path) -> list[Path]:
    """Return the file itself, or the files of a folder that hold poses, in order of their names.

    FileFormatError when there is none in the folder.
    """
    path = Path(path)
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if _is_recording(file))
    if not files:
        raise FileFormatError(
            f"there is no recording in the folder {path}: recordings are .parquet files or tables of poses"
        )
    return files


def _is_recording(file: Path) -> bool:
    ending = file.suffix.lower()
    if ending not in (".parquet", ".csv", ".npz") or not file.is_file():
        return False
    if ending == ".csv":
        return wide_csv.is_wide(file) or keypoint_table.is_table(file)
    return ending == ".parquet" or arrays.is_poses(file)


def _poses(state: PoseState, path: str | Path) -> PoseClassifier:
    try:
        return PoseClassifier.from_state(state)
    except (ValueError, TypeError, KeyError) as error:
        raise FileFormatError(f"{path}: damaged or made by a later posknn: {error}") from None


def read_recording(path: Path, reading: Reading | None = None) -> Recording:
    """Read the poses of one file: a recording, a table or arrays. reading: see `read_recordings`."""
    ending = path.suffix.lower()
    if ending == ".csv":
        if wide_csv.is_wide(path) and not (reading and reading.of_columns):
            return _shaped(wide_csv.read(path), reading, path)
        if reading is None and google_csv.is_google(path):
            return google_csv.read(path)
        return keypoint_table.read(path, reading)
    if ending == ".parquet":
        from posknn.storage import parquet_tables  # pyarrow takes its time to load

        if parquet_tables.is_foreign(path):
            return parquet_tables.read(path, reading)
        return _shaped(parquet_tables.read_recording(path), reading, path)
    if ending in (".npz", ".npy"):
        return arrays.read(path, reading)
    if not path.exists():
        raise FileFormatError(f"there is no file or folder {path}")
    raise FileFormatError(f"{path}: posknn does not know this kind of file; it reads {POSES_IN}")


def _shaped(recording: Recording, reading: Reading | None, path: Path) -> Recording:
    """Apply what is known of the pictures of a recording of our own."""
    if reading and reading.of_columns:
        raise FileFormatError(f"{path} is a recording of posknn, of which only the size of the pictures can be said")
    return in_heights(recording, reading)[0] if reading else recording
