"""Labelled examples are taken from recordings and classifiers alike, each with where and when it was taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.labelled import Labelled, codes_of, maker_like
from posknn.values import Recording


def test_rows_without_a_label_or_a_person_are_left_out(lessons: list[Recording]) -> None:
    first = lessons[0]
    points = first.points.copy()
    points[3] = np.nan
    labels = (None, *first.labels[1:])
    found = Labelled.of([replace(first, points=points, labels=labels), lessons[1]])
    assert found.rows.tolist() == [row for row in range(72) if row not in (0, 3)]
    assert found.unclear == 1
    assert found.groups[0] == "person0"
    assert found.groups[-1] == "person1"
    assert found.times[0] == pytest.approx(0.11)
    assert found.takes[-1] == 2


def test_two_recordings_of_one_name_are_two(lessons: list[Recording]) -> None:
    found = Labelled.of([lessons[0], replace(lessons[1], name="person0"), replace(lessons[2], name="person0")])
    assert list(dict.fromkeys(found.groups)) == ["person0", "person0-2", "person0-3"]


def test_groups_that_a_recording_tells_row_by_row_are_kept(lessons: list[Recording]) -> None:
    groups = ["a"] * 18 + ["b"] * 18
    told = [replace(one, provenance={"groups": groups}) for one in lessons[:2]]
    assert Labelled.of(told).groups == (*groups, *groups)


def test_those_of_a_classifier_are_those_it_was_taught(lessons: list[Recording]) -> None:
    classifier = PoseClassifier().learn(lessons)
    found = Labelled.of(classifier)
    assert len(found) == 144
    assert set(found.groups) == {"person0", "person1", "person2", "person3"}
    assert found.labels[:2] == ("down", "down")
    assert found.times[1] == pytest.approx(0.11)
    assert Labelled.of(found) is found


def test_nothing_is_no_example() -> None:
    assert len(Labelled.of([])) == 0
    assert Labelled.of([]).distinct == ()


def test_labels_are_sorted_and_five_and_the_word_five_are_two(lessons: list[Recording]) -> None:
    labels = ("5", 5, "b", "a", 2) + (None,) * 31
    found = Labelled.of(replace(lessons[0], labels=labels))
    assert found.distinct == (2, 5, "5", "a", "b")
    assert codes_of(["5", 5, None, "zebra"], found.distinct).tolist() == [2, 1, -1, -1]


def test_a_time_that_was_only_counted_is_none(lessons: list[Recording]) -> None:
    counted = Labelled.of(replace(lessons[0], times=np.arange(36.0)))
    assert counted.time_of(4) is None
    assert Labelled.of(lessons[0]).time_of(4) == pytest.approx(0.41)


def test_a_classifier_of_the_same_settings_knows_nothing(lessons: list[Recording]) -> None:
    made = maker_like(PoseClassifier(3, weights="uniform", mirror=False).learn(lessons))()
    assert len(made) == 0
    assert made.state.settings["k"] == 3
    assert not made.mirrors
    assert made.fit(lessons[0].points, [str(label) for label in lessons[0].labels]).labels == ("down", "side", "up")


def test_labels_of_numpy_are_those_of_python(lessons: list[Recording]) -> None:
    labels: tuple[Any, ...] = (*np.array(lessons[0].labels)[:34], np.int64(5), 5)
    found = Labelled.of(replace(lessons[0], labels=labels))
    assert found.distinct == (5, "down", "side", "up")
    assert {type(label) for label in found.labels} == {str, int}
    given: list[Any] = [np.str_("side"), np.int64(5)]
    assert codes_of(given, found.distinct).tolist() == [2, 0]
