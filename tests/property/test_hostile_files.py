"""No file, however damaged or made to harm, brings another error than ours or more memory than it is worth."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.errors import PosknnError
from posknn.storage.classifiers import load
from posknn.storage.formats import arrays, coords_csv, google_csv, wide_csv
from posknn.storage.recordings import write_recording
from posknn.testing import stick_figure
from posknn.values import Recording

ANGLES = (5, 10, 90, 100, 160, 170)
FLOOR = 6 * 2**20
"""Bytes that any file may take: Python itself, and the few megabytes that are always granted."""


def _recording() -> Recording:
    points = np.stack([as_points(stick_figure(arms=angle)) for angle in ANGLES])
    groups = ["x", "x", "x", "y", "y", "y"]
    return Recording(points, ("a", "a", "b", "b", "c", "c"), provenance={"groups": groups})


def _seeds(folder: Path) -> dict[str, bytes]:
    """Return a good file of every format."""
    recording = _recording()
    whole = replace(recording, points=np.nan_to_num(recording.points))
    write_recording(recording, folder / "recording.parquet")
    wide_csv.write(recording, folder / "wide.csv")
    google_csv.write(whole, folder / "google.csv")
    coords_csv.write(recording, folder / "coords.csv")
    arrays.write(recording, folder / "arrays.npz")
    arrays.write(recording, folder / "X.npy")
    np.savez_compressed(folder / "packed.npz", X=whole.points[..., :3], y=[1, 1, 2, 2, 3, 3])
    PoseClassifier().learn(recording).save(folder / "poses.posknn")
    knn = KNNClassifier()
    knn.add_examples(whole.points.reshape(6, -1), list("aabbcc"))
    knn.save(folder / "vectors.posknn")
    knn.save(folder / "ml5.json")
    names = (folder / "coords.csv").read_text().splitlines()[0].split(",")
    columns = dict(zip(names[1:], whole.points.reshape(6, -1).T, strict=True))
    pq.write_table(pa.table(columns | {"class": list("aabbcc")}), folder / "table.parquet")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "y.npy"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def seeds(folder: Path) -> dict[str, bytes]:
    return _seeds(folder)


ODD = st.sampled_from(
    [
        b"",
        b",",
        b'"',
        b"\0",
        b"nan",
        b"inf",
        b"-1",
        b"1e39",
        b"\n",
        b"[",
        b"{",
        b"\xff" * 4,
        b"9" * 20,
        b"1_0",
        b"PK\5\6",
    ]
)
Damage = tuple[float, int, bytes, bool]
DAMAGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), ODD | st.binary(max_size=4), st.booleans()), min_size=1, max_size=4
)


def _damaged(content: bytes, damages: list[Damage]) -> bytes:
    """Put bytes in the place of others, or cut off what follows."""
    for place, removed, put, cut in damages:
        at = int(place * len(content))
        content = content[:at] + put + (b"" if cut and removed > 20 else content[at + removed :])
    return content


def _inside(content: bytes, damages: list[Damage], which: int) -> bytes:
    """Damage one member of a zip file and pack it again, so that its checksum is right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = list(members)[which % len(members)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, _damaged(member, damages) if name == chosen else member)
    return packed.getvalue()


NAMES = (
    *(
        "recording.parquet",
        "table.parquet",
        "wide.csv",
        "google.csv",
        "coords.csv",
        "arrays.npz",
        "packed.npz",
        "X.npy",
    ),
    *("poses.posknn", "vectors.posknn", "ml5.json"),
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=DAMAGES, which=st.integers(0, 9), packed=st.booleans())
def test_a_damaged_file_is_an_error_of_ours_or_a_classifier(
    folder: Path, seeds: dict[str, bytes], name: str, damages: list[Damage], which: int, packed: bool
) -> None:
    zip_file = name.endswith((".npz", ".posknn")) and packed
    content = _inside(seeds[name], damages, which) if zip_file else _damaged(seeds[name], damages)
    path = folder / f"damaged{Path(name).suffix}"
    path.write_bytes(content)
    said = ""
    try:
        loaded = load(path)
    except PosknnError as error:
        said = str(error)
    assert "\n" not in said
    if said:
        assert f"damaged{path.suffix}" in said
    else:
        assert len(loaded) > 0 or path.suffix in (".json", ".posknn")


def test_every_seed_is_good(folder: Path, seeds: dict[str, bytes]) -> None:
    assert set(seeds) == set(NAMES)
    assert all(len(load(folder / name)) == 6 for name in NAMES)


# --- memory


def _json(rows: int, width: int, number: str, *, keyed: bool) -> bytes:
    cells = (f'"{i}":{number}' if keyed else number for i in range(rows * width))
    tensor = ",".join(cells)
    tensor = f"{{{tensor}}}" if keyed else f"[{tensor}]"
    return f'{{"dataset":{{"0":{{"shape":[{rows},{width}]}}}},"tensors":[{tensor}]}}'.encode()


def _csv(rows: int, row: str, header: str = "") -> bytes:
    return (header + f"{row}\n" * rows).encode()


def _zip(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


def _posknn(head: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("posknn.json", head)
    return packed.getvalue()


def _many_members(count: int) -> bytes:
    """Return a zip file whose list names one member over and over."""
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, count * len(entry), len(local), 0)
    return local + entry * count + end


def _npy(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    content = io.BytesIO()
    np.save(content, np.zeros(shape, kind))
    return content.getvalue()


def _constant_table(rows: int) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({f"{part}{point}": np.zeros(rows) for point in range(33) for part in "xy"}), sink)
    return sink.getvalue()


FIVE = "nose_x,nose_y,left_hip_x,left_hip_y,right_hip_x,right_hip_y,left_knee_x,left_knee_y,label"
PAIRS = ",".join(f"x{point},y{point}" for point in range(33))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "zeros.json": lambda: _json(2_000, 50, "0", keyed=True),
    "list.json": lambda: _json(4_000, 50, "0", keyed=False),
    "narrow.json": lambda: _json(40_000, 1, "1", keyed=False),
    "lists.json": lambda: b'{"dataset":{"0":[' + b"[]," * 100_000 + b"[]]}}",
    "tensors.json": lambda: b'{"dataset":{},"tensors":[' + b"[]," * 200_000 + b"[]]}",
    "classes.json": lambda: b'{"dataset":{' + b",".join(b'"%d":{"shape":[0,0]}' % i for i in range(60_000)) + b"}}",
    "deep.json": lambda: b'{"dataset":' + b'{"a":' * 50_000,
    "commas.csv": lambda: _csv(10_000, "," * 66, f"a,{PAIRS}\n"),
    "few.csv": lambda: _csv(50_000, "0,0,0,0,0,0,0,0,a", f"{FIVE}\n"),
    "ours.csv": lambda: _csv(9_000, "," * 132, ",".join([*wide_csv.NUMBERS, "label"]) + "\n"),
    "google.csv": lambda: _csv(9_000, "a," + ",0" * 99),
    "line.csv": lambda: b"aa," * 1_000_000,
    "quote.csv": lambda: b'x,"' + b'aa"\n,"' * 500_000,
    "bomb.npz": lambda: _zip(X__npy=_npy((60_000, 132)), y__npy=_npy((60_000,), "<i8")),
    "halves.npz": lambda: _zip(X__npy=_npy((50_000, 66), "<f2")),
    "text.npz": lambda: _zip(X__npy=_npy((9, 132)), y__npy=_npy((9,), "<U1000000")),
    "halves.npy": lambda: _npy((60_000, 66), "<f2"),
    "bytes.npy": lambda: _npy((120_000, 66), "|u1"),
    "members.npz": lambda: _many_members(60_000),
    "members.posknn": lambda: _many_members(60_000),
    "lists.posknn": lambda: _posknn(b"[" + b"[]," * 200_000 + b"[]]"),
    "text.posknn": lambda: _posknn(json.dumps({"labels": [f"{i:x}" for i in range(200_000)]}).encode()),
    "text.parquet": lambda: b"PAR1" + b"\xff" * 10_000 + b"PAR1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_memory_stays_in_proportion(folder: Path, seeds: dict[str, bytes], tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    for seed in seeds:  # what is imported on the way does not count
        if seed.endswith(path.suffix):
            load(folder / seed)
    said = ""
    tracemalloc.start()
    try:
        load(path)
    except PosknnError as error:
        said = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert "\n" not in said
    assert peak < 10 * path.stat().st_size + FLOOR, f"{peak / path.stat().st_size:.1f} times; {said}"


def test_a_table_of_nothing_in_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(_constant_table(400_000))
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(PosknnError, match=r"a\.parquet, row [0-9]+: refused"):
        load(tmp_path / "a.parquet")
    assert pa.default_memory_pool().max_memory() - before < 64 * 2**20


def test_hours_of_nobody_are_an_honest_recording(tmp_path: Path) -> None:
    points = np.full((40_000, 33, 4), np.nan, np.float32)
    points[7] = _recording().points[0]
    labels = tuple("a" if row == 7 else None for row in range(40_000))
    write_recording(Recording(points, labels), tmp_path / "a.parquet")
    assert len(load(tmp_path / "a.parquet")) == 1
