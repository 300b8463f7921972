"""KNNClassifier gives the answers that TF.js's knn-classifier, which ml5 wraps, has printed for the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from posknn import KNNClassifier, Prediction
from posknn.errors import NotTaughtError, UnknownLabelError

HERE = Path(__file__).parent
ALL = HERE.parents[2] / "shared" / "data" / "ml5" / "golden.json"
COMMITTED: dict[str, Any] = json.loads((HERE / "ml5_answers.json").read_text("utf-8"))
NOT_COMPARABLE = {"float32_sensitive", "zero_example", "zero_query"}
"""Tags of cases that rounding decides, or in which zeros over zeros spread NaN through the ranking."""

REFUSED = r"k must be a whole number|a label is a word"


def _is_refused(case: dict[str, Any]) -> bool:
    """Say whether posknn refuses on purpose what TF.js makes something of."""
    k = case["k"]
    whole = k is None or k == {"$special": "undefined"} or (isinstance(k, int) and k >= 1)
    labels_good = all(isinstance(label, str | int) and label != "" for label, _ in case["examples"])
    return not (whole and labels_good)


def _agrees(found: Prediction, expected: dict[str, Any], *, index: bool = True) -> bool:
    shares = {str(label): share for label, share in found.confidences_by_label.items()}
    same_index: bool = not index or found.class_index == expected["classIndex"]
    return same_index and (str(found.label), shares) == (expected["label"], expected["confidences"])


def _wrong(case: dict[str, Any]) -> list[str]:
    """Return the queries of a case that posknn answers otherwise."""
    knn = KNNClassifier()
    for label, vector in case["examples"]:
        knn.add_example(vector, label)
    k = None if case["k"] == {"$special": "undefined"} else case["k"]
    answers = [knn.classify(query, k) for query in case["queries"]]
    pairs = zip(answers, case["expected"]["tfjs"], strict=True)
    return [f"{case['id']}[{place}]" for place, (found, wanted) in enumerate(pairs) if not _agrees(found, wanted)]


@pytest.mark.parametrize("case", COMMITTED["cases"], ids=lambda case: case["id"])
def test_a_few_dozen_cases(case: dict[str, Any]) -> None:
    if not _is_refused(case):
        assert not _wrong(case)
        return
    with pytest.raises(ValueError, match=REFUSED):
        _wrong(case)


def test_the_committed_cases_cover_what_is_easily_got_wrong() -> None:
    kinds = {case["id"].rsplit("-", 1)[0] for case in COMMITTED["cases"]}
    assert {"vote_tie", "similarity_tie", "one_dim", "label_kind", "k_kind", "magnitude", "few_examples"} <= kinds


@pytest.mark.parametrize("scenario", COMMITTED["scenarios"], ids=lambda scenario: scenario["id"])
def test_a_script_of_calls_gives_the_same_answers(scenario: dict[str, Any]) -> None:
    knn = KNNClassifier()
    for (call, *arguments), expected in scenario["steps"]:
        if "error" in expected:
            with pytest.raises((ValueError, NotTaughtError, UnknownLabelError)):
                _call(knn, call, arguments)
            continue
        found = _call(knn, call, arguments)
        if isinstance(found, Prediction):
            # TF.js counts class indices on after everything was cleared; posknn begins anew.
            assert _agrees(found, expected["value"], index=scenario["id"] != "clear_all_then_reuse")
        elif call in {"count", "numLabels"}:
            assert found == expected["value"]


def _call(knn: KNNClassifier, call: str, arguments: list[Any]) -> object:
    if call == "add":
        return knn.add_example(arguments[1], arguments[0])
    if call == "classify":
        return knn.classify(*arguments)
    if call == "numLabels":
        return knn.get_num_labels()
    if call == "count":
        return {str(label): count for label, count in knn.get_count_by_label().items()}
    if call == "clearLabel":
        knn.clear_label(arguments[0])
    else:
        assert call == "clearAll"
        knn.clear_all_labels()
    return None


@pytest.mark.skipif(not ALL.exists(), reason=f"{ALL.name} is not beside the repository")
def test_all_cases() -> None:
    cases = [case for case in json.loads(ALL.read_text("utf-8"))["cases"] if not NOT_COMPARABLE & set(case["tags"])]
    compared = [case for case in cases if not _is_refused(case)]
    assert len(compared) > 150
    assert [query for case in compared for query in _wrong(case)] == []
    for case in cases:
        if _is_refused(case):
            with pytest.raises(ValueError, match=REFUSED):
                _wrong(case)
