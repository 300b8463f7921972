"""What counts as a person: limbs seen, whatever the view."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posknn import skeleton
from posknn.testing import stick_figure
from posknn.tracking.plausibility import shows_limbs
from posknn.values import Pose

FACE = [name for name in skeleton.KEYPOINTS if any(part in name for part in ("nose", "eye", "ear", "mouth"))]
TORSO = ["left_shoulder", "right_shoulder", "left_hip", "right_hip"]
ARMS = [f"{side}_{joint}" for side in ("left", "right") for joint in ("elbow", "wrist", "pinky", "index", "thumb")]
LEGS = [f"{side}_{joint}" for side in ("left", "right") for joint in ("knee", "ankle", "heel", "foot_index")]
LIMBS = [f"{side}_{joint}" for side in ("left", "right") for joint in ("elbow", "wrist", "knee", "ankle")]
WIDTH = 4 / 3


def person(
    seen: Collection[str],
    *,
    unseen: float = 0.2,
    outside: Collection[str] = (),
    at: tuple[float, float] = (0.6, 0.5),
    size: float = 0.2,
) -> Pose:
    """Return a figure with some keypoints seen, and some moved below the picture."""
    figure = stick_figure(at=at, size=size)
    points = figure.points.copy()
    visibility = np.full(33, unseen, np.float32)
    for name in seen:
        visibility[skeleton.index(name)] = 0.98
    for name in outside:
        points[skeleton.index(name), 1] = 1.2
    return Pose(points, visibility)


def test_a_bottle_shows_a_face_and_a_torso_but_no_limbs() -> None:
    assert not shows_limbs(person([*FACE, *TORSO]), WIDTH)
    assert not shows_limbs(person([*FACE, *TORSO, "left_elbow"]), WIDTH)
    assert not shows_limbs(person([*FACE, *TORSO, "left_knee", "right_knee"], unseen=0.5), WIDTH)


def test_an_arm_alone_is_nobody() -> None:
    one_arm = [name for name in ARMS if "left" in name]
    assert not shows_limbs(person(one_arm), WIDTH)
    assert not shows_limbs(person([*one_arm, "left_shoulder", *FACE]), WIDTH)


@pytest.mark.parametrize("side", ["left", "right"])
def test_somebody_from_the_side_is_accepted(side: str) -> None:
    other = "right" if side == "left" else "left"
    assert shows_limbs(person([name for name in skeleton.KEYPOINTS if other not in name]), WIDTH)


def test_somebody_to_the_waist_is_accepted() -> None:
    assert shows_limbs(person([*FACE, *TORSO, *ARMS], outside=LEGS), WIDTH)
    one_arm = [name for name in ARMS if "left" in name]
    assert shows_limbs(person([*FACE, *TORSO, *one_arm], outside=LEGS), WIDTH)


def test_somebody_at_a_desk_is_accepted() -> None:
    hands = [name for name in ARMS if "elbow" not in name]
    assert shows_limbs(person([*FACE, *TORSO, "left_elbow", "right_elbow"], outside=[*LEGS, *hands]), WIDTH)
    assert shows_limbs(person([*FACE, *TORSO, "left_elbow"], outside=[*LEGS, *hands]), WIDTH)


def test_a_head_that_fills_the_picture_is_accepted() -> None:
    assert shows_limbs(person([*FACE, "left_shoulder", "right_shoulder"], outside=[*ARMS, *LEGS]), WIDTH)


def test_a_whole_person_is_accepted_at_any_size_in_any_picture() -> None:
    for width in (9 / 16, 1.0, 16 / 9):
        for size in (0.01, 0.1, 0.3):
            assert shows_limbs(stick_figure(size=size, at=(width / 2, 0.5)), width)


def test_the_width_of_the_picture_counts() -> None:
    standing_at_the_right = person([*FACE, *TORSO, "left_elbow"], at=(1.2, 0.5))
    # In a picture that ends at the person's middle only the right limbs lie inside, and none of them is seen.
    assert not shows_limbs(standing_at_the_right, WIDTH)
    assert not shows_limbs(standing_at_the_right, 1.2)
    # In one that ends before the person nothing is left to judge by.
    assert shows_limbs(standing_at_the_right, 0.9)


@given(
    seen=st.sets(st.sampled_from(LIMBS)),
    more=st.sampled_from(LIMBS),
    outside=st.sets(st.sampled_from(LIMBS)),
)
def test_seeing_more_of_somebody_never_makes_them_a_thing(seen: set[str], more: str, outside: set[str]) -> None:
    if shows_limbs(person(seen, outside=outside), WIDTH):
        assert shows_limbs(person(seen | {more}, outside=outside), WIDTH)


@given(seen=st.sets(st.sampled_from(LIMBS)), outside=st.sets(st.sampled_from(LIMBS)))
def test_left_and_right_count_alike(seen: set[str], outside: set[str]) -> None:
    figure = person(seen, outside=outside)
    assert shows_limbs(figure.mirrored(WIDTH), WIDTH) == shows_limbs(figure, WIDTH)
