"""The skeleton agrees with itself: mirrors undo themselves, sides are paired, bones join what exists."""

from __future__ import annotations

import pytest

from posknn import skeleton


def test_every_keypoint_is_found_where_it_is() -> None:
    assert len(skeleton.KEYPOINTS) == len(set(skeleton.KEYPOINTS)) == 33
    assert [skeleton.index(name) for name in skeleton.KEYPOINTS] == list(range(33))


@pytest.mark.parametrize("name", ["", "Nose", "left_hand", "nose "])
def test_a_name_that_does_not_exist_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=r"see posknn\.skeleton\.KEYPOINTS"):
        skeleton.index(name)


def test_the_order_is_mediapipes() -> None:
    places = {
        "nose": 0,
        "mouth_left": 9,
        "left_shoulder": 11,
        "right_wrist": 16,
        "left_hip": 23,
        "right_foot_index": 32,
    }
    assert {name: skeleton.index(name) for name in places} == places


def test_the_mirror_of_the_mirror_is_the_keypoint_itself() -> None:
    assert [skeleton.MIRROR[other] for other in skeleton.MIRROR] == list(range(33))


def test_only_the_nose_is_its_own_mirror_image() -> None:
    assert [skeleton.KEYPOINTS[i] for i, other in enumerate(skeleton.MIRROR) if i == other] == ["nose"]


def test_left_and_right_are_each_others_mirror_images() -> None:
    assert {skeleton.MIRROR[i] for i in skeleton.LEFT} == skeleton.RIGHT
    assert not skeleton.LEFT & skeleton.RIGHT
    assert len(skeleton.LEFT | skeleton.RIGHT) == 32


def test_bones_join_two_keypoints_once_and_are_the_same_on_both_sides() -> None:
    bones = {frozenset(bone) for bone in skeleton.BONES}
    assert len(bones) == len(skeleton.BONES)
    assert all(len(bone) == 2 and bone <= set(range(33)) for bone in bones)
    assert {frozenset(skeleton.MIRROR[end] for end in bone) for bone in bones} == bones
