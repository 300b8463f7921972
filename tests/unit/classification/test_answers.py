"""Answers and confusions: what was said beside the truth, and for a wrong one the example that misled."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.answers import ask, join
from posknn.classification.classifier import PoseClassifier
from posknn.classification.confusions import worst_confusions
from posknn.classification.labelled import Labelled
from posknn.values import Recording


@pytest.fixture(scope="module")
def taught(lessons: list[Recording]) -> tuple[Labelled, PoseClassifier]:
    learnt = Labelled.of(lessons[:2])
    return learnt, learnt.teach(PoseClassifier)


def test_right_answers_have_no_example_that_misled(
    lessons: list[Recording], taught: tuple[Labelled, PoseClassifier]
) -> None:
    learnt, classifier = taught
    asked = Labelled.of(lessons[2])
    said = ask(classifier, asked, learnt, (np.arange(36), np.arange(72)), learnt.distinct)
    assert said.closed.tolist() == said.truth.tolist()
    assert (said.nearest == -1).all()
    assert np.isinf(said.distances).all()
    assert ((said.confidences > 0.5) & (said.confidences <= 1)).all()
    twice = join([said, said])
    assert len(twice.truth) == 72
    assert worst_confusions(said, asked, learnt, learnt.distinct) == ()


def test_a_wrong_answer_names_the_nearest_example_of_the_wrong_label(
    lessons: list[Recording], taught: tuple[Labelled, PoseClassifier]
) -> None:
    learnt, classifier = taught
    asked = Labelled.of(lessons[2]).at(np.array([2]))
    lying = Labelled(asked.rows, asked.points, ("up",), asked.groups, asked.times, asked.takes)
    said = ask(classifier, lying, learnt, (np.array([0]), 100 + np.arange(72)), learnt.distinct)
    assert (said.truth.tolist(), said.closed.tolist()) == ([2], [0])
    nearest = int(said.nearest[0]) - 100
    assert learnt.labels[nearest] == "down"
    ways = classifier.vectors(asked.points)[0]
    others = classifier.vectors(learnt.points)[:, 0]
    apart = np.sqrt(((ways[:, None] - others) ** 2).sum(axis=2)).min(axis=0)
    down = [place for place, label in enumerate(learnt.labels) if label == "down"]
    assert apart[nearest] == pytest.approx(apart[down].min(), rel=1e-4)
    assert said.distances[0] == pytest.approx(apart[nearest], rel=1e-4)


def test_a_label_outside_the_list_is_minus_one(
    lessons: list[Recording], taught: tuple[Labelled, PoseClassifier]
) -> None:
    learnt, classifier = taught
    said = ask(classifier, Labelled.of(lessons[2]), learnt, (np.arange(36), np.arange(72)), ("down", "side"))
    assert set(said.truth.tolist()) == {0, 1, -1}
