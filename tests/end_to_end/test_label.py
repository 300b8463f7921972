"""Labelling recorded videos: what is written, that it agrees with itself, and what happens to awkward ones."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import posknn
from posknn import cli
from posknn.classification.classifier import PoseClassifier
from posknn.errors import OutputError
from posknn.jobs.hiring import Workers
from posknn.output.video import VideoWriter
from posknn.storage.recordings import write_recording
from posknn.storage.segments import read_segments
from posknn.tasks.convert import convert
from posknn.tasks.label import label
from posknn.tasks.track import track
from posknn.tracking.tracker import PoseTracker
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Result

CLIPS = Path(next(iter(posknn.__path__))) / "clips"


def frames(name: str, start: float, end: float) -> list[Frame]:
    """Return the frames of a packaged clip between two moments, beginning at 0."""
    found = [frame for frame in VideoFile(CLIPS / name) if start <= frame.time < end]
    return [Frame(frame.image, number / 20, number) for number, frame in enumerate(found)]


def film(path: Path, shown: list[Frame]) -> Path:
    writer = VideoWriter(path, crf=18, draw=lambda result: result.frame.image)
    for frame in shown:
        writer(Result(frame))
    writer.close()
    return path


@pytest.fixture(scope="module")
def man() -> list[Frame]:
    """He stands until 0.8 s and spreads his arms from 1.4 s on; 44 frames."""
    return frames("poses.mp4", 2.2, 4.4)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, man: list[Frame]) -> Path:
    return film(tmp_path_factory.mktemp("clip") / "man.mp4", man)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, man: list[Frame]) -> Path:
    return film(tmp_path_factory.mktemp("short") / "short.mp4", man[:6])


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of two poses of the man, from other moments of the clip."""
    classifier = PoseClassifier()
    with PoseTracker(mode="image") as tracker:
        for frame in VideoFile(CLIPS / "poses.mp4"):
            if frame.index in (22, 32, 42, 95, 105):
                (pose,) = tracker(frame)
                name = "stand" if frame.time < 3 else "t_pose"
                classifier.add_example(pose, name, recording="poses.mp4", time=frame.time)
    classifier.calibrate()
    return classifier.save(tmp_path_factory.mktemp("taught") / "two.posknn")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def names(folder: Path) -> list[str]:
    """Return what a folder holds; the ledger of what is finished lives in a folder of its own that is not shown."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".posknn")


def test_everything_that_is_written_agrees(taught: Path, clip: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float, float | None, int]] = []
    out = tmp_path / "new" / "out"
    (report,) = label(taught, [str(clip)], out, video=True, progress=lambda *step: told.append(step))
    assert names(out) == ["man.csv", "man.labelled.mp4", "man.segments.csv", "man.vtt"]
    assert [file.name for file in report.files] == names(out)
    assert (report.video, report.frames, report.seen, report.error, report.problems) == ("man.mp4", 44, 44, None, ())
    assert report.seconds == pytest.approx(2.15)

    table = rows(out / "man.csv")
    assert [float(row["time"]) for row in table] == pytest.approx([number / 20 for number in range(44)], abs=1e-4)
    assert {row["label"] for row in table[:16]} == {"stand"}
    assert {row["label"] for row in table[28:]} == {"t_pose"}
    assert {row["person"] for row in table} == {"0"}

    segments = read_segments(out / "man.segments.csv")
    assert [one.label for one in segments] == ["stand", "t_pose"]
    assert segments[0].start == 0
    assert segments[-1].end == pytest.approx(2.2)
    runs = [(name, list(group)) for name, group in groupby(table, key=lambda row: row["label"]) if name]
    assert [name for name, _ in runs] == [one.label for one in segments]
    for (_, group), segment in zip(runs, segments, strict=True):
        assert segment.start == pytest.approx(float(group[0]["time"]), abs=1e-3)
        assert segment.end == pytest.approx(float(group[-1]["time"]) + 0.05, abs=1e-3)
        assert set(segment.neighbors) <= {0, 1, 2, 3, 4}
    subtitles = read_segments(out / "man.vtt")
    assert [(one.label, round(one.start, 2), round(one.end, 2)) for one in subtitles] == [
        (one.label, round(one.start, 2), round(one.end, 2)) for one in segments
    ]
    assert report.by_label() == pytest.approx({one.label: one.end - one.start for one in segments}, abs=1e-3)

    with av.open(str(out / "man.labelled.mp4")) as video:
        times = [frame.time for frame in video.decode(video=0)]
    assert times == pytest.approx([float(row["time"]) for row in table], abs=1e-3)
    assert [moment for _, moment, _, _ in told] == pytest.approx(times, abs=1e-3)
    assert {name for name, _, _, _ in told} == {"man.mp4"}
    assert told[0][2] == pytest.approx(2.2, abs=0.01)
    assert [frames for _, _, _, frames in told] == list(range(1, 45))


def test_a_second_run_replaces_the_first_and_gives_the_same_bytes(taught: Path, short: Path, tmp_path: Path) -> None:
    label(taught, [str(short)], tmp_path, video=True)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
    (tmp_path / "short.csv").write_text("something else")
    (tmp_path / "mine.txt").write_text("mine")
    label(taught, [str(short)], tmp_path, video=True)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == {**before, "mine.txt": b"mine"}


@pytest.mark.parametrize(
    ("formats", "written"),
    [
        (("csv",), ["short.csv", "short.segments.csv"]),
        (("vtt",), ["short.vtt"]),
        (("vtt", "csv", "vtt"), ["short.csv", "short.segments.csv", "short.vtt"]),
    ],
)
def test_formats(taught: Path, short: Path, tmp_path: Path, formats: tuple[str, ...], written: list[str]) -> None:
    label(taught, [str(short)], tmp_path, formats=formats)
    assert names(tmp_path) == written


def test_an_unknown_format_is_the_callers_mistake(taught: Path, short: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="docx"):
        label(taught, [str(short)], tmp_path / "out", formats=["csv", "docx"])
    assert names(tmp_path) == []


def test_a_bad_video_does_not_stop_the_others(taught: Path, short: Path, man: list[Frame], tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    other = film(tmp_path / "other.mp4", man[30:34])
    reports = label(taught, [str(broken), str(short), str(tmp_path / "gone.mp4"), str(other)], tmp_path / "out")
    assert [report.video for report in reports] == ["broken.mp4", "short.mp4", "gone.mp4", "other.mp4"]
    assert [bool(report.error) for report in reports] == [True, False, True, False]
    assert names(tmp_path / "out") == [
        "other.csv", "other.segments.csv", "other.vtt", "short.csv", "short.segments.csv", "short.vtt",
    ]  # fmt: skip


def test_videos_of_one_name_do_not_overwrite_each_other(taught: Path, man: list[Frame], tmp_path: Path) -> None:
    for folder in ("monday", "tuesday"):
        (tmp_path / folder).mkdir()
    first = film(tmp_path / "monday" / "a.mp4", man[:3])
    second = film(tmp_path / "tuesday" / "A.mp4", man[:5])
    reports = label(taught, [str(first), str(second)], tmp_path / "out", formats=["csv"])
    assert [report.frames for report in reports] == [3, 5]
    assert names(tmp_path / "out") == ["A-2.csv", "A-2.segments.csv", "a.csv", "a.segments.csv"]
    assert [len(rows(tmp_path / "out" / name)) for name in ("a.csv", "A-2.csv")] == [3, 5]


def test_a_track_is_labelled_as_its_video_by_whoever_does_it(
    taught: Path, short: Path, man: list[Frame], tmp_path: Path
) -> None:
    other = film(tmp_path / "other.mp4", man[30:36])
    videos = [str(short), str(tmp_path / "gone.mp4"), str(other)]
    label(taught, videos, tmp_path / "here")
    pool = label(taught, videos, tmp_path / "pool", workers=Workers(2))
    tracks = track([str(short), str(other)], tmp_path / "tracks")
    assert [(one.video, one.frames, one.seen, one.most) for one in tracks] == [
        ("short.mp4", 6, 6, 1),
        ("other.mp4", 6, 6, 1),
    ]
    again = label(taught, [str(one.file) for one in tracks], tmp_path / "again")
    assert [(one.video, one.frames) for one in again] == [("short.mp4", 6), ("other.mp4", 6)]
    assert "gone.mp4" in str(pool[1].error)
    wanted = {name: (tmp_path / "here" / name).read_bytes() for name in names(tmp_path / "here")}
    assert len(wanted) == 6
    for folder in ("pool", "again"):
        assert {name: (tmp_path / folder / name).read_bytes() for name in names(tmp_path / folder)} == wanted


def test_a_track_has_no_pictures_to_annotate(taught: Path, short: Path, tmp_path: Path) -> None:
    (tracked,) = track([str(short)], tmp_path)
    (report,) = label(taught, [str(tracked.file)], tmp_path / "out", video=True)
    assert "no pictures" in str(report.error)
    assert names(tmp_path / "out") == []


def test_a_folder_of_pictures(taught: Path, man: list[Frame], tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, frame in {"1": man[3], "2": man[40], "3": man[5]}.items():
        cv2.imwrite(str(pictures / f"{name}.png"), cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    (report,) = label(taught, [str(pictures)], tmp_path / "out")
    assert (report.frames, report.seen) == (3, 3)
    assert [row["label"] for row in rows(tmp_path / "out" / "pictures.csv")] == ["stand", "t_pose", "stand"]


def test_every_kind_of_classifier_gives_the_same_labels(taught: Path, short: Path, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    write_recording(PoseClassifier.load(taught).recording(), recordings / "two.parquet")
    for name in ("two.csv", "two.json"):
        convert(taught, tmp_path / name)
    kinds = [taught, recordings, recordings / "two.parquet", tmp_path / "two.csv", tmp_path / "two.json"]
    found = []
    for number, kind in enumerate(kinds):
        label(kind, [str(short)], tmp_path / str(number), formats=["csv"])
        found.append([row["label"] for row in rows(tmp_path / str(number) / "short.csv")])
    assert found == [["stand"] * 6] * len(kinds)


def test_two_people(taught: Path, man: list[Frame], tmp_path: Path) -> None:
    woman = frames("jumping_jacks.mp4", 0, 0.5)
    both = [
        Frame(np.hstack([one.image, other.image]), one.time, one.index)
        for one, other in zip(man[34:], woman, strict=True)
    ]
    (report,) = label(taught, [str(film(tmp_path / "both.mp4", both))], tmp_path / "out", max_people=2, video=True)
    assert (report.frames, report.seen) == (10, 10)
    table = rows(tmp_path / "out" / "both.csv")
    assert Counter(row["person"] for row in table) == {"0": 10, "1": 10}
    assert Counter(row["label"] for row in table) == {"t_pose": 10, "stand": 10}
    segments = read_segments(tmp_path / "out" / "both.segments.csv")
    assert {(one.person, one.label) for one in segments} in (
        {(0, "t_pose"), (1, "stand")}, {(0, "stand"), (1, "t_pose")},
    )  # fmt: skip


def test_nobody_in_the_picture(taught: Path, tmp_path: Path) -> None:
    empty = film(tmp_path / "empty.mp4", frames("poses.mp4", 0, 0.5))
    (report,) = label(taught, [str(empty)], tmp_path / "out", video=True)
    assert (report.frames, report.seen, report.segments) == (10, 0, ())
    table = rows(tmp_path / "out" / "empty.csv")
    assert len(table) == 10
    assert {(row["person"], row["label"], row["confidence"]) for row in table} == {("", "", "")}
    assert read_segments(tmp_path / "out" / "empty.segments.csv") == []
    assert read_segments(tmp_path / "out" / "empty.vtt") == []


def test_times_are_those_of_the_video(taught: Path, man: list[Frame], tmp_path: Path) -> None:
    moments = [0.0, 0.02, 0.1, 0.5, 0.51, 1.7]
    uneven = film(
        tmp_path / "uneven.mp4", [Frame(frame.image, at, frame.index) for frame, at in zip(man, moments, strict=False)]
    )
    label(taught, [str(uneven)], tmp_path / "out", video=True)
    table = rows(tmp_path / "out" / "uneven.csv")
    assert [float(row["time"]) for row in table] == pytest.approx(moments, abs=1e-4)
    with av.open(str(tmp_path / "out" / "uneven.labelled.mp4")) as video:
        assert [frame.time for frame in video.decode(video=0)] == pytest.approx(moments, abs=1e-3)


@contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """Let files grow to `size` bytes and no further, as on a disk that fills up."""
    resource = pytest.importorskip("resource", reason="limits on the size of files need a Unix")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("video", "size"), [(False, 500), (True, 20_000)])
def test_a_full_disk_leaves_nothing_half_done(taught: Path, clip: Path, tmp_path: Path, video: bool, size: int) -> None:
    with full_beyond(size), pytest.raises(OutputError, match="cannot write") as caught:
        label(taught, [str(clip)], tmp_path / "out", video=video)
    assert "\n" not in str(caught.value)
    assert names(tmp_path / "out") == []


def said(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    """Run the command line in this process; return exit code, stdout and stderr."""
    code: object = 0
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    shown = capfd.readouterr()
    return code, shown.out, shown.err


def test_a_folder_where_a_file_should_go(
    taught: Path, short: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "short.segments.csv").mkdir(parents=True)
    code, out, err = said(capfd, "label", taught, short, "-o", tmp_path / "out")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert "short.segments.csv" in line
    assert names(tmp_path / "out") == ["short.segments.csv"]


def test_a_name_as_long_as_names_can_be(
    taught: Path, man: list[Frame], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    long = film(tmp_path / "short.mp4", man[:2]).rename(tmp_path / f"{'x' * 251}.mp4")
    code, _, err = said(capfd, "label", taught, long, "-o", tmp_path / "out")
    if code == 0:
        assert len(names(tmp_path / "out")) == 3
        return
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert names(tmp_path / "out") == []


def test_odd_names(taught: Path, man: list[Frame], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stems = ["ünï 人", "100% [b] take", "-o", "a.b.c", "'quoted' \"twice\""]
    films = [film(tmp_path / f"{stem}.mp4", man[:2]) for stem in stems]
    code, out, err = said(capfd, "label", taught, "-o", tmp_path / "out", "--", *films)
    assert (code, err) == (0, "")
    for stem in stems:
        assert f"{stem}.mp4: " in out
        assert (tmp_path / "out" / f"{stem}.segments.csv").is_file()
