"""Snapshots never change, ids are never given twice, and order follows from the examples that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from posknn.classification.examples import Examples, Snapshot
from posknn.classification.state import KNNState
from posknn.errors import UnknownLabelError
from posknn.values import Label


def rows(*numbers: float) -> np.ndarray:
    return np.array([[number, 1] for number in numbers], np.float32)


def examples(*labels: Label) -> Examples:
    made = Examples(masked=False)
    add(
        made,
        rows(*range(len(labels))),
        labels,
        [f"take {label}" for label in labels],
        [*map(float, range(len(labels)))],
    )
    return made


def add(made: Examples, vectors: np.ndarray, labels: Sequence[Label], *origins: Any) -> list[int]:
    return made.add([(vectors, 1.0)], labels, *origins)


def origins(snapshot: Snapshot) -> dict[int, list[Any]]:
    told = snapshot.told(np.arange(len(snapshot)))
    return {
        example: [snapshot.recordings[number], None if np.isnan(time) else time] for example, _, time, number, _ in told
    }


def seen(snapshot: Snapshot) -> tuple[object, ...]:
    """Return all that a snapshot says, as plain values."""
    labels = tuple(snapshot.labels[index] for index in snapshot.classes)
    numbers = snapshot.matrix.raw().tolist(), snapshot.ids.tolist(), snapshot.ranks.tolist()
    return (*numbers, labels, snapshot.labels, snapshot.counts, snapshot.order, origins(snapshot))


def order(made: Examples) -> list[Label]:
    snapshot = made.snapshot
    return [snapshot.labels[index] for index in snapshot.order]


def test_no_snapshot_changes_whatever_is_done_afterwards() -> None:
    made = examples("a", "b", "a")
    kept = [(made.snapshot, seen(made.snapshot))]
    for change in (
        lambda: add(made, rows(7), ["c"], ["take c"], [7.0]),
        lambda: made.relabel(0, "c"),
        lambda: made.relabel(3, "new"),
        lambda: made.forget(1),
        lambda: add(made, rows(*range(200)), ["d"] * 200),
        lambda: made.clear_label("d"),
        lambda: made.clear(),
        lambda: add(made, rows(1), ["e"]),
    ):
        change()
        kept.append((made.snapshot, seen(made.snapshot)))
    for snapshot, before in kept:
        assert seen(snapshot) == before


def test_ids_count_up_and_are_never_given_twice() -> None:
    made = examples("a", "b")
    made.forget(1)
    assert add(made, rows(5), ["a"]) == [2]
    made.clear_label("a")
    assert add(made, rows(5), ["a"]) == [3]
    made.clear()
    assert add(made, rows(5), ["a"]) == [4]
    assert made.next_id == 5


def test_forgetting_keeps_the_other_rows_with_their_ids_and_origins() -> None:
    made = examples("a", "b", "c")
    made.forget(1)
    snapshot = made.snapshot
    assert snapshot.ids.tolist() == [0, 2]
    assert snapshot.matrix.raw()[:, 0].tolist() == [0, 2]
    assert origins(snapshot) == {0: ["take a", 0.0], 2: ["take c", 2.0]}


@pytest.mark.parametrize("example", [-1, 3, 2**70])
def test_an_id_that_does_not_exist_is_told_and_nothing_changes(example: int) -> None:
    made = examples("a", "b", "c")
    before = seen(made.snapshot)
    with pytest.raises(UnknownLabelError, match=f"no example with id {example}"):
        made.forget(example)
    with pytest.raises(UnknownLabelError, match=f"no example with id {example}"):
        made.relabel(example, "new")
    assert seen(made.snapshot) == before


def test_a_label_that_was_never_taught_is_told_with_those_that_were() -> None:
    made = examples("a", 5)
    for label in ("b", "5", 0):
        with pytest.raises(UnknownLabelError, match=r"taught: 'a', 5"):
            made.clear_label(label)
    made.clear_label("a")
    with pytest.raises(UnknownLabelError, match="'a' was never taught"):
        made.clear_label("a")
    with pytest.raises(UnknownLabelError, match="nothing yet"):
        Examples(masked=False).clear_label("a")


def test_a_cleared_label_keeps_its_index_but_not_its_place() -> None:
    made = examples("a", "b")
    made.clear_label("a")
    assert made.snapshot.counts == (0, 1)
    add(made, rows(1), ["a"])
    assert made.snapshot.labels == ("a", "b")
    assert made.snapshot.counts == (1, 1)
    assert order(made) == ["b", "a"]


def test_ties_are_broken_in_javascripts_order_of_keys() -> None:
    made = examples("b", "10", 9, "a", -1, "01", "4294967295", "4294967294", "٣", (9.0).__trunc__() + 1, "9")
    assert order(made) == [9, "9", 10, "10", "4294967294", "b", "a", -1, "01", "4294967295", "٣"]
    assert made.snapshot.ranks[list(made.snapshot.order)].tolist() == list(range(11))


def test_the_order_follows_from_the_examples_there_are() -> None:
    made = examples("a", "b", "a")
    made.forget(0)
    assert order(made) == order(examples("b", "a"))
    made.relabel(1, "c")
    assert order(made) == order(examples("c", "a"))
    made.relabel(1, "b")
    assert order(made) == order(examples("b", "a"))


def test_relabelling_the_last_of_a_label_leaves_no_empty_label_behind() -> None:
    made = examples("a", "b")
    made.relabel(0, "b")
    assert order(made) == ["b"]
    assert made.snapshot.counts == (0, 2)
    made.relabel(0, "b")
    assert made.snapshot.counts == (0, 2)


def test_clearing_everything_also_forgets_the_width() -> None:
    made = examples("a")
    assert made.width == 2
    made.clear()
    assert made.width is None
    assert len(made.snapshot) == 0
    add(made, np.ones((1, 7), np.float32), ["a"])
    assert made.width == 7


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_rows_of_another_width_are_refused_and_nothing_changes(width: int, masked: bool) -> None:
    made = Examples(masked=masked)
    add(made, rows(1, 2), ["a", "b"])
    before = seen(made.snapshot)
    with pytest.raises(ValueError, match="rows of 2 numbers"):
        add(made, np.ones((1, width), np.float32), ["new"])
    add(made, rows(3), ["a"])
    assert seen(made.snapshot)[4] == ("a", "b")
    assert made.snapshot.ids.tolist() == [0, 1, 2]
    assert before[1] == [0, 1]


def interrupted(vectors: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """Give some of the vectors; then the user presses Ctrl-C."""
    yield vectors[: len(vectors) // 2 + 1], 1.0
    raise KeyboardInterrupt


@pytest.mark.parametrize("count", [1, 500])
@pytest.mark.parametrize("masked", [False, True])
def test_ctrl_c_in_the_middle_leaves_the_examples_as_they_were(count: int, masked: bool) -> None:
    made = Examples(masked=masked)
    add(made, rows(1, 2), ["a", "b"], ["monday", "monday"], [1.0, 2.0])
    before = made.snapshot, seen(made.snapshot)
    more = np.full((count, 2), 7, np.float32)
    if masked:
        more[:, 1] = np.nan
    with pytest.raises(KeyboardInterrupt):
        made.add(interrupted(more), ["new"] * count)
    assert seen(made.snapshot) == before[1]
    add(made, rows(3), ["b"], ["friday"], [3.0])
    assert made.snapshot.matrix.raw()[:, 0].tolist() == [1, 2, 3]
    assert made.snapshot.ids.tolist() == [0, 1, 2]
    assert order(made) == ["a", "b"]
    assert origins(made.snapshot)[2] == ["friday", 3.0]
    assert seen(before[0]) == before[1]


@pytest.mark.parametrize("change", [lambda made: made.forget(0), lambda made: made.relabel(0, "c")])
def test_ctrl_c_before_another_change_leaves_nothing_behind(change: Callable[[Examples], None]) -> None:
    made, never = examples("a", "b"), examples("a", "b")
    with pytest.raises(KeyboardInterrupt):
        made.add(interrupted(rows(*range(90))), ["new"] * 90)
    change(made)
    change(never)
    assert seen(made.snapshot) == seen(never.snapshot)


def test_ctrl_c_at_the_first_example_leaves_nothing_taught() -> None:
    made = Examples(masked=False)
    with pytest.raises(KeyboardInterrupt):
        made.add(interrupted(rows(1)), ["a"])
    assert (made.width, len(made.snapshot)) == (None, 0)


def test_what_was_restored_is_what_was_kept() -> None:
    made = examples("b", "a", 3, "a")
    made.forget(0)
    made.relabel(2, "c")
    was = made.snapshot
    names, times = zip(*origins(was).values(), strict=True)
    again = Examples(masked=False)
    again.restore(
        KNNState(
            k=3,
            metric="euclidean",
            weights="uniform",
            rows=was.matrix.raw(),
            lengths=np.ones(len(was), np.float32),
            ids=was.ids,
            next_id=made.next_id,
            classes=was.classes,
            labels=was.labels,
            order=was.order,
            recordings=names,
            times=np.array(times),
        )
    )
    assert seen(again.snapshot) == seen(was)
    assert add(again, rows(1), ["z"]) == add(made, rows(1), ["z"])
    assert order(again) == order(made)
