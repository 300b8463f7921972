"""A lesson makes of the same examples a model that knows how to compare them."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.classification.lesson import Distance, learnt_model, with_limits
from posknn.classification.model import PoseModel
from posknn.classification.shape import PoseShape
from posknn.classification.space import PoseSpace
from posknn.testing import stick_figure

LEFT, RIGHT = stick_figure(left_arm=165, right_arm=10), stick_figure(left_arm=10, right_arm=165)
POSES = np.repeat(np.stack([as_points(LEFT), as_points(RIGHT)]), 12, axis=0)
POSES[:, :, :2] += np.random.default_rng(1).normal(0, 0.004, (24, 33, 2))
LABELS = ["one"] * 12 + ["other"] * 12
GROUPS = [*[1] * 4, *[2] * 4, *[3] * 4] * 2


def taught() -> PoseModel:
    model = PoseModel(PoseSpace(PoseShape()), KNNClassifier(5, metric="nan_euclidean", weights="distance"))
    model.knn.add_examples(model.space(POSES), LABELS, recordings=[str(group) for group in GROUPS])
    return model


@pytest.mark.parametrize(("distance", "learns"), [("plain", False), ("auto", False), ("learnt", True)])
def test_a_distance_is_learnt_when_asked_for_or_needed(distance: Distance, learns: bool) -> None:
    model, before = learnt_model(taught(), POSES, GROUPS, distance), taught().knn.state
    after = model.knn.state
    assert (model.space.discriminants is not None) == learns
    assert (after.ids.tolist(), after.labels, after.recordings) == (
        before.ids.tolist(),
        before.labels,
        before.recordings,
    )
    assert np.allclose(after.rows[:, : before.rows.shape[1]], before.rows)


def test_labels_that_are_each_others_mirror_image_are_found() -> None:
    model = learnt_model(taught(), POSES, GROUPS, "plain")
    assert model.pairs == (("one", "other"),)
    assert model.sides == "the examples of 'one' and 'other' are each other's mirror image"
    assert model.confidence is not None
    assert taught().sides is None


@pytest.mark.parametrize("distance", ["plain", "learnt"])
def test_limits_are_those_of_the_plain_distance(distance: Distance) -> None:
    model = learnt_model(taught(), POSES, GROUPS, distance)
    limits = with_limits(model, POSES, GROUPS, 0.05).limits or {}
    assert set(limits) == {"one", "other"}
    assert all(type(limit) is float and 0 < limit < 0.3 for limit in limits.values())
    assert with_limits(model, POSES, ["all"] * 24, 0.05).limits == dict.fromkeys(limits, PoseShape().repeat)
