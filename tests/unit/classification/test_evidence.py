"""Evidence: the nearest of each label, near copies told from others, doubtful neighbours passed over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import as_points
from posknn.classification.evidence import Evidence, gather, settled
from posknn.classification.labelled import Labelled, codes_of
from posknn.testing import stick_figure
from posknn.values import Recording


def evidence_of(*lines: Sequence[Sequence[float]]) -> Evidence:
    """Distances by example, label and place, all of examples 0, 1, 2 of each label in turn."""
    distances = np.array(lines, np.float32)
    return Evidence(distances, np.tile(np.arange(3), (*distances.shape[:2], 1)))


def test_the_margin_is_that_of_the_geometric_means() -> None:
    evidence = evidence_of(*[[[1, 2, 4], [8, 16, 32]]] * 3)
    margins, others = settled(evidence, np.array([0, 0, 1]), 10.0)
    # A third of the distance to the nearest, here 1, is taken for noise.
    floor = 0.3
    expected = np.mean(np.log(np.array([1, 2, 4]) + floor)) - np.mean(np.log(np.array([8, 16, 32]) + floor))
    assert margins == pytest.approx([expected, expected, -expected])
    assert others.tolist() == [1, 1, 0]


def test_two_examples_of_a_label_can_be_compared_and_one_cannot() -> None:
    inf = float("inf")
    evidence = evidence_of([[1, 2, inf], [4, 8, inf]], [[1, inf, inf], [4, 8, 9]], [[1, 2, 3], [4, inf, inf]])
    margins, _ = settled(evidence, np.array([0, 0, 0]), 10.0)
    assert np.isfinite(margins[0])
    assert margins[1] == margins[2] == -np.inf


def test_the_untrusted_may_not_speak_for_another_label() -> None:
    evidence = evidence_of(*[[[4, 5, 6], [1, 2, 3]]] * 3)
    codes = np.array([0, 0, 0])
    assert (settled(evidence, codes, 10.0)[0] > 0).all()
    assert (settled(evidence, codes, 10.0, trusted=np.zeros(3, bool))[0] == -np.inf).all()


def test_near_copies_are_no_evidence_from_afar() -> None:
    points = np.stack([as_points(stick_figure(arms=arms)) for arms in (10.0, 11.0, 12.0, 13.0, 170.0, 171.0)])
    names = ("monday",) * 4 + ("tuesday",) * 2
    times = np.array([0.0, 0.1, 5.0, 5.1, 0.0, 0.1]) + 0.01
    taught = Labelled.of(Recording(points, ("down",) * 4 + ("up",) * 2, times, provenance={"groups": list(names)}))
    near, far = gather(taught, codes_of(taught.labels, taught.distinct), 2, PoseClassifier)
    assert near.rows[0, 0, :3].tolist() == [1, 2, 3]
    # No other recording has the label, so frames at least a second away stand in.
    assert far.rows[0, 0, :2].tolist() == [2, 3]
    assert not np.isfinite(far.distances[0, 0, 2:]).any()
    assert set(far.rows[0, 1, :2].tolist()) == {4, 5}
