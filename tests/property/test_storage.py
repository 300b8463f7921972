"""What is written comes back, whatever it is: recordings, classifiers, tables and segments."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn.classification.state import KNNState, PoseState
from posknn.storage.classifier_files import read_state, write_state
from posknn.storage.formats import segments_csv, webvtt, wide_csv
from posknn.storage.recordings import RecordingWriter, read_recording, write_recording
from posknn.values import Label, Pose, Recording, Segment

INT64 = st.integers(-(2**63), 2**63 - 1)
LABELS = st.one_of(st.text(), INT64)
VISIBLE_LABELS = st.one_of(st.text(min_size=1), st.integers(-(10**17), 10**17))
ODD = np.array([0, -0.0, 1e-45, 3.4028235e38, -1.1754944e-38, 1 / 3, np.nan], np.float32)
FAST = settings(deadline=None, max_examples=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage")


@st.composite
def recordings(
    draw: st.DrawFn,
    labels: st.SearchStrategy[Label] = LABELS,
    greatest: int = 2**63 - 1,
    several: Sequence[str] = (),
) -> Recording:
    rows = draw(st.integers(0, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    points = random.normal(size=(rows, 33, 4)).astype(np.float32)
    odd = random.random(points.shape) < draw(st.sampled_from([0, 0.1, 1]))
    points[odd] = random.choice(ODD, odd.sum())
    points[random.random(points.shape[:2]) < 0.1] = np.nan
    points[random.random(rows) < 0.2] = np.nan

    def column(strategy: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(strategy, min_size=rows, max_size=rows))

    integers = st.integers(-greatest, greatest)
    groups = draw(st.lists(st.sampled_from(several), min_size=rows, max_size=rows)) if several else []
    times = column(st.floats(0, 1e9))
    start = 0
    for _, run in itertools.groupby(groups or [""] * rows):
        end = start + len(list(run))
        times[start:end] = sorted(times[start:end])
        start = end
    return Recording(
        points,
        tuple(draw(st.lists(st.one_of(st.none(), labels), min_size=rows, max_size=rows))),
        times=np.array(times, np.float64),
        frames=np.array(column(integers), np.int64),
        people=np.array(column(integers), np.int64),
        takes=np.array(column(integers), np.int64),
        name=draw(st.text()) if rows else "",
        units=draw(st.sampled_from(["heights", "pixels"])) if rows else "heights",
        provenance={"groups": groups} if groups else {},
    )


def assert_same(one: Recording, other: Recording) -> None:
    for column in ("points", "times", "frames", "people", "takes"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column), err_msg=column)
    assert repr(one.labels) == repr(other.labels)
    assert (one.name, one.units) == (other.name, other.units)


@FAST
@given(recordings())
def test_a_recording_comes_back_from_its_file(folder: Path, recording: Recording) -> None:
    write_recording(recording, folder / "a.parquet")
    assert_same(read_recording(folder / "a.parquet"), recording)


@FAST
@given(recordings(VISIBLE_LABELS, 10**17))
def test_a_recording_comes_back_from_a_table(folder: Path, recording: Recording) -> None:
    wide_csv.write(recording, folder / "a.csv")
    assert_same(wide_csv.read(folder / "a.csv"), recording)


SEVERAL = ["", "a", 'say "b",\r\n']


@FAST
@given(recordings(several=SEVERAL))
def test_groups_come_back_from_a_file(folder: Path, recording: Recording) -> None:
    write_recording(recording, folder / "c.parquet")
    read = read_recording(folder / "c.parquet")
    assert_same(read, recording)
    assert read.groups == recording.groups


@FAST
@given(recordings(VISIBLE_LABELS, 10**17, SEVERAL))
def test_groups_come_back_from_a_table(folder: Path, recording: Recording) -> None:
    wide_csv.write(recording, folder / "c.csv")
    read = wide_csv.read(folder / "c.csv")
    assert read.groups == recording.groups
    assert_same(read, replace(recording, name=read.name))


@FAST
@given(recordings())
def test_rows_written_one_by_one_make_the_same_recording(folder: Path, recording: Recording) -> None:
    (folder / "b.parquet").unlink(missing_ok=True)
    times, frames, people, takes = (
        np.asarray(column).tolist() for column in (recording.times, recording.frames, recording.people, recording.takes)
    )
    poses = [None if np.isnan(points).all() else Pose.from_points(points) for points in recording.points]
    with RecordingWriter(folder / "b.parquet", flush_every=0) as writer:
        for row, pose in enumerate(poses):
            label = recording.labels[row]
            writer.append(pose, time=times[row], frame=frames[row], person=people[row], label=label, take=takes[row])
    if not len(recording):
        assert not (folder / "b.parquet").exists()
        return
    read = read_recording(folder / "b.parquet")
    assert repr(read.labels) == repr(recording.labels)
    for row, pose in enumerate(poses):
        assert Pose.from_points(read.points[row]) == (pose or Pose.from_points(np.full((33, 4), np.nan)))
        assert pose is None or np.asarray(read.people)[row] == people[row]


@st.composite
def knn_states(draw: st.DrawFn) -> KNNState:
    labels = draw(st.lists(LABELS, unique_by=lambda label: (type(label), label), max_size=4))
    rows = draw(st.integers(0, 6)) if labels else 0
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    classes = random.integers(0, max(len(labels), 1), rows)
    ids = np.cumsum(random.integers(1, 2**40, rows))
    return KNNState(
        k=draw(st.integers(1, 2**40)),
        metric=draw(st.sampled_from(["cosine", "euclidean", "manhattan"])),
        weights=draw(st.sampled_from(["uniform", "distance"])),
        rows=random.normal(size=(rows, draw(st.integers(0, 5)))).astype(np.float32),
        lengths=random.random(rows).astype(np.float32),
        ids=ids,
        next_id=int(ids[-1]) + 1 if rows else draw(st.integers(0, 9)),
        classes=classes,
        labels=tuple(labels),
        order=tuple(random.permutation(np.unique(classes)).tolist()),
        recordings=tuple(draw(st.lists(st.none() | st.text(), min_size=rows, max_size=rows))),
        times=random.choice([np.nan, 0.1, 1e9], rows),
    )


@FAST
@given(knn_states())
def test_a_knn_classifier_comes_back(folder: Path, state: KNNState) -> None:
    write_state(state, folder / "a.posknn")
    read = read_state(folder / "a.posknn")
    assert isinstance(read, KNNState)
    for name in ("rows", "lengths", "ids", "classes", "times"):
        np.testing.assert_array_equal(getattr(read, name), getattr(state, name), err_msg=name)
    for name in ("k", "metric", "weights", "next_id", "labels", "order", "recordings"):
        assert repr(getattr(read, name)) == repr(getattr(state, name))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@FAST
@given(
    labels=st.lists(LABELS, max_size=5),
    options=st.dictionaries(st.text(), JSON, max_size=3),
    limits=st.none() | st.dictionaries(LABELS, st.floats(0, allow_nan=False)),
    seed=st.integers(0, 2**32),
)
def test_a_pose_classifier_comes_back(
    folder: Path, labels: list[Label], options: dict[str, object], limits: dict[Label, float] | None, seed: int
) -> None:
    random = np.random.default_rng(seed)
    points = random.choice(ODD, (len(labels), 33, 4))
    ids = np.cumsum(random.integers(1, 9, len(labels)))
    state = PoseState(
        options, points, ids, 99, tuple(labels), (None,) * len(labels), random.random(len(labels)), limits, options
    )
    write_state(state, folder / "b.posknn")
    read = read_state(folder / "b.posknn")
    assert isinstance(read, PoseState)
    for name in ("points", "ids", "times"):
        np.testing.assert_array_equal(getattr(read, name), getattr(state, name), err_msg=name)
    assert repr(read.labels) == repr(state.labels)
    assert (read.settings, read.provenance, read.limits) == (options, options, limits)
    assert read.recordings == state.recordings


@st.composite
def segment_lists(draw: st.DrawFn, labels: st.SearchStrategy[Label]) -> list[Segment]:
    """Segments on whole milliseconds that do not overlap, as read and write promise them."""
    moments = sorted(draw(st.sets(st.integers(0, 10**8), max_size=12)))
    pairs = zip(moments[::2], moments[1::2], strict=False)
    return [
        Segment(
            start / 1000,
            end / 1000,
            draw(labels),
            person=draw(st.none() | st.integers(0, 10**6)),
            confidence=draw(st.none() | st.floats(0, 1)),
            neighbors=tuple(draw(st.lists(st.integers(0, 10**15), max_size=4))),
        )
        for start, end in pairs
    ]


STRIPPED = st.text(min_size=1).map(str.strip).filter(bool)


@FAST
@given(segment_lists(st.one_of(STRIPPED, st.integers(-(10**17), 10**17))))
def test_segments_come_back_from_a_table(folder: Path, segments: list[Segment]) -> None:
    segments_csv.write(segments, folder / "segments.csv")
    read = segments_csv.read(folder / "segments.csv")
    for name in ("start", "end", "label", "person", "confidence", "neighbors"):
        assert [repr(getattr(segment, name)) for segment in read] == [repr(getattr(one, name)) for one in segments]


@FAST
@given(segment_lists(STRIPPED))
def test_segments_come_back_from_webvtt(folder: Path, segments: list[Segment]) -> None:
    webvtt.write(segments, folder / "a.vtt")
    read = webvtt.read(folder / "a.vtt")
    for name in ("start", "end", "label"):
        assert [getattr(segment, name) for segment in read] == [getattr(segment, name) for segment in segments]
    if len({segment.person for segment in segments}) > 1:
        assert [segment.person for segment in read] == [segment.person for segment in segments]


@FAST
@given(st.lists(st.floats(0, 0.02), max_size=20, unique=True).map(sorted))
def test_segments_closer_than_a_millisecond_never_overlap(folder: Path, moments: list[float]) -> None:
    segments = [Segment(start, end, "a") for start, end in itertools.pairwise(moments)]
    segments_csv.write(segments, folder / "tiny.csv")
    read = segments_csv.read(folder / "tiny.csv")
    assert len(read) == len(segments)
    for one, after in itertools.pairwise(read):
        assert one.start < one.end <= after.start
