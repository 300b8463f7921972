"""Laws of the classifier: it is brute force, scikit-learn, and blind to how its examples came together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from posknn import KNNClassifier, Label, Prediction
from posknn.errors import UnknownLabelError

Floats = npt.NDArray[np.float32]
FAST = settings(deadline=None, max_examples=60)
LABELS: Sequence[Label] = ("b", "a", 3, "3", 0, "z")
METRICS = st.sampled_from(["euclidean", "manhattan", "cosine", "nan_euclidean"])
WEIGHTS = st.sampled_from(["uniform", "distance"])
VOTES = st.tuples(METRICS, WEIGHTS) | st.tuples(st.sampled_from(["euclidean", "nan_euclidean"]), st.just("means"))
"""Metrics and weights that go together."""


@st.composite
def sets(draw: st.DrawFn) -> tuple[Floats, list[Label], Floats]:
    """Draw vectors, their labels and queries; coarse ones have many ties, fine ones few."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows, width = draw(st.integers(1, 60)), draw(st.integers(1, 8))
    digits = draw(st.sampled_from([0, 6]))
    scale = draw(st.sampled_from([1e-9, 1.0, 1e12]))
    vectors = ((np.round(random.normal(size=(rows, width)), digits) + 0.25) * scale).astype(np.float32)
    queries = ((np.round(random.normal(size=(5, width)), digits) + 0.25) * scale).astype(np.float32)
    labels = [LABELS[n] for n in random.integers(0, draw(st.integers(1, len(LABELS))), rows)]
    return vectors, labels, queries


def teach(vectors: Floats, labels: Sequence[Label], k: int, metric: str, weights: str = "uniform") -> KNNClassifier:
    knn = KNNClassifier(k, metric=metric, weights=weights)  # type: ignore[arg-type]
    knn.add_examples(vectors, labels)
    return knn


def said(answer: Prediction) -> tuple[object, ...]:
    near = [(one.example, one.label, one.distance) for one in answer.neighbors]
    return answer.label, dict(answer.confidences_by_label), near


@FAST
@given(sets(), st.integers(1, 9), METRICS.filter(lambda metric: metric != "cosine"))
def test_its_neighbours_are_those_of_brute_force_ties_included(
    given_set: tuple[Floats, list[Label], Floats], k: int, metric: str
) -> None:
    vectors, labels, queries = given_set
    knn = teach(vectors, labels, k, metric)
    rows = knn.state.rows.astype(np.float64)
    rank = {index: place for place, index in enumerate(knn.state.order)}
    for query in queries:
        difference = rows - query.astype(np.float64)
        answer = knn.classify(query)
        manhattan = metric == "manhattan"
        distances = np.abs(difference).sum(axis=1) if manhattan else np.sqrt((difference**2).sum(axis=1))
        order = sorted(range(len(rows)), key=lambda row: (distances[row], rank[int(knn.state.classes[row])], row))
        assert [near.example for near in answer.neighbors] == order[: min(k, len(rows))]


@FAST
@given(sets(), st.integers(1, 9))
def test_cosine_neighbours_are_those_of_the_smallest_angles(
    given_set: tuple[Floats, list[Label], Floats], k: int
) -> None:
    vectors, labels, queries = given_set
    knn = teach(vectors, labels, k, "cosine")
    x = vectors.astype(np.float64)
    for query in queries.astype(np.float64):
        true = 1 - (x @ query) / np.linalg.norm(x, axis=1) / np.linalg.norm(query)
        found = [(near.example, near.distance) for near in knn.classify(query).neighbors]
        # The directions that are kept are rounded to float32.
        assert np.allclose([distance for _, distance in found], np.sort(true)[:k], atol=5e-7)
        assert np.allclose([true[example] for example, _ in found], np.sort(true)[:k], atol=5e-7)
        assert len(found) == min(k, len(vectors))


@FAST
@given(sets(), st.integers(1, 9), st.sampled_from(["euclidean", "manhattan"]), WEIGHTS)
def test_its_shares_are_those_of_scikit_learn(
    given_set: tuple[Floats, list[Label], Floats], k: int, metric: str, weights: str
) -> None:
    vectors, labels, _ = given_set
    k = min(k, len(vectors))
    random = np.random.default_rng(len(vectors))
    fine = random.normal(size=vectors.shape)  # without ties, which scikit-learn breaks otherwise
    names = [str(label) + type(label).__name__ for label in labels]
    theirs = KNeighborsClassifier(k, weights=weights, metric=metric, algorithm="brute")
    theirs.fit(fine.astype(np.float32).astype(np.float64), names)
    knn = teach(fine.astype(np.float32), names, k, metric, weights)
    queries = random.normal(size=(5, vectors.shape[1])).astype(np.float32)
    for query, shares in zip(queries, theirs.predict_proba(queries.astype(np.float64)), strict=True):
        ours = knn.classify(query).confidences_by_label
        assert np.allclose([ours[name] for name in theirs.classes_], shares, atol=1e-6)


@FAST
@given(sets(), st.integers(1, 9), VOTES)
def test_shares_sum_to_1_and_name_every_label(
    given_set: tuple[Floats, list[Label], Floats], k: int, votes: tuple[str, str]
) -> None:
    vectors, labels, queries = given_set
    for answer in teach(vectors, labels, k, *votes).classify_many(queries):
        assert set(answer.confidences_by_label) == set(labels)
        assert np.isclose(sum(answer.confidences_by_label.values()), 1)
        assert answer.label is not None
        assert answer.confidence == max(answer.confidences_by_label.values())
        assert len(answer.neighbors) == min(k, len(vectors))


@FAST
@given(sets(), st.integers(1, 9), VOTES, st.integers(1, 3), st.booleans())
def test_many_at_once_are_named_as_one_by_one(
    given_set: tuple[Floats, list[Label], Floats], k: int, votes: tuple[str, str], ways: int, spoilt: bool
) -> None:
    vectors, labels, queries = given_set
    knn = teach(vectors, labels, k, *votes)
    things = np.stack([np.roll(queries, way, axis=0) for way in range(ways)], axis=1)
    if spoilt:  # the first thing in every way, the second in one, the third in one number
        things[0], things[1, 0], things[2, -1, -1] = np.inf, 0, np.nan
    together = knn.classify_many_variants(things)
    alone = [knn.classify_variants(thing) for thing in things]
    assert [said(one) for one in together] == [said(one) for one in alone]
    assert together.labels == [one.label for one in alone]
    assert [said(one) for one in knn.classify_many(things[:, 0])] == [said(knn.classify(one)) for one in things[:, 0]]


@FAST
@given(sets(), st.integers(1, 9), METRICS, st.integers(0, 60))
def test_taught_at_once_in_parts_or_one_by_one_it_answers_alike(
    given_set: tuple[Floats, list[Label], Floats], k: int, metric: str, cut: int
) -> None:
    vectors, labels, queries = given_set
    whole = teach(vectors, labels, k, metric)
    parts = teach(vectors[:cut], labels[:cut], k, metric)
    parts.add_examples(vectors[cut:], labels[cut:])
    single = KNNClassifier(k, metric=metric)
    for vector, label in zip(vectors, labels, strict=True):
        single.add_example(vector, label)
    for query in queries:
        assert said(whole.classify(query)) == said(parts.classify(query)) == said(single.classify(query))


@FAST
@given(sets(), st.integers(1, 9), METRICS, st.integers(0, 2**32))
def test_what_was_taught_and_forgotten_leaves_no_trace(
    given_set: tuple[Floats, list[Label], Floats], k: int, metric: str, seed: int
) -> None:
    vectors, labels, queries = given_set
    keep = np.random.default_rng(seed).random(len(vectors)) < 0.6
    keep[0] = True
    knn = teach(vectors, labels, k, metric)
    for example in np.flatnonzero(~keep).tolist():
        knn.forget(example)
    never = teach(vectors[keep], [label for label, kept in zip(labels, keep, strict=True) if kept], k, metric)
    ids = np.flatnonzero(keep)
    for query in queries:
        label, shares, near = said(never.classify(query))
        assert isinstance(near, list)
        assert said(knn.classify(query)) == (label, shares, [(int(ids[i]), name, far) for i, name, far in near])


@FAST
@given(sets(), st.integers(1, 9), VOTES, st.integers(0, 2**32))
def test_a_classifier_made_of_a_state_answers_as_the_one_it_came_from(
    given_set: tuple[Floats, list[Label], Floats], k: int, votes: tuple[str, str], seed: int
) -> None:
    vectors, labels, queries = given_set
    random = np.random.default_rng(seed)
    knn = teach(vectors, labels, k, *votes)
    for example in random.permutation(len(vectors))[: len(vectors) // 2].tolist():
        if random.random() < 0.5:
            knn.relabel(example, LABELS[int(random.integers(len(LABELS)))])
        elif len(knn) > 1:
            knn.forget(example)
    again = KNNClassifier.from_state(knn.state)
    for query in queries:
        assert said(again.classify(query)) == said(knn.classify(query))


@FAST
@given(sets(), st.integers(1, 9), st.floats(1e-3, 1e3))
def test_cosine_does_not_see_the_length_of_a_vector(
    given_set: tuple[Floats, list[Label], Floats], k: int, factor: float
) -> None:
    vectors, labels, queries = given_set
    power = np.float32(2.0 ** round(np.log2(factor)))  # powers of two change no digit
    plain, scaled = teach(vectors, labels, k, "cosine"), teach(vectors * power, labels, k, "cosine")
    for query in queries:
        assert said(plain.classify(query)) == said(scaled.classify(query / power))


Anything = st.SearchStrategy[Any]
BYTES = st.binary(max_size=3)
NOT_NUMBERS: Anything = st.one_of(st.none(), st.text(max_size=3), st.complex_numbers(), BYTES, st.just([[1], [1, 2]]))
NOT_LABELS: Anything = st.one_of(st.none(), st.booleans(), st.floats(), st.just(""), BYTES, st.tuples(st.text()))
NOT_K: Anything = st.one_of(st.integers(max_value=0), st.floats(), st.text(max_size=2), st.booleans(), BYTES)
NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf, 1e39])


@FAST
@given(sets(), METRICS, st.data())
def test_what_is_refused_changes_nothing(
    given_set: tuple[Floats, list[Label], Floats], metric: str, data: st.DataObject
) -> None:
    vectors, labels, queries = given_set
    knn = teach(vectors, labels, 3, metric)
    before = [said(answer) for answer in knn.classify_many(queries)], knn.state.ids.tolist(), knn.next_id, knn.labels
    good, width = [float(number) for number in vectors[0]], vectors.shape[1]
    spoilt = [*good[:-1], np.inf if metric == "nan_euclidean" else data.draw(NOT_FINITE)]
    longer, bad = [*good, *data.draw(st.lists(st.just(1.0), min_size=1, max_size=3))], data.draw(NOT_NUMBERS)
    example = data.draw(st.integers().filter(lambda example: not 0 <= example < len(vectors)))
    calls: list[Callable[[], object]] = [
        lambda: knn.add_example(longer, "new"),
        lambda: knn.add_example(spoilt, "new"),
        lambda: knn.add_example(bad, "new"),
        lambda: knn.add_example([], "new"),
        lambda: knn.add_example(good, data.draw(NOT_LABELS)),
        lambda: knn.add_examples([good, longer], ["new", "new"]),
        lambda: knn.add_examples([good] * 3, ["new"] * 2),
        lambda: knn.add_examples(np.array([good, good, spoilt]), ["new", "newer", "newest"]),
        lambda: knn.forget(example),
        lambda: knn.relabel(example, "new"),
        lambda: knn.relabel(0, data.draw(NOT_LABELS)),
        lambda: knn.clear_label("never taught"),
        lambda: knn.classify(longer),
        lambda: knn.classify(bad),
        lambda: knn.classify(good, data.draw(NOT_K)),
        lambda: knn.classify_many(np.ones((2, width + 1))),
    ]
    for call in calls:
        with pytest.raises((ValueError, UnknownLabelError), match=r"^.{10,}"):
            call()
    assert before == (
        [said(answer) for answer in knn.classify_many(queries)],
        knn.state.ids.tolist(),
        knn.next_id,
        knn.labels,
    )
