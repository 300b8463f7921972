from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posknn import read_recording, write_recording
from posknn.studio.marks import Mark, marks_of, painted, snapped, taught
from posknn.testing import stick_figure
from posknn.values import Label, Recording


def track(angles: list[float], people: int = 1) -> Recording:
    points = [np.column_stack([pose.points, pose.visibility]) for pose in map(figure, angles) for _ in range(people)]
    count = len(points)
    times = np.arange(count) // people / 10
    who = np.arange(count) % people
    frames = np.arange(count) // people
    return Recording(np.array(points, np.float32), (None,) * count, times, frames, who, name="clip")


def figure(angle: float):  # type: ignore[no-untyped-def]
    return stick_figure(arms=angle)


MOVING = [float(angle) for angle in range(0, 100, 5)]

tenths = st.integers(0, 20).map(lambda number: number / 10)


@st.composite
def marks(draw: st.DrawFn) -> Mark:
    start, end = sorted(draw(st.lists(tenths, min_size=2, max_size=2, unique=True)))
    return Mark(start, end, draw(st.sampled_from(["a", "b", 1, None])), draw(st.integers(0, 1)))


@given(st.lists(st.tuples(marks(), st.booleans()), max_size=12))
def test_what_was_painted_last_is_what_is_there(paints: list[tuple[Mark, bool]]) -> None:
    there: tuple[Mark, ...] = ()
    moments: dict[tuple[int, int], Label | None] = {}
    for mark, erase in paints:
        there = painted(there, mark, erase=erase)
        for tenth in range(round(mark.start * 10), round(mark.end * 10)):
            if erase:
                moments.pop((mark.person, tenth), None)
            else:
                moments[mark.person, tenth] = mark.label
    said = {
        (mark.person, tenth): mark.label
        for mark in there
        for tenth in range(round(mark.start * 10), round(mark.end * 10))
    }
    assert said == moments
    assert sum(round((mark.end - mark.start) * 10) for mark in there) == len(moments)  # none overlaps another


def test_a_mark_begins_and_ends_with_frames_and_holds_one_at_least() -> None:
    edges = np.array([0.0, 0.1, 0.2, 0.3])
    assert snapped(Mark(0.04, 0.26, "a"), edges) == Mark(0.0, 0.3, "a")
    assert snapped(Mark(0.17, 9.0, "a"), edges) == Mark(0.2, 0.3, "a")
    with pytest.raises(ValueError, match="begin before it ends"):
        snapped(Mark(0.06, 0.13, "a"), edges)


def test_examples_are_the_frames_of_marks_that_differ_and_say_where_they_come_from(tmp_path) -> None:  # type: ignore[no-untyped-def]
    still = track([0.0] * 10 + MOVING)
    made = taught(still, [Mark(0.0, 1.0, "down"), Mark(1.0, 3.0, 7)])
    assert made is not None
    assert made.labels.count("down") == 1  # ten times the same picture is one example
    assert made.labels.count(7) > 5
    assert set(zip(made.takes.tolist(), made.labels, strict=True)) == {(0, "down"), (1, 7)}
    assert made.name == "clip"
    write_recording(made, tmp_path / "marked.parquet")
    again = read_recording(tmp_path / "marked.parquet")
    assert marks_of(again) == (Mark(0.0, 1.0, "down"), Mark(1.0, 3.0, 7))


def test_each_person_is_taught_alone() -> None:
    made = taught(track(MOVING, people=2), [Mark(0.0, 1.0, "a", 1)])
    assert made is not None
    assert set(made.people.tolist()) == {1}


def test_a_mark_of_no_label_teaches_nothing_and_is_kept(tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = taught(track(MOVING), [Mark(0.0, 1.0, None)])
    assert made is not None
    assert len(made) == 0
    write_recording(made, tmp_path / "marked.parquet")
    assert marks_of(read_recording(tmp_path / "marked.parquet")) == (Mark(0.0, 1.0, None),)
    assert taught(track(MOVING), []) is None


def test_an_example_that_was_moved_by_hand_stays_moved_while_its_mark_stays() -> None:
    first = taught(track(MOVING), [Mark(0.0, 1.0, "a")])
    assert first is not None
    moved = replace(first, labels=("b", *first.labels[1:]))
    both = taught(track(MOVING), [Mark(0.0, 1.0, "a"), Mark(1.0, 2.0, "c")], moved)
    assert both is not None
    assert [label for label, take in zip(both.labels, both.takes, strict=True) if take == 0] == list(moved.labels)
    anew = taught(track(MOVING), [Mark(0.0, 1.1, "a")], moved)
    assert anew is not None
    assert set(anew.labels) == {"a"}


def test_of_a_long_mark_no_more_than_300_frames_become_examples() -> None:
    long = track([float(angle) / 10 for angle in range(900)])
    made = taught(long, [Mark(0.0, 90.0, "a")])
    assert made is not None
    assert 10 < len(made) <= 300


@pytest.mark.parametrize("said", [7, "x", [[1, 2]], [[2.0, 1.0, "a", 0]], [["a", 1, "a", 0]], [[0.0, 1.0, [], 0]]])
def test_marks_that_make_no_sense_are_none(said: object) -> None:
    assert marks_of(replace(track([0.0]), provenance={"marks": said})) == ()
    assert marks_of(None) == ()
