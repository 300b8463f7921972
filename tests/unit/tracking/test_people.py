"""Who is who, frame after frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from posknn import Frame, People, Person, Pose
from posknn.testing import stick_figure

IMAGE = np.zeros((10, 20, 3), np.uint8)


def at(x: float, y: float = 0.5, size: float = 0.15, arms: float = 10) -> Pose:
    return stick_figure(at=(x, y), size=size, arms=arms)


def stream(people: People, script: Sequence[tuple[float, Sequence[Pose]]]) -> list[list[int]]:
    """Return the ids given out at each time."""
    return [
        [one.id for one in people(poses, Frame(IMAGE, time, number))] for number, (time, poses) in enumerate(script)
    ]


def every(
    step: float, start: float, end: float, poses: Callable[[float], Sequence[Pose]]
) -> list[tuple[float, Sequence[Pose]]]:
    return [(time, poses(time)) for time in np.arange(start, end - 1e-9, step).tolist()]


def ids_of(people: People, poses: Sequence[Pose], time: float) -> dict[int, Pose]:
    return {one.id: one.pose for one in people(poses, Frame(IMAGE, time, round(time * 100)))}


def test_ids_count_up_in_the_tracker_s_order_and_poses_are_passed_on_untouched() -> None:
    poses = [at(0.3), at(0.9), at(1.5)]
    people = People()(poses, Frame(IMAGE, 0.0, 0))
    assert [(one.id, one.pose is pose, one.prediction) for one, pose in zip(people, poses, strict=True)] == [
        (0, True, None),
        (1, True, None),
        (2, True, None),
    ]


def test_the_order_of_the_tracker_does_not_matter_after_that() -> None:
    people = People()
    assert list(ids_of(people, [at(0.3), at(0.9)], 0.0)) == [0, 1]
    swapped = ids_of(people, [at(0.91), at(0.31)], 0.1)
    assert list(swapped) == [0, 1]
    assert swapped[0] == at(0.31)


@pytest.mark.parametrize("gap", [0.1, 1.0, 1.9])
def test_a_short_loss_keeps_the_id(gap: float) -> None:
    assert stream(People(), [(0.0, [at(0.5)]), (0.05, []), (gap, [at(0.52)])]) == [[0], [], [0]]


def test_who_stayed_away_for_longer_than_the_patience_is_somebody_new() -> None:
    assert stream(People(), [(0.0, [at(0.5)]), (1.0, []), (2.1, [at(0.5)])]) == [[0], [], [1]]
    assert stream(People(patience=0.5), [(0.0, [at(0.5)]), (0.6, [at(0.5)])]) == [[0], [1]]
    assert stream(People(patience=5), [(0.0, [at(0.5)]), (4.9, [at(0.5)])]) == [[0], [0]]


def test_somebody_elsewhere_is_not_who_was_here_a_moment_ago() -> None:
    found = stream(People(), [*every(0.1, 0, 1, lambda _: [at(0.3)]), *every(0.1, 1, 2, lambda _: [at(1.6)])])
    assert found[:10] == [[0]] * 10
    assert [0] not in found[10:]
    assert found[-1] == [1]


def test_somebody_of_another_size_is_not_who_was_here_a_moment_ago() -> None:
    found = stream(
        People(), [*every(0.1, 0, 1, lambda _: [at(0.8, size=0.1)]), *every(0.1, 1, 2, lambda _: [at(0.8, size=0.25)])]
    )
    assert [0] not in found[10:13]
    assert found[-1] == [1]


@pytest.mark.parametrize("step", [1 / 60, 1 / 30, 0.2])
def test_a_ghost_beside_somebody_gets_no_id_and_a_person_gets_one_soon(step: float) -> None:
    steady = lambda _: [at(0.5)]  # noqa: E731
    both = lambda _: [at(0.5), at(1.4)]  # noqa: E731
    ghost = stream(
        People(), [*every(step, 0, 1, steady), *every(step, 1, 1 + step, both), *every(step, 1 + step, 2, steady)]
    )
    assert ghost == [[0]] * len(ghost)
    person = stream(People(), [*every(step, 0, 1, steady), *every(step, 1, 2, both)])
    assert person[-1] == [0, 1]
    assert sum(len(ids) == 1 for ids in person) * step < 1 + 0.15 + 2 * step


def test_a_person_whom_the_tracker_reports_twice_is_one() -> None:
    twice = every(0.1, 0, 1, lambda time: [at(0.5), at(0.505, 0.502)])
    assert stream(People(), twice) == [[0]] * len(twice)


@pytest.mark.parametrize("step", [1 / 60, 1 / 30, 1 / 9, 1 / 5])
def test_two_who_cross_and_are_one_for_a_moment_keep_their_ids(step: float) -> None:
    people = People()
    for time in np.arange(0, 4, step).tolist():
        right, left = at(0.2 + 0.35 * time), at(1.7 - 0.35 * time, 0.52)
        hidden = abs(0.2 + 0.7 * time - 1.7) < 0.15
        found = ids_of(people, [left] if hidden else [right, left], time)
        if not hidden:
            assert found == {0: right, 1: left}
    assert len(people([at(0.9)], Frame(IMAGE, 9.0, 999))) == 1


def test_a_passer_by_in_front_does_not_take_over() -> None:
    people = People("first")
    seen: list[Person] = []
    for time in np.arange(0, 6, 1 / 15).tolist():
        me, passing = at(1.0, arms=40 + 30 * np.sin(6 * time)), at(0.6 * time - 0.8, 0.6, 0.24)
        before_me = abs(0.6 * time - 1.8) < 0.3
        poses = [passing] if before_me else [passing, me]
        found = people(poses if time > 0.5 else [me], Frame(IMAGE, time, round(time * 100)))
        assert [one.pose for one in found] == ([] if before_me else [me])
        seen += found
    assert {one.id for one in seen} == {0}


def test_the_next_is_followed_when_the_first_is_gone_for_good() -> None:
    two = every(0.1, 0, 2, lambda _: [at(0.4), at(1.5)])
    alone = every(0.1, 2, 6, lambda _: [at(1.5)])
    found = stream(People("first"), [*two, *alone])
    assert found[:20] == [[0]] * 20
    assert found[20:39] == [[]] * 19
    assert found[-1] == [1]


def test_time_that_goes_back_begins_anew() -> None:
    assert stream(People(), [(5.0, [at(0.5)]), (0.0, [at(0.5)]), (0.1, [at(0.5)])]) == [[0], [1], [1]]


def test_three_of_five_leave_and_their_ids_are_not_used_again() -> None:
    places = [0.2, 0.55, 0.9, 1.25, 1.6]
    everybody = every(0.1, 0, 1, lambda _: [at(x, size=0.1) for x in places])
    fewer = every(0.1, 1, 4, lambda _: [at(x, size=0.1) for x in places[3:]])
    found = stream(People(), [*everybody, *fewer, *every(0.1, 4, 5, lambda _: [at(x, size=0.1) for x in places])])
    assert found[9] == [0, 1, 2, 3, 4]
    assert found[39] == [3, 4]
    assert found[-1] == [3, 4, 5, 6, 7]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="patience is seconds of 0 or more, not -1"):
        People(patience=-1)
    with pytest.raises(ValueError, match="follow is one of"):
        People("me")  # type: ignore[arg-type]
