"""The bench runs and measures every budget; whether they are kept is for a quiet machine to say."""

from __future__ import annotations

import math

import pytest

from posknn.tasks.bench import Measured, bench


def test_every_budget_is_measured() -> None:
    told: list[str] = []
    measured = bench(frames=14, only="frame", progress=told.append)
    assert [one.name for one in measured] == [
        "pipeline / bare MediaPipe loop, 1,000 examples",
        "pipeline / bare MediaPipe loop, 50,000 examples",
        "classify / matrix-vector product, 10,000 x 99",
        "add_example, a thousand of 99 numbers",
        "classify, 200,000 x 99, per million",
        "import posknn",
        "posknn --help",
    ]
    for one in measured:
        assert math.isfinite(one.value)
        assert one.value > 0
        assert one.limit > 0
        assert one.unit in ("x", "s")
    assert told


@pytest.mark.parametrize(("value", "kept"), [(0.9, True), (1.0, True), (1.1, False)])
def test_a_budget_is_kept_up_to_its_limit(value: float, kept: bool) -> None:
    assert Measured("some budget", value, 1.0, "x").kept is kept
