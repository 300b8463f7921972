"""KNNClassifier has ml5's verbs without its traps, and refuses what it cannot learn without changing anything."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from posknn import KNNClassifier, Label, Prediction
from posknn.classification.search import METRICS
from posknn.errors import NotTaughtError, UnknownLabelError

Floats = npt.NDArray[np.float32]


def taught(*examples: tuple[Label, list[float]], k: int = 3, **options: Any) -> KNNClassifier:
    knn = KNNClassifier(k, **options)
    for label, vector in examples:
        knn.add_example(vector, label)
    return knn


def corners(**options: Any) -> KNNClassifier:
    return taught(("A", [1, 0, 0]), ("B", [0, 1, 0]), ("B", [0, 1, 0.1]), ("C", [0, 0, 1]), **options)


def seen(knn: KNNClassifier) -> tuple[object, ...]:
    """Return all that can be seen of a classifier, as plain values."""
    state = knn.state
    numbers = np.nan_to_num(state.rows, nan=-99).tolist(), state.ids.tolist(), state.classes.tolist(), state.next_id
    return (*numbers, state.labels, state.order, state.recordings, np.nan_to_num(state.times).tolist(), knn.width)


def said(answer: Prediction) -> tuple[object, ...]:
    """Return all that a prediction says, as plain values."""
    neighbors = [(near.example, near.label, near.distance, near.recording, near.time) for near in answer.neighbors]
    return answer.label, answer.class_index, dict(answer.confidences_by_label), answer.distance, neighbors


# --- the verbs, row by row


def test_the_defaults_are_ml5s() -> None:
    knn = KNNClassifier()
    assert (knn.k, knn.metric, knn.weights) == (3, "cosine", "uniform")


def test_an_example_gets_an_id_and_counts() -> None:
    knn = KNNClassifier()
    assert knn.add_example([0, 1], "B") == 0
    assert knn.add_examples([[1.0, 0], [1, 0.1]], ["A", "B"]) == [1, 2]
    assert len(knn) == 3
    assert knn.labels == ("B", "A")
    assert knn.get_count() == {0: 2, 1: 1}
    assert knn.get_count_by_label() == {"B": 2, "A": 1}
    assert knn.get_num_labels() == 2
    assert knn.width == 2
    assert repr(knn) == "KNNClassifier(k=3, 3 examples, labels ['B', 'A'])"


def test_before_any_example_there_is_nothing_to_count_and_nothing_to_ask() -> None:
    knn = KNNClassifier()
    assert (len(knn), knn.labels, knn.get_count(), knn.get_count_by_label(), knn.width) == (0, (), {}, {}, None)
    knn.clear_all_labels()
    with pytest.raises(NotTaughtError, match="add examples first"):
        knn.classify([1, 0])
    with pytest.raises(UnknownLabelError):
        knn.clear_label("A")


def test_an_answer_has_label_shares_distance_and_neighbours() -> None:
    answer = corners().classify([0, 1, 0.01])
    assert answer.label == "B"
    assert answer.class_index == 1
    assert answer.confidences_by_label == {"A": 0, "B": 2 / 3, "C": 1 / 3}
    assert answer.confidences == {0: 0, 1: 2 / 3, 2: 1 / 3}
    assert [near.example for near in answer.neighbors] == [1, 2, 3]
    assert answer.distance == answer.neighbors[0].distance
    assert answer.limit is None


def test_where_an_example_was_taught_is_told_by_neighbours() -> None:
    knn = KNNClassifier(1)
    knn.add_example([1, 0], "A", recording="monday", time=1.5)
    knn.add_example([0, 1], "B", time=2.5)
    knn.add_examples([[1, 1], [-1, 0]], ["C", "D"], recordings=["tuesday", None])
    found = [knn.classify(vector).neighbors[0] for vector in ([1, 0], [0, 1], [1, 1], [-1, 0])]
    assert [(near.recording, near.time) for near in found] == [
        ("monday", 1.5),
        (None, 2.5),
        ("tuesday", None),
        (None, None),
    ]


def test_k_can_be_told_per_query_and_more_than_there_are_means_all() -> None:
    knn = corners()
    assert len(knn.classify([1, 0, 0], 1).neighbors) == 1
    assert len(knn.classify([1, 0, 0], 2).neighbors) == 2
    assert knn.classify([1, 0, 0], 1000).confidences_by_label == {"A": 0.25, "B": 0.5, "C": 0.25}
    assert len(knn.classify([1, 0, 0], np.int64(2)).neighbors) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [0, -1, 2.5, 0.5, True, "3", float("inf"), float("nan")], ids=repr)
def test_k_is_a_whole_number_of_1_or_more(k: object) -> None:
    with pytest.raises(ValueError, match="k must be a whole number"):
        KNNClassifier(k)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="k must be a whole number"):
        corners().classify([1, 0, 0], k)  # type: ignore[arg-type]


def test_a_wrong_k_is_told_before_that_nothing_was_taught() -> None:
    with pytest.raises(ValueError, match="k must be"):
        KNNClassifier().classify([1, 0], 0)


def test_metrics_and_weights_have_names() -> None:
    with pytest.raises(ValueError, match="cosine, euclidean, manhattan, nan_euclidean"):
        KNNClassifier(metric="l2")
    with pytest.raises(ValueError, match="uniform, distance, means"):
        KNNClassifier(weights="linear")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="euclidean or nan_euclidean, not 'cosine'"):
        KNNClassifier(weights="means")


def test_many_are_named_as_one_by_one() -> None:
    knn = corners()
    queries = np.random.default_rng(1).normal(size=(20, 3))
    assert [said(one) for one in knn.classify_many(queries)] == [said(knn.classify(query)) for query in queries]
    assert list(knn.classify_many(np.empty((0, 3)))) == []


def test_clearing_a_label_takes_it_out_of_counts_and_shares() -> None:
    knn = corners()
    knn.clear_label("B")
    assert knn.labels == ("A", "C")
    assert knn.get_count() == {0: 1, 2: 1}
    assert knn.classify([0, 1, 0]).confidences_by_label == {"A": 0.5, "C": 0.5}
    assert knn.classify([0, 0, 1], 1).class_index == 2


def test_clearing_everything_takes_vectors_of_another_length_afterwards() -> None:
    knn = corners()
    knn.clear_all_labels()
    assert len(knn) == 0
    assert knn.add_example([1, 2], "A") == 4
    assert knn.classify([1, 2]).class_index == 0


def test_numbers_and_words_are_labels_of_their_own() -> None:
    knn = taught((5, [1, 0, 0]), ("5", [0, 1, 0]), ("A", [0, 0, 1]), (0, [1, 1, 0]), k=1)
    found = [knn.classify(vector).label for vector in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0])]
    assert found == [5, "5", "A", 0]
    assert [type(label) for label in found] == [int, str, str, int]
    assert knn.get_count_by_label() == {5: 1, "5": 1, "A": 1, 0: 1}
    knn.clear_label("5")
    assert knn.labels == (5, "A", 0)


@pytest.mark.parametrize("name", ["constructor", "__proto__", "toString", "unknown", "日本", " "])
def test_names_that_trip_javascript_are_labels_like_any_other(name: str) -> None:
    assert taught((name, [1, 0]), ("x", [0, 1]), k=1).classify([1, 0]).label == name


# --- votes and ties


def test_a_tie_of_votes_goes_to_the_class_taught_first_even_when_the_other_is_nearer() -> None:
    answer = taught(("B", [0, 1]), ("A", [1, 0])).classify([1, 0.1])
    assert answer.label == "B"
    assert answer.neighbors[0].label == "A"


def test_a_tie_of_distances_goes_to_the_class_taught_first_then_to_the_earlier_example() -> None:
    knn = taught(("A", [0, 1]), ("B", [1, 0]), ("A", [1, 0]), ("B", [1, 0]), ("A", [1, 0]))
    assert [near.example for near in knn.classify([1, 0], 4).neighbors] == [2, 4, 1, 3]


def test_whole_numbers_go_first_in_ties_as_in_javascript() -> None:
    assert taught(("z", [1, 0]), ("9", [1, 0]), k=2).classify([1, 0]).label == "9"
    assert taught((10, [1, 0]), (9, [1, 0]), k=2).classify([1, 0]).label == 9


def test_near_neighbours_weigh_more_when_told_so() -> None:
    examples: list[tuple[Label, list[float]]] = [("near", [1.0]), ("far", [4.0]), ("far", [-4.0])]
    assert taught(*examples, metric="euclidean").classify([0]).label == "far"
    answer = taught(*examples, metric="euclidean", weights="distance").classify([0])
    assert answer.label == "near"
    assert answer.confidences_by_label == {"near": pytest.approx(2 / 3), "far": pytest.approx(1 / 3)}


def test_labels_weigh_by_the_mean_of_their_nearest_few_when_told_so() -> None:
    examples: list[tuple[Label, list[float]]] = [
        ("amid", [1, 1]),
        ("amid", [1, -1]),
        ("near", [0, 1.2]),
        ("near", [9, 9]),
    ]
    knn = taught(*examples, metric="euclidean", weights="means")
    answer = knn.classify([0.5, 0])
    assert answer.label == "amid"  # from the mean of the two it is 0.5, from "near" 1.3
    assert answer.confidences_by_label["near"] == pytest.approx(0.5**5 / (0.5**5 + 1.3**5))
    assert [near.label for near in answer.neighbors] == ["amid", "amid", "near"]
    assert taught(*examples, k=1, metric="euclidean", weights="means").classify([0, 0]).label == "near"


def test_examples_of_a_label_beyond_the_neighbours_have_a_say_in_its_mean() -> None:
    examples: list[tuple[Label, list[float]]] = [
        ("a", [2.0, 0.1]),
        ("a", [2.0, -0.1]),
        ("b", [0, 2.01]),
        ("b", [0, -2.02]),
    ]
    knn = taught(*examples, metric="euclidean", weights="means")
    assert [near.label for near in knn.classify([0, 0]).neighbors] == ["a", "a", "b"]
    assert knn.classify([0, 0]).label == "b"  # amid its two, of which only one is among the three nearest


def test_a_label_taught_more_often_is_not_favoured_when_told_so() -> None:
    examples: list[tuple[Label, list[float]]] = [("rare", [1.0]), *(("common", [far]) for far in (2.0, 3.0, 4.0, 90.0))]
    assert taught(*examples, k=4, metric="euclidean").classify([0]).label == "common"
    answer = taught(*examples, k=4, metric="euclidean", balanced=True).classify([0])
    # One of one against three of four.
    assert answer.confidences_by_label == {"rare": pytest.approx(4 / 7), "common": pytest.approx(3 / 7)}
    weighed = taught(*examples, k=4, metric="euclidean", weights="distance", balanced=True).classify([0])
    common = (1 / 2 + 1 / 3 + 1 / 4) / 4
    assert weighed.confidences_by_label["rare"] == pytest.approx(1 / (1 + common))


def test_labels_taught_equally_often_are_voted_for_as_ever() -> None:
    random = np.random.default_rng(8)
    plain, fair = KNNClassifier(7), KNNClassifier(7, balanced=True)
    for knn in (plain, fair):
        knn.add_examples(np.random.default_rng(9).normal(size=(60, 4)), ["a", "b", "c"] * 20)
    for query in random.normal(size=(20, 4)):
        shares = fair.classify(query).confidences_by_label
        assert shares == pytest.approx(dict(plain.classify(query).confidences_by_label))


def test_fair_votes_come_back_from_the_state_and_follow_what_is_forgotten() -> None:
    knn = taught(("a", [1.0]), ("b", [2.0]), ("b", [3.0]), metric="euclidean", balanced=True)
    again = KNNClassifier.from_state(knn.state)
    assert again.balanced
    assert again.classify([0]).confidences_by_label == {"a": 0.5, "b": 0.5}
    again.forget(2)
    again.add_example([1.5], "a")
    assert again.classify([0]).confidences_by_label == {"a": 0.5, "b": 0.5}


def test_a_classifier_is_copied_and_pickled_with_all_it_knows() -> None:
    knn = corners(balanced=True)
    knn.forget(0)
    for again in (copy.deepcopy(knn), pickle.loads(pickle.dumps(knn))):  # our own
        assert seen(again) == seen(knn)
        assert again.add_example([1, 2, 3], "D") == 4
        assert said(again.classify([1, 2, 3], 1))[0] == "D"
    assert len(knn) == 3


@pytest.mark.parametrize("weights", ["distance", "means"])
def test_an_example_that_is_the_query_itself_outvotes_all_others(weights: str) -> None:
    knn = taught(("other", [0.001]), ("it", [0.0]), ("other", [0.002]), metric="euclidean", weights=weights)
    assert knn.classify([0]).confidences_by_label == {"other": 0, "it": 1}


@pytest.mark.parametrize("scale", [1e-38, 1e-20, 1e20, 1e37])
@pytest.mark.parametrize(("weights", "power"), [("distance", 1), ("means", 5)])
def test_weights_bear_huge_and_tiny_distances(scale: float, weights: str, power: int) -> None:
    knn = taught(("a", [1 * scale]), ("b", [2 * scale]), metric="euclidean", weights=weights)
    shares = knn.classify([0]).confidences_by_label
    one = 2**power / (1 + 2**power)
    assert shares == {"a": pytest.approx(one, rel=1e-4), "b": pytest.approx(1 - one, rel=1e-4)}


def test_what_examples_are_compared_by_can_be_had_back_by_their_ids() -> None:
    knn = taught(("A", [3, 4]), ("B", [np.nan, 1]), ("C", [5, 6]), metric="nan_euclidean")
    knn.forget(0)
    found = knn.vectors([2, 1, 2, 0, 9])
    assert np.isnan(found[[1, 3, 4]]).tolist() == [[True, False], [True, True], [True, True]]
    assert found[[0, 2]].tolist() == [[5, 6], [5, 6]]
    found[:] = 0
    assert knn.vectors([2]).tolist() == [[5, 6]]
    assert taught(("A", [3, 4])).vectors([0]) == pytest.approx(np.array([[0.6, 0.8]]))
    assert knn.vectors([]).shape == (0, 2)
    with pytest.raises(NotTaughtError):
        KNNClassifier().vectors([0])


def test_a_metric_of_your_own() -> None:
    knn = KNNClassifier(1, metric=lambda rows, query: np.abs(rows[:, 1] - query[1]))
    knn.add_examples([[0, 5], [9, 1]], ["five", "one"])
    assert knn.classify([0, 2]).label == "one"
    with pytest.raises(ValueError, match="cannot be saved"):
        _ = knn.state


def test_a_metric_of_your_own_may_say_that_it_cannot_tell() -> None:
    knn = KNNClassifier(metric=lambda rows, query: np.where(rows[:, 0] > 0, np.nan, 1.0))
    knn.add_examples([[1], [0]], ["a", "b"])
    assert knn.classify([0]).confidences_by_label == {"a": 0, "b": 1}


def test_a_metric_of_your_own_is_asked_about_many_too() -> None:
    def apart(rows: Floats, query: Floats) -> Floats:
        far = np.abs(rows - query).max(axis=1)
        return np.where(rows[:, 0] > 8, np.nan, far)  # of some it cannot tell

    random = np.random.default_rng(7)
    knn = KNNClassifier(4, metric=apart, weights="distance")
    knn.add_examples(random.integers(0, 10, (50, 3)), ["a", "b"] * 25)
    queries = random.integers(0, 10, (30, 3))
    together = knn.classify_many(queries)
    assert [said(one) for one in together] == [said(knn.classify(query)) for query in queries]
    assert knn.classify_many(np.full((2, 3), np.nan)).labels == [None, None]


def test_many_answers_are_a_sequence_and_arrays() -> None:
    knn = corners(k=2)
    knn.forget(0)
    answers = knn.classify_many(np.array([[0, 1, 0], [0, 0.1, 1], [0, 0, 0]]))
    assert len(answers) == 3
    assert answers.labels == ["B", "B", None]
    assert [answer.label for answer in answers[::-1]] == [None, "B", "B"]
    assert answers[-2].neighbors[0].label == "C"
    with pytest.raises(IndexError):
        answers[3]
    assert answers.known.tolist() == [True, True, False]
    assert answers.class_indices[:2].tolist() == [1, 1]
    assert answers.shares.tolist()[0] == [0, 1, 0]
    assert answers.shares[2].tolist() == [0, 0, 0]
    assert answers.examples[0].tolist() == [1, 2]
    assert answers.distances[0, 0] == 0


@pytest.mark.parametrize("metric", METRICS)
def test_variants_count_by_the_nearest_of_them(metric: str) -> None:
    random = np.random.default_rng(2)
    knn = KNNClassifier(60, metric=metric)
    knn.add_examples(random.normal(size=(60, 8)), [f"L{row % 4}" for row in range(60)])
    variants = random.normal(size=(3, 8))
    answers = [{near.example: near.distance for near in knn.classify(one).neighbors} for one in variants]
    together = knn.classify_variants(variants)
    assert {near.example: near.distance for near in together.neighbors} == {
        example: min(answer[example] for answer in answers) for example in range(60)
    }
    assert [near.distance for near in together.neighbors] == sorted(near.distance for near in together.neighbors)


# --- what cannot be learnt or compared


BAD = {
    "shorter": [1, 2],
    "longer": [1, 2, 3, 4],
    "one": [1],
    "empty": [],
    "nan": [1, np.nan, 0],
    "infinite": [1, np.inf, 0],
    "beyond float32": [1, 1e300, 0],
    "zeros": [0, 0, 0],
    "too small": [1e-30, 0, 0],
    "too large": [1e25, 0, 0],
    "words": ["1", "2", "3"],
    "none": [1, None, 0],
    "complex": [1, 2j, 0],
    "ragged": [[1, 2], [3]],
}


@pytest.mark.parametrize("vector", BAD.values(), ids=BAD)
def test_a_refused_example_changes_nothing(vector: Any) -> None:
    knn = corners()
    before = seen(knn)
    with pytest.raises(ValueError, match=r"\w"):
        knn.add_example(vector, "new")
    with pytest.raises(ValueError, match=r"\w"):
        knn.add_examples([[1, 2, 3], vector], ["new", "newer"])
    assert seen(knn) == before
    assert knn.add_example([1, 2, 3], "next") == 4


@pytest.mark.parametrize("label", ["", None, True, 1.5])
def test_a_refused_label_changes_nothing(label: object) -> None:
    knn = corners()
    before = seen(knn)
    with pytest.raises(ValueError, match="a word or a whole number"):
        knn.add_example([1, 2, 3], label)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a word or a whole number"):
        knn.add_examples([[1, 2, 3], [1, 2, 3]], ["good", label])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="a word or a whole number"):
        knn.relabel(0, label)  # type: ignore[arg-type]
    assert seen(knn) == before


@pytest.mark.parametrize("column", ["labels", "recordings", "times"])
def test_columns_of_another_length_change_nothing(column: str) -> None:
    knn = corners()
    before = seen(knn)
    columns = {"labels": ["A", "B"], column: [1]}
    with pytest.raises(ValueError, match=f"2 vectors come with 1 {column}"):
        knn.add_examples([[1, 0, 0], [0, 1, 0]], **columns)  # type: ignore[arg-type]
    assert seen(knn) == before


def test_no_examples_are_no_error() -> None:
    knn = KNNClassifier()
    assert knn.add_examples(np.empty((0, 3)), []) == []
    assert knn.width is None


def test_which_number_of_which_example_is_wrong_is_told() -> None:
    with pytest.raises(ValueError, match="number 1 of example 2 is nan"):
        KNNClassifier().add_examples(np.array([[1, 2], [3, 4], [5, np.nan]]), ["a", "b", "c"])


@pytest.mark.parametrize("vector", [[1, 2], [1, 2, 3, 4], []])
def test_a_query_of_another_length_is_refused(vector: list[float]) -> None:
    with pytest.raises(ValueError, match=f"vectors of 3 numbers, not of {len(vector)}"):
        corners().classify(vector)


@pytest.mark.parametrize("vector", [[0, 0, 0], [np.nan, 0, 0], [np.inf, 0, 0], [1e300, 1, 0], [1e-40, 0, 0]])
def test_a_query_without_direction_is_like_nothing(vector: list[float]) -> None:
    answer = corners().classify(vector)
    assert (answer.label, answer.class_index, answer.distance, answer.neighbors) == (None, None, None, ())
    assert answer.confidences_by_label == {"A": 0, "B": 0, "C": 0}
    assert answer.confidence == 0


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "nan_euclidean"])
def test_zeros_are_a_place_like_any_other_but_for_cosine(metric: str) -> None:
    assert taught(("origin", [0, 0]), ("far", [5, 5]), k=1, metric=metric).classify([0, 0]).label == "origin"


def test_missing_numbers_are_left_out_where_told() -> None:
    knn = taught(("a", [1, np.nan]), ("b", [np.nan, 1]), ("c", [5, 5]), k=1, metric="nan_euclidean")
    assert knn.classify([1, np.nan]).label == "a"
    assert knn.classify([np.nan, 1]).label == "b"
    assert knn.classify([np.nan, np.nan]).label is None
    assert knn.classify([np.inf, 1]).label is None
    with pytest.raises(ValueError, match="every number is missing"):
        knn.add_example([np.nan, np.nan], "d")
    with pytest.raises(ValueError, match="is inf"):
        knn.add_example([np.inf, 0], "d")


def test_a_query_that_shares_no_number_with_any_example_is_like_nothing() -> None:
    knn = taught(("a", [1, np.nan]), ("b", [2, np.nan]), metric="nan_euclidean")
    assert knn.classify([np.nan, 1]).label is None


def test_only_examples_that_can_be_compared_have_a_vote() -> None:
    knn = taught(("a", [1, np.nan]), ("b", [np.nan, 2]), ("b", [np.nan, 3]), metric="nan_euclidean")
    answer = knn.classify([1.5, np.nan])
    assert answer.confidences_by_label == {"a": 1, "b": 0}
    assert len(answer.neighbors) == 1


# --- the caller's arrays


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", ["float32", "float64", "int64"])
def test_the_callers_arrays_are_neither_changed_nor_kept(metric: str, kind: str) -> None:
    knn = KNNClassifier(1, metric=metric)
    vectors = np.array([[3, 4], [-4, 3]]).astype(kind)
    vectors.flags.writeable = False
    knn.add_examples(vectors, ["A", "B"])
    one = np.array([5, -12]).astype(kind)
    knn.add_example(one, "C")
    query = np.array([3, 4]).astype(kind)
    query.flags.writeable = False
    before = said(knn.classify(query))
    vectors.flags.writeable = True
    vectors[:], one[:] = 77, 99
    assert said(knn.classify(query)) == before
    assert query.tolist() == [3, 4]


def test_what_is_handed_out_can_be_changed_without_harm() -> None:
    knn = corners()
    before = said(knn.classify([1, 1, 1]))
    state = knn.state
    state.rows[:], state.ids[:], state.classes[:] = 9, 9, 0
    knn.get_count().clear()
    knn.get_count_by_label().clear()
    assert said(knn.classify([1, 1, 1])) == before


def test_nested_vectors_are_flattened() -> None:
    knn = KNNClassifier(1)
    knn.add_example([[1, 0], [0, 0]], "A")
    knn.add_examples(np.eye(4).reshape(4, 2, 2)[1:2], ["B"])
    assert knn.width == 4
    assert knn.classify([0, 1, 0, 0]).label == "B"


def test_cosine_looks_at_directions_only() -> None:
    knn = taught(("A", [1e-15, 1e-15]), ("B", [-1e15, 1e15]), k=1)
    assert knn.classify([1e10, 1e10]).distance == pytest.approx(0, abs=1e-6)
    assert knn.classify([-1, 1.0]).label == "B"


# --- state


def test_ids_stay_over_forget_relabel_clear_and_state() -> None:
    knn = corners()
    knn.forget(1)
    knn.relabel(2, "A")
    knn.clear_label("C")
    again = KNNClassifier.from_state(knn.state)
    for one in (knn, again):
        assert sorted(near.example for near in one.classify([1, 1, 0]).neighbors) == [0, 2]
        assert one.add_example([1, 1, 1], "D") == 4
        with pytest.raises(UnknownLabelError):
            one.forget(1)


@pytest.mark.parametrize(
    ("metric", "weights"),
    [*product(METRICS, ["uniform", "distance"]), ("euclidean", "means"), ("nan_euclidean", "means")],
)
def test_what_comes_back_from_its_state_answers_identically(metric: str, weights: str) -> None:
    random = np.random.default_rng(3)
    knn = KNNClassifier(4, metric=metric, weights=weights)  # type: ignore[arg-type]
    labels: list[Label] = ["b", "a", 3, "3", 0, "z"]
    vectors = np.round(random.normal(size=(60, 3))) + 0.25  # coarse, so that there are ties
    if metric == "nan_euclidean":
        vectors[::7, 1] = np.nan
    knn.add_examples(
        vectors, [labels[n] for n in random.integers(0, 6, 60)], recordings=["r"] * 60, times=np.arange(60.0)
    )
    knn.clear_label("a")
    knn.add_example([1, 1, 1], "a")
    for example in knn.state.ids[:20].tolist():
        knn.relabel(example, labels[example % 6])
    for example in knn.state.ids[10:30:3].tolist():
        knn.forget(example)
    again = KNNClassifier.from_state(knn.state)
    assert seen(again) == seen(knn)
    for query in np.round(random.normal(size=(40, 3))) + 0.25:
        assert said(again.classify(query)) == said(knn.classify(query))


def test_an_empty_classifier_comes_back_from_its_state() -> None:
    again = KNNClassifier.from_state(KNNClassifier(7, metric="euclidean", weights="distance").state)
    assert (again.k, again.metric, again.weights, len(again)) == (7, "euclidean", "distance", 0)
    again.add_example([1, 2, 3], "A")


def test_numbers_at_the_end_of_float32_are_told_apart_without_a_warning() -> None:
    largest = np.finfo(np.float32).max
    knn = KNNClassifier(1, metric="manhattan")
    knn.add_examples(np.array([[1 - 1e-6], [1 - 1e-7]]).repeat(20, axis=0) * largest, [*"a" * 20, *"b" * 20])
    assert knn.classify([0.0]).label == "a"
    assert knn.classify([largest]).label == "b"


def test_a_changed_classifier_has_the_same_examples_with_other_vectors() -> None:
    knn = KNNClassifier(2, metric="nan_euclidean", balanced=True)
    vectors = np.arange(20.0).reshape(10, 2)
    vectors[3, 1] = np.nan
    knn.add_examples(vectors, list("abcdefghij"), recordings=["one"] * 10, times=np.arange(10) / 4)
    knn.forget(5)
    knn.clear_label("a")
    sizes: list[int] = []

    def wider(rows: Floats) -> Floats:
        sizes.append(len(rows))
        return np.column_stack([rows, rows[:, 0]])

    made = knn.changed(wider, 3)
    before, after = knn.state, made.state
    assert sizes == [3, 3, 2]
    assert np.array_equal(after.rows, wider(before.rows), equal_nan=True)
    assert knn.outline.rows.shape == (0, 0)
    for name in ("k", "metric", "weights", "next_id", "labels", "order", "recordings", "balanced"):
        assert getattr(after, name) == getattr(before, name) == getattr(knn.outline, name)
    for name in ("lengths", "ids", "classes", "times"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist() == getattr(knn.outline, name).tolist()
    assert KNNClassifier().changed(wider).state.ids.tolist() == []


def test_teaching_and_forgetting_take_little_more_memory_than_the_examples() -> None:
    given, knn = np.ones((100_000, 99), np.float32), KNNClassifier()
    labels = ["a", "b"] * 50_000
    tracemalloc.start()
    try:
        knn.add_examples(given, labels)
        taught = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        for example in range(0, len(given), 20_000):
            knn.forget(example)
        forgot = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(taught, forgot) < 1.2 * given.nbytes + 8 * 2**20
