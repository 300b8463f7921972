"""What callers give becomes float32 rows of their own, or an error that says what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from posknn.classification.search import METRICS
from posknn.classification.vectors import given_rows, numbers, ready_to_ask, ready_to_learn, rows_of


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int8", "uint64", "bool"])
def test_numbers_of_any_kind_become_float32_of_their_own(kind: str) -> None:
    given = np.array([[1, 0], [0, 1]]).astype(kind)
    made = numbers(given)
    assert made.dtype == np.float32
    assert made.tolist() == [[1, 0], [0, 1]]
    assert not np.shares_memory(made, given)


@pytest.mark.parametrize("wrong", [["1", "2"], [1, None], [1, 2j], [[1, 2], [3]], b"12", {"a": 1}], ids=repr)
def test_what_is_no_numbers_is_told(wrong: Any) -> None:
    with pytest.raises(ValueError, match="a vector needs numbers"):
        numbers(wrong)


def test_rows_are_flattened_and_large_arrays_not_copied_on_the_way() -> None:
    given = np.zeros((4, 3, 2), np.float64)
    assert given_rows(given).shape == (4, 6)
    assert np.shares_memory(given_rows(given), given)
    assert rows_of(np.empty((0, 7))).shape == (0, 0)
    with pytest.raises(ValueError, match="given as rows"):
        rows_of(5)


@pytest.mark.parametrize("metric", METRICS)
def test_the_wrong_number_is_named_by_its_place_in_what_the_caller_gave(metric: str) -> None:
    rows = np.ones((3, 4), np.float32)
    rows[1, 2] = np.inf
    with pytest.raises(ValueError, match="number 2 of example 8193 is inf"):
        ready_to_learn(rows, metric, 8192)


def test_what_a_metric_cannot_compare_is_marked() -> None:
    queries = np.array([[1, 2], [0, 0], [np.nan, 1], [np.inf, 1], [np.nan, np.nan]], np.float32)
    usable = {metric: ready_to_ask(queries, metric)[1] for metric in METRICS}
    assert usable == {
        "cosine": [True, False, False, False, False],
        "euclidean": [True, True, False, False, False],
        "manhattan": [True, True, False, False, False],
        "nan_euclidean": [True, True, True, False, False],
    }
