"""Tells whether labels name sides of the body, so that a pose and its mirror image are two things."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from posknn.values import Label

__all__ = ["names_sides"]

_WORDS: Final = re.compile(r"[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIDES: Final = frozenset(
    ("left", "right", "links", "rechts", "gauche", "droite", "izquierda", "derecha", "sinistra", "destra")
)


@lru_cache(maxsize=64)  # asked at every frame, of labels that seldom change
def names_sides(labels: tuple[Label, ...]) -> bool:
    """Say whether any label names a side, as left_arm_up, armRight and "lean left" do, and bright and leftover not."""
    text = " ".join(_CAMEL.sub(" ", label) for label in labels if isinstance(label, str))
    return any(word.lower() in _SIDES for word in _WORDS.findall(text))
