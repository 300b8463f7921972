"""Text and boxes: every script leaves ink, nothing is wider than it may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn.output import canvas
from posknn.output.canvas import Box

SCRIPTS = {
    "latin": "Łódź Größe",
    "greek": "Κάθισμα",
    "cyrillic": "Приседание",
    "hebrew": "שלום",
    "arabic": "وقوف",
    "hangul": "스쿼트",
    "kana": "しゃがむ",
    "han": "深蹲",
}


def ink(string: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = np.zeros((40, 300, 3), np.uint8)
    canvas.text(picture, string, 5, 20, 20, (255, 255, 255))
    return picture


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_is_drawn_with_its_own_letters(script: str) -> None:
    word = SCRIPTS[script]
    assert (ink(word) > 128).sum() > 100
    assert not np.array_equal(ink(word), ink("?" * len(word)))
    assert 0 < canvas.text_width(word, 20) < 300


@pytest.mark.parametrize("word", ["स्क्वाट", "สควอท", "🤸"])
def test_script_without_letters_in_the_font_shows_question_marks(word: str) -> None:
    assert np.array_equal(ink(word), ink("?" * len(word)))


def test_hebrew_reads_from_the_right() -> None:
    first, second = ink("א"), ink("ב")
    both = ink("אב")
    right = canvas.text_width("ב", 20)
    assert np.array_equal(both[:, : 5 + right - 2], second[:, : 5 + right - 2])
    assert not np.array_equal(both[:, : 5 + right - 2], first[:, : 5 + right - 2])


def test_numbers_read_from_the_left_within_hebrew() -> None:
    digits = canvas.text_width("12", 20)
    assert np.array_equal(ink("א12")[:, : 5 + digits - 2], ink("12")[:, : 5 + digits - 2])


def test_capitals_are_centred() -> None:
    rows = np.argwhere((ink("HIE") > 128).any(axis=(1, 2)))
    assert abs((rows.min() + rows.max()) / 2 - 20) <= 1


@settings(deadline=None)
@given(string=st.text(max_size=30), size=st.integers(8, 40), width=st.integers(0, 200))
def test_fitted_text_fits_or_is_the_dots_alone(string: str, size: int, width: int) -> None:
    fitted = canvas.fit(string, size, width)
    assert canvas.text_width(fitted, size) <= width or fitted == "…"
    if canvas.text_width(string, size) <= width:
        assert fitted == string


def test_shade_mixes_and_keeps_to_the_picture() -> None:
    picture = np.full((10, 10, 3), 200, np.uint8)
    canvas.shade(picture, Box(-5, -5, 5, 20), (0, 0, 0), 0.5)
    assert (picture[:, :5] == 100).all()
    assert (picture[:, 5:] == 200).all()
    canvas.shade(picture, Box(20, 20, 30, 30))
    canvas.shade(picture, Box(8, 8, 3, 3))
    assert (picture[:, 5:] == 200).all()


def test_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert box.overlap(Box(5, 5, 20, 20)) == 25
    assert box.overlap(Box(10, 0, 20, 10)) == 0
    assert box.holds(0, 9.9)
    assert not box.holds(10, 0)


_SIDE = st.integers(-300, 900)


@given(wish=st.tuples(_SIDE, _SIDE), others=st.lists(st.tuples(_SIDE, _SIDE), max_size=12))
def test_free_place_is_inside_and_near(wish: tuple[int, int], others: list[tuple[int, int]]) -> None:
    taken: list[Box] = []
    for place in (*others, wish):
        box = canvas.free_place(place, (100, 20), (480, 640, 3), taken)
        assert 0 < box.left < box.right < 640
        assert 0 < box.top < box.bottom < 480
        assert (box.right - box.left, box.bottom - box.top) == (100, 20)
        taken.append(box)
    assert all(box.overlap(other) == 0 for number, box in enumerate(taken) for other in taken[:number])


def test_free_place_is_the_wished_one_when_it_is_free() -> None:
    assert canvas.free_place((50, 60), (100, 20), (480, 640, 3), [Box(0, 0, 640, 40)]) == Box(50, 60, 150, 80)


def test_free_place_in_a_full_or_too_small_picture_is_still_a_place() -> None:
    assert canvas.free_place((0, 0), (100, 20), (240, 320, 3), [Box(0, 0, 320, 240)]).bottom < 240
    assert canvas.free_place((0, 0), (100, 20), (10, 10, 3), []).right > 10
