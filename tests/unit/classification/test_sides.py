"""Labels that name a side are told from labels that only look like it."""

from __future__ import annotations

import pytest

from posknn import Label
from posknn.classification.sides import names_sides


@pytest.mark.parametrize(
    "label",
    [
        "left", "RIGHT", "left_arm_up", "arm-left", "lean left", "leftArm", "armRight", "LeftArmUp", "left2", "2right",
        "arm.left", "(right)", "Arm links", "rechts", "bras_gauche", "droite", "brazo-izquierda", "derecha", "sinistra",
        "destra",
    ],
)  # fmt: skip
def test_a_side_is_named(label: str) -> None:
    assert names_sides(("standing", label))


@pytest.mark.parametrize(
    "label",
    ["bright", "leftover", "upright", "copyright", "cleft", "righteous", "squat", "destraction", "", 5, 0, "日本"],
)
def test_no_side_is_named(label: Label) -> None:
    assert not names_sides(("standing", label))


def test_words_are_not_read_across_labels() -> None:
    assert not names_sides(("le", "ft"))
    assert not names_sides(())
