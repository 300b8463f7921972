"""Labels are words and whole numbers, each its own, in JavaScript's order of keys where votes tie."""

from __future__ import annotations

import enum

import numpy as np
import pytest

from posknn.classification.labels import check_label, key_of, numbered, tie_order
from posknn.values import Label


class Word(str, enum.Enum):  # noqa: UP042  # str() of this one is not its value
    UP = "up"


class Number(enum.IntEnum):
    FIVE = 5


@pytest.mark.parametrize(
    ("given", "plain"),
    [("up", "up"), (5, 5), (-3, -3), (np.str_("up"), "up"), (np.int32(5), 5), (Word.UP, "up"), (Number.FIVE, 5)],
)
def test_labels_become_plain_words_and_numbers(given: object, plain: Label) -> None:
    found = check_label(given)
    assert found == plain
    assert type(found) is type(plain)


@pytest.mark.parametrize("given", ["", None, True, np.True_, 1.0, np.float64(1), b"up", ("up",), ["up"]], ids=repr)
def test_what_is_no_label_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="a word or a whole number"):
        check_label(given)


def test_a_number_and_its_word_are_two_labels() -> None:
    assert key_of(1) != key_of("1")


def test_small_whole_numbers_come_first_then_labels_by_their_first_example() -> None:
    labels: list[Label] = ["b", "10", 9, -1, "9"]
    first = {label: row for row, label in enumerate(labels)}
    assert sorted(labels, key=lambda label: tie_order(label, first[label])) == [9, "9", "10", "b", -1]


def test_names_are_numbered_in_order_of_their_texts() -> None:
    assert numbered(["b", None, 10, "b", 9, "10"]).tolist() == [3, 2, 0, 3, 1, 0]
    assert numbered([]).tolist() == []
