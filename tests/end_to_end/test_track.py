"""Tracking from the command line: what is written, said and left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import posknn
from posknn import cli
from posknn.output.video import VideoWriter
from posknn.storage.recordings import read_recording
from posknn.tracking.video import VideoFile
from posknn.values import Result

CLIPS = Path(next(iter(posknn.__path__))) / "clips"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A woman jumping, 12 frames."""
    path = tmp_path_factory.mktemp("clip") / "jacks.mp4"
    writer = VideoWriter(path, draw=lambda result: result.frame.image)
    with VideoFile(CLIPS / "jumping_jacks.mp4") as video:
        for frame in islice(video, 12):
            writer(Result(frame))
    writer.close()
    return path


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[object, str, str]]:
    """Run the command line in this process; return exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[object, str, str]:
        code: object = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        shown = capfd.readouterr()
        return code, shown.out, shown.err

    return run


def test_a_track_and_a_failure(clip: Path, tmp_path: Path, said: Callable[..., tuple[object, str, str]]) -> None:
    (tmp_path / "notes.mp4").write_text("no video")
    out = tmp_path / "tracks"
    code, shown, err = said("track", clip, tmp_path / "notes.mp4", "-o", out)
    assert code == 1
    assert shown.splitlines() == ["jacks.mp4: 0.6 s, somebody in 12 of 12 frames", f"  {out / 'jacks.parquet'}"]
    first, last = err.splitlines()
    assert first.startswith("error: ")
    assert "notes.mp4" in first
    assert last == "1 video done, 1 not: notes.mp4; --resume tries these again"
    recording = read_recording(out / "jacks.parquet")
    assert len(recording) == 12
    assert recording.times.tolist() == pytest.approx([number / 20 for number in range(12)], abs=1e-4)
    assert not np.isnan(recording.points).all(axis=(1, 2)).any()
    about = recording.provenance
    assert (about["source"], about["people"], about["chunk"], about["problems"]) == ("jacks.mp4", 1, None, [])

    (out / "jacks.parquet").write_text("mine")
    code, shown, _ = said("track", clip, "-o", out, "--resume", "--workers", 1, "--json")
    assert code == 0
    assert json.loads(shown)["frames"] == 12
    assert (out / "jacks.parquet").read_text() == "mine"


def test_a_track_cannot_be_tracked(tmp_path: Path, said: Callable[..., tuple[object, str, str]]) -> None:
    code, _, err = said("track", "recordings/sample.parquet", "-o", tmp_path / "out")
    assert code == 1
    assert "is a track already" in err


@pytest.mark.parametrize("wrong", [["--workers", "0"], ["--timeout", "0"], ["--dask", "tcp://a:1", "--workers", "2"]])
def test_wrong_usage(
    clip: Path, tmp_path: Path, said: Callable[..., tuple[object, str, str]], wrong: list[str]
) -> None:
    code, _, err = said("track", clip, "-o", tmp_path / "out", *wrong)
    assert code == 2
    assert wrong[0] in err
