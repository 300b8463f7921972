"""Annotated copies of real and awkward videos: their timestamps and sound, faces that nobody can see, the report."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

import posknn
from posknn.classification.classifier import PoseClassifier
from posknn.jobs.annotating import annotated_copy
from posknn.jobs.faces import heads_in
from posknn.jobs.hiring import Workers
from posknn.output.faces import without_faces
from posknn.output.video import VideoWriter
from posknn.tasks.label import label
from posknn.testing import stick_figure
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Result

CLIPS = Path(next(iter(posknn.__path__))) / "clips"
AWKWARD = Path(__file__).parents[2] / ".." / "shared" / "data" / "video" / "awkward"
NAMES = (
    *("vfr.mp4", "rot90_metadata.mp4", "rot180_metadata.mp4", "rot270_metadata.mov", "start_offset_5s.mkv"),
    *("with_audio.mp4", "variant.mov", "variant_vp9.webm", "variant_mpeg4.avi", "variant_hevc_10bit.mp4"),
)


def times(path: Path) -> list[float]:
    with av.open(path) as container:
        return [float(frame.time) for frame in container.decode(video=0) if frame.time is not None]


def sound(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(path) as container:
        if not container.streams.audio:
            return []
        return [(packet.pts, bytes(packet)) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize("name", NAMES)
def test_copies_of_awkward_videos_keep_their_timestamps_and_their_sound(name: str, tmp_path: Path) -> None:
    source = AWKWARD / name
    if not source.exists():
        pytest.skip("needs ../shared/data/video/awkward")
    with VideoFile(source) as video:
        writer = annotated_copy(video, tmp_path / "copy")
        for frame in video:
            writer(Result(frame))
        writer.close()
        found, wanted = times(tmp_path / "copy.labelled.mp4"), np.array(times(source)) - float(video.origin)
    assert found == pytest.approx(wanted, abs=1e-6)
    assert sound(tmp_path / "copy.labelled.mp4") == sound(source)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of a rendered man, twice as large as he comes."""
    path = tmp_path_factory.mktemp("clip") / "man.mp4"
    writer = VideoWriter(path, crf=15, draw=lambda result: result.frame.image)
    for frame in VideoFile(CLIPS / "poses.mp4"):
        if 2.5 <= frame.time < 3.0:
            writer(Result(Frame(_larger(frame.image), frame.time - 2.5, 0)))
    writer.close()
    return path


def _larger(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.resize(image[:320, 80:400], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    classifier = PoseClassifier()
    for arms in (10.0, 15.0, 20.0):
        classifier.add_example(stick_figure(arms=arms), "stand")
        classifier.add_example(stick_figure(arms=arms + 140), "reach")
    return classifier.save(tmp_path_factory.mktemp("taught") / "two.posknn")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, clip: Path, taught: Path) -> list[Path]:
    """The same run by this process and by two others."""
    folders = []
    for workers in (None, Workers(1)):
        out = tmp_path_factory.mktemp("out")
        label(
            taught,
            [str(clip)],
            out,
            video=True,
            blur_faces=True,
            report=out / "report.html",
            report_frames=True,
            workers=workers,
        )
        folders.append(out)
    return folders


def test_copies_and_report_are_the_same_whoever_makes_them(runs: list[Path]) -> None:
    here, pool = ({path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} for out in runs)
    assert here == pool
    assert {"man.labelled.mp4", "report.html"} < set(here)
    assert here["report.html"].count(b"<img") == here["man.segments.csv"].count(b"stand") > 0


def test_no_face_is_left(runs: list[Path], clip: Path) -> None:
    heads = heads_in(VideoFile(clip))
    for before, after in zip(VideoFile(clip), VideoFile(runs[0] / "man.labelled.mp4"), strict=True):
        x, y, radius = max(heads[before.index], key=lambda one: one[2])
        height, half = before.height, radius * before.height / 2
        rows, columns = (slice(round(one * height - half), round(one * height + half)) for one in (y, x))
        hidden = without_faces(before.image, heads[before.index])
        seen, left = before.image[rows, columns], hidden[rows, columns]
        assert _detail(left) < 0.4 * _detail(seen)
        # The skeleton is drawn over it, so only what lies beside that is compared.
        apart = [np.abs(after.image[rows, columns].astype(int) - one).max(axis=2) for one in (left, seen)]
        assert np.median(apart[0]) < 8
        assert np.median(apart[1]) > 2 * np.median(apart[0])


def _detail(face: npt.NDArray[np.uint8]) -> float:
    """Return how much of a face is finer than a fifth of it, in grey levels."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=5)).mean())
