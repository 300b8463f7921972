"""ml5's files: all of them are read, and what we write is what ml5 would have written."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest

from posknn.classification.state import KNNState
from posknn.errors import FileFormatError, OutputError
from posknn.storage.formats import ml5_json
from posknn.values import Label

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"
ML5 = Path(__file__).parents[4] / "shared" / "data" / "ml5"

needs_ml5_files = pytest.mark.skipif(not ML5.is_dir(), reason="the files that ml5 saved are not here")


def state(
    labels: tuple[Label, ...] = ("stand", 'ü "x"\n😀'), order: tuple[int, ...] = (0, 1), metric: str = "cosine"
) -> KNNState:
    rows = np.array([[1, 0, 0], [0.6, -0.8, 0], [-0.0, 5.0287395424675196e-05, 1.2e-7]], np.float32)
    return KNNState(
        k=3,
        metric=metric,
        weights="uniform",
        rows=rows,
        lengths=np.ones(3, np.float32),
        ids=np.arange(3),
        next_id=3,
        classes=np.array([0, 1, 0]),
        labels=labels,
        order=order,
        recordings=(None,) * 3,
        times=np.full(3, np.nan),
    )


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    ml5_json.write(state(), tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == (GOLDEN / "ml5.json").read_bytes()


def test_numbers_are_written_as_javascript_does(tmp_path: Path) -> None:
    """The texts are what node prints for JSON.stringify(Math.fround(x))."""
    numbers = [0.6, -0.8, 5.0287395424675196e-05, 1.2e-7, 1e-6, 9.99e-7, 1e21, 123456789012345680000, -0.0]
    rows = np.array([numbers], np.float32)
    one = np.ones(1, np.float32)
    none = np.zeros(1, np.int64)
    ml5_json.write(
        KNNState(3, "cosine", "uniform", rows, one, none, 1, none, ("a",), (0,), (None,), np.zeros(1)), tmp_path / "a"
    )
    assert re.findall(r'"[0-8]":([^,{}]+)', (tmp_path / "a").read_text().partition("tensors")[2]) == [
        "0.6000000238418579",
        "-0.800000011920929",
        "0.000050287395424675196",
        "1.199999957179898e-7",
        "9.999999974752427e-7",
        "9.990000080506434e-7",
        "1.0000000200408773e+21",
        "123456789557014430000",
        "0",
    ]


@pytest.mark.parametrize("labels", [("a", "b"), (0, 1), (5, 2), (5, "5"), ("", "0"), (-1, "\ud800"), ("1", 10**30)])
def test_labels_come_back_as_they_were(tmp_path: Path, labels: tuple[Label, ...]) -> None:
    ml5_json.write(state(labels), tmp_path / "a.json")
    again = ml5_json.read(tmp_path / "a.json")
    assert again.labels == labels
    assert [type(label) for label in again.labels] == [type(label) for label in labels]


def test_numbers_from_0_need_no_label(tmp_path: Path) -> None:
    ml5_json.write(state((0, 1)), tmp_path / "a.json")
    assert "label" not in (tmp_path / "a.json").read_text()
    ml5_json.write(state((5, 2)), tmp_path / "a.json")
    dataset = json.loads((tmp_path / "a.json").read_text())["dataset"]
    assert [dataset[key]["label"] for key in "01"] == ["5", "2"]


def test_classes_are_written_in_the_order_that_breaks_ties(tmp_path: Path) -> None:
    ml5_json.write(state(order=(1, 0)), tmp_path / "a.json")
    again = ml5_json.read(tmp_path / "a.json")
    assert again.labels == ('ü "x"\n😀', "stand")
    np.testing.assert_array_equal(again.rows, state().rows[[1, 0, 2]])


def test_only_cosine_fits_into_the_format(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.json: ml5 knows cosine only.*\.posknn"):
        ml5_json.write(state(metric="euclidean"), tmp_path / "a.json")


def test_a_row_that_is_no_number_becomes_null_as_in_ml5(tmp_path: Path) -> None:
    broken = state()
    broken.rows[1] = np.nan
    ml5_json.write(broken, tmp_path / "a.json")
    assert '{"0":null,"1":null,"2":null}' in (tmp_path / "a.json").read_text()
    np.testing.assert_array_equal(ml5_json.read(tmp_path / "a.json").rows[2], [0, 0, 0])


def written(path: Path, **changes: object) -> Path:
    content: dict[str, object] = {
        "dataset": {"0": {"shape": [2, 2], "label": "a"}, "1": {"shape": [1, 2], "label": "b"}},
        "tensors": [[1, 2, 3, 4], {"0": 5, "1": 6}],
    }
    path.write_text(json.dumps(content | changes))
    return path


def test_hand_made_files_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", tensors=[{"3": 4, "1": None, "0": 1, "2": 3.5}, [5, 6]])
    read = ml5_json.read(path)
    np.testing.assert_array_equal(read.rows, np.array([[1, 0], [3.5, 4], [5, 6]], np.float32))
    assert (read.k, read.metric, read.weights, read.next_id) == (3, "cosine", "uniform", 3)
    assert (read.ids.tolist(), read.classes.tolist()) == ([0, 1, 2], [0, 0, 1])
    assert (read.labels, read.order) == (("a", "b"), (0, 1))
    np.testing.assert_array_equal(read.lengths, np.ones(3))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(ml5_json.read(path).rows) == 3


def test_keys_are_paired_in_the_order_of_javascript(tmp_path: Path) -> None:
    one: dict[str, object] = {"shape": [1, 1]}
    dataset = {"10": one, "9": one, "-1": one, "x": one, "01": one, "1.5": one}
    read = ml5_json.read(written(tmp_path / "a.json", dataset=dataset, tensors=[[i] for i in range(6)]))
    assert read.labels == (9, 10, -1, "x", "01", "1.5")
    assert read.rows.ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_a_label_without_rows_is_kept(tmp_path: Path) -> None:
    dataset = {"0": {"shape": [0, 2], "label": "a"}, "1": {"shape": [1, 2], "label": "b"}}
    read = ml5_json.read(written(tmp_path / "a.json", dataset=dataset, tensors=[[], [1, 2]]))
    assert (read.labels, read.order, read.classes.tolist()) == (("a", "b"), (1,), [1])


HEAD: dict[str, object] = {"shape": [1, 2]}
WRONG: list[tuple[dict[str, object], str]] = [
    ({"dataset": None}, "dataset"),
    ({"dataset": [HEAD, HEAD]}, "dataset"),
    ({"tensors": None}, "tensors"),
    ({"tensors": {}}, "tensors"),
    ({"tensors": []}, "2 classes in dataset, but 0 tensors"),
    ({"tensors": [[1, 2, 3], [5, 6]]}, "tensors.0: expected 4 numbers.*found 3"),
    ({"tensors": [[1, 2, 3, 4], [5, "6"]]}, "tensors.1: expected numbers only"),
    ({"tensors": [[1, 2, 3, 4], [5, True]]}, "tensors.1: expected numbers only"),
    ({"tensors": [[1, 2, 3, 4], [5, [6]]]}, "tensors.1: expected numbers only"),
    ({"tensors": [[1, 2, 3, 4], {"0": 1, "b": 2}]}, "tensors.1: expected the keys"),
    ({"tensors": [[1, 2, 3, 4], "56"]}, "tensors.1: expected an object or list"),
    ({"tensors": [[1, 2, 3, 4], [5, 1e39]]}, "tensors.1: a number beyond"),
    ({"tensors": [[1, 2, 3, 4], [5, 10**400]]}, "tensors.1: a number beyond"),
    ({"dataset": {"0": None, "1": HEAD}}, "dataset.0.shape"),
    ({"dataset": {"0": {"shape": [2]}, "1": HEAD}}, "dataset.0.shape: expected .rows, numbers"),
    ({"dataset": {"0": {"shape": [10**12, 10**12]}, "1": HEAD}}, "tensors.0: expected 1000000000000000000000000"),
    ({"dataset": {"0": {"shape": [-2, -2]}, "1": HEAD}}, "dataset.0.shape: expected two whole numbers"),
    ({"dataset": {"0": {"shape": [2, 2.5]}, "1": HEAD}}, "dataset.0.shape"),
    ({"dataset": {"0": {"shape": [2, 2]}, "1": {"shape": [1, 3]}}}, "dataset.1.shape: vectors of 3 numbers, but 2"),
    ({"dataset": {"0": {"shape": [2, 2], "label": ["a"]}, "1": HEAD}}, "dataset.0.label"),
    ({"dataset": {"0": {"shape": [2, 2], "label": True}, "1": HEAD}}, "dataset.0.label"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(FileFormatError, match=message) as caught:
        ml5_json.read(written(tmp_path / "a.json", **changes))
    assert str(tmp_path / "a.json") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"{", b"{'dataset': 1}", b"\xff\xfe{", b"[" * 100_000, b'{"a":' * 100_000, b'{"x": NaN}'],
)
def test_what_is_no_such_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.json") as caught:
        ml5_json.read(tmp_path / "a.json")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"cannot read .*a\.json"):
        ml5_json.read(tmp_path / "a.json")


def files_of_ml5() -> list[Path]:
    return sorted(path for path in ML5.glob("*/*.json") if path.name != "expected.json")


@needs_ml5_files
def test_every_file_of_ml5_is_read_with_its_counts() -> None:
    expected = json.loads((ML5 / "saved" / "expected.json").read_text())
    for path in files_of_ml5():
        read = ml5_json.read(path)
        content = json.loads(path.read_text())
        assert len(read.rows) == sum(head["shape"][0] for head in content["dataset"].values())
        assert list(read.labels) == [head.get("label", int(key)) for key, head in content["dataset"].items()]
        counts = {str(label): read.classes.tolist().count(index) for index, label in enumerate(read.labels)}
        if path.parent.name == "saved":  # ml5 leaves numbers out of it
            assert expected[path.stem].get("countByLabel", {}).items() <= counts.items()


@needs_ml5_files
def test_what_ml5_wrote_is_written_again_byte_for_byte(tmp_path: Path) -> None:
    def without_counters(path: Path) -> str:
        return re.sub(r'"(id|scopeId)":\d+', "", path.read_text().strip())

    for name in ("empty", "numbers_0_1_2", "pose34", "pose51", "pose99", "twelve_labels", "pose51_old_0.4.3"):
        path = ML5 / "saved" / f"{name}.json"
        ml5_json.write(ml5_json.read(path), tmp_path / "a.json")
        assert without_counters(tmp_path / "a.json") == without_counters(path)


@needs_ml5_files
def test_a_large_file_is_read_at_once() -> None:
    path = ML5 / "real" / "ml5-library_video_mobilenet1000.json"
    times = []
    for _ in range(3):
        start = time.perf_counter()
        ml5_json.read(path)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3
