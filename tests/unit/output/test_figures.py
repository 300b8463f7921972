"""Figures: SVG that is whole, takes its colours from the page, shows the numbers and any label as it is."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from posknn.output.figures import confusion_figure, open_set_figure, reliability_figure

CURVE = [(0.0, 1.0), (0.5, 0.9), (1.0, 0.1)]


def texts(svg: str) -> list[str]:
    found = (one for one in ET.fromstring(svg).iter() if one.tag.endswith("text"))
    return ["".join(one.itertext()).strip() for one in found]


@pytest.mark.parametrize(
    "svg",
    [
        confusion_figure(["a", "b"], [[3, 1, 0], [0, 7, 0]]),
        open_set_figure(CURVE, 0.95, 0.4, 0.5),
        reliability_figure([(0.5, 0.4, 3), (0.9, 0.95, 100)]),
    ],
)
def test_a_figure_is_whole_and_has_no_colours_of_its_own(svg: str) -> None:
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    assert root.attrib["aria-label"]
    assert "var(--ink)" in svg
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= {"#ffffff", "#000000"}
    assert "<image" not in svg
    ids = re.findall(r'id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', svg)) <= set(ids)


def test_the_confusion_matrix_shows_labels_and_numbers() -> None:
    shown = texts(confusion_figure(["stand", "sit"], [[12, 1, 0], [0, 34, 0]]))
    assert shown.count("stand") == shown.count("sit") == 2
    assert {"12", "1", "34", "·"} <= set(shown)


@pytest.mark.parametrize("label", ["$x$", r"\frac", "$_{", "立つ", "<b>&", "🙂"])
def test_labels_are_shown_as_they_are(label: str) -> None:
    assert texts(confusion_figure([label, "other"], [[1, 0, 0], [0, 1, 0]])).count(label) == 2


def test_a_long_label_keeps_its_end() -> None:
    shown = texts(
        confusion_figure(["squat_with_caved_in_knees_down", "squat_with_caved_in_knees_up"], [[1, 0, 0], [0, 1, 0]])
    )
    assert sum(text.endswith("_down") for text in shown) == 2
    assert max(map(len, shown)) <= 24


def test_the_same_numbers_give_the_same_picture() -> None:
    assert open_set_figure(CURVE, 0.95, 0.4, 0.5) == open_set_figure(CURVE, 0.95, 0.4, 0.5)


def test_many_labels_fit() -> None:
    count = 40
    matrix = [[int(row == column) for column in range(count)] + [0] for row in range(count)]
    shown = texts(confusion_figure([f"label {place}" for place in range(count)], matrix))
    assert shown.count("1") == count
    assert shown.count("label 39") == 2
