"""Read and write poses as NumPy arrays X and y, as scikit-learn takes them: in one .npz file or two .npy files."""

from __future__ import annotations

import io
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.errors import FileFormatError
from posknn.files import WholeFile
from posknn.storage.archive import open_zip
from posknn.storage.formats.foreign_poses import Found, labels_of, recording_of
from posknn.storage.formats.keypoint_names import PARTS
from posknn.storage.formats.layout import Reading, are_visibilities
from posknn.storage.formats.npy import Stored, floats_of, stored, values_of
from posknn.storage.reading import check_growth, read_bytes
from posknn.values import UNITS, Recording

__all__ = ["is_poses", "partner", "read", "write"]

Floats = npt.NDArray[np.float32]

_ENOUGH: Final = 2000
_K: Final = len(skeleton.KEYPOINTS)
_POSES: Final = ("X", "x", "X_train", "x_train", "points", "keypoints", "landmarks", "poses", "data", "features")
_LABELS: Final = ("y", "Y", "y_train", "labels", "label", "target", "targets", "classes")
_GROUPS: Final = ("groups", "group")
_COUNTED: Final = ("times", "frames", "people", "takes")
_ROW: Final = 2 * 4 * 4 * _K  # bytes of memory of a pose, which is gathered and then copied into the recording
# What zipfile and NumPy raise on damaged files.
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
    *(TypeError, KeyError, SyntaxError, MemoryError, RecursionError, OverflowError, tokenize.TokenError),
)


def write(recording: Recording, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the labelled poses of a recording and return the files.

    X is (n, 132) float32, x, y, z, visibility of each keypoint, NaN where missing; y is (n,), whole numbers where all
    labels are, else text. NAME.npz holds both and groups, times, frames, people, takes and units; NAME.npy becomes two
    files, see `partner`. OutputError when a file cannot be written.
    """
    path = Path(path)
    rows = [row for row, label in enumerate(recording.labels) if label is not None]
    labels = [recording.labels[row] for row in rows]
    numbers = all(not isinstance(label, str) for label in labels)
    x = recording.points[rows].reshape(len(rows), -1)
    y = np.array(labels, np.int64) if numbers else np.array([str(label) for label in labels], np.str_)
    if path.suffix.lower() == ".npy":
        for file, array in ((path, x), (partner(path), y)):
            with WholeFile(file) as partial, partial.open("wb") as opened:
                np.save(opened, array, allow_pickle=False)
        return path, partner(path)
    beside: dict[str, npt.NDArray[Any]] = {name: np.asarray(getattr(recording, name))[rows] for name in _COUNTED}
    groups = np.array([recording.groups[row] for row in rows], np.str_)
    arrays = {"X": x, "y": y, "groups": groups, **beside, "units": np.array(recording.units)}
    with WholeFile(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())  # the same bytes every time
    return (path,)


def partner(path: Path) -> Path:
    """Return where the labels of an X.npy are: y.npy; those of any other NAME.npy are in NAME_y.npy."""
    for poses, labels in (("X", "y"), ("x", "y")):
        if path.stem == poses or path.stem.startswith(f"{poses}_"):
            return path.with_stem(labels + path.stem[len(poses) :])
        if path.stem.endswith(f"_{poses}"):
            return path.with_stem(path.stem[: -len(poses)] + labels)
    return path.with_stem(f"{path.stem}_y")


def is_poses(path: str | os.PathLike[str]) -> bool:
    """Say whether an .npz file holds an array of poses; FileFormatError when it cannot be opened."""
    try:
        with _damage(path):
            return _name_of_poses(_arrays(Path(path)), path) is not None
    except FileFormatError:
        return False


def read(path: str | os.PathLike[str], reading: Reading | None = None) -> Recording:
    """Return the poses in X and the labels in y of a .npz file, or of X.npy and the y.npy beside it, if it is there.

    X is (n, 66), (n, 99), (n, 132), (n, 33, 2), (n, 33, 3) or (n, 33, 4) numbers; other names for X and y are known
    too, and reading.label may name y. Nothing is unpickled, and no memory is taken that the file does not account for.
    FileFormatError names file and array.
    """
    path, reading = Path(path), reading or Reading()
    with _damage(path):
        arrays = _arrays(path)
        name = _name_of_poses(arrays, path)
        points = _points(arrays[name], reading)
        labels = next((one for one in ((reading.label,) if reading.label else _LABELS) if one in arrays), None)
        if labels is None and reading.label:
            raise ValueError(f"{path}: there is no array {reading.label!r}, but {', '.join(sorted(arrays))}")
        groups = next((one for one in _GROUPS if one in arrays), None)
        counted: dict[str, Any] = {one: _column(arrays[one], len(points)) for one in _COUNTED if one in arrays}
        found = Found(
            labels_of(_texts(arrays[str(labels)], len(points)) if labels else [None] * len(points)),
            groups=_texts(arrays[groups], len(points)) if groups else None,
            said=_said(points, name, labels, groups),
            **counted,
        )
        if "units" in arrays and reading.units is None:
            units = values_of(arrays["units"]).ravel().tolist()
            reading = replace(reading, units=units[0] if units and units[0] in UNITS else None)
        return recording_of(points, found, path, reading)


@contextmanager
def _damage(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        reason = (str(error).splitlines() or ["it ends too early"])[0]
        place = "" if reason.startswith(str(path)) else f"{path}: damaged or no NumPy file of poses: "
        raise FileFormatError(f"{place}{reason}") from None


def _arrays(path: Path) -> Mapping[str, Stored]:
    if path.suffix.lower() == ".npy":
        beside = (partner(path), path.with_stem(f"{path.stem}_labels"))
        labels = next((file for file in beside if file != path and file.is_file()), None)
        files = {"X": path} | ({"y": labels} if labels else {})
        return {name: _alone(file) for name, file in files.items()}
    content = read_bytes(path)
    arrays = {}
    with open_zip(content) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            place = f"{path}: {name}"
            try:
                arrays[name] = stored(_opener(content, member), member.file_size, len(content), place)
            except ValueError as error:
                if name in (*_POSES, *_LABELS, *_GROUPS, *_COUNTED):
                    raise ValueError(_placed(error, place)) from None
    return arrays


def _alone(file: Path) -> Stored:
    try:
        size = file.stat().st_size
        return stored(lambda: file.open("rb"), size, size, str(file))
    except OSError as error:
        raise FileFormatError(f"cannot read {file}: {error.strerror or error}") from None
    except ValueError as error:
        raise FileFormatError(_placed(error, str(file))) from None


def _placed(error: ValueError, place: str) -> str:
    said = str(error).splitlines()[0] if str(error) else "damaged"
    return said if said.startswith(place) else f"{place}: {said}"


def _opener(content: bytes, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: zipfile.ZipFile(io.BytesIO(content)).open(member)


def _name_of_poses(arrays: Mapping[str, Stored], path: str | os.PathLike[str]) -> str:
    named = [name for name in _POSES if name in arrays]
    fitting = [name for name, array in arrays.items() if _per_keypoint(array.shape)]
    if not named and len(fitting) != 1:
        there = ", ".join(f"{name} {array.shape}" for name, array in list(arrays.items())[:9])
        raise ValueError(f"{path}: no array X of poses in it, but {there or 'nothing'}")
    return (named or fitting)[0]


def _per_keypoint(shape: tuple[int, ...]) -> int | None:
    if len(shape) == 3 and shape[1] == _K and shape[2] in (2, 3, 4):
        return shape[2]
    return shape[1] // _K if len(shape) == 2 and shape[1] in (2 * _K, 3 * _K, 4 * _K) else None


def _points(array: Stored, reading: Reading) -> Floats:
    per = _per_keypoint(array.shape)
    if per is None or (reading.per_keypoint or per) != per:
        wanted = "2, 3 or 4" if reading.per_keypoint is None else reading.per_keypoint
        raise ValueError(f"{array.place}: expected {wanted} numbers for each of 33 keypoints, not {array.shape}")
    count = array.shape[0]
    check_growth(count * _ROW, array.size, array.place)
    points = np.full((count, _K, 4), np.nan, np.float32)
    floats_of(array, points[..., :per])
    if per == 3 and are_visibilities(points[: len(points) : max(len(points) // _ENOUGH, 1), :, 2]):
        points[..., 3] = points[..., 2]
        points[..., 2] = np.nan
    return points


def _column(array: Stored, count: int) -> npt.NDArray[np.generic]:
    if array.shape not in ((count,), (count, 1)) or array.dtype.kind not in "iufUSb":
        raise ValueError(f"{array.place}: expected one value for each of {count} poses, not shape {array.shape}")
    return values_of(array).ravel()


def _texts(array: Stored, count: int) -> list[str]:
    few: dict[object, str] = {}
    values = _column(array, count)
    values = np.char.decode(values.astype(np.bytes_), "utf-8") if values.dtype.kind == "S" else values
    return [few.setdefault(value, str(value)) for value in values.tolist()]


def _said(points: Floats, poses: str, labels: object, groups: str | None) -> list[str]:
    parts = [part for at, part in enumerate(PARTS) if len(points) and not np.isnan(points[..., at]).all()]
    said = [f"33 keypoints of {', '.join(parts)} in the array {poses}"]
    said.append(f"label: the array {labels}" if labels else "no array of labels: every row is without a label")
    return said + ([f"group: the array {groups}"] if groups else [])
