"""The frames of a clip: seconds to frames and back, also where a frame is missing."""

import numpy as np
import pytest

from posknn.storage.clip import Clip


def test_frames_of_a_stretch_and_back(clip: Clip) -> None:
    assert clip.frames(0, 1.5) == (0, 5)
    assert clip.span(0, 5) == (0.0, 1.5)
    assert clip.frames(1.75, 2.25) == (7, 7)
    assert clip.span(7, 7) == (1.75, 2.25)
    assert clip.span(14, 14) == (3.75, 4.0)


def test_a_time_rounded_to_milliseconds_is_the_same_frame() -> None:
    clip = Clip("a.mp4", np.arange(300) / 29.97)
    for first, last in ((0, 0), (1, 17), (100, 299)):
        start, end = (round(time, 3) for time in clip.span(first, last))
        assert clip.frames(start, end) == (first, last)


def test_a_stretch_without_a_frame_is_the_nearest(clip: Clip) -> None:
    assert clip.frames(0.26, 0.3) == (2, 2)
    assert clip.frames(99, 100) == (14, 14)


def test_facts(clip: Clip) -> None:
    assert (clip.step, clip.duration) == (0.25, 4.0)
    assert clip.rate == pytest.approx(14 / 3.75)
    assert Clip("one.png", np.zeros(1)).duration == pytest.approx(1 / 30)
    assert Clip("none", np.zeros(0)).duration == 0


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (3, 2), (0, 15)])
def test_frames_that_are_not_there(clip: Clip, first: int, last: int) -> None:
    with pytest.raises(ValueError, match=r"my clip\.mp4 has 15 frames"):
        clip.span(first, last)


@pytest.mark.parametrize("times", [[0, 0], [1, 0], [0, np.nan], [[0, 1]]])
def test_times_increase(times: list[float]) -> None:
    with pytest.raises(ValueError, match="increase"):
        Clip("a", np.array(times))
