"""The annotated video: read back with two decoders, it has the times, sizes and colours that went in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from posknn.errors import OutputError
from posknn.output.overlay import draw as draw_overlay
from posknn.output.video import VideoWriter
from posknn.values import Frame, Pose, Prediction, Result

Picture = npt.NDArray[np.uint8]
COLORS = ((200, 30, 60), (20, 200, 40), (30, 60, 220))


def plain(result: Result) -> Picture:
    return result.frame.image.copy()


def striped(time: float, width: int = 96, height: int = 64) -> Result:
    image = np.empty((height, width, 3), np.uint8)
    for number, color in enumerate(COLORS):
        image[:, number * width // 3 :] = color
    return Result(Frame(image, time, 0))


def write(path: Path, results: Sequence[Result]) -> Path:
    writer = VideoWriter(path, draw=plain)
    for result in results:
        writer(result)
    writer.close()
    return path


def read(path: Path) -> tuple[list[float], list[Picture]]:
    with av.open(path) as container:
        frames = list(container.decode(video=0))
        return [float(f.time or 0) for f in frames], [np.asarray(f.to_ndarray(format="rgb24")) for f in frames]


VARIABLE = tuple(2.5 + np.cumsum([0, *[1 / 30, 1 / 15, 0.5, 0.001] * 8]))


@pytest.mark.parametrize(
    "times",
    [VARIABLE, tuple(n / 25 for n in range(20)), tuple(n * 1001 / 30000 for n in range(20)), (0.0,), (7.25, 3600.5)],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".MKV"])
def test_times_are_the_times_of_the_frames(times: Sequence[float], suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"out{suffix}", [striped(time) for time in times])
    found, _ = read(path)
    exact = 0.00051 if suffix == ".MKV" else 0.51 / 90_000  # Matroska counts in milliseconds
    assert found == pytest.approx(times, abs=exact)


def test_opencv_reads_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "out.mp4", [striped(time) for time in VARIABLE])
    capture = cv2.VideoCapture(str(path))
    times, picture = [], None
    while (got := capture.read())[0]:
        times.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        picture = got[1]
    assert np.diff(times) == pytest.approx(np.diff(VARIABLE), abs=2e-5)
    assert picture is not None
    for number, color in enumerate(COLORS):
        assert picture[32, 16 + 32 * number, ::-1] == pytest.approx(color, abs=4)


def test_colours_come_back_and_are_declared(tmp_path: Path) -> None:
    path = write(tmp_path / "out.mp4", [striped(0), striped(0.1)])
    _, pictures = read(path)
    for number, color in enumerate(COLORS):
        assert pictures[1][32, 16 + 32 * number] == pytest.approx(color, abs=4)
    with av.open(path) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)


def test_last_frame_lasts_as_long_as_the_one_before(tmp_path: Path) -> None:
    path = write(tmp_path / "out.mp4", [striped(time) for time in (0.0, 0.1, 0.35, 0.85)])
    with av.open(path) as container:
        lengths = [
            float(p.duration * p.time_base) for p in container.demux(video=0) if p.pts is not None and p.duration
        ]
        duration = container.streams.video[0].duration
        assert duration is not None
        assert duration / 90_000 == pytest.approx(1.35)
    assert lengths == pytest.approx([0.1, 0.25, 0.5, 0.5])


def test_index_comes_first_for_browsers(tmp_path: Path) -> None:
    content = write(tmp_path / "out.mp4", [striped(0)]).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_same_results_give_the_same_bytes(
    tmp_path: Path, figure: Callable[..., Pose], result_of: Callable[..., Result], down: Prediction
) -> None:
    results = [result_of([(figure(x=0.5 + n / 60), down)], time=n / 30, width=640, height=480) for n in range(12)]
    contents = []
    for name in ("a.mp4", "b.mp4"):
        writer = VideoWriter(tmp_path / name)
        for result in results:
            writer(result)
        writer.close()
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    _, pictures = read(tmp_path / "a.mp4")
    assert float(np.abs(pictures[0].astype(int) - draw_overlay(results[0])).mean()) < 4


@pytest.mark.parametrize(
    ("width", "height", "even"), [(97, 65, (96, 64)), (1, 1, (2, 2)), (2, 3, (2, 2)), (64, 1, (64, 2))]
)
def test_size_is_made_even(width: int, height: int, even: tuple[int, int], tmp_path: Path) -> None:
    _, pictures = read(write(tmp_path / "out.mp4", [striped(0, width, height), striped(1, width, height)]))
    assert pictures[0].shape == (even[1], even[0], 3)


def test_other_sizes_are_fitted_into_the_first(tmp_path: Path) -> None:
    sizes = ((96, 64), (192, 128), (48, 64), (96, 32), (97, 64))
    path = write(tmp_path / "out.mp4", [striped(n, *size) for n, size in enumerate(sizes)])
    _, pictures = read(path)
    assert {picture.shape for picture in pictures} == {(64, 96, 3)}
    lit = [np.argwhere(picture.max(axis=2) > 100) for picture in pictures]
    spans = [tuple((places.max(axis=0) - places.min(axis=0) + 1).tolist()) for places in lit]
    wanted = [(64, 96), (64, 96), (64, 48), (32, 96), (64, 96)]
    assert np.abs(np.array(spans) - wanted).max() <= 2
    assert lit[2][:, 1].mean() == pytest.approx(47.5, abs=1)
    assert lit[3][:, 0].mean() == pytest.approx(31.5, abs=1)


def test_times_closer_than_the_file_can_tell_stay_apart(tmp_path: Path) -> None:
    times, _ = read(write(tmp_path / "out.mp4", [striped(n * 1e-7) for n in range(5)]))
    assert times == pytest.approx([n / 90_000 for n in range(5)])


def test_a_clock_that_leaps_for_days_costs_no_frame(tmp_path: Path) -> None:
    times, _ = read(write(tmp_path / "out.mp4", [striped(time) for time in (0.0, 0.1, 200_000.0, 200_000.1)]))
    assert len(times) == 4
    assert times[:2] == pytest.approx([0.0, 0.1])


class TestWholeOrNothing:
    def test_no_frame_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "out.mp4").write_bytes(b"before")
        writer = VideoWriter(tmp_path / "out.mp4")
        writer.close()
        writer.close()
        assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
        assert (tmp_path / "out.mp4").read_bytes() == b"before"

    def test_file_appears_when_closed(self, tmp_path: Path) -> None:
        path = tmp_path / "out.mp4"
        path.write_bytes(b"before")
        writer = VideoWriter(path, draw=plain)
        writer(striped(0))
        writer(striped(1))
        assert path.read_bytes() == b"before"
        writer.close()
        writer.close()
        assert [found.name for found in tmp_path.iterdir()] == ["out.mp4"]
        assert read(path)[0] == [0, 1]
        with pytest.raises(ValueError, match="is closed"):
            writer(striped(2))

    def test_what_was_drawn_before_a_fault_is_kept(self, tmp_path: Path) -> None:
        def fails(result: Result) -> Picture:
            return plain(result) if result.frame.time < 2 else np.zeros((4, 4), np.uint8)

        writer = VideoWriter(tmp_path / "out.mp4", draw=fails)
        writer(striped(0))
        writer(striped(1))
        with pytest.raises(ValueError, match="draw must return"):
            writer(striped(2))
        writer.close()
        assert read(tmp_path / "out.mp4")[0] == [0, 1]

    def test_fault_at_the_first_frame_leaves_nothing(self, tmp_path: Path) -> None:
        writer = VideoWriter(tmp_path / "out.mp4", draw=lambda _: np.zeros((4, 4, 3), np.float32))
        with pytest.raises(ValueError, match="float32"):
            writer(striped(0))
        writer.close()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
    @pytest.mark.parametrize("limit", [0, 100, 3000])
    def test_full_disk_leaves_nothing(self, limit: int, tmp_path: Path) -> None:
        import resource

        random = np.random.default_rng(0)
        results = [Result(Frame(random.integers(0, 255, (64, 96, 3), np.uint8), n / 10, n)) for n in range(30)]
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            with pytest.raises(OutputError, match=r"cannot write .*out\.mp4: File too large"):
                write(tmp_path / "out.mp4", results)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert list(tmp_path.iterdir()) == []

    def test_folder_that_goes_away(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        writer = VideoWriter(folder / "out.mp4", draw=plain)
        folder.rmdir()
        with pytest.raises(OutputError, match=r"out\.mp4"):
            writer(striped(0))
        writer.close()


@pytest.mark.parametrize("name", ["out.avi", "out", "out.mp4.txt", ".mp4"])
def test_wrong_suffix(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.mp4, \.mov, \.mkv"):
        VideoWriter(tmp_path / name)


def test_missing_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        VideoWriter(tmp_path / "no" / "out.mp4")


@pytest.mark.parametrize("crf", [-1, 52, float("nan")])
def test_wrong_quality(crf: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="crf"):
        VideoWriter(tmp_path / "out.mp4", crf=crf)


def test_smaller_crf_is_a_larger_file(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    result = Result(Frame(random.integers(0, 255, (64, 96, 3), np.uint8), 0, 0))
    sizes = []
    for crf in (10, 40):
        writer = VideoWriter(tmp_path / f"{crf}.mp4", crf=crf, draw=plain)
        writer(result)
        writer.close()
        sizes.append((tmp_path / f"{crf}.mp4").stat().st_size)
    assert sizes[0] > 2 * sizes[1]
