"""Poses in any units are read as one pose."""

from __future__ import annotations

import numpy as np
import pytest

from posknn.classification.embedding import as_points
from posknn.classification.units import in_heights
from posknn.testing import stick_figure

ROWS = np.stack([as_points(stick_figure(arms=angle)) for angle in (20, 90)])


def test_units_and_pixels_are_turned_into_heights() -> None:
    unit, pixels = ROWS.copy(), ROWS.copy()
    unit[:, :, [0, 2]] /= 16 / 9
    pixels[:, :, :3] *= 720
    assert np.allclose(in_heights(unit, "unit", (1280, 720)), ROWS, atol=1e-6)
    assert np.allclose(in_heights(pixels, "pixels", (1280, 720)), ROWS, atol=1e-6)
    assert np.array_equal(in_heights(ROWS), ROWS)


def test_each_picture_may_have_its_size() -> None:
    unit = ROWS.copy()
    unit[0, :, [0, 2]] /= 16 / 9
    unit[1, :, [0, 2]] /= 9 / 16
    assert np.allclose(in_heights(unit, "unit", [(16, 9), (9, 16)]), ROWS, atol=1e-6)


def test_without_a_size_numbers_stay() -> None:
    assert np.array_equal(in_heights(ROWS, "unit"), ROWS)
    assert np.array_equal(in_heights(ROWS, "pixels"), ROWS)


def test_all_zeros_is_not_seen_and_a_zero_is() -> None:
    rows = ROWS.copy()
    rows[0, 3, :3] = 0
    rows[0, 4, :3] = 0, 0.5, 0
    rows[0, 5, :3] = 0, 0, np.nan
    read = in_heights(rows)
    assert np.isnan(read[0, [3, 5]]).all()
    assert np.isfinite(read[0, 4]).all()
    assert np.isfinite(rows[0, 3]).all(), "the caller's array is left as it is"


@pytest.mark.parametrize("size", [(0, 5), (1, 2, 3), (np.nan, 1), [(1, 1)]])
def test_a_size_that_is_none_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match="a size is width and height"):
        in_heights(ROWS, "unit", size)  # type: ignore[arg-type]


def test_units_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="heights, unit, pixels"):
        in_heights(ROWS, "metres")  # type: ignore[arg-type]
