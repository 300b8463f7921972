"""Labels measured against the truth of filmed and rendered people."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from posknn.storage.segments import read_segments
from posknn.tasks.label import label
from posknn.tasks.record import record
from posknn.values import Label

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the labelled data are not at {SHARED}")

SAMPLES = SHARED / "poses" / "mlkit_fitness" / "fitness_pose_samples.csv"
VIDEOS = SHARED / "video"
SURE = 0.09
"""Seconds, nearly a frame of these clips: nearer to a border the truth itself is a guess, good to 0.15 s it says."""
# What the samples call the poses that the truth names.
SAMPLE_LABELS = {
    "squat_up": "squats_up",
    "squat_down": "squats_down",
    "pushup_up": "pushups_up",
    "pushup_down": "pushups_down",
}


def truth_of(name: str) -> dict[str, Any]:
    videos: list[dict[str, Any]] = json.loads((VIDEOS / "truth.json").read_text(encoding="utf-8"))["videos"]
    (found,) = [video for video in videos if video["file"] == name]
    return found


def labels_by_time(table: Path) -> list[tuple[float, Label | None]]:
    with table.open(encoding="utf-8", newline="") as file:
        return [(float(row["time"]), row["label"] or None) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("name", "least"), [("squat_qp.mp4", 0.9), ("squat_mpdocs.mp4", 0.88), ("pushup_mpdocs.mp4", 0.9)]
)
def test_people_filmed_are_labelled_from_googles_samples(name: str, least: float, tmp_path: Path) -> None:
    truth = truth_of(name)
    (report,) = label(SAMPLES, [str(VIDEOS / name)], tmp_path)
    assert report.error is None
    assert report.frames == truth["frames"]
    shown = labels_by_time(tmp_path / f"{Path(name).stem}.csv")
    right = [
        (seen == SAMPLE_LABELS[segment["label"]], min(time - segment["start"], segment["end"] - time) > SURE)
        for segment in truth["segments"]
        for time, seen in shown
        if segment["start"] <= time < segment["end"]
    ]
    inside = [one for one, sure in right if sure]
    assert len(inside) >= 10
    share, share_inside = sum(one for one, _ in right) / len(right), sum(inside) / len(inside)
    print(f"{name}: {share:.3f} of {len(right)} frames right, {share_inside:.3f} of {len(inside)} away from borders")
    assert share >= least
    assert share_inside >= 0.9


TAUGHT_UNTIL = 4.2  # seconds: two repetitions


Doubles = npt.NDArray[np.float64]


class Squats(NamedTuple):
    """The truth of a rendered clip and where its labels are. phase: 0 standing, 1 at the bottom, by frame."""

    stem: Path
    times: Doubles
    phase: Doubles


def spans(times: Doubles, inside: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the stretches of frames in which something holds, each to the beginning of the next frame."""
    step = float(np.median(np.diff(times)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    return [(float(times[start]), float(times[end - 1]) + step) for start, end in edges.reshape(-1, 2)]


@pytest.fixture(scope="module")
def squats(tmp_path_factory: pytest.TempPathFactory) -> Squats:
    """Teach from the first repetitions of a rendered clip and label all of it."""
    folder = tmp_path_factory.mktemp("squats")
    clip = VIDEOS / "synth" / "syn_squat_side.mp4"
    joints = np.load(VIDEOS / "synth" / "syn_squat_side_joints.npz")
    phase = joints["phase"].astype(float)
    times = np.arange(len(phase)) / float(joints["fps"])
    early = times < TAUGHT_UNTIL
    marks = sorted(
        (start, end, name)
        for name, held in (("up", early & (phase < 0.2)), ("down", early & (phase > 0.8)))
        for start, end in spans(times, held)
    )
    lines = [f"{start:.3f},{min(end, TAUGHT_UNTIL):.3f},{name}\n" for start, end, name in marks]
    (folder / "marks.csv").write_text("".join(["start,end,label\n", *lines]), encoding="utf-8")
    taught = record(str(clip), (), folder / "lesson.parquet", marks=folder / "marks.csv")
    assert set(taught.counts) == {"up", "down"}
    assert min(taught.counts.values()) >= 2
    (report,) = label(folder / "lesson.parquet", [str(clip)], folder / "out")
    assert report.error is None
    assert report.frames == len(times)
    return Squats(folder / "out" / "syn_squat_side", times, phase)


def test_a_few_seconds_of_marks_label_the_rest(squats: Squats) -> None:
    stem, times, phase = squats
    shown = labels_by_time(stem.with_suffix(".csv"))
    assert [time for time, _ in shown] == pytest.approx(times.tolist(), abs=1e-3)
    right = [
        seen == ("up" if depth < 0.2 else "down")
        for (time, seen), depth in zip(shown, phase, strict=True)
        if time >= TAUGHT_UNTIL and not 0.2 <= depth <= 0.8
    ]
    share = sum(right) / len(right)
    print(f"rendered squats: {share:.3f} of {len(right)} frames right")
    assert len(right) > 40
    assert share >= 0.97


def test_segments_begin_and_end_where_the_pose_changes(squats: Squats) -> None:
    stem, times, phase = squats
    crossings = []
    for (before, low), (after, high) in pairwise(zip(times, phase, strict=True)):
        if before >= TAUGHT_UNTIL and (low < 0.5) != (high < 0.5):
            crossings.append(float(before + (0.5 - low) / (high - low) * (after - before)))
    segments = [one for one in read_segments(stem.with_suffix(".segments.csv")) if one.end > TAUGHT_UNTIL]
    assert [one.label for one in segments] == (["up", "down"] * len(segments))[: len(segments)]
    assert len(segments) == len(crossings) + 1 == 5
    for (earlier, later), crossing in zip(pairwise(segments), crossings, strict=True):
        assert earlier.end == pytest.approx(crossing, abs=0.2)
        assert later.start == pytest.approx(crossing, abs=0.2)
