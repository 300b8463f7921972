"""Whom to follow, and who does not take over."""

from __future__ import annotations

import numpy as np
import pytest

from posknn import Frame, Person
from posknn.testing import stick_figure
from posknn.tracking.following import Follow, Policy
from posknn.tracking.matching import Shape, shape

IMAGE = np.zeros((10, 20, 3), np.uint8)  # two image heights wide


def somebody(number: int, x: float = 1.0, size: float = 0.2) -> tuple[Person, Shape]:
    pose = stick_figure(at=(x, 0.5), size=size)
    return Person(number, pose), shape(pose)


def given_out(
    policy: Policy, *present: tuple[Person, Shape], time: float = 0.0, missed: set[int] | None = None
) -> list[int]:
    known = {person.id for person, _ in present} | (missed or set())
    return [person.id for person in policy(present, known, Frame(IMAGE, time, round(time * 100)))]


def test_all_are_everybody_in_order() -> None:
    assert given_out(Policy(), somebody(2), somebody(5)) == [2, 5]
    assert given_out(Policy()) == []


@pytest.mark.parametrize(("follow", "chosen"), [("first", 3), ("largest", 4), ("middle", 5)])
def test_one_person_is_chosen_and_stays(follow: Follow, chosen: int) -> None:
    policy = Policy(follow)
    crowd = [somebody(3, 0.2), somebody(4, 1.7, 0.3), somebody(5, 1.1)]
    assert given_out(policy, *crowd) == [chosen]
    assert given_out(policy, somebody(3, 1.7), somebody(4, 0.9, 0.1), somebody(5, 0.1), time=1) == [chosen]


@pytest.mark.parametrize("follow", ["first", "largest", "middle"])
def test_while_the_person_is_waited_for_nobody_takes_over(follow: Follow) -> None:
    policy = Policy(follow)
    assert given_out(policy, somebody(0)) == [0]
    assert given_out(policy, somebody(1, size=0.4), time=1, missed={0}) == []
    assert given_out(policy, somebody(0), somebody(1, size=0.4), time=2) == [0]
    assert given_out(policy, somebody(1), time=3) == [1]


@pytest.mark.parametrize(("follow", "rival"), [("largest", somebody(1, 1.9, 0.3)), ("middle", somebody(1, 1.0))])
def test_somebody_else_takes_over_only_after_a_while_in_a_row(follow: Follow, rival: tuple[Person, Shape]) -> None:
    policy = Policy(follow, takeover=3.0)
    me = somebody(0, 1.4)
    assert given_out(policy, me) == [0]
    assert [given_out(policy, me, rival, time=time) for time in (1.0, 2.0, 3.9)] == [[0]] * 3
    assert given_out(policy, me, time=4.0) == [0]  # gone again: it was somebody walking by
    assert [given_out(policy, me, rival, time=time) for time in (5.0, 7.9)] == [[0]] * 2
    assert given_out(policy, me, rival, time=8.0) == [1]


def test_hardly_larger_or_nearer_is_no_reason() -> None:
    for follow, rival in (("largest", somebody(1, size=0.22)), ("middle", somebody(1, 1.05))):
        policy = Policy(follow)  # type: ignore[arg-type]
        me = somebody(0, 1.15)
        assert given_out(policy, me) == [0]
        assert [given_out(policy, me, rival, time=time) for time in range(1, 20)] == [[0]] * 19


def test_the_first_never_gives_way() -> None:
    policy = Policy("first")
    assert given_out(policy, somebody(0, 0.1, 0.1)) == [0]
    assert [given_out(policy, somebody(0, 0.1, 0.1), somebody(1, 1.0, 0.4), time=t) for t in range(1, 60)] == [[0]] * 59


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="all, first, largest, middle, not 'second'"):
        Policy("second")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="takeover is seconds"):
        Policy("first", takeover=-1)
