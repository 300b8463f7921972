"""Snapshots never change, ids are never given twice, and order follows from the examples that there are."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import numpy as np
import pytest

from posknn.classification.examples import Examples, Snapshot, check_label
from posknn.errors import UnknownLabelError
from posknn.values import Label


def rows(*numbers: float) -> np.ndarray:
    return np.array([[number, 1] for number in numbers], np.float32)


def examples(*labels: Label) -> Examples:
    made = Examples(masked=False)
    made.add(rows(*range(len(labels))), labels, [(f"take {label}", float(row)) for row, label in enumerate(labels)])
    return made


def seen(snapshot: Snapshot) -> tuple[object, ...]:
    """Return all that a snapshot says, as plain values."""
    origins = tuple(snapshot.origins.get(int(example)) for example in snapshot.ids)
    labels = tuple(snapshot.labels[index] for index in snapshot.classes)
    numbers = snapshot.matrix.values.tolist(), snapshot.ids.tolist(), snapshot.ranks.tolist()
    return (*numbers, labels, snapshot.labels, snapshot.counts, snapshot.order, origins)


def order(made: Examples) -> list[Label]:
    snapshot = made.snapshot
    return [snapshot.labels[index] for index in snapshot.order]


def test_no_snapshot_changes_whatever_is_done_afterwards() -> None:
    made = examples("a", "b", "a")
    kept = [(made.snapshot, seen(made.snapshot))]
    for change in (
        lambda: made.add(rows(7), ["c"], [("take c", 7.0)]),
        lambda: made.relabel(0, "c"),
        lambda: made.relabel(3, "new"),
        lambda: made.forget(1),
        lambda: made.add(rows(*range(200)), ["d"] * 200),
        lambda: made.clear_label("d"),
        lambda: made.clear(),
        lambda: made.add(rows(1), ["e"]),
    ):
        change()
        kept.append((made.snapshot, seen(made.snapshot)))
    for snapshot, before in kept:
        assert seen(snapshot) == before


def test_ids_count_up_and_are_never_given_twice() -> None:
    made = examples("a", "b")
    made.forget(1)
    assert made.add(rows(5), ["a"]) == [2]
    made.clear_label("a")
    assert made.add(rows(5), ["a"]) == [3]
    made.clear()
    assert made.add(rows(5), ["a"]) == [4]
    assert made.next_id == 5


def test_forgetting_keeps_the_other_rows_with_their_ids_and_origins() -> None:
    made = examples("a", "b", "c")
    made.forget(1)
    snapshot = made.snapshot
    assert snapshot.ids.tolist() == [0, 2]
    assert snapshot.matrix.values[:, 0].tolist() == [0, 2]
    assert [snapshot.origins[example] for example in (0, 2)] == [("take a", 0.0), ("take c", 2.0)]
    assert 1 not in snapshot.origins


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
    made.add(rows(1), ["a"])
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
    made.add(np.ones((1, 7), np.float32), ["a"])
    assert made.width == 7


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_rows_of_another_width_are_refused_and_nothing_changes(width: int, masked: bool) -> None:
    made = Examples(masked=masked)
    made.add(rows(1, 2), ["a", "b"])
    before = seen(made.snapshot)
    with pytest.raises(ValueError, match="rows of 2 numbers"):
        made.add(np.ones((1, width), np.float32), ["new"])
    made.add(rows(3), ["a"])
    assert seen(made.snapshot)[4] == ("a", "b")
    assert made.snapshot.ids.tolist() == [0, 1, 2]
    assert before[1] == [0, 1]


class Interrupted(list[tuple[str | None, float | None]]):
    """Origins at which the user presses Ctrl-C."""

    def __iter__(self) -> Iterator[tuple[str | None, float | None]]:
        raise KeyboardInterrupt


@pytest.mark.parametrize("count", [1, 500])
@pytest.mark.parametrize("masked", [False, True])
def test_ctrl_c_in_the_middle_leaves_the_examples_as_they_were(count: int, masked: bool) -> None:
    made = Examples(masked=masked)
    made.add(rows(1, 2), ["a", "b"], [("monday", 1.0), ("monday", 2.0)])
    before = made.snapshot, seen(made.snapshot)
    more = np.full((count, 2), 7, np.float32)
    if masked:
        more[:, 1] = np.nan
    with pytest.raises(KeyboardInterrupt):
        made.add(more, ["new"] * count, Interrupted())
    assert seen(made.snapshot) == before[1]
    made.add(rows(3), ["b"], [("friday", 3.0)])
    assert made.snapshot.matrix.raw()[:, 0].tolist() == [1, 2, 3]
    assert made.snapshot.ids.tolist() == [0, 1, 2]
    assert order(made) == ["a", "b"]
    assert made.snapshot.origins[2] == ("friday", 3.0)
    assert seen(before[0]) == before[1]


def test_what_was_restored_is_what_was_kept() -> None:
    made = examples("b", "a", 3, "a")
    made.forget(0)
    made.relabel(2, "c")
    was = made.snapshot
    again = Examples(masked=False)
    again.restore(was.matrix.raw(), was.ids, made.next_id, was.classes, was.labels)
    again.annotate(was.origins)
    assert seen(again.snapshot) == seen(was)
    assert again.add(rows(1), ["z"]) == made.add(rows(1), ["z"])
    assert order(again) == order(made)


class Word(str, enum.Enum):  # noqa: UP042  # str() of this one is not its value
    UP = "up"


class Number(enum.IntEnum):
    FIVE = 5


@pytest.mark.parametrize(
    ("given", "plain"),
    [("up", "up"), (5, 5), (-3, -3), (np.str_("up"), "up"), (np.int32(5), 5), (Word.UP, "up"), (Number.FIVE, 5)],
)
def test_labels_become_plain_words_and_numbers(given: object, plain: Label) -> None:
    found = check_label(given)
    assert found == plain
    assert type(found) is type(plain)


@pytest.mark.parametrize("given", ["", None, True, np.True_, 1.0, np.float64(1), b"up", ("up",), ["up"]], ids=repr)
def test_what_is_no_label_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="a word or a whole number"):
        check_label(given)
