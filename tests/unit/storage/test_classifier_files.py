"""Classifier files: everything comes back exactly, and no file does more than be refused."""

import dataclasses
import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import posknn
from posknn.classification.confidence import Confidence
from posknn.classification.discriminants import Discriminants
from posknn.classification.state import KNNState, PoseState
from posknn.errors import FileFormatError, NewerFormatError, OutputError
from posknn.storage.classifier_files import read_state, write_state

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"


def knn_state() -> KNNState:
    return KNNState(
        k=5,
        metric="manhattan",
        weights="distance",
        rows=np.arange(12, dtype=np.float32).reshape(4, 3) / np.float32(4),
        lengths=np.ones(4, np.float32),
        ids=np.array([0, 2, 3, 7]),
        next_id=9,
        classes=np.array([0, 2, 3, 2]),
        labels=("up", "gone", 5, "5"),
        order=(2, 0, 3),
        recordings=(None, "squats", "squats", "Übung 😀"),
        times=np.array([np.nan, 0.5, 1.5, 2.5]),
    )


def pose_state() -> PoseState:
    points = np.arange(3 * 132, dtype=np.float32).reshape(3, 33, 4) / np.float32(8)
    points[1, 4] = np.nan
    return PoseState(
        settings={"k": 5, "embedding": "torso", "mirror": None},
        points=points,
        ids=np.array([1, 2, 4]),
        next_id=5,
        labels=("up", 5, "5"),
        recordings=(None, "a", "b"),
        times=np.array([np.nan, 0.5, 1.5]),
        limits={"up": 0.1, 5: float("inf"), "5": 1 / 3},
        provenance={"posknn": "0.1.0"},
        discriminants=Discriminants(
            np.array([0, 0.5], np.float32), np.array([[1], [0.25]], np.float32), np.eye(2, dtype=np.float32)
        ),
        confidence=Confidence(0.1, 0.5),
        pairs=(("up", 5),),
    )


@pytest.mark.parametrize(("metric", "number"), [("cosine", np.nan), ("euclidean", np.inf), ("nan_euclidean", -np.inf)])
def test_rows_that_nothing_can_be_compared_with_are_refused(tmp_path: Path, metric: str, number: float) -> None:
    state = dataclasses.replace(knn_state(), metric=metric)
    state.rows[2, 1] = number
    write_state(state, tmp_path / "wrong.posknn")
    with pytest.raises(FileFormatError, match="rows: expected finite numbers"):
        read_state(tmp_path / "wrong.posknn")


def test_fair_votes_are_kept_and_plain_ones_need_no_word(tmp_path: Path) -> None:
    path = tmp_path / "fair.posknn"
    write_state(dataclasses.replace(knn_state(), balanced=True), path)
    state = read_state(path)
    assert isinstance(state, KNNState)
    assert state.balanced
    write_state(knn_state(), path)
    state = read_state(path)
    assert isinstance(state, KNNState)
    assert not state.balanced
    with zipfile.ZipFile(path) as archive:
        assert all(b"balanced" not in archive.read(name) for name in archive.namelist())


def assert_same(one: object, other: object) -> None:
    assert type(one) is type(other)
    for name in type(one).__slots__:  # type: ignore[attr-defined]  # both states are slotted
        mine, yours = getattr(one, name), getattr(other, name)
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, yours, err_msg=name)
            assert mine.dtype == yours.dtype, name
        else:
            assert repr(mine) == repr(yours), name  # 5 is not "5"


@pytest.mark.parametrize("name", ["knn", "poses"])
def test_a_state_comes_back(tmp_path: Path, name: str) -> None:
    state = knn_state() if name == "knn" else pose_state()
    write_state(state, tmp_path / "a.posknn")
    again = read_state(tmp_path / "a.posknn")
    if isinstance(again, PoseState):
        assert again.settings == pose_state().settings
        assert again.limits == pose_state().limits
    for name_ in ("ids", "times"):
        np.testing.assert_array_equal(getattr(again, name_), getattr(state, name_))
    assert repr(again.labels) == repr(state.labels)
    assert again.recordings == state.recordings
    write_state(again, tmp_path / "b.posknn")
    assert (tmp_path / "a.posknn").read_bytes() == (tmp_path / "b.posknn").read_bytes()


def test_nothing_is_lost(tmp_path: Path) -> None:
    write_state(knn_state(), tmp_path / "a.posknn")
    assert_same(read_state(tmp_path / "a.posknn"), knn_state())


@pytest.mark.parametrize("name", ["knn", "poses"])
def test_the_bytes_are_the_golden_ones(tmp_path: Path, name: str) -> None:
    write_state(knn_state() if name == "knn" else pose_state(), tmp_path / "a.posknn")
    assert (tmp_path / "a.posknn").read_bytes() == (GOLDEN / f"{name}.posknn").read_bytes()


def test_a_file_of_format_1_is_read_and_has_learnt_nothing_more() -> None:
    old, new = read_state(GOLDEN / "poses-1.posknn"), pose_state()
    assert isinstance(old, PoseState)
    assert old.settings == new.settings
    for name in ("labels", "recordings", "limits", "provenance", "next_id"):
        assert repr(getattr(old, name)) == repr(getattr(new, name))
    for name in ("points", "ids", "times"):
        np.testing.assert_array_equal(getattr(old, name), getattr(new, name))
    assert (old.discriminants, old.confidence, old.pairs) == (None, None, ())


def test_what_was_learnt_comes_back(tmp_path: Path) -> None:
    write_state(pose_state(), tmp_path / "a.posknn")
    again = read_state(tmp_path / "a.posknn")
    assert isinstance(again, PoseState)
    assert again.discriminants is not None
    for name in ("mean", "directions", "precision"):
        np.testing.assert_array_equal(getattr(again.discriminants, name), getattr(pose_state().discriminants, name))
    assert again.confidence == Confidence(0.1, 0.5)
    assert again.pairs == (("up", 5),)


def test_an_untaught_state_comes_back(tmp_path: Path) -> None:
    none = np.empty(0, np.int64)
    empty = KNNState(
        3,
        "cosine",
        "uniform",
        np.empty((0, 1000), np.float32),
        np.empty(0, np.float32),
        none,
        4,
        none,
        ("cleared",),
        (),
        (),
        np.empty(0),
    )
    write_state(empty, tmp_path / "a.posknn")
    assert_same(read_state(tmp_path / "a.posknn"), empty)


def test_a_limitless_state_has_no_limits(tmp_path: Path) -> None:
    state = PoseState({}, np.empty((0, 33, 4), np.float32), np.empty(0, np.int64), 0, (), (), np.empty(0))
    write_state(state, tmp_path / "a.posknn")
    again = read_state(tmp_path / "a.posknn")
    assert isinstance(again, PoseState)
    assert again.limits is None
    assert again.points.shape == (0, 33, 4)


def test_settings_must_be_json(tmp_path: Path) -> None:
    state = PoseState({"x": Path()}, np.empty((0, 33, 4), np.float32), np.empty(0, np.int64), 0, (), (), np.empty(0))
    with pytest.raises(ValueError, match="JSON cannot hold"):
        write_state(state, tmp_path / "a.posknn")
    with pytest.raises(OutputError, match="there is no folder"):
        write_state(knn_state(), tmp_path / "no" / "a.posknn")


def npy(array: npt.NDArray[Any]) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object], method: int = zipfile.ZIP_STORED) -> Path:
    """Write knn_state with changed members."""
    write_state(knn_state(), path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def changed_head(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["posknn.json"] = json.dumps(json.loads(members["posknn.json"]) | changes).encode()

    return change


def test_a_later_format_asks_for_a_later_posknn(tmp_path: Path) -> None:
    with pytest.raises(NewerFormatError, match="format 3"):
        read_state(rewritten(tmp_path / "a.posknn", changed_head(format=3)))


WRONG_HEADS: list[dict[str, object]] = [
    {"format": "1"},
    {"format": None},
    {"kind": "forest"},
    {"k": 0},
    {"k": 2.5},
    {"k": True},
    {"metric": "hamming"},
    {"weights": ["uniform"]},
    {"balanced": 1},
    {"next_id": 7},
    {"labels": ["up", "up", 5, "5"]},
    {"labels": ["up", "gone", 5]},
    {"labels": ["up", None, 5, "5"]},
    {"labels": [[], {}, 5, "5"]},
    {"order": [2, 0]},
    {"order": [2, 0, 0, 3]},
    {"order": [2, "0", 3]},
    {"recordings": [None, "a"]},
    {"recordings": [None, "a", 3]},
    {"recordings": "abc"},
]


@pytest.mark.parametrize("wrong", WRONG_HEADS, ids=str)
def test_a_head_that_contradicts_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(FileFormatError, match=f"a.posknn.*{next(iter(wrong))}|numbers from 0") as caught:
        read_state(rewritten(tmp_path / "a.posknn", changed_head(**wrong)))
    assert "\n" not in str(caught.value)


WRONG_MEMBERS = [
    ("rows.npy", npy(np.zeros(4, np.float32))),
    ("rows.npy", npy(np.zeros((4, 3), np.float64))),
    ("rows.npy", npy(np.zeros((3, 4), np.float32).T)),
    ("rows.npy", npy(np.zeros((5, 3), np.float32))),
    ("rows.npy", b""),
    ("rows.npy", b"\x93NUMPY\x01\x00" + b"\xff" * 200),
    ("rows.npy", npy(np.zeros((4, 3), np.float32))[:-1]),
    ("rows.npy", npy(np.zeros((4, 3), np.float32)).replace(b"(4, 3)", b"(4,-3)")),
    ("rows.npy", npy(np.zeros((4, 3), np.float32)).replace(b"(4, 3)", b"(4 43)")),
    ("ids.npy", npy(np.array([0, 2, 2, 3]))),
    ("ids.npy", npy(np.array([-1, 2, 3, 4]))),
    ("ids.npy", npy(np.array([0, 1, 2]))),
    ("classes.npy", npy(np.array([0, 2, 4, 2]))),
    ("classes.npy", npy(np.array([0, 2, -1, 2]))),
    ("times.npy", npy(np.zeros((4, 1)))),
    ("lengths.npy", npy(np.zeros(3, np.float32))),
    ("recordings.npy", npy(np.array([0, 1, 2, 3]))),
    ("posknn.json", b"[]"),
    ("posknn.json", b"[" * 100_000),
    ("posknn.json", b'{"format": NaN}'),
    ("posknn.json", b'{"format": ' + b"9" * 5000 + b"}"),
    ("posknn.json", b"\xff\xfe"),
]


@pytest.mark.parametrize(("member", "content"), WRONG_MEMBERS)
def test_a_member_that_contradicts_is_refused(tmp_path: Path, member: str, content: bytes) -> None:
    with pytest.raises(FileFormatError, match=r"a\.posknn") as caught:
        read_state(rewritten(tmp_path / "a.posknn", lambda members: members.update({member: content})))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("member", ["posknn.json", "rows.npy", "ids.npy", "recordings.npy"])
def test_a_missing_member_is_named(tmp_path: Path, member: str) -> None:
    with pytest.raises(FileFormatError, match=member):
        read_state(rewritten(tmp_path / "a.posknn", lambda members: members.pop(member)))


def test_pickled_arrays_are_refused_unopened(tmp_path: Path) -> None:
    pickled = npy(np.array([print, None], object))
    with pytest.raises(FileFormatError, match=r"rows\.npy: expected an array"):
        read_state(rewritten(tmp_path / "a.posknn", lambda members: members.update({"rows.npy": pickled})))


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.posknn"
    with pytest.raises(FileFormatError, match=r"cannot read .*a\.posknn"):
        read_state(path)
    with pytest.raises(FileFormatError, match="cannot read"):
        read_state(tmp_path)
    for content in (b"", b"PK", b"hello" * 50, json.dumps({"dataset": {}}).encode()):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match="no posknn classifier file"):
            read_state(path)


@pytest.mark.parametrize(
    "shape", ["(1000000000, 3)", "(99999999999999999999999999, 0)", "(1000000000000, 0)", "(4, 1000000000)"]
)
def test_a_claimed_size_takes_no_memory(tmp_path: Path, shape: str) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    lie = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    path = rewritten(tmp_path / "a.posknn", lambda members: members.update({"rows.npy": lie}))
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError):
            read_state(path)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_is_refused_packed(tmp_path: Path) -> None:
    zeros = npy(np.zeros((1_000_000, 3), np.float32))
    bomb = rewritten(tmp_path / "a.posknn", lambda members: members.update({"rows.npy": zeros}), zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError, match="compressed"):
            read_state(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


CONTENT = {name: (GOLDEN / f"{name}.posknn").read_bytes() for name in ("knn", "poses")}


def outcome(path: Path) -> tuple[int, ...] | str:
    """Return the shape of what is read, or what is said instead."""
    try:
        state = read_state(path)
    except FileFormatError as error:
        return str(error)
    return state.rows.shape if isinstance(state, KNNState) else state.points.shape


def is_one_line(said: object, path: Path) -> bool:
    return isinstance(said, str) and str(path) in said and "\n" not in said


def test_arrow_is_not_loaded_for_it() -> None:
    modules = "posknn.storage.classifier_files, posknn.storage.formats." + ", posknn.storage.formats.".join(
        ["google_csv", "ml5_json", "segments_csv", "webvtt", "wide_csv"]
    )
    code = f"import sys, {modules}; sys.exit('pyarrow' in sys.modules)"
    root = str(Path(next(iter(posknn.__path__))).parent)
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": root})


@settings(deadline=None, max_examples=150)
@given(name=st.sampled_from(["knn", "poses"]), data=st.data())
def test_damage_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    content = bytearray(CONTENT[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.posknn"
    path.write_bytes(content)
    said = outcome(path)
    assert is_one_line(said, path) or said == ((4, 3) if name == "knn" else (3, 33, 4))


@pytest.mark.parametrize("name", ["knn", "poses"])
def test_truncation_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.posknn"
    for end in range(0, len(CONTENT[name]), 13):
        path.write_bytes(CONTENT[name][:end])
        assert is_one_line(outcome(path), path)
