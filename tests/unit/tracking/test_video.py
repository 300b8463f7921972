"""Video files: true times, upright pictures, and whatever is left of a damaged file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import av
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn.errors import SourceError
from posknn.tracking.decoding import Clock, Damage, over_grey, square_width
from posknn.tracking.video import VideoFile

Film = Callable[..., Path]
Decoder = Literal["pyav", "opencv"]
DECODERS = get_args(Decoder)
both = pytest.mark.parametrize("decoder", DECODERS)
EIGHT = [i / 10 for i in range(8)]


def times(path: Path, decoder: Decoder | None = None) -> list[float]:
    return [round(frame.time, 6) for frame in VideoFile(path, decoder=decoder)]


def open_files(path: Path) -> int:
    """Count how often this process holds a file open."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list open files under /proc")
    links = []
    for entry in folder.iterdir():
        try:
            links.append(entry.readlink())
        except FileNotFoundError:  # the listing's own
            continue
    return links.count(path)


@both
def test_frames_carry_time_index_and_picture(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    video = VideoFile(film(tmp_path / "a.mp4"), decoder=decoder)
    frames = list(video)
    assert [frame.index for frame in frames] == list(range(8))
    assert [round(frame.time, 6) for frame in frames] == EIGHT
    assert all(frame.captured is None and frame.image.flags.c_contiguous for frame in frames)
    greys = [int(frame.image[40, 50].mean()) for frame in frames]
    assert np.allclose(greys, [40 + 10 * i for i in range(8)], atol=6)
    assert (video.size, video.rate, video.frame_count, video.live) == ((64, 48), 10.0, 8, False)
    assert video.duration == pytest.approx(0.8)
    assert video.problems == []


@both
def test_each_iteration_begins_anew(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    video = VideoFile(film(tmp_path / "a.mp4"), decoder=decoder)
    first = iter(video)
    assert [next(first).index, next(first).index] == [0, 1]
    assert len(list(video)) == 8
    assert next(first).index == 2


@both
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_variable_rate_comes_from_the_container(film: Film, tmp_path: Path, decoder: Decoder, name: str) -> None:
    uneven = [0.0, 0.1, 0.2, 0.9, 1.0, 1.7] if name != "a.avi" else EIGHT  # an AVI has no uneven times
    assert times(film(tmp_path / name, uneven), decoder) == uneven


@both
@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.ts"])
def test_a_late_start_is_time_zero(film: Film, tmp_path: Path, decoder: Decoder, name: str) -> None:
    codec = "libx264" if name == "a.ts" else "mpeg4"
    late = film(tmp_path / name, [5 + t for t in EIGHT], codec=codec)
    video = VideoFile(late, decoder=decoder)
    assert times(late, decoder) == pytest.approx(EIGHT, abs=1e-3)
    list(video)
    assert video.problems == []
    if video.duration is not None and not (decoder == "opencv" and name == "a.mp4"):  # OpenCV adds the empty start
        assert video.duration == pytest.approx(0.8, abs=0.15)


def test_pictures_that_begin_after_the_sound_keep_the_offset(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", [0.5 + t for t in EIGHT], sound=1.5)
    video = VideoFile(path, decoder="pyav")
    assert [frame.time for frame in video] == pytest.approx([0.5 + t for t in EIGHT], abs=2e-3)
    assert video.problems == []


def test_longer_sound_is_no_damage(film: Film, tmp_path: Path) -> None:
    for name in ("a.mkv", "a.mp4"):
        for decoder in DECODERS:
            video = VideoFile(film(tmp_path / name, sound=5.0), decoder=decoder)
            assert (len(list(video)), video.problems) == (8, [])


def test_a_file_without_timestamps_gets_the_nominal_ones(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.h264", codec="libx264", codec_options={"bf": "0", "preset": "ultrafast"})
    found = times(path, "pyav")
    assert len(found) == 8
    assert np.ptp(np.diff(found)) < 1e-6


@both
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotation_is_honoured(film: Film, tmp_path: Path, decoder: Decoder, turn: int) -> None:
    lying = [np.rot90(np.ascontiguousarray(_corner()), -turn // 90).copy()] * 3
    size = (lying[0].shape[1], lying[0].shape[0])
    path = film(tmp_path / "a.mp4", EIGHT[:3], size=size, images=lying, rotation=turn)
    video = VideoFile(path, decoder=decoder)
    assert video.size == (48, 64)
    image = next(iter(video)).image
    assert image[:20, :12].mean() > 180
    assert image[40:, 30:].mean() < 60


def _corner() -> np.ndarray:
    image = np.zeros((64, 48, 3), np.uint8)
    image[:32, :24] = 230
    return image


@both
def test_mirrored_turns_every_frame_back(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    path = film(tmp_path / "a.mp4")
    plain = [frame.image for frame in VideoFile(path, decoder=decoder)]
    turned = [frame.image for frame in VideoFile(path, decoder=decoder, mirrored=True)]
    assert all(np.array_equal(a, b[:, ::-1]) for a, b in zip(plain, turned, strict=True))


@both
@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "size"),
    [
        ("odd.mkv", "ffv1", "yuv444p", (35, 27)),
        ("grey.mkv", "ffv1", "gray", (64, 48)),
        ("ten_bit.mkv", "ffv1", "yuv420p10le", (64, 48)),
        ("palette.gif", "gif", "rgb8", (53, 48)),
        ("jpegs.avi", "mjpeg", "yuvj420p", (64, 48)),
        ("vp9.webm", "libvpx-vp9", "yuv420p", (64, 48)),
        ("h264.mov", "libx264", "yuv420p", (66, 50)),
    ],
)
def test_pixel_formats_become_rgb(
    film: Film, tmp_path: Path, decoder: Decoder, name: str, codec: str, pix_fmt: str, size: tuple[int, int]
) -> None:
    video = VideoFile(film(tmp_path / name, size=size, codec=codec, pix_fmt=pix_fmt), decoder=decoder)
    frames = list(video)
    assert len(frames) == 8
    assert video.size == size
    assert video.problems == []
    red, green, blue = frames[0].image[4, 4].astype(int)
    assert red > 150
    assert pix_fmt == "gray" or red > green > blue + 60


def test_what_is_transparent_is_grey(film: Film, tmp_path: Path) -> None:
    hidden = np.full((48, 64, 4), 255, np.uint8)
    hidden[:, :32, 3] = 0
    path = film(tmp_path / "a.mov", [0.0], codec="png", pix_fmt="rgba", images=[hidden])
    image = next(iter(VideoFile(path, decoder="pyav"))).image
    assert (image[:, :32] == 128).all()
    assert (image[:, 32:] == 255).all()


@both
def test_oblong_pixels_become_square(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    video = VideoFile(film(tmp_path / "a.mp4", pixel_aspect=Fraction(3, 2)), decoder=decoder)
    assert video.size == (96, 48)
    assert next(iter(video)).aspect == 2.0


@both
def test_a_file_cut_off_gives_what_is_there_and_says_so(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    whole = film(tmp_path / "a.mp4", [i / 10 for i in range(60)], options={"movflags": "faststart"})
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) * 6 // 10])
    video = VideoFile(whole, decoder=decoder)
    count = len(list(video))
    assert 10 < count < 50
    assert any("of 6.0 s: the file is cut off" in problem for problem in video.problems)
    before = list(video.problems)
    assert len(list(video)) == count
    assert video.problems == before


@pytest.mark.parametrize("name", ["a.mkv", "a.gif", "a.avi"])
def test_every_container_tells_when_it_is_cut_off(film: Film, tmp_path: Path, name: str) -> None:
    codec, pix_fmt = {"a.mkv": ("mpeg4", "yuv420p"), "a.gif": ("gif", "rgb8"), "a.avi": ("mjpeg", "yuvj420p")}[name]
    whole = film(tmp_path / name, [i / 10 for i in range(60)], codec=codec, pix_fmt=pix_fmt)
    assert len(times(whole, "pyav")) == 60
    content = whole.read_bytes()
    pictures_end = content.find(b"idx1") if name == "a.avi" else len(content)  # before an index larger than they are
    whole.write_bytes(content[: pictures_end // 2])
    video = VideoFile(whole, decoder="pyav")
    assert 5 < len(list(video)) < 60
    assert "cut off" in " ".join(video.problems)


@both
def test_reading_goes_on_after_damage(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    options = {"g": "5", "bf": "0"}
    path = film(tmp_path / "a.mp4", [i / 10 for i in range(60)], codec="libx264", codec_options=options)
    content = bytearray(path.read_bytes())
    middle = content.index(b"mdat") + 4 + 2500
    content[middle : middle + 300] = b"\xff" * 300
    path.write_bytes(content)
    video = VideoFile(path, decoder=decoder)
    found = [frame.time for frame in video]
    assert found[-1] == pytest.approx(5.9)
    assert len(found) < 60
    assert len(video.problems) == 1
    assert video.problems[0].startswith("damaged at ")


@both
def test_what_is_no_video_is_one_clear_line(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    files: dict[str, bytes] = {
        "empty.mp4": b"",
        "text.mp4": b"this is no video\n" * 30,
        "notes.txt": b"FFmpeg would draw this as on a terminal\n" * 30,
        "noise.avi": bytes(range(256)) * 8,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    whole = film(tmp_path / "no_index.mp4")
    whole.write_bytes(whole.read_bytes()[:-400])
    for name in (*files, "no_index.mp4", "missing.mp4", "."):
        if decoder == "opencv" and name == "notes.txt":
            continue  # OpenCV does not say that it opened a terminal drawing
        with pytest.raises(SourceError) as caught:
            VideoFile(tmp_path / name, decoder=decoder)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_sound_alone_is_no_video_even_with_a_cover(tmp_path: Path) -> None:
    for cover in (False, True):
        path = tmp_path / f"{cover}.m4a"
        with av.open(str(path), "w", format="mp4") as container:
            sound = container.add_stream("aac", rate=8000)
            if cover:
                stream = container.add_stream("mjpeg", rate=1)
                stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
                stream.disposition = Disposition.attached_pic
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                frame.pts = 0
                container.mux(stream.encode(frame) + stream.encode(None))
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 8000, 0
            container.mux(sound.encode(silence) + sound.encode(None))
        with pytest.raises(SourceError, match="only sound"):
            VideoFile(path, decoder="pyav")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
@both
def test_a_forbidden_file_says_so(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    path = film(tmp_path / "a.mp4")
    path.chmod(0)
    with pytest.raises(SourceError, match="permission denied"):
        VideoFile(path, decoder=decoder)


@both
@pytest.mark.parametrize("name", ["with space ünï 人.mp4", "rtsp:clip.mp4", "100%d.mp4", "-y.mp4"])
def test_hard_names(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoder: Decoder, name: str) -> None:
    film(tmp_path / "plain.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(list(VideoFile(name, decoder=decoder))) == 8


@both
def test_the_file_is_released_on_close_on_break_and_on_error(film: Film, tmp_path: Path, decoder: Decoder) -> None:
    path = film(tmp_path / "a.mp4")
    video = VideoFile(path, decoder=decoder)
    assert open_files(path) == 0
    running = iter(video)
    next(running)
    assert open_files(path) == 1
    video.close()
    video.close()
    assert open_files(path) == 0
    assert list(running) == []

    def stumble() -> None:
        for _ in video:
            raise KeyError

    with pytest.raises(KeyError):
        stumble()
    assert open_files(path) == 0
    with video:
        next(iter(video))
    assert open_files(path) == 0
    assert len(list(video)) == 8


def test_close_while_another_thread_reads(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [i / 10 for i in range(100)])
    video = VideoFile(path)
    begun, closed = threading.Event(), threading.Event()
    seen: list[int] = []

    def read() -> None:
        for frame in video:
            seen.append(frame.index)
            begun.set()
            closed.wait(5)

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(5)
    video.close()
    closed.set()
    reader.join(5)
    assert not reader.is_alive()
    assert len(seen) < 100
    assert open_files(path) == 0


def test_a_file_that_vanishes_is_a_source_error(film: Film, tmp_path: Path) -> None:
    video = VideoFile(film(tmp_path / "a.mp4"))
    video.path.unlink()
    with pytest.raises(SourceError):
        list(video)


def test_opencv_stands_in_where_pyav_is_missing(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    script = (
        "import sys; sys.modules['av'] = None\n"
        "from posknn.errors import MissingPackageError\n"
        "from posknn.tracking.video import VideoFile\n"
        "print(len(list(VideoFile(sys.argv[1]))))\n"
        "try:\n    VideoFile(sys.argv[1], decoder='pyav')\n"
        "except MissingPackageError as error:\n    print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[0] == "8"
    assert "pip install av" in ran.stdout


def test_an_unknown_decoder_is_the_callers_mistake(film: Film, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="decoder"):
        VideoFile(film(tmp_path / "a.mp4"), decoder="vlc")  # type: ignore[arg-type]


def test_pyav_says_nothing_on_stderr(film: Film, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _read_a_damaged_file(film, tmp_path, "pyav")
    assert capfd.readouterr().err == ""


def test_opencv_says_nothing_on_stderr(film: Film, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _read_a_damaged_file(film, tmp_path, "opencv")
    assert capfd.readouterr().err == ""


def _read_a_damaged_file(film: Film, folder: Path, decoder: Decoder) -> None:
    path = film(folder / "a.mp4", [i / 10 for i in range(60)], codec="libx264", options={"movflags": "faststart"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 8 // 10])
    video = VideoFile(path, decoder=decoder)
    list(video)
    assert video.problems
    path.write_bytes(content[:900])
    with pytest.raises(SourceError):
        VideoFile(path, decoder=decoder)


@pytest.fixture(scope="module")
def wholes(film: Film, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("wholes")
    h264 = {"codec": "libx264", "codec_options": {"g": "3"}}
    return {
        "a.mp4": film(folder / "a.mp4", **h264).read_bytes(),
        "b.mkv": film(folder / "b.mkv", **h264, sound=0.5).read_bytes(),
        "c.avi": film(folder / "c.avi", codec="mjpeg", pix_fmt="yuvj420p").read_bytes(),
        "d.gif": film(folder / "d.gif", codec="gif", pix_fmt="rgb8").read_bytes(),
        "e.ts": film(folder / "e.ts", codec="libx264").read_bytes(),
    }


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(["a.mp4", "b.mkv", "c.avi", "d.gif", "e.ts"]),
    decoder=st.sampled_from(DECODERS),
    blows=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40)), max_size=6),
    kept=st.floats(0.05, 1),
)
def test_no_damage_gives_anything_but_frames_problems_or_a_source_error(
    wholes: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    decoder: Decoder,
    blows: list[tuple[float, bytes]],
    kept: float,
) -> None:
    content = bytearray(wholes[name])
    for place, what in blows:
        at = int(place * len(content))
        content[at : at + len(what)] = what
    path = tmp_path_factory.getbasetemp() / f"damaged_{name}"
    path.write_bytes(content[: max(1, int(kept * len(content)))])
    found, told = [], []
    try:
        video = VideoFile(path, decoder=decoder)
        found += [frame.time for frame in video]
        told += video.problems
    except SourceError as error:
        told.append(str(error))
    assert all(later > sooner for sooner, later in pairwise(found))
    assert all("\n" not in line for line in told)


@given(st.lists(st.none() | st.floats(-1e5, 1e5), max_size=40), st.floats(1e-3, 1))
def test_a_clock_never_stands_still_or_goes_back(given_times: list[float | None], step: float) -> None:
    clock = Clock(step)
    found = [clock(time) for time in given_times]
    assert all(later > sooner for sooner, later in pairwise(found))
    assert not found or found[0] >= 0


@given(st.lists(st.floats(0, 1e5), unique=True, max_size=40).map(sorted))
def test_a_clock_leaves_good_times_alone(good: list[float]) -> None:
    clock = Clock(0.1)
    assert [clock(time) for time in good] == good


def test_a_clock_repairs() -> None:
    def kept(*given_times: float | None) -> list[float]:
        clock = Clock(0.1)
        return [round(clock(time), 3) for time in given_times]

    assert kept(0.0, None, 0.2, None) == [0.0, 0.1, 0.2, 0.3]
    assert kept(0.0, 0.1, 0.1, 0.2) == [0.0, 0.1, 0.106, 0.2]
    assert kept(8.0, 8.1, 0.0, 0.1, 0.3) == [8.0, 8.1, 8.2, 8.3, 8.5]  # the clock was set anew
    assert kept(8.0, 8.1, 0.0, 8.3, 8.4) == [8.0, 8.1, 8.2, 8.3, 8.4]  # one bad timestamp


def test_damage_is_told_once_for_each_stretch() -> None:
    problems: list[str] = []
    for _ in range(2):
        damage = Damage(problems)
        for time in (1.0, 1.5, 2.4, 9.0):
            damage.at(time, "bad")
    assert problems == ["damaged at 1.0 s: bad", "damaged at 9.0 s: bad"]


def test_grey_shows_through() -> None:
    image = np.full((1, 3, 3), 200, np.uint8)
    assert over_grey(image, np.array([[0, 255, 128]], np.uint8))[0, :, 0].tolist() == [128, 200, 164]
    assert over_grey(image, np.full((1, 3), 255, np.uint8)) is image


@pytest.mark.parametrize(("aspect", "width"), [(None, 720), (1.0, 720), (1.004, 720), (2.0, 1440), (0.0, 720)])
def test_square_width(aspect: float | None, width: int) -> None:
    assert square_width(720, aspect) == width
