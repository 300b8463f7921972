"""Scripts of calls on ml5's own KNNClassifier: posknn gives the same at every step but those that docs/ml5.md names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posknn import KNNClassifier, PosknnError, Prediction

ALL = Path(__file__).parents[3] / "shared" / "data" / "ml5" / "golden.json"
SCENARIOS: list[dict[str, Any]] = json.loads(ALL.read_text("utf-8"))["scenarios"] if ALL.exists() else []

# Per scenario: the row of the table in docs/ml5.md, and what posknn gives where ml5 gives something else.
DIFFERENT: dict[str, tuple[str, dict[int, object]]] = {
    "string_then_number": (
        "numbers beside words",
        {
            3: {"A": 1, "0": 1, "1": 1},
            4: {"A": 1, "0": 1, "1": 1},
            5: ("1", {"A": 0.0, "0": 0.0, "1": 1.0}),
            6: ("0", {"A": 0.0, "0": 1.0, "1": 0.0}),
        },
    ),
    "number_then_string": (
        "numbers beside words",
        {3: {"5": 1, "A": 1}, 4: ("5", {"5": 1.0, "A": 0.0}), 5: ("A", {"5": 0.0, "A": 1.0})},
    ),
    "odd_labels": ("what is no label", {0: "error", 1: "error", 2: "error", 3: "error", 4: {}, 6: 0, 7: "error"}),
    "object_name_labels": (
        "reserved words",
        {
            4: {"constructor": 1, "__proto__": 1, "toString": 1},
            5: ("constructor", {"constructor": 1.0, "__proto__": 0.0, "toString": 0.0}),
            6: ("__proto__", {"constructor": 0.0, "__proto__": 1.0, "toString": 0.0}),
        },
    ),
    "k_values": ("odd k", {10: "error", 16: "error", 17: "error", 18: "error", 21: "error", 22: "error"}),
    "nested_shapes": ("nested lists", {4: "done", 5: "done"}),
    "clear_label": ("files with gaps", {12: "done", 13: {"A": 1, "C": 1}}),
    "clear_unknown": ("numbers beside words", {3: "error", 5: "done"}),
    "clear_all_keeps_shape": ("another length after clearing", {2: "done"}),
    "clear_all_after_numbers": (
        "labels after clearing",
        {4: ("P", {"P": 1.0, "Q": 0.0}), 5: ("Q", {"P": 0.0, "Q": 1.0})},
    ),
    "save_load": ("label after loading", {10: ("A", {"B": 0.0, "A": 1.0}), 11: ("B", {"B": 1.0, "A": 0.0})}),
    "load_then_add_known": (
        "label after loading",
        {
            7: ("C", {"A": 0.0, "B": 0.0, "C": 1.0}),
            8: ("B", {"A": 0.0, "B": 1.0, "C": 0.0}),
            9: ("A", {"A": 1.0, "B": 0.0, "C": 0.0}),
        },
    ),
    "load_then_add_new": (
        "label after loading",
        {
            6: ("C", {"A": 0.0, "B": 0.0, "C": 1.0}),
            7: ("B", {"A": 0.0, "B": 1.0, "C": 0.0}),
            8: ("A", {"A": 1.0, "B": 0.0, "C": 0.0}),
        },
    ),
    "save_load_numbers": ("label after loading", {5: ("0", {"0": 1.0, "1": 0.0}), 6: {"0": 1, "1": 1}}),
    "save_load_numbers_gap": ("files with gaps", {4: "done", 5: ("1", {"1": 1.0, "2": 0.0}), 6: {"1": 1, "2": 1}}),
    "save_load_first_cleared": ("files with gaps", {5: "done", 6: {"B": 1}}),
    "save_load_last_cleared": ("label after loading", {8: ("A", {"A": 1.0})}),
    "load_over_other_data": ("counts after loading", {7: {"A": 1}, 9: 1}),
    "zero_example_changes_on_reload": (
        "zeros",
        {
            1: "error",
            4: ("B", {"A": 0.3333333333333333, "B": 0.6666666666666666}),
            8: ("B", {"A": 0.3333333333333333, "B": 0.6666666666666666}),
        },
    ),
    "not_numbers": (
        "what is no number",
        {0: "error", 1: "error", 2: "error", 4: "error", 6: {"C": 1}, 7: ("C", {"C": 1.0}), 8: "error"},
    ),
    "empty_and_scalar": (
        "nothing and a single number",
        {0: "error", 1: "done", 2: "error", 4: "done", 5: ("A", {"A": 1.0})},
    ),
    "load_plain_lists": ("label after loading", {3: ("two", {"one": 0.0, "two": 1.0})}),
    "load_minimal_keys": ("label after loading", {3: ("two", {"one": 0.0, "two": 1.0})}),
}


class Session:
    """Plays ml5's calls on a KNNClassifier."""

    def __init__(self, folder: Path) -> None:
        self.knn = KNNClassifier()
        self.saved = folder / "myKNN.json"
        self.given = folder / "given.json"

    def call(self, name: str, arguments: list[Any]) -> object:
        """Return what a call gives in ml5's terms: what comes back, or "error"."""
        calls: dict[str, Callable[..., object]] = {
            "add": lambda label, vector: self.knn.add_example(vector, label),
            "classify": lambda vector, k=None: answer(self.knn.classify(vector, plain(k))),
            "count": lambda: texts(self.knn.get_count_by_label()),
            "countByLabel": lambda: texts(self.knn.get_count_by_label()),
            "numLabels": lambda: self.knn.get_num_labels(),
            "clearLabel": lambda label: self.knn.clear_label(label),
            "clearAll": lambda: self.knn.clear_all_labels(),
            "save": lambda name="": self.knn.save(self.saved),
            "new": lambda: setattr(self, "knn", KNNClassifier()),
            "loadSaved": lambda: setattr(self, "knn", KNNClassifier.load(self.saved)),
            "load": self.load,
        }
        try:
            return calls[name](*map(plain, arguments))
        except (ValueError, PosknnError):
            return "error"

    def load(self, content: object) -> None:
        self.given.write_text(json.dumps(content), "utf-8")
        self.knn = KNNClassifier.load(self.given)


def plain(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"$special"}:
        return None if value["$special"] == "undefined" else float(value["$special"])
    return [plain(one) for one in value] if isinstance(value, list) else value


def texts(counts: Any) -> dict[str, float]:
    return {str(label): count for label, count in counts.items()}


def answer(found: Prediction) -> tuple[str, dict[str, float]]:
    return str(found.label), texts(found.confidences_by_label)


def theirs(name: str, told: dict[str, Any]) -> object:
    """Return what ml5 gave, as `Session.call` does."""
    if "error" in told:
        return "error"
    value = told["value"]
    if name == "classify":
        return value["label"], value.get("confidencesByLabel", value["confidences"])
    return value


def differing(scenario: dict[str, Any], folder: Path) -> dict[int, tuple[object, object]]:
    """Return the steps at which posknn gives something else, with what ml5 gave and what posknn gives."""
    session = Session(folder)
    found = {}
    told = scenario["expected"]["ml5"]
    for step, ((name, *arguments), expected) in enumerate(zip(scenario["ops"], told, strict=True)):
        if name == "state":
            continue
        ours, ml5 = session.call(name, arguments), theirs(name, expected)
        if name == "count":  # by class index there, by label here: compared where ml5 has both
            ours = ml5 if isinstance(ml5, dict) and sorted(ml5.values()) == sorted(ours.values()) else ours  # type: ignore[attr-defined]
        if name not in {"classify", "count", "countByLabel", "numLabels"} and ours != "error":
            ours, ml5 = "done", "error" if ml5 == "error" else "done"
        if ours != ml5:
            found[step] = (ml5, ours)
    return found


@pytest.mark.skipif(not SCENARIOS, reason=f"{ALL.name} is not beside the repository")
def test_every_step_is_ml5s_or_a_named_difference(tmp_path: Path) -> None:
    assert len(SCENARIOS) == 32
    for scenario in SCENARIOS:
        _, expected = DIFFERENT.get(scenario["id"], ("", {}))
        found = {step: ours for step, (_, ours) in differing(scenario, tmp_path).items()}
        assert found == expected, scenario["id"]


def test_every_difference_has_its_row_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ml5.md").read_text("utf-8")
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")}
    assert {row for row, _ in DIFFERENT.values()} <= rows
