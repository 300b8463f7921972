"""Scripted streams do what they say: the count, the depth and the flicker are known."""

from __future__ import annotations

import numpy as np
import pytest

from posknn import Pipeline, Repetitions, Result, run
from posknn.testing import MOVEMENTS, synthetic


def test_a_stream_has_the_repetitions_it_was_asked_for() -> None:
    stream = synthetic("squats", reps=12, fps=9)
    repetitions = Repetitions("up > down > up")
    for result in stream:
        repetitions(result)
    assert repetitions.count() == len(stream.spans) == 12
    assert len(list(stream)) == len(stream) == len(stream.poses)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_every_movement_begins_and_ends_still(movement: str) -> None:
    stream = synthetic(movement, reps=2, fps=10, still=0.5)
    assert stream.poses[0] == stream.poses[-1]
    assert stream.poses[0] != stream.poses[len(stream) // 3]
    assert np.diff(stream.times) == pytest.approx(0.1)
    assert max(stream.depths) == pytest.approx(1, abs=0.05)


def test_depths_are_as_asked_and_poses_go_along() -> None:
    stream = synthetic("squats", reps=2, fps=20, depths=[1, 0.5])
    half = len(stream) // 2
    assert (max(stream.depths[:half]), max(stream.depths[half:])) == (1.0, 0.5)
    hips = [pose["left_knee"][1] for pose in stream.poses]
    assert min(hips[:half]) < min(hips[half:]) < hips[0]


def test_flicker_is_the_same_for_a_seed_and_leaves_poses_alone() -> None:
    one, same, other, calm = (
        synthetic("squats", flicker=flicker, seed=seed) for flicker, seed in ((0.3, 1), (0.3, 1), (0.3, 2), (0.0, 1))
    )
    shares = [[said.confidences_by_label["down"] for said in stream.predictions] for stream in (one, same, other)]
    assert shares[0] == shares[1] != shares[2]
    assert all(0 <= share <= 1 for share in shares[0])
    assert one.poses == calm.poses


def test_it_runs_through_a_pipeline_and_teaches() -> None:
    stream = synthetic("left_raises", reps=1, fps=10)
    seen: list[Result] = []
    run(stream.source(), Pipeline(stream.tracker()), seen.append)
    assert [result.people[0].pose for result in seen] == list(stream.poses)
    lesson = stream.recording()
    assert set(lesson.labels) == {None, "down", "left_up"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"movement": "dancing"}, "there are squats"),
        ({"reps": -1}, "0 or more"),
        ({"fps": 0}, "more than 0"),
        ({"reps": 2, "depths": [1]}, "2 repetitions come with 1 depths"),
    ],
)
def test_what_cannot_be_scripted_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        synthetic(**{"movement": "squats", **options})  # type: ignore[arg-type]
