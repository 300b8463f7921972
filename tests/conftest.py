"""What all tests share: how they run, and lessons that stick figures give."""

import os
import signal
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pytest
from hypothesis import settings

from posknn.classification.embedding import as_points
from posknn.testing import stick_figure
from posknn.tracking.tracker import contacts_its_maker
from posknn.values import Label, Recording

# A later MediaPipe than the pinned one brings a warning, which is tested where it is made.
if contacts_its_maker():
    os.environ["PYTHONWARNINGS"] = "ignore:mediapipe "  # for the programs that tests start

# What a shell starts in the background is deaf to Ctrl-C, and so is all that it starts: the tests would wait in vain.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run: a property that fails does so for everybody.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

ARMS: Mapping[Label, float] = {"down": 10, "side": 90, "up": 170}


class Lesson(Protocol):
    def __call__(
        self, name: str = ..., labels: Sequence[Label] = ..., *, each: int = ..., seed: int = ..., spread: float = ...
    ) -> Recording: ...


@pytest.fixture(scope="session")
def lesson() -> Lesson:
    """Makes recordings in which one stick figure shows each label for some frames, a little differently every time."""

    def make(
        name: str = "desk",
        labels: Sequence[Label] = ("down", "side", "up"),
        *,
        each: int = 12,
        seed: int = 0,
        spread: float = 4,
    ) -> Recording:
        random = np.random.default_rng(seed)
        habit = random.normal(0, spread)
        rows = []
        for label in labels:
            for _ in range(each):
                arms = ARMS[label] + habit + random.normal(0, 2)
                figure = stick_figure(arms=arms, knees=178 + random.normal(), at=(random.normal(0.5, 0.05), 0.5))
                rows.append(as_points(figure))
        taught = tuple(label for label in labels for _ in range(each))
        takes = np.repeat(np.arange(len(labels)), each)
        return Recording(
            np.stack(rows), taught, np.arange(len(rows), dtype=np.float64) * 0.1 + 0.01, takes=takes, name=name
        )

    return make


@pytest.fixture(scope="session")
def lessons(lesson: Lesson) -> list[Recording]:
    """Four people, each in a recording of its own."""
    return [lesson(f"person{number}", seed=number) for number in range(4)]
