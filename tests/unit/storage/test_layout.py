"""What stands in which column is found out from the first lines alone."""

from __future__ import annotations

import math

import pytest

from posknn.storage.formats.layout import Cell, Reading, are_visibilities, find_layout, number

NAMES = [f"{part}{point}" for point in range(33) for part in "xyz"]
ROW: list[Cell] = [0.25 + at / 400 for at in range(99)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1.5", 1.5), (" -2 ", -2.0), (3, 3.0), ("1e-3", 0.001), ("", math.nan), (None, math.nan), ("NaN", math.nan)],
)
def test_numbers(cell: Cell, value: float) -> None:
    assert number(cell) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("cell", ["a", "inf", "-Infinity", "1_0", "0x1", "1,5", float("inf"), 10**400])
def test_what_is_no_number(cell: Cell) -> None:
    assert number(cell) is None


def test_roles_are_found_by_name() -> None:
    first: list[list[Cell]] = [["file", "label", "w", "h", "t", *NAMES], ["a.jpg", "up", 640, 480, 0.5, *ROW]]
    layout = find_layout(first, Reading())
    assert layout.roles == {"picture": 0, "label": 1, "width": 2, "height": 3, "time": 4}
    assert layout.header
    assert layout.numbers.columns == tuple(range(5, 104))


def test_a_column_that_holds_no_numbers_counts_nothing() -> None:
    first: list[list[Cell]] = [["frame", "label", *NAMES], *[[f"frame {at}", "up", *ROW] for at in range(5)]]
    assert find_layout(first, Reading()).roles == {"label": 1}


def test_one_wrong_cell_does_not_make_another_table_of_it() -> None:
    first: list[list[Cell]] = [["up", *ROW] for _ in range(5)]
    first[3][50] = "left"
    layout = find_layout(first, Reading())
    assert (layout.numbers.columns, layout.roles) == (tuple(range(1, 100)), {"label": 0})


def test_what_was_found_is_said() -> None:
    layout = find_layout([["label", "note", *NAMES], ["up", "good", *ROW]], Reading())
    assert layout.said == (
        "33 keypoints of x, y, z in columns 3 to 101, named in a header",
        "label: column 1 ('label')",
        "not used: column 2 ('note')",
    )


def test_a_label_is_in_no_column_of_a_keypoint() -> None:
    with pytest.raises(ValueError, match="column 5 is said to be the label, but it holds a keypoint"):
        find_layout([["label", *NAMES], ["up", *ROW]], Reading(label=5))
    with pytest.raises(ValueError, match="two columns are called 'label'"):
        find_layout([["label", "label", *NAMES]], Reading(label="label"))


def test_visibilities_are_high_and_never_below_0() -> None:
    assert are_visibilities([0.9, 0.99, 1, 0.1, 0.95])
    assert not are_visibilities([0.9, 0.99, 1, -0.1, 0.95])
    assert not are_visibilities([0.1, 0.2, 0.9])
    assert not are_visibilities([math.nan])
    assert not are_visibilities([])


def test_only_columns_need_a_foreign_table() -> None:
    assert Reading(label=1).of_columns
    assert Reading(file_is_label=True).of_columns
    assert not Reading(size=(1, 2)).of_columns
