"""Patterns are read as they are written, and labels that name a side are understood."""

from __future__ import annotations

import pytest

from posknn import Label
from posknn.temporal.patterns import Follower, parse_pattern, side_of


def test_a_follower_knows_the_poses_between_the_ends() -> None:
    assert Follower(("up", "down", "up")).inner == ("down",)
    assert Follower(("a", "b", "c", "a")).inner == ("b", "c")
    assert Follower(("up", "down")).inner == ("down",)
    assert Follower(("stand", "left | right", "stand")).inner == ("left", "right")


def test_it_tells_start_end_and_how_long_the_far_pose_was_held() -> None:
    follower = Follower(("up", "down", "up"))
    found = [follower(label, time) for time, label in enumerate(["up", "up", "down", "x", "down", "up", "down"])]
    (one,) = [each for each in found if each is not None]
    assert (one.start, one.end, one.far, one.held, one.between) == (1, 5, "down", 2, ("down",))
    assert not follower.at_start


def test_alternatives_next_to_each_other_have_nothing_in_common() -> None:
    with pytest.raises(ValueError, match="a pattern is labels"):
        parse_pattern("up > down | up > up")


@pytest.mark.parametrize(
    ("label", "side"),
    [("left_lunge", "left"), ("lungeRight", "right"), ("Left arm up", "left"), ("bright", None), ("leftover", None)],
)
def test_the_side_of_a_label(label: Label, side: str | None) -> None:
    assert side_of(label) == side


def test_no_side_is_told_for_both_and_for_numbers() -> None:
    assert side_of("left_and_right") is None
    assert side_of(7) is None
