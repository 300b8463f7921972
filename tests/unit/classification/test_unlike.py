"""Poses are ranked by how far the nearest examples are, and by whether one label is clearly meant."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.unlike import unlikeness

Floats = npt.NDArray[np.float32]

EXAMPLES = np.array([[0, 0], [0, 0], [8, 0], [8, 0]], np.float32)
CLASSES = np.array([0, 0, 1, 1])


def unlike(*things: tuple[float, float], examples: Floats = EXAMPLES) -> list[float]:
    ways = np.array(things, np.float32)[:, None]
    return [float(far) for far in unlikeness(ways, examples, CLASSES[: len(examples)])]


def test_what_lies_between_two_labels_is_as_unlike_as_it_is_far() -> None:
    assert unlike((4, 0), (4, 3)) == pytest.approx([4, 5])


def test_what_lies_beyond_a_label_is_more_like_it() -> None:
    between, beyond = unlike((2, 0), (-2, 0))
    assert between == pytest.approx(2 * (2 / 6) ** 0.5)
    assert beyond == pytest.approx(2 * (2 / 10) ** 0.5)


def test_an_example_itself_is_not_unlike() -> None:
    assert unlike((0, 0), (8, 0)) == pytest.approx([0, 0], abs=1e-3)


def test_two_examples_are_asked_where_there_are_two() -> None:
    assert unlike((0, 3), examples=np.array([[0, 0], [0, 8]], np.float32)) == pytest.approx([4])
    assert unlike((0, 3), examples=EXAMPLES[:1]) == pytest.approx([3])


def test_one_label_alone_gives_the_distance() -> None:
    assert unlike((0, 3), (30, 40), examples=EXAMPLES[:2]) == pytest.approx([3, 50])


def test_what_lies_amid_examples_of_a_label_is_meant_by_it() -> None:
    amid = np.array([[0, 3], [0, -3], [8, 3], [8, 3]], np.float32)
    assert unlike((0, 0), examples=amid) == pytest.approx([0], abs=1e-3)
    assert unlike((4, 0), examples=amid) == pytest.approx([5 * (4 / 5) ** 0.5])


def test_the_nearest_way_counts_and_examples_may_stand_in_any_order() -> None:
    ways = np.array([[[50, 50], [0, 3]]], np.float32)
    mixed = np.array([2, 0, 3, 1])
    one = unlikeness(ways, EXAMPLES, CLASSES)
    assert one.tolist() == unlikeness(ways, EXAMPLES[mixed], CLASSES[mixed]).tolist()
    assert one == pytest.approx(3 * (3 / 73**0.5) ** 0.5)


def test_what_cannot_be_compared_is_infinitely_unlike() -> None:
    blind = np.array([[0, np.nan], [0, np.nan], [8, np.nan], [8, np.nan]], np.float32)
    assert unlike((np.nan, 3), examples=blind) == [np.inf]
    half = np.array([[0, np.nan], [0, np.nan], [np.nan, 8], [np.nan, 8]], np.float32)
    assert unlike((3, np.nan), examples=half) == pytest.approx([3 * 2**0.5])


def test_no_things_give_no_numbers() -> None:
    assert unlikeness(np.empty((0, 1, 2), np.float32), EXAMPLES, CLASSES).shape == (0,)


def test_many_are_ranked_as_one_by_one() -> None:
    random = np.random.default_rng(3)
    ways, examples = random.normal(size=(50, 2, 4)).astype(np.float32), random.normal(size=(30, 4)).astype(np.float32)
    classes = random.integers(0, 3, 30)
    whole = unlikeness(ways, examples, classes)
    one_by_one = [unlikeness(ways[row : row + 1], examples, classes)[0] for row in range(50)]
    assert whole == pytest.approx(one_by_one, rel=1e-5)
