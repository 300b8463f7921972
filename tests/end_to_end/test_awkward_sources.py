"""Every awkward file gives what its description says, as far as a source can tell."""

from __future__ import annotations

import json
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest

from posknn.errors import SourceError
from posknn.tracking.images import ImageFolder
from posknn.tracking.sources import open_source
from posknn.tracking.video import VideoFile

VIDEOS = Path(__file__).parents[3] / "shared/data/video"
AWKWARD = VIDEOS / "awkward"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((AWKWARD / "expected.json").read_text()) if (AWKWARD / "expected.json").exists() else {}
)
FILMS = sorted(name for name in EXPECTED if not name.startswith("img_"))
PICTURES = sorted(name for name in EXPECTED if name.startswith("img_"))
Decoder = Literal["pyav", "opencv"]

pytestmark = pytest.mark.skipif(not EXPECTED, reason="the shared awkward files are not here")
both = pytest.mark.parametrize("decoder", ["pyav", "opencv"])


@both
@pytest.mark.parametrize("name", FILMS)
def test_each_film_gives_what_it_should(name: str, decoder: Decoder) -> None:
    expected = EXPECTED[name]
    if expected["ok"] is False:
        with pytest.raises(SourceError) as caught:
            VideoFile(AWKWARD / name, decoder=decoder)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
        return
    video = VideoFile(AWKWARD / name, decoder=decoder)
    times = [frame.time for frame in video]
    assert all(later > sooner for sooner, later in pairwise(times))
    if expected["ok"] == "partial":
        # The count given is what a threaded decoder gives that loses frames before the place it is cut at.
        least: int = expected["frames"] if "frames" in expected else expected["frames_at_least"]
        assert least <= len(times) < expected["claimed"]
        assert video.problems
        return
    assert len(times) == expected["frames"]
    assert video.problems == []
    assert video.frame_count == expected["frames"]
    assert times[0] == 0.0
    if "size" in expected:
        assert list(video.size) == expected["size"]
    if "last_s" in expected:
        assert times[-1] == pytest.approx(expected["last_s"])
    assert video.duration == pytest.approx(times[-1] + 1 / (video.rate or 1), abs=0.04)


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_gives_what_it_should(name: str) -> None:
    if EXPECTED[name]["ok"] is False:
        with pytest.raises(SourceError, match=name):
            open_source(AWKWARD / name)
        return
    pictures = open_source(AWKWARD / name)
    assert isinstance(pictures, ImageFolder)
    (frame,) = pictures
    assert (frame.width, frame.height) == pictures.size
    assert bool(pictures.problems) == ("truncated" in name)
    if name == "img_exif_orientation6.jpg":
        assert pictures.size == (153, 272)


def test_the_folder_as_a_whole_gives_every_readable_picture() -> None:
    folder = ImageFolder(AWKWARD)
    count = sum(1 for frame in folder if frame.image.size)
    readable = [name for name in PICTURES if EXPECTED[name]["ok"]]
    assert sorted(folder.names) == readable
    assert count == len(readable)
    assert len(folder.problems) == len(PICTURES) - len(readable) + 1  # and the truncated one


def some(name: str, decoder: Decoder) -> list[npt.NDArray[np.float64]]:
    return [frame.image.astype(float) for frame in islice(VideoFile(AWKWARD / name, decoder=decoder), 0, 40, 8)]


@both
@pytest.mark.parametrize("name", ["rot90_metadata.mp4", "rot180_metadata.mp4", "rot270_metadata.mov"])
def test_turned_films_show_the_upright_one(name: str, decoder: Decoder) -> None:
    for upright, turned in zip(some("variant.mov", decoder), some(name, decoder), strict=True):
        assert np.abs(upright - turned).mean() < 8 < np.abs(upright - turned[:, ::-1]).mean()


@both
def test_a_mirrored_film_is_turned_back(decoder: Decoder) -> None:
    film = VideoFile(AWKWARD / "mirrored.mp4", mirrored=True, decoder=decoder)
    back = next(iter(film)).image.astype(float)
    assert np.abs(some("variant.mov", decoder)[0] - back).mean() < 8


def test_what_is_saved_from_a_cut_film_is_the_film() -> None:
    whole = [frame.image.astype(float) for frame in VideoFile(AWKWARD / "variant.mov")]
    for frame in VideoFile(AWKWARD / "truncated_faststart.mp4"):
        assert np.abs(whole[frame.index] - frame.image).mean() < 8


@both
@pytest.mark.parametrize(
    "path", sorted(VIDEOS.glob("*.m[pko]*")) + sorted(VIDEOS.glob("gif/*.gif")), ids=lambda p: p.name
)
def test_whole_films_have_no_problems(path: Path, decoder: Decoder) -> None:
    video = VideoFile(path, decoder=decoder)
    assert sum(1 for _ in video) == video.frame_count
    assert video.problems == []
