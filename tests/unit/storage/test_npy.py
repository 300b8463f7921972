"""Single arrays are read as NumPy reads them, and only what is there is believed."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from posknn.errors import FileFormatError
from posknn.storage.formats.npy import Stored, floats_of, stored, values_of


def held(content: bytes, length: int | None = None) -> Stored:
    return stored(lambda: io.BytesIO(content), len(content) if length is None else length, len(content), "a: X")


def npy(array: Any) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


SHAPES = numpy_strategies.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)


@given(
    numpy_strategies.arrays(st.sampled_from(["<f4", ">f8", "<i2", "|u1", "<U3", "|S2", "|b1"]), SHAPES), st.booleans()
)
def test_numpy_and_we_read_the_same(array: Any, fortran: bool) -> None:
    array = np.asfortranarray(array) if fortran else array
    found = values_of(held(npy(array)))
    assert (found.shape, found.dtype) == (array.shape, array.dtype)
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["<f2", "<f8", ">f4", "|i1"])
def test_numbers_become_float32(order: Any, kind: str) -> None:
    array = np.array(np.arange(24).reshape(2, 3, 4), kind, order=order)
    target = np.zeros((2, 3, 4), np.float32)
    floats_of(held(npy(array)), target)
    np.testing.assert_array_equal(target, array)


def test_a_file_that_is_too_short_or_too_long() -> None:
    content = npy(np.ones(9))
    for wrong in (content[:-1], content + b"\0"):
        with pytest.raises(ValueError, match=r"a: X: an array of shape \(9,\) and type float64 does not fit"):
            held(wrong)
    cut = held(content[:-8], len(content))
    with pytest.raises(ValueError, match="ends too early"):
        values_of(cut)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x03\x00", b"PK\x03\x04", npy(np.zeros(2, "f4,i4"))])
def test_what_is_no_plain_array(content: bytes) -> None:
    with pytest.raises(ValueError, match="a: X: not an array"):
        held(content)


def test_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="Python objects, which could run code"):
        held(npy(np.array([1, "a"], object)))


def test_far_more_than_the_file_is_refused() -> None:
    content = npy(np.zeros(9_000_000, "|u1"))
    small = stored(lambda: io.BytesIO(content), len(content), 1000, "a: X")
    with pytest.raises(FileFormatError, match="a: X: refused"):
        values_of(small)
