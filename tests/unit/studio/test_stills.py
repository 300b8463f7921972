"""Single pictures of a video."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from posknn import VideoFile
from posknn.errors import SourceError
from posknn.studio.stills import Stills

CLIP = Path(__file__).parents[3] / "posknn" / "clips" / "poses.mp4"


def test_each_picture_is_the_one_that_is_shown_at_its_time() -> None:
    frames = {frame.index: frame for frame in VideoFile(CLIP) if frame.index in (0, 1, 60, 61, 140, 229)}
    stills = Stills()
    for index in (0, 1, 61, 140, 60, 229, 0):
        frame = frames[index]
        shown = cv2.imdecode(np.frombuffer(stills.at(CLIP, frame.time + 0.01), np.uint8), cv2.IMREAD_COLOR_RGB)
        assert shown is not None
        assert shown.shape == frame.image.shape
        far = {other: np.abs(shown.astype(int) - one.image).mean() for other, one in frames.items()}
        assert min(far, key=lambda other: far[other]) == index
    assert stills.at(CLIP, 99.0)  # after the end it is the last one
    stills.close()
    stills.close()


def test_a_video_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        Stills().at(tmp_path / "broken.mp4", 0.0)
