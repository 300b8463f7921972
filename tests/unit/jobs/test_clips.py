"""The files of a labelled track, in every format, and the command that asks for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from posknn import cli
from posknn.classification.classifier import PoseClassifier
from posknn.errors import MissingPackageError
from posknn.jobs.clips import clip_of, clip_of_frames
from posknn.jobs.writers import FORMATS, POSES, SEGMENTS, USUAL
from posknn.storage.segments import read_segments
from posknn.storage.tracks import TrackWriter
from posknn.tasks.label import label
from posknn.testing import frames, stick_figure
from posknn.values import Frame, Person, Result, Segment

MakeTrack = Callable[..., str]
FREE = tuple(name for name in FORMATS if name != "rrd")


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    taught = PoseClassifier()
    for arms, name in ((0, "down"), (90, "side"), (180, "up")):
        taught.add_example(stick_figure(arms=arms), name)
    return taught.save(tmp_path / "arms.posknn")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def check_segments(found: Sequence[Segment], wanted: Sequence[Segment]) -> None:
    """See that they are the same to the millisecond, which is a small part of a frame."""
    assert [one.label for one in found] == [one.label for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one.start == pytest.approx(other.start, abs=0.000501)
        assert one.end == pytest.approx(other.end, abs=0.000501)


def test_every_format_says_the_same_segments(classifier: Path, make_track: MakeTrack, folder: Path) -> None:
    track = make_track(count=60)
    (report,) = label(classifier, [track], folder, formats=FREE, least=0)
    assert report.error is None
    assert len(report.files) == len(FREE) + 1  # csv is two
    assert [one.label for one in report.segments] == ["down", "side", "up"]
    for ending in SEGMENTS.values():
        check_segments(read_segments(folder / f"film{ending}", lambda: clip_of(track)), report.segments)


def test_frames_and_poses_are_all_there(classifier: Path, make_track: MakeTrack, folder: Path) -> None:
    track = make_track(count=60)
    label(classifier, [track], folder, formats=FREE)
    tables = [
        pd.read_csv(folder / "film.csv"),
        pd.read_parquet(folder / "film.frames.parquet"),
        pd.read_json(folder / "film.frames.jsonl", lines=True),
    ]
    for table in tables:
        assert table["frame"].tolist() == list(range(60))
        assert table["time"].tolist() == pytest.approx(list(clip_of(track).times), abs=1e-6)
        assert table["label"].fillna("").tolist() == tables[0]["label"].fillna("").tolist()
    coco = json.loads((folder / "film.coco.json").read_text(encoding="utf-8"))
    assert [one["attributes"]["pose"] for one in coco["annotations"]] == tables[0]["label"].fillna("").tolist()[1:]
    assert {(one["width"], one["height"]) for one in coco["images"]} == {(64, 48)}
    assert len(coco["images"]) == 60
    assert coco["info"]["version"].startswith("posknn ")
    assert len(pd.read_csv(folder / "film.dlc.csv", header=[0, 1, 2])) == 60


def test_the_same_again_is_the_same_to_the_byte(classifier: Path, make_track: MakeTrack, tmp_path: Path) -> None:
    track = make_track(count=20)
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (report,) = label(classifier, [track], tmp_path / name, formats=FREE)
        contents.append({path.name: path.read_bytes() for path in report.files})
    assert contents[0] == contents[1]


def test_nobody_at_all_is_written_too(classifier: Path, make_track: MakeTrack, folder: Path) -> None:
    (report,) = label(classifier, [make_track(count=1)], folder, formats=FREE)
    assert report.error is None
    assert report.seen == 0


def test_the_usual_ones_are_written_when_none_is_asked_for(
    classifier: Path, make_track: MakeTrack, folder: Path
) -> None:
    (report,) = label(classifier, [make_track()], folder)
    assert USUAL == ("csv", "vtt")
    assert [path.name for path in report.files] == ["film.csv", "film.segments.csv", "film.vtt"]


def test_pixels_without_a_size_are_told(classifier: Path, make_track: MakeTrack, folder: Path) -> None:
    (report,) = label(classifier, [make_track(size=None)], folder, formats=["coco"])
    assert report.error is not None
    assert "the size of the pictures is not known" in report.error
    assert "film.coco.json" in report.error


@pytest.mark.skipif(find_spec("rerun") is not None, reason="rerun-sdk is installed")
def test_a_missing_package_is_told_before_any_work(classifier: Path, folder: Path) -> None:
    with pytest.raises(MissingPackageError, match=r"posknn\[rerun\]"):
        label(classifier, ["not there.mp4"], folder, formats=["rrd"])
    assert list(folder.iterdir()) == []


def test_the_help_and_the_docs_name_every_format() -> None:
    shown = CliRunner().invoke(cli._posknn, ["label", "--help"]).output
    listed = shown[shown.index("Formats:") : shown.index("Options:")]
    docs = (Path(__file__).parents[3] / "docs" / "files.md").read_text(encoding="utf-8")
    for name in FORMATS:
        assert name in listed
        assert f"`{name}`" in docs
    for ending in (*SEGMENTS.values(), *(ending for ending, _ in POSES.values())):
        assert f"`NAME{ending}`" in docs


def test_a_wrong_format_is_named_with_the_right_ones(classifier: Path, folder: Path) -> None:
    shown = CliRunner().invoke(
        cli._posknn, ["label", str(classifier), "a.mp4", "-o", str(folder), "--format", "csv,doc"]
    )
    assert shown.exit_code == 2
    assert "choose from csv, parquet" in shown.output.replace("\n", " ")


def test_the_clip_of_a_track_is_that_of_its_frames(make_track: MakeTrack, tmp_path: Path) -> None:
    clip = clip_of(make_track(count=30))
    assert (clip.name, clip.size) == ("film.mp4", (64, 48))
    assert clip.times.tolist() == [frame.time for frame in frames(30)]
    with TrackWriter(tmp_path / "two.parquet", provenance={"size": [4, 2]}) as writer:
        for frame in frames(3):
            writer(Result(frame, (Person(0, stick_figure()), Person(1, stick_figure()))))
    assert clip_of(str(tmp_path / "two.parquet")).times.tolist() == [frame.time for frame in frames(3)]


def test_frames_that_were_left_out_lie_in_between() -> None:
    clip = clip_of_frames("a", [2, 3, 4, 7], [1.0, 1.25, 1.5, 2.25], None)
    np.testing.assert_allclose(clip.times, [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25])
    assert clip_of_frames("a", [], [], None).times.size == 0


def test_a_track_of_variable_rate_keeps_its_times(classifier: Path, folder: Path, tmp_path: Path) -> None:
    times = np.cumsum([0, *[0.01, 0.05, 0.2] * 8])
    picture = np.zeros((48, 64, 3), np.uint8)
    with TrackWriter(tmp_path / "vfr.parquet", provenance={"source": "vfr.mp4", "size": [64, 48]}) as writer:
        for index, time in enumerate(times.tolist()):
            writer(Result(Frame(picture, time, index), (Person(0, stick_figure(arms=180 * (index // 12 % 2))),)))
    label(classifier, [str(tmp_path / "vfr.parquet")], folder, formats=tuple(SEGMENTS), least=0)
    ends = [times[0], times[12], times[24], times[24] + 0.05]
    wanted = [Segment(ends[at], ends[at + 1], name) for at, name in enumerate(("down", "up", "down"))]
    for ending in SEGMENTS.values():
        check_segments(read_segments(folder / f"vfr{ending}", lambda: clip_of(str(tmp_path / "vfr.parquet"))), wanted)
