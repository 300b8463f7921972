"""Rows grow without touching what they gave out, in chunks of any size, and take interrupted appends back."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.rows import Matrix, Rows

Floats = npt.NDArray[np.float32]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("limit", [None, 7, 30])
def test_a_matrix_given_out_never_changes(masked: bool, limit: int | None) -> None:
    random = np.random.default_rng(11)
    rows = Rows(5, masked=masked, capacity=2, limit=limit)
    given: list[tuple[Matrix, Matrix, Floats]] = []
    added = np.empty((0, 5), np.float32)
    for step in range(40):
        more = random.normal(size=(random.integers(0, 9), 5)).astype(np.float32)
        if masked:
            more[random.random(more.shape) < 0.3] = np.nan
        if step % 7 == 6:
            drop = random.random(len(added)) < 0.3
            rows, added = rows.without(drop), added[~drop]
        rows.append(more)
        added = np.concatenate([added, more])
        now = rows.matrix()
        given.append((now, copy.deepcopy(now), added))
    for kept, copied, expected in given:
        assert np.array_equal(kept.raw(), expected, equal_nan=True)
        assert len(kept) == len(expected)
        assert all(np.array_equal(one.values, two.values) for one, two in zip(kept.chunks, copied.chunks, strict=True))
        some = np.flatnonzero(random.random(len(expected)) < 0.5)
        assert np.array_equal(kept.take(some), np.nan_to_num(expected[some]))
        assert np.array_equal(kept.squares, copied.squares)
        assert kept.longest == copied.longest
        if kept.missing and copied.missing:
            assert np.array_equal(kept.missing.pattern, copied.missing.pattern)
            assert np.array_equal(kept.missing.patterns, copied.missing.patterns)


def test_a_matrix_that_grew_row_by_row_is_the_one_made_at_once() -> None:
    random = np.random.default_rng(12)
    added = random.normal(size=(300, 6)).astype(np.float32)
    added[random.random(added.shape) < 0.2] = np.nan
    slow = Rows(6, masked=True, capacity=1)
    for row in added:
        slow.append(row[None])
    at_once = Rows(6, masked=True)
    at_once.append(added)
    one, other = slow.matrix(), at_once.matrix()
    assert np.array_equal(one.raw(), other.raw(), equal_nan=True)
    assert np.array_equal(one.squares, other.squares)
    assert one.longest == other.longest


@pytest.mark.parametrize("masked", [False, True])
def test_appended_rows_are_copied_and_left_alone(masked: bool) -> None:
    given = np.array([[1, np.nan if masked else 2]], np.float32)
    before = given.copy()
    rows = Rows(2, masked=masked)
    rows.append(given)
    assert np.array_equal(given, before, equal_nan=True)
    given[:] = 9
    assert np.array_equal(rows.matrix().raw(), before, equal_nan=True)


def test_dropping_the_longest_row_shortens_the_reach() -> None:
    rows = Rows(2, masked=False)
    rows.append(np.array([[3, 4], [1, 0]], np.float32))
    assert rows.matrix().longest == 5
    assert rows.without(np.array([True, False])).matrix().longest == pytest.approx(1, rel=1e-5)


def test_no_chunk_is_larger_than_told_and_small_ones_are_joined() -> None:
    rows = Rows(1, masked=False, limit=10)
    for start in range(0, 35, 5):
        rows.append(np.arange(start, start + 5, dtype=np.float32)[:, None])
    assert [len(chunk) for chunk in rows.matrix().chunks] == [10, 10, 10, 5]
    few = rows.without(np.arange(35) % 10 > 1)
    assert [len(chunk) for chunk in few.matrix().chunks] == [4, 4]
    few.append(np.zeros((9, 1), np.float32))
    assert [len(chunk) for chunk in few.matrix().chunks] == [4, 10, 3]
    assert few.matrix().raw()[:8, 0].tolist() == [0, 1, 10, 11, 20, 21, 30, 31]
    assert len(rows.without(np.ones(35, bool)).matrix()) == 0


def test_forgetting_one_row_copies_one_chunk() -> None:
    rows = Rows(1, masked=False, limit=10)
    rows.append(np.arange(30, dtype=np.float32)[:, None])
    before, after = rows.matrix(), rows.without(np.arange(30) == 15).matrix()
    shared = [np.shares_memory(one.values, two.values) for one, two in zip(before.chunks, after.chunks, strict=True)]
    assert shared == [True, False, True]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("limit", [4, 100])
def test_an_interrupted_append_is_written_over(masked: bool, limit: int) -> None:
    rows = Rows(2, masked=masked, limit=limit)
    rows.append(np.ones((6, 2), np.float32))
    before = rows.matrix()
    rows.append(np.full((9, 2), 7, np.float32))  # which its caller never came to count
    rows.cut(6)
    rows.append(np.full((3, 2), 3, np.float32))
    assert rows.matrix().raw()[:, 0].tolist() == [1] * 6 + [3] * 3
    assert before.raw()[:, 0].tolist() == [1] * 6
