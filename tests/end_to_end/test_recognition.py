"""Recognition on other people, measured by the benchmark script on the labelled sets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from posknn import PoseClassifier
from tests.benchmarks import pose_sets

ROOT = Path(__file__).parents[2]
POSES = ROOT.parent / "shared" / "data" / "poses"
pytestmark = pytest.mark.skipif(not POSES.is_dir(), reason=f"the labelled sets are not at {POSES}")


def test_other_people_are_recognised(tmp_path: Path) -> None:
    script = ROOT / "tests" / "benchmarks" / "recognition.py"
    told = [sys.executable, str(script), "hard", "--poses", str(POSES), "--json", str(tmp_path / "numbers.json")]
    done = subprocess.run(told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    numbers = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    chosen, plain = (numbers[f"hard, {kind}"] for kind in ("as it chooses", "plain distance"))
    assert sum(chosen.values()) / len(chosen) >= 0.845
    assert sum(plain.values()) / len(plain) >= 0.835
    assert chosen["mlkit_fitness"] >= 0.99


@pytest.mark.parametrize(("taught", "untaught"), [("squats", "pushups"), ("pushups", "squats")])
def test_an_exercise_taught_as_one_recording_refuses_another(taught: str, untaught: str) -> None:
    poses = pose_sets.load("mlkit_fitness", POSES)
    own = [row for row, label in enumerate(poses.labels) if label.startswith(taught)]
    other = [row for row, label in enumerate(poses.labels) if label.startswith(untaught)]
    classifier = PoseClassifier(distance="learnt").fit(poses.points[own], [poses.labels[row] for row in own])
    said = classifier.predict(poses.points[other])
    assert sum(label is not None for label in said) <= 0.08 * len(said)
    assert sum(label is None for label in classifier.predict(poses.points[own])) == 0
