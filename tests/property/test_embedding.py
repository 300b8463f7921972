"""Laws of the embedding: place and size do not matter, the mirror of a mirror is what was there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn import Pose, PoseClassifier, skeleton
from posknn.classification.embedding import NormalisedPoints, as_points, mirrored_points
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]
FAST = settings(deadline=None, max_examples=80)

ANGLES = st.floats(0, 180)
FIGURES = st.builds(
    stick_figure, left_arm=ANGLES, right_arm=ANGLES, elbows=ANGLES, hips=st.floats(60, 180), knees=st.floats(60, 180)
)
MISSING = st.sets(st.integers(0, 32), max_size=20)


def points(pose: Pose, missing: set[int], *, scale: float = 1, shift: tuple[float, float] = (0, 0)) -> Floats:
    rows = as_points(pose)[None]
    rows[0, :, :3] *= np.float32(scale)
    rows[0, :, :2] += np.array(shift, np.float32)
    rows[0, sorted(missing)] = np.nan
    return rows


@FAST
@given(FIGURES, MISSING, st.floats(1e-3, 1e3), st.floats(-5, 5), st.floats(-5, 5))
def test_place_and_size_do_not_matter_whatever_is_hidden(
    pose: Pose, missing: set[int], scale: float, x: float, y: float
) -> None:
    here = NormalisedPoints()(points(pose, missing))
    there = NormalisedPoints()(points(pose, missing, scale=scale, shift=(x * scale, y * scale)))
    assert np.allclose(here, there, atol=2e-4, equal_nan=True)


@FAST
@given(FIGURES, MISSING)
def test_what_is_missing_is_not_known_and_all_else_is_within_reach(pose: Pose, missing: set[int]) -> None:
    vector = NormalisedPoints()(points(pose, missing)).reshape(33, 3)
    unknown = np.isnan(vector).any(axis=1)
    if not unknown.all():
        assert set(np.flatnonzero(unknown)) == missing
        assert np.linalg.norm(vector[~unknown, :2], axis=1).max() <= 1 + 1e-5


@FAST
@given(FIGURES, MISSING)
def test_points_mirrored_twice_are_themselves_and_the_mirror_is_that_of_the_vector(
    pose: Pose, missing: set[int]
) -> None:
    rows = points(pose, missing)
    assert np.array_equal(mirrored_points(mirrored_points(rows)), rows, equal_nan=True)
    straight = NormalisedPoints()(rows).reshape(33, 3)
    mirrored = NormalisedPoints()(mirrored_points(rows)).reshape(33, 3)
    expected = straight[list(skeleton.MIRROR)] * np.array([-1, 1, 1], np.float32)
    assert np.allclose(mirrored, expected, atol=1e-6, equal_nan=True)


@FAST
@given(st.lists(st.tuples(FIGURES, MISSING), min_size=1, max_size=5))
def test_poses_are_embedded_together_as_alone(poses: list[tuple[Pose, set[int]]]) -> None:
    rows = [points(pose, missing) for pose, missing in poses]
    together = NormalisedPoints()(np.concatenate(rows))
    assert np.array_equal(together, np.concatenate([NormalisedPoints()(row) for row in rows]), equal_nan=True)


@FAST
@given(FIGURES, FIGURES, st.booleans())
def test_a_mirroring_classifier_answers_a_pose_and_its_mirror_image_alike(
    taught: Pose, pose: Pose, other: bool
) -> None:
    classifier = PoseClassifier(1, mirror=True)
    classifier.add_example(taught.mirrored() if other else taught, "a")
    straight, mirrored = classifier.classify(pose).distance, classifier.classify(pose.mirrored()).distance
    assert straight is not None
    assert mirrored is not None
    assert np.isclose(straight, mirrored, atol=1e-5)
