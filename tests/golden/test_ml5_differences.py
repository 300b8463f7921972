"""Every row of the table of differences in docs/ml5.md has a check here, and every check its row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from posknn import KNNClassifier, Label

PAGE = (Path(__file__).parents[2] / "docs" / "ml5.md").read_text("utf-8")
TABLE = PAGE.split("| what | ml5 0.12.2 | posknn |")[1]
ROWS = [line.split("|")[1].strip() for line in TABLE.splitlines() if line.startswith("| ") and "---" not in line]

CHECKS: dict[str, Callable[[Path], None]] = {}


def row(name: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def keep(check: Callable[[Path], None]) -> Callable[[Path], None]:
        CHECKS[name] = check
        return check

    return keep


def taught(*examples: tuple[Label, list[float]], k: int = 1) -> KNNClassifier:
    knn = KNNClassifier(k)
    for label, vector in examples:
        knn.add_example(vector, label)
    return knn


def loaded(knn: KNNClassifier, folder: Path) -> KNNClassifier:
    return KNNClassifier.load(knn.save(folder / "myKNN"))


def test_the_table_and_the_checks_are_one() -> None:
    assert list(CHECKS) == ROWS


@pytest.mark.parametrize("name", ROWS)
def test_row(name: str, tmp_path: Path) -> None:
    CHECKS[name](tmp_path)


@row("label after loading")
def _(folder: Path) -> None:
    again = loaded(taught(("B", [1, 0]), ("A", [0, 1])), folder)
    assert (again.classify([0, 1], 1).label, again.classify([0, 1], 1).class_index) == ("A", 1)


@row("counts after loading")
def _(folder: Path) -> None:
    assert loaded(taught(("A", [1, 0])), folder).get_count_by_label() == {"A": 1}


@row("files with gaps")
def _(folder: Path) -> None:
    cases: list[list[Label]] = [["A", "B", "C"], [1, 2, 4]]
    for labels in cases:
        knn = KNNClassifier()
        knn.add_examples(np.eye(3), labels)
        knn.clear_label(labels[0])
        assert loaded(knn, folder).classify([0, 0, 1], 1).label == labels[2]
    head = {"shape": [1, 2], "dtype": "float32"}
    path = folder / "gap.json"
    path.write_text(json.dumps({"dataset": {"1": head, "7": head}, "tensors": [[1, 0], [0, 1]]}), "utf-8")
    assert KNNClassifier.load(path).classify([0, 1], 1).label == 7


@row("numbers as labels")
def _(folder: Path) -> None:
    answer = taught((5, [1, 0]), ("5", [0, 1])).classify([1, 0])
    assert answer.label == 5
    assert isinstance(answer.label, int)


@row("numbers beside words")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0, 0]), (0, [0, 1, 0]), ("0", [0, 0, 1]))
    assert knn.get_count_by_label() == {"A": 1, 0: 1, "0": 1}
    knn.clear_label(0)
    assert knn.labels == ("A", "0")


@row("class index of numbers")
def _(folder: Path) -> None:
    answer = taught((5, [1, 0]), (2, [0, 1])).classify([0, 1])
    assert (answer.class_index, answer.confidences) == (1, {0: 0, 1: 1})


@row("what is no label")
def _(folder: Path) -> None:
    for label in (None, True, "", 1.5, ["A"]):
        with pytest.raises(ValueError, match="a label is a word or a whole number"):
            KNNClassifier().add_example([1, 0], label)  # type: ignore[arg-type]


@row("reserved words")
def _(folder: Path) -> None:
    knn = taught(("__proto__", [1, 0]), ("constructor", [0, 1]))
    assert loaded(knn, folder).classify([1, 0], 1).confidences_by_label == {"__proto__": 1, "constructor": 0}


@row("a word cleared and taught again")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0]), ("B", [0, 1]), k=2)
    assert knn.classify([1, 1]).label == "A"
    knn.clear_label("A")
    knn.add_example([1, 0], "A")
    assert knn.classify([1, 1]).label == "B"


@row("words that are numbers")
def _(folder: Path) -> None:
    examples: list[tuple[Label, list[float]]] = [("a", [1, 0]), ("10", [0, 1]), ("9", [-1, 0])]
    assert taught(*examples, k=3).classify([1, 1]).label == "9"
    assert taught(*examples[:2], k=3).classify([1, 1]).label == "10"


@row("odd k")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0]), ("B", [0, 1]))
    for k in (2.5, "5", True, 0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="k must be a whole number of 1 or more"):
            knn.classify([1, 0], k)  # type: ignore[arg-type]
    assert len(knn.classify([1, 0], None).neighbors) == 1


@row("zeros")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0]), ("B", [0, 1]))
    with pytest.raises(ValueError, match="no direction"):
        knn.add_example([0, 0], "A")
    assert (knn.classify([0, 0]).label, len(knn)) == (None, 2)


@row("what is no number")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0]))
    for wrong in ([np.nan, 1], [np.inf, 1], [None, 1], ["x", 1]):
        with pytest.raises(ValueError, match="number"):
            knn.add_example(wrong, "B")  # type: ignore[arg-type]
    assert [knn.classify(query).label for query in ([np.nan, 1], [np.inf, 1])] == [None, None]


@row("nothing and a single number")
def _(folder: Path) -> None:
    with pytest.raises(ValueError, match="at least one number"):
        KNNClassifier().add_example([], "A")
    knn = KNNClassifier()
    knn.add_example(1, "A")
    assert (knn.width, knn.classify(2).label) == (1, "A")


@row("nested lists")
def _(folder: Path) -> None:
    knn = KNNClassifier()
    knn.add_example([[1, 0], [0, 0]], "A")
    knn.add_example([0, 1, 0, 0], "B")
    assert knn.classify([[0], [1], [0], [0]], 1).label == "B"


@row("another length after clearing")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0, 0]))
    knn.clear_all_labels()
    knn.add_example([1, 0], "A")
    assert knn.classify([1, 0]).label == "A"


@row("labels after clearing")
def _(folder: Path) -> None:
    knn = taught((1, [1, 0]))
    knn.clear_all_labels()
    knn.add_examples([[1, 0], [0, 1]], ["P", "Q"])
    assert [knn.classify(query).label for query in ([1, 0], [0, 1])] == ["P", "Q"]


@row("a refused example")
def _(folder: Path) -> None:
    knn = taught(("A", [1, 0]))
    with pytest.raises(ValueError, match="vectors of 2 numbers"):
        knn.add_example([1, 0, 0], "B")
    knn.add_example([0, 1], "C")
    assert (knn.labels, knn.classify([0, 1]).class_index) == (("A", "C"), 1)
