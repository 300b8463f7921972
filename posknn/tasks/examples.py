"""Opens labelled examples, whatever file or folder they come in, and writes them back with other labels."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from posknn.classification.classifier import PoseClassifier
from posknn.classification.labelled import Labelled, Make, maker_like
from posknn.errors import FileFormatError, NotTaughtError, OutputError
from posknn.storage import classifiers
from posknn.storage.formats import google_csv, wide_csv
from posknn.values import Label, Recording

__all__ = ["Opened", "open_examples", "write_examples"]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """Examples and where they come from: a classifier, or recordings in files. make: with the settings to measure."""

    path: Path
    labelled: Labelled
    make: Make
    classifier: PoseClassifier | None = None
    files: tuple[Path, ...] = ()
    recordings: tuple[Recording, ...] = ()


def open_examples(path: str | Path) -> Opened:
    """Read the examples of a .posknn file, CSV, recording, or folder of recordings.

    FileFormatError for a file that holds plain vectors; NotTaughtError when there is no labelled example in it.
    """
    path = Path(path)
    if path.suffix.lower() in (".posknn", ".json") and not path.is_dir():
        classifier = classifiers.load(path)
        if not isinstance(classifier, PoseClassifier):
            raise FileFormatError(
                f"{path} holds plain vectors, which say nothing of recordings, time or left and right: "
                "this needs poses, as in a recording, a CSV or a .posknn file of poses"
            )
        opened = Opened(path, Labelled.of(classifier), maker_like(classifier), classifier)
    else:
        files = tuple(classifiers.recording_files(path))
        recordings = tuple(recording for file in files for recording in classifiers.read_recordings(file))
        opened = Opened(path, Labelled.of(recordings), PoseClassifier, None, files, recordings)
    if not len(opened.labelled):
        raise NotTaughtError(f"{path} holds no labelled example: record some with `posknn record`")
    return opened


def write_examples(opened: Opened, changes: Mapping[int, Label | None], out: Path | None) -> tuple[Path, ...]:
    """Write examples with other labels by row, None to drop one; return the files.

    out: a new file, or for a folder a new folder; None changes the files where they are, those alone that need it.
    In a recording a dropped example stays as a pose without a label. OutputError when it cannot be written.
    """
    if out is not None and out.exists():
        raise OutputError(f"{out} exists already: choose another name, or change the examples --in-place")
    if opened.classifier is not None:
        return (_write_classifier(opened, changes, opened.path if out is None else out),)
    written = []
    start = 0
    for file, recording in zip(opened.files, opened.recordings, strict=True):
        labels = tuple(changes.get(start + row, label) for row, label in enumerate(recording.labels))
        changed = any(start <= row < start + len(recording) for row in changes)
        start += len(recording)
        target = _target(opened, file, out)
        if out is None and not changed:
            continue
        if out is not None and not changed and target.suffix.lower() == file.suffix.lower():
            shutil.copyfile(file, target)
        else:
            _write_recording(replace(recording, labels=labels), file, target)
        written.append(target)
    return tuple(written)


def _target(opened: Opened, file: Path, out: Path | None) -> Path:
    if out is None:
        return file
    if not opened.path.is_dir():
        return out
    target = out / file.relative_to(opened.path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {target.parent}: {error.strerror}") from error
    return target


def _write_recording(recording: Recording, source: Path, target: Path) -> None:
    ending = target.suffix.lower()
    is_csv = source.suffix.lower() == ".csv"
    if ending == ".parquet":
        from posknn.storage.recordings import write_recording  # pyarrow takes its time to load

        write_recording(recording, target)
    elif ending == ".csv" and is_csv and google_csv.is_google(source):
        google_csv.write(recording, target)
    elif ending == ".csv" and (source != target or wide_csv.is_wide(source)):
        wide_csv.write(recording, target)
    else:
        raise OutputError(f"cannot write {target}: name a .parquet or .csv file with -o, see also `posknn convert`")


def _write_classifier(opened: Opened, changes: Mapping[int, Label | None], target: Path) -> Path:
    if target.suffix.lower() != ".posknn":
        raise OutputError(f"cannot write {target}: a changed classifier is written as .posknn")
    changed = PoseClassifier.load(opened.path)
    ids = changed.state.ids.tolist()
    for row, label in changes.items():
        if label is None:
            changed.forget(ids[row])
        else:
            changed.relabel(ids[row], label)
    if changed.limits is not None and len(changed):
        changed.calibrate()
    return changed.save(target)
