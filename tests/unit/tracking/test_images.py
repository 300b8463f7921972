"""Pictures: order, orientation, every pixel format, and what is left of damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn.errors import SourceError
from posknn.tracking.images import SUFFIXES, ImageFolder, is_picture

Image = npt.NDArray[Any]


def corner(height: int = 40, width: int = 30) -> Image:
    """Return a BGR picture, red at the top left and blue at the bottom right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2, 2] = 240
    image[height // 2 :, width // 2 :, 0] = 240
    return image


def write(path: Path, image: Image | None = None, suffix: str | None = None) -> Path:
    ok, content = cv2.imencode(suffix or path.suffix, corner() if image is None else image)
    assert ok
    path.write_bytes(content.tobytes())
    return path


def only(path: Path, **options: Any) -> npt.NDArray[np.uint8]:
    (frame,) = ImageFolder(path, **options)
    return frame.image


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Put an EXIF block with nothing but an orientation behind the start mark of a JPEG."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    block = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def test_a_folder_comes_in_natural_order_with_times(tmp_path: Path) -> None:
    for name in ("img10.png", "img2.png", "IMG1.PNG", "b.jpg", ".hidden.png", "notes.txt", "._img2.png"):
        write(tmp_path / name, suffix=".png")
    (tmp_path / "folder.png").mkdir()
    folder = ImageFolder(tmp_path, interval=0.5)
    frames = list(folder)
    assert folder.names == ["b.jpg", "IMG1.PNG", "img2.png", "img10.png"]
    assert [frame.time for frame in frames] == [0.0, 0.5, 1.0, 1.5]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert (folder.size, folder.rate, folder.duration, folder.frame_count) == ((30, 40), 2.0, 2.0, 4)
    assert (folder.live, folder.problems) == (False, [])
    assert len(list(folder)) == 4
    assert len(folder.names) == 4


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tiff", ".ppm", ".avif"])
def test_every_kind_of_file_is_red_at_the_top_left(tmp_path: Path, suffix: str) -> None:
    assert suffix in SUFFIXES
    image = only(write(tmp_path / f"a{suffix}"))
    assert image.shape == (40, 30, 3)
    assert image[5, 5, 0] > 200
    assert image[5, 5, 2] < 60
    assert image[35, 25, 2] > 200
    assert image[35, 25, 0] < 60


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.full((4, 5), 77, np.uint8), 77),
        (np.full((4, 5), 77 * 257, np.uint16), 77),
        (np.full((4, 5, 3), 77 * 257, np.uint16), 77),
        (np.full((1, 1, 3), 77, np.uint8), 77),
    ],
)
def test_depths_become_eight_bit_rgb(tmp_path: Path, image: Image, expected: int) -> None:
    found = only(write(tmp_path / "a.png", image))
    assert found.shape == (*image.shape[:2], 3)
    assert found.dtype == np.uint8
    assert (found == expected).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_transparent_is_grey(tmp_path: Path, dtype: type[np.unsignedinteger[Any]]) -> None:
    full = np.iinfo(dtype).max
    image = np.full((4, 6, 4), full, dtype)
    image[:, :3, 3] = 0
    found = only(write(tmp_path / "a.png", image))
    assert (found[:, :3] == 128).all()
    assert (found[:, 3:] == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured(tmp_path: Path, orientation: int) -> None:
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](corner())
    path = write(tmp_path / "a.jpg", np.ascontiguousarray(stored))
    path.write_bytes(with_orientation(path.read_bytes(), orientation))
    image = only(path)
    assert image.shape == (40, 30, 3)
    assert image[5, 5, 0] > 200
    assert image[35, 25, 2] > 200


def test_mirrored_pictures_are_turned_back(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png")
    assert np.array_equal(only(path, mirrored=True), only(path)[:, ::-1])


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", suffix=".jpg").rename(tmp_path / "really.anything")
    assert is_picture(path)
    assert only(path).shape == (40, 30, 3)


def test_what_is_left_of_a_cut_jpeg_is_given_and_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = write(tmp_path / "a.jpg", rng.integers(0, 255, (200, 100, 3), np.uint8))
    whole = only(path)
    preview = cv2.imencode(".jpg", corner())[1].tobytes()  # has an end mark of its own
    content = path.read_bytes()
    block = b"Exif\0\0" + preview
    content = content[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + content[2:]
    path.write_bytes(content)
    assert ImageFolder(path).problems == []
    path.write_bytes(content[: len(content) * 2 // 3])
    pictures = ImageFolder(path)
    (frame,) = pictures
    assert np.array_equal(frame.image[:60], whole[:60])
    assert pictures.problems == ["a.jpg is cut off: its lower part is missing"]


def test_a_whole_jpeg_with_something_behind_it_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + b"and a film behind it")
    pictures = ImageFolder(path)
    assert len(list(pictures)) == 1
    assert pictures.problems == []


def test_unreadable_pictures_in_a_folder_are_skipped_and_told(tmp_path: Path) -> None:
    write(tmp_path / "2.png")
    write(tmp_path / "4.png")
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "3.jpg").write_bytes(b"no picture")
    pictures = ImageFolder(tmp_path)
    for _ in range(2):
        assert [(frame.index, frame.time) for frame in pictures] == [(0, 0.0), (1, 1.0)]
        assert pictures.names == ["2.png", "4.png"]
        assert len(pictures.problems) == 2
    assert "1.png" in pictures.problems[0]
    assert "3.jpg" in pictures.problems[1]


def test_nothing_readable_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_bytes(b"no picture")
    cut = write(tmp_path / "cut.png")
    cut.write_bytes(cut.read_bytes()[:60])
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    for path in (*tmp_path.iterdir(), tmp_path / "missing", tmp_path):
        with pytest.raises(SourceError) as caught:
            ImageFolder(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("interval", [0, -1.0, float("nan"), float("inf")])
def test_an_interval_is_above_zero(tmp_path: Path, interval: float) -> None:
    with pytest.raises(ValueError, match="interval"):
        ImageFolder(write(tmp_path / "a.png"), interval=interval)


def test_a_picture_that_vanishes_is_told(tmp_path: Path) -> None:
    write(tmp_path / "1.png")
    gone = write(tmp_path / "2.png")
    with ImageFolder(tmp_path) as pictures:
        gone.unlink()
        assert len(list(pictures)) == 1
        assert "2.png" in pictures.problems[0]


def test_damaged_pictures_say_nothing_on_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    for name in ("a.jpg", "b.png", "c.bmp", "d.webp"):
        path = write(tmp_path / name, rng.integers(0, 255, (60, 60, 3), np.uint8))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    list(ImageFolder(tmp_path))
    assert capfd.readouterr().err == ""


@settings(deadline=None, max_examples=60)
@given(
    suffix=st.sampled_from([".jpg", ".png", ".bmp", ".webp", ".tiff"]),
    blows=st.lists(st.tuples(st.floats(0.2, 1, exclude_max=True), st.binary(min_size=1, max_size=20)), max_size=5),
    kept=st.floats(0, 1),
)
def test_no_damage_gives_anything_but_a_frame_or_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, blows: list[tuple[float, bytes]], kept: float
) -> None:
    content = bytearray(cv2.imencode(suffix, corner())[1].tobytes())
    for place, what in blows:
        at = int(place * len(content))
        content[at : at + len(what)] = what
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    path.write_bytes(content[: int(kept * len(content))])
    told = []
    try:
        assert len(list(ImageFolder(path))) == 1
    except SourceError as error:
        told.append(str(error))
    assert all("\n" not in line for line in told)
