"""Exports say what the timeline shows, in every format."""

from collections.abc import Callable
from pathlib import Path

import pytest

from posknn import PoseClassifier, read_recording, read_segments
from posknn.errors import OutputError
from posknn.studio.exports import KINDS, check_kind, export
from posknn.studio.marks import Mark, taught
from posknn.studio.timeline import Stretch, laid, read_track

MARKS = (Mark(0.0, 2.0, "down"), Mark(2.0, 4.0, "side"), Mark(7.0, 8.0, None))

Written = Callable[[str], Path]


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory, write_track: Callable[..., None], turns: list[float]) -> Path:
    path = tmp_path_factory.mktemp("track") / "clip.parquet"
    write_track(path, turns)
    return path


@pytest.fixture(scope="module")
def classifier(track: Path) -> PoseClassifier:
    examples = taught(read_recording(track), MARKS)
    assert examples is not None
    return PoseClassifier().learn(examples)


@pytest.fixture(scope="module")
def stretches(track: Path, classifier: PoseClassifier) -> list[Stretch]:
    return laid(read_track(track, classifier), MARKS)


@pytest.fixture
def written(track: Path, classifier: PoseClassifier, stretches: list[Stretch], tmp_path: Path) -> Written:
    def write(kind: str) -> Path:
        path = tmp_path / f"clip{kind}"
        export(path, kind, track, classifier, stretches, MARKS)
        return path

    return write


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != ".rrd"])
def test_every_kind_is_written(written: Written, kind: str) -> None:
    assert check_kind(kind) == kind
    assert written(kind).stat().st_size > 20


@pytest.mark.parametrize("kind", [".segments.csv", ".vtt", ".srt", ".eaf", ".TextGrid"])
def test_segments_are_what_the_timeline_shows(written: Written, stretches: list[Stretch], kind: str) -> None:
    shown = [(one.start, one.end, one.label) for one in stretches if one.label is not None]
    assert [label for *_, label in shown] == ["down", "side", "down", "side"]
    found = read_segments(written(kind))
    assert [(round(one.start, 3), round(one.end, 3), one.label) for one in found] == shown


def test_marks_are_only_what_was_set_right(
    written: Written, track: Path, classifier: PoseClassifier, tmp_path: Path
) -> None:
    found = read_segments(written(".marks.csv"))
    assert [(one.start, one.end, one.label) for one in found] == [(0.0, 2.0, "down"), (2.0, 4.0, "side")]
    with pytest.raises(OutputError, match="nothing is set right"):
        export(tmp_path / "none.marks.csv", ".marks.csv", track, classifier, [], [])


def test_every_frame_of_a_mark_has_its_label(written: Written) -> None:
    frames = written(".csv").read_text().splitlines()
    assert sum(",down," in line for line in frames) == 40
    assert not any(",side," in line or ",down," in line for line in frames[-10:])


def test_an_unknown_kind_is_told() -> None:
    with pytest.raises(OutputError, match="no export"):
        check_kind(".exe")
