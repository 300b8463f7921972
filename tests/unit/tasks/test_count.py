"""Counting tracks from the command line: what is printed is what was done, and errors stop nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posknn import Recording, cli, write_recording
from posknn.errors import UnknownLabelError
from posknn.tasks.count import count, resolved_pattern
from posknn.testing import Stream, synthetic

PATTERN = "up > down > up"


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    return write(synthetic("squats", reps=2, fps=10), tmp_path / "lesson.parquet", labelled=True)


def write(stream: Stream, path: Path, *, labelled: bool = False) -> Path:
    shown = stream.recording()
    write_recording(shown if labelled else replace(shown, labels=(None,) * len(shown)), path)
    return path


def printed(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> list[str]:
    try:
        cli.main([str(argument) for argument in arguments])
        ended: object = 0
    except SystemExit as stop:
        ended = stop.code or 0
    shown = capsys.readouterr()
    assert ended == code, shown.err
    return shown.out.splitlines()


def test_json_is_one_object_a_video(lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    track = write(synthetic("squats", reps=4, fps=12, depths=[1, 1, 0.5, 1]), tmp_path / "set.parquet")
    lines = printed(
        capsys, "count", lesson, track, tmp_path / "gone.mp4", track, "--pattern", PATTERN, "--json", code=1
    )
    first, gone, again = (json.loads(line) for line in lines)
    assert list(first) == ["video", "count", "partial", "people", "repetitions"]
    assert (first["video"], first["count"], first["partial"]) == ("set.parquet", 3, 1)
    assert first["people"] == [{"id": 0, "count": 3}]
    assert [list(one) for one in first["repetitions"]] == [["person", "start", "end", "depth"]] * 3
    assert all(0.8 < one["depth"] <= 1 for one in first["repetitions"])
    assert gone["video"] == "gone.mp4"
    assert "gone.mp4" in gone["error"]
    assert again == first


def test_in_words(lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    track = write(synthetic("squats", reps=3, fps=12), tmp_path / "set.parquet")
    head, *rows = printed(capsys, "count", lesson, track, "--pattern", PATTERN)
    assert head.startswith("set.parquet: 3 repetitions, one every 2.0 s, ")
    assert head.endswith(" s in down")
    assert len(rows) == 3
    shallow = write(synthetic("squats", reps=3, fps=12, depths=0.45), tmp_path / "shallow.parquet")
    *_, hint = printed(capsys, "count", lesson, shallow, "--pattern", PATTERN)
    assert hint.endswith("by this person's own deepest pose it would be 3 repetitions: --relative counts so")
    (line,) = printed(capsys, "count", lesson, shallow, "--pattern", PATTERN, "--json")
    assert (json.loads(line)["count"], json.loads(line)["relative"]) == (0, 3)
    head, *_ = printed(capsys, "count", lesson, shallow, "--pattern", PATTERN, "--relative")
    assert head.startswith("shallow.parquet: 3 repetitions")


def test_auto_needs_no_classifier_and_says_how_sure_it_is(
    lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("scipy")
    track = write(synthetic("jumping_jacks", reps=5, fps=12), tmp_path / "set.parquet")
    head, *_ = printed(capsys, "count", "--auto", track)
    assert head.startswith("set.parquet: 5 repetitions, one every 2.0 s, 9")
    assert head.endswith("% sure")
    (line,) = printed(capsys, "count", "--auto", "fit.posknn", track, "--json")
    assert json.loads(line)["count"] == 5
    assert json.loads(line)["confidence"] > 0.9


def test_people_are_counted_apart_and_the_first_is_followed(lesson: Path, tmp_path: Path) -> None:
    one, two = synthetic("squats", reps=4, fps=10).recording(), synthetic("squats", reps=2, fps=10).recording()
    late = list(range(len(two)))
    times = np.concatenate([one.times, two.times[late] + 0.5])
    order = np.argsort(times, kind="stable")
    both = Recording(
        np.concatenate([one.points, two.points])[order],
        (None,) * len(times),
        times=times[order],
        people=np.array([7] * len(one) + [2] * len(two))[order],
    )
    path = tmp_path / "both.parquet"
    write_recording(both, path)
    (report,) = count(lesson, [str(path)], PATTERN)
    assert (report.followed, report.count, report.people) == (7, 4, {7: 4, 2: 2})


def test_a_track_of_nobody_has_no_count(lesson: Path, tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    write_recording(Recording(np.full((5, 33, 4), np.nan, np.float32), (None,) * 5), path)
    (report,) = count(lesson, [str(path)], PATTERN)
    assert (report.error, report.followed, report.count, report.people) == (None, None, 0, {})


def test_a_pattern_is_made_of_what_was_taught() -> None:
    assert resolved_pattern("1 > 2 > 1", [1, 2]) == (1, 2, 1)
    assert resolved_pattern("up > l | r > up", ["up", "l", "r"]) == ("up", "l | r", "up")
    with pytest.raises(UnknownLabelError, match=r"'down' was never taught; the pattern can be made of up, low"):
        resolved_pattern(PATTERN, ["up", "low"])


def test_tracks_and_lessons_without_depth_or_visibility_are_counted(tmp_path: Path) -> None:
    paths = []
    for name, labelled in (("lesson", True), ("set", False)):
        shown = synthetic("squats", reps=3, fps=10).recording()
        points = shown.points.copy()
        points[:, :, 2:] = np.nan
        path = tmp_path / f"{name}.parquet"
        write_recording(replace(shown, points=points, labels=shown.labels if labelled else (None,) * len(shown)), path)
        paths.append(str(path))
    (report,) = count(paths[0], paths[1:], PATTERN)
    assert report.count == 3
