"""The open-set trial: what was left out is refused where it differs, and is not where it is the same pose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posknn.classification.classifier import PoseClassifier
from posknn.classification.labelled import Labelled
from posknn.classification.untaught import open_set
from posknn.values import Recording

HALVES = np.arange(72), np.arange(72, 144)


def test_a_label_that_is_another_by_name_alone_cannot_be_refused(lessons: list[Recording]) -> None:
    labels = tuple("down too" if row % 2 and row < 12 else label for row, label in enumerate(lessons[0].labels))
    examples = Labelled.of([replace(one, labels=labels) for one in lessons])
    found = open_set(examples, examples, [HALVES], PoseClassifier)
    assert found is not None
    by_label = {one.label: one for one in found.by_label}
    assert 0.2 < by_label["down too"].area < 0.8
    assert by_label["up"].area > 0.95
    assert by_label["up"].examples == 24
    assert found.area == np.mean([one.area for one in found.by_label])


def test_where_there_is_nothing_known_to_hold_it_against_there_is_no_answer(lessons: list[Recording]) -> None:
    one_label = Labelled.of([replace(one, labels=("down",) * 12 + (None,) * 24) for one in lessons])
    assert open_set(one_label, one_label, [(np.arange(24), np.arange(24, 48))], PoseClassifier) is None


def test_labels_that_only_the_test_has_are_strangers_too(lessons: list[Recording]) -> None:
    taught = Labelled.of([replace(one, labels=one.labels[:24] + (None,) * 12) for one in lessons[:3]])
    test = Labelled.of(lessons[3])
    found = open_set(taught, test, [(np.arange(len(taught)), np.arange(36))], PoseClassifier)
    assert found is not None
    assert [one.label for one in found.by_label] == ["down", "side", "up"]
    assert found.by_label[2].refused == 1
