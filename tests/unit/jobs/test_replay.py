"""Going through a track: the same results as from its video, at their own times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.errors import FileFormatError
from posknn.jobs.replay import replayed
from posknn.pipeline import Pipeline
from posknn.temporal.smoothing import Ema
from posknn.testing import ScriptedTracker, frames, stick_figure
from posknn.values import Result

MakeTrack = Callable[..., str]


@pytest.fixture
def taught() -> PoseClassifier:
    classifier = PoseClassifier()
    for arms, name in ((0, "down"), (90, "side"), (180, "up")):
        classifier.add_example(stick_figure(arms=arms), name)
    return classifier


def told(result: Result) -> tuple[object, ...]:
    frame = (result.frame.index, result.frame.time, result.frame.width, result.frame.height)
    people = [
        (one.id, one.pose, one.prediction and (one.prediction.label, one.prediction.confidences_by_label))
        for one in result.people
    ]
    return (*frame, people)


@pytest.mark.parametrize("smooth", [False, True])
def test_a_track_gives_what_its_video_gives(taught: PoseClassifier, make_track: MakeTrack, smooth: bool) -> None:
    count = 2500
    track = Path(make_track(count=count))
    script = [stick_figure(arms=180 * index / count) if index else None for index in range(count)]
    pipeline = Pipeline(ScriptedTracker(script), taught, Ema(0.1) if smooth else None)
    again = replayed(track, taught, Ema(0.1) if smooth else None)
    for index, (frame, result) in enumerate(zip(frames(count), again, strict=True)):
        wanted = pipeline(frame)
        if index % 50 == 0:  # parts of the track end somewhere in between
            assert told(result) == told(wanted)


def test_pictures_are_those_of_the_video(taught: PoseClassifier, make_track: MakeTrack) -> None:
    track = Path(make_track(count=5))
    shown = list(frames(5))
    assert [result.frame for result in replayed(track, taught, frames=shown)] == shown
    with pytest.raises(FileFormatError, match="not the track of this video"):
        list(replayed(track, taught, frames=shown[:3]))
    with pytest.raises(FileFormatError, match="not the track of this video"):
        list(replayed(track, taught, frames=frames(5, fps=25)))


@pytest.mark.parametrize("size", [None, "large", [0, 5], [64], [64, "x"]])
def test_a_size_that_is_not_known(taught: PoseClassifier, make_track: MakeTrack, size: object) -> None:
    first = next(replayed(Path(make_track(size=size)), taught))
    assert (first.frame.width, first.frame.height) == (1, 1)
