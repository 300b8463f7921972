"""What is made when asked for is what an array of all would hold."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.embedding import as_points
from posknn.classification.knn import KNNClassifier
from posknn.classification.lesson import learnt_model
from posknn.classification.model import PoseModel
from posknn.classification.shape import PoseShape
from posknn.classification.space import PoseSpace
from posknn.classification.ways import ExampleWays
from posknn.testing import stick_figure

POSES = np.repeat(np.stack([as_points(stick_figure(left_arm=arm)) for arm in (10, 90, 165)]), 8, axis=0)
POSES[:, :, :2] += np.random.default_rng(1).normal(0, 0.004, (24, 33, 2))
POSES[3, 15] = np.nan


@pytest.mark.parametrize("mirror", [True, False])
@pytest.mark.parametrize("plain", [True, False])
def test_rows_and_ways_are_those_of_the_whole(mirror: bool, plain: bool) -> None:
    model = PoseModel(PoseSpace(PoseShape()), KNNClassifier(5, metric="nan_euclidean"), mirror)
    model.knn.add_examples(model.space(POSES), list("abc") * 8)
    model = learnt_model(model, POSES, range(24), "learnt")
    ways = ExampleWays(model, POSES, model.knn.outline.ids, plain)
    whole = model.ways(POSES)
    assert whole.shape[:2] == (24, 1 + mirror)
    if plain:
        whole = model.space.plain(whole)
    rows = np.array([5, 3, 3, 20])
    assert np.allclose(ways[rows], whole[rows], equal_nan=True)
    for way in range(1 + mirror):
        assert np.allclose(ways[rows, way], whole[rows, way], atol=1e-5, equal_nan=True)
