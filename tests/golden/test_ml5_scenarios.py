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

DIFFERENT: dict[str, dict[int, str]] = {}


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
