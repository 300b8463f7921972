"""Repetitions of a filmed person are counted from the command line, taught and by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posknn import cli

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "posknn" / "clips" / "jumping_jacks.mp4"


@pytest.mark.parametrize(
    "how",
    [["{sample}", "{clip}", "--pattern", "stand > arms_up > stand"], ["--auto", "{clip}"]],
    ids=["taught", "auto"],
)
def test_eight_jumping_jacks_are_eight(how: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    sample = ROOT / "recordings" / "sample.parquet"
    cli.main(["count", *(part.format(sample=sample, clip=CLIP) for part in how), "--json"])
    (line,) = capsys.readouterr().out.splitlines()
    counted = json.loads(line)
    assert (counted["video"], counted["count"], counted["partial"]) == ("jumping_jacks.mp4", 8, 0)
    assert counted["people"] == [{"id": 0, "count": 8}]
    assert all(0.5 < one["end"] - one["start"] < 1.3 for one in counted["repetitions"])
