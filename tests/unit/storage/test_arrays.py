"""NumPy arrays X and y are read and written as scikit-learn takes them, and nothing in them is ever run."""

from __future__ import annotations

import io
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.embedding import as_points
from posknn.errors import FileFormatError
from posknn.storage.classifiers import load, read_recordings
from posknn.storage.formats import arrays
from posknn.storage.formats.layout import Reading
from posknn.testing import stick_figure
from posknn.values import Recording

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"
X = np.round(np.random.default_rng(0).random((6, 33, 4)), 3).astype(np.float32) + np.float32(1e-4)
Y = np.array(["up", "up", "人", "up", "down", "down"])


def recording() -> Recording:
    points = (np.arange(4 * 132, dtype=np.float32) * np.float32(0.1)).reshape(4, 33, 4)
    points[0, 3] = np.nan
    return Recording(
        points,
        ("up", None, "down", "人"),
        times=np.array([0.0, 0.1, 0.2, 0.1]),
        frames=np.arange(4) * 3,
        people=np.array([0, 0, 1, 1]),
        takes=np.array([0, 0, 1, 1]),
        units="pixels",
        provenance={"groups": ["a", "a", "a", "b"]},
    )


def test_numpy_reads_what_is_written(tmp_path: Path) -> None:
    assert arrays.write(recording(), tmp_path / "a.npz") == (tmp_path / "a.npz",)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["X"], recording().points[[0, 2, 3]].reshape(3, 132))
        assert found["X"].dtype == np.float32
        assert found["y"].tolist() == ["up", "down", "人"]
        assert found["groups"].tolist() == ["a", "a", "b"]
        assert found["times"].tolist() == [0, 0.2, 0.1]
        assert (found["frames"].tolist(), found["takes"].tolist()) == ([0, 6, 9], [0, 1, 1])
        assert found["units"] == "pixels"


def test_two_files_for_x_and_y(tmp_path: Path) -> None:
    numbered = replace(recording(), labels=(5, None, 7, 5))
    assert arrays.write(numbered, tmp_path / "X.npy") == (tmp_path / "X.npy", tmp_path / "y.npy")
    assert np.load(tmp_path / "X.npy").shape == (3, 132)
    assert np.load(tmp_path / "y.npy").tolist() == [5, 7, 5]
    assert arrays.read(tmp_path / "X.npy").labels == (5, 7, 5)


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    arrays.write(recording(), tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() == (GOLDEN / "arrays.npz").read_bytes()


def test_a_recording_comes_back(tmp_path: Path) -> None:
    arrays.write(recording(), tmp_path / "a.npz")
    read = arrays.read(tmp_path / "a.npz")
    assert (read.labels, read.groups, read.units) == (("up", "down", "人"), ("a", "a", "b"), "pixels")
    for column in ("points", "times", "frames", "people", "takes"):
        np.testing.assert_array_equal(getattr(read, column), np.asarray(getattr(recording(), column))[[0, 2, 3]])


@pytest.mark.parametrize(
    ("name", "partner"),
    [("X.npy", "y.npy"), ("x_train.npy", "y_train.npy"), ("squat_X.npy", "squat_y.npy"), ("desk.npy", "desk_y.npy")],
)
def test_where_the_labels_are(tmp_path: Path, name: str, partner: str) -> None:
    assert arrays.partner(tmp_path / name) == tmp_path / partner


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.parametrize("parts", [2, 3, 4])
@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_numpy_writes_is_read(tmp_path: Path, kind: str, parts: int, flat: bool, order: Any) -> None:
    x = X[..., :parts].astype(kind)
    x = np.array(x.reshape(len(x), -1) if flat else x, order=order)
    np.savez(tmp_path / "a.npz", X=x, y=Y, groups=[1, 1, 1, 2, 2, 2])
    np.savez_compressed(tmp_path / "b.npz", landmarks=x, labels=Y)
    np.save(tmp_path / "c.npy", x)
    np.save(tmp_path / "c_y.npy", Y)
    for name in ("a.npz", "b.npz", "c.npy"):
        (read,) = read_recordings(tmp_path / name)
        assert read.labels == tuple(Y.tolist())
        np.testing.assert_array_equal(read.points[..., :parts], X[..., :parts].astype(kind).astype(np.float32))
    assert arrays.read(tmp_path / "a.npz").groups == ("1", "1", "1", "2", "2", "2")


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (np.array([0, 1, 2, 0, 1, 2]), (0, 1, 2, 0, 1, 2)),
        (np.array([0, 1, 2, 0, 1, 2.0]), (0, 1, 2, 0, 1, 2)),
        (np.array([[3]] * 6, np.uint8), (3,) * 6),
        (np.array(["é".encode()] * 6), ("é",) * 6),
        (np.array([True, False] * 3), ("True", "False") * 3),
    ],
)
def test_labels(tmp_path: Path, y: Any, labels: tuple[str | int, ...]) -> None:
    np.savez(tmp_path / "a.npz", X=X, y=y)
    assert arrays.read(tmp_path / "a.npz").labels == labels


def test_a_label_array_can_be_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X, y=Y, other=np.arange(6))
    assert arrays.read(tmp_path / "a.npz", Reading(label="other")).labels == tuple(range(6))
    with pytest.raises(FileFormatError, match=r"a\.npz: there is no array 'z', but X, other, y"):
        arrays.read(tmp_path / "a.npz", Reading(label="z"))


def test_arrays_are_a_classifier(tmp_path: Path) -> None:
    x = np.stack([as_points(stick_figure(arms=angle)) for angle in (5, 10, 15, 160, 165, 170)])
    np.savez(tmp_path / "a.npz", X=x.reshape(6, -1), y=["down"] * 3 + ["up"] * 3)
    np.savez(tmp_path / "results.npz", accuracy=np.ones(3))
    classifier = load(tmp_path)
    assert classifier.classify(stick_figure(arms=168)).label == "up"  # type: ignore[arg-type]


# --- wrong and hostile files


class Evil:
    """Would make a file when unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("ran"),)


def npy(array: Any, **options: Any) -> bytes:
    content = io.BytesIO()
    np.save(content, array, **options)
    return content.getvalue()


def zipped(path: Path, compression: int = zipfile.ZIP_STORED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def claiming(shape: str, kind: str = "<f4") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00\x76\x00" + header.encode() + b"\0" * 400


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = np.array([Evil()] * 6, object)
    np.savez(tmp_path / "a.npz", X=X, y=evil)
    np.save(tmp_path / "b.npy", evil, allow_pickle=True)
    (tmp_path / "c.npz").write_bytes(pickle.dumps(Evil()))
    zipped(tmp_path / "d.npz", X=pickle.dumps(Evil()))
    for name in ("a.npz", "b.npy", "c.npz", "d.npz"):
        with pytest.raises(FileFormatError, match=name):
            load(tmp_path / name)
    with pytest.raises(FileFormatError, match=r"a\.npz: y: Python objects.*y\.astype\(str\)"):
        load(tmp_path / "a.npz")
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    "shape", ["(1000000000, 132)", "(-1, 132)", "(0, 99999999999999999999)", "(1, 1, 1, 1)", "()", "(132,)"]
)
def test_a_shape_that_is_not_there_takes_no_memory(tmp_path: Path, shape: str) -> None:
    zipped(tmp_path / "a.npz", X=claiming(shape))
    (tmp_path / "a.npy").write_bytes(claiming(shape))
    for name in ("a.npz", "a.npy"):
        with pytest.raises(FileFormatError, match=rf"{name}.*: "):
            load(tmp_path / name)


@pytest.mark.parametrize("kind", ["|O", "|V16", "<M8", "<c8", "<U999999999", "<f3", "<f99"])
def test_wrong_types(tmp_path: Path, kind: str) -> None:
    zipped(tmp_path / "a.npz", X=claiming("(1, 66)", kind))
    with pytest.raises(FileFormatError, match=r"a\.npz"):
        load(tmp_path / "a.npz")


def test_bombs_are_not_blown_up(tmp_path: Path) -> None:
    zeros = npy(np.zeros((200_000, 132), np.float32))
    path = zipped(tmp_path / "a.npz", zipfile.ZIP_DEFLATED, X=zeros)
    assert path.stat().st_size < len(zeros) / 100
    with pytest.raises(FileFormatError, match=r"a\.npz: X: refused: .*save it uncompressed"):
        load(path)
    path = zipped(tmp_path / "b.npz", zipfile.ZIP_DEFLATED, X=npy(X), y=npy(np.zeros(6, "<U3000000")))
    with pytest.raises(FileFormatError, match=r"b\.npz: y: refused"):
        load(path)


def with_one(number: float) -> npt.NDArray[np.float64]:
    changed = X.astype(np.float64)
    changed[4, 2, 1] = number
    return changed


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "no array X of poses in it, but nothing"),
        ({"a": np.ones(3), "b": np.ones(4)}, "no array X of poses in it, but a .3,., b .4,."),
        ({"X": np.ones((6, 100))}, "X: expected 2, 3 or 4 numbers for each of 33 keypoints, not .6, 100."),
        ({"X": np.ones((6, 17, 3))}, "X: expected 2, 3 or 4"),
        ({"X": X, "y": np.ones(5)}, "y: expected one value for each of 6 poses, not shape .5,."),
        ({"X": X, "y": np.ones((6, 3))}, "y: expected one value"),
        ({"X": np.full((6, 132), "a")}, "X: expected numbers, not <U1"),
        ({"X": with_one(np.inf)}, "X: row 4 holds a number that is infinite"),
        ({"X": with_one(1e39)}, "X: row 4 holds a number that is infinite"),
        ({"X": X, "y": np.array([b"\xff"] * 6)}, "a.npz"),
        ({"X": X, "times": np.array(["soon"] * 6)}, "a.npz"),
    ],
)
def test_wrong_arrays_are_named(tmp_path: Path, members: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "a.npz", **members)
    with pytest.raises(FileFormatError, match=message) as caught:
        arrays.read(tmp_path / "a.npz")
    assert str(tmp_path / "a.npz") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_with_characters_that_do_not_exist(tmp_path: Path) -> None:
    broken = npy(Y).replace("人".encode("utf-32-le"), b"\xff\xff\xff\xff")
    with pytest.raises(FileFormatError, match=r"a\.npz: y: damaged: a character"):
        arrays.read(zipped(tmp_path / "a.npz", X=npy(X), y=broken))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ("a.npz", "a.npy"):
        with pytest.raises(FileFormatError, match=f"cannot read .*{name}"):
            arrays.read(tmp_path / name)
