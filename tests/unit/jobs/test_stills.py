"""Single pictures of videos: the right frame, small, without faces when asked."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from posknn.errors import SourceError
from posknn.jobs.review import Moment
from posknn.jobs.stills import stills_of
from posknn.output.video import VideoWriter
from posknn.values import Frame, Result, Segment


@pytest.fixture
def film(tmp_path: Path) -> str:
    """Twenty frames at ten a second, each brighter than the one before, with fine stripes on the left."""
    writer = VideoWriter(tmp_path / "film.mp4", crf=5, draw=lambda result: result.frame.image)
    for number in range(20):
        image = np.full((480, 960, 3), 10 * number, np.uint8)
        image[:, :200:4] = 255
        writer(Result(Frame(image, number / 10, number)))
    writer.close()
    return str(tmp_path / "film.mp4")


def moment(time: float, *heads: tuple[float, float, float]) -> Moment:
    return Moment(Segment(0.0, 2.0, "up", 0, 1.0), time, 1.0, None, (), heads)


def picture(content: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_each_moment_is_the_frame_of_its_time(film: str, tmp_path: Path) -> None:
    found = [picture(one) for one in stills_of(film, [moment(1.2), moment(0.0), moment(0.7)], tmp_path)]
    assert [one.shape for one in found] == [(240, 480, 3)] * 3
    assert [float(one[40:100, 200:400].mean()) for one in found] == pytest.approx([120, 0, 70], abs=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4"]


def test_faces_are_hidden_when_asked(film: str, tmp_path: Path) -> None:
    head = (0.2, 0.5, 0.15)
    open_, hidden = (
        picture(next(stills_of(film, [moment(0.5, head)], tmp_path, blur_faces=blurred)))[100:140, 30:70]
        for blurred in (False, True)
    )
    assert open_.std() > 3 * hidden.std()


def test_what_has_no_picture(film: str, tmp_path: Path) -> None:
    for source, time, said in ((film, 5.0, "ends before"), ("a.parquet", 0.0, "track"), ("gone.mp4", 0.0, "gone.mp4")):
        with pytest.raises(SourceError, match=said):
            list(stills_of(source, [moment(time)], tmp_path))
