"""Every awkward video and picture goes through `posknn label` and gives what expected.json says."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.tasks.label import label
from posknn.testing import stick_figure

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "video" / "awkward"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the awkward files are not at {SHARED}")

EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((SHARED / "expected.json").read_text(encoding="utf-8")) if SHARED.is_dir() else {}
)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    taught = PoseClassifier()
    taught.add_example(stick_figure(), "stand")
    taught.add_example(stick_figure(knees=100, hips=80), "squat")
    return taught.save(tmp_path_factory.mktemp("classifier") / "two.posknn")


@pytest.mark.parametrize("name", EXPECTED)
def test_awkward_file(name: str, classifier: Path, tmp_path: Path) -> None:
    truth = EXPECTED[name]
    (report,) = label(classifier, [str(SHARED / name)], tmp_path)

    if truth["ok"] is False:
        assert report.error is not None
        assert name in report.error
        assert "\n" not in report.error
        assert [path.name for path in tmp_path.iterdir()] == [".posknn"]
        return
    assert report.error is None
    assert len(report.files) == 3
    rows = list(csv.DictReader((tmp_path / f"{Path(name).stem}.csv").read_text(encoding="utf-8").splitlines()))
    frames = {row["frame"] for row in rows}
    assert len(frames) == report.frames
    times = [float(row["time"]) for row in rows]
    assert times == sorted(times)
    assert times[0] == 0
    if truth["ok"] == "partial":
        assert report.problems
        assert report.frames >= truth.get("frames_at_least", truth.get("frames", 1))
        assert report.frames < truth["claimed"]
        return
    if "frames" in truth:
        assert report.frames == truth["frames"]
        assert report.problems == ()
    if "last_s" in truth:
        assert report.seconds == pytest.approx(truth["last_s"], abs=0.01)
    if truth.get("people") == 0 or truth.get("poses") == 0:
        assert report.seen == 0
    if truth.get("poses") == 1:
        assert report.seen == 1
    if truth.get("reps", 0) > 0:
        assert report.seen == report.frames
    for start, end, who in truth.get("segments", []):
        inside = [bool(row["person"]) for row in rows if start <= float(row["time"]) < end]
        if who == "no_person":
            assert not any(inside)
        else:
            assert any(inside)
