"""Laws of values: what is flattened comes back, and a mirror of a mirror shows what was there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posknn import Pose, skeleton

Floats = npt.NDArray[np.float32]
FAST = settings(deadline=None, max_examples=60)

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
POSES = st.builds(
    Pose, arrays(np.float32, (33, 3), elements=FINITE), arrays(np.float32, 33, elements=st.floats(0, 1, width=32))
)
ANY = arrays(np.float32, (33, 4), elements=st.one_of(FINITE, st.just(np.nan)))


@FAST
@given(POSES)
def test_flat_and_back_is_the_pose_to_the_bit(pose: Pose) -> None:
    again = Pose.from_flat(pose.flat())
    assert again.points.tobytes() == pose.points.tobytes()
    assert again.visibility.tobytes() == pose.visibility.tobytes()
    assert Pose.from_flat(pose.flat().astype(np.float64)) == pose
    assert Pose.from_flat(pose.flat().tolist()) == pose


@FAST
@given(POSES)
def test_mirrored_twice_is_itself(pose: Pose) -> None:
    assert pose.mirrored().mirrored() == pose


@FAST
@given(POSES)
def test_a_mirror_swaps_every_left_with_its_right(pose: Pose) -> None:
    mirrored = pose.mirrored()
    for here, there in enumerate(skeleton.MIRROR):
        assert mirrored.points[here].tolist() == [-pose.points[there, 0], *pose.points[there, 1:].tolist()]
        assert mirrored.visibility[here] == pose.visibility[there]


@FAST
@given(ANY)
def test_points_with_nan_make_a_pose_that_shows_the_rest(points: Floats) -> None:
    pose = Pose.from_points(points)
    missing = np.isnan(points).any(axis=1)
    assert np.array_equal(pose.points[~missing], points[~missing, :3])
    assert np.array_equal(pose.visibility[~missing], points[~missing, 3])
    assert not pose.points[missing].any()
    assert not pose.visibility[missing].any()
