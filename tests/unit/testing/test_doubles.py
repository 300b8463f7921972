"""The doubles do as they are told, and each check fails for a part that breaks its promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from posknn import Event, Events, Frame, Person, Pose, Prediction, Result, Stop
from posknn.testing import (
    ScriptedTracker,
    check_classifier,
    check_follower,
    check_sink,
    check_smoother,
    check_source,
    check_tracker,
    check_watcher,
    frames,
    result,
    stick_figure,
)


def up_is_up(pose: Pose) -> Prediction:
    return Prediction("up", {"up": 1.0})


def test_raised_arms_are_above_the_head_and_bent_legs_are_shorter() -> None:
    assert stick_figure(arms=175)["left_wrist"][1] < stick_figure()["nose"][1]
    assert stick_figure(hips=90, knees=90)["left_ankle"][1] < stick_figure()["left_ankle"][1]
    bent = stick_figure(arms=90, elbows=90)
    upper, lower = bent["left_shoulder"] - bent["left_elbow"], bent["left_wrist"] - bent["left_elbow"]
    assert abs(float(upper @ lower)) < 1e-6


def test_frames_count_up_in_time() -> None:
    made = list(frames(3, fps=10, size=(8, 6)))
    assert [frame.index for frame in made] == [0, 1, 2]
    assert [frame.time for frame in made] == [0, 0.1, 0.2]
    assert made[0].image.shape == (6, 8, 3)


def test_a_scripted_tracker_sees_what_it_is_told_and_nobody_afterwards() -> None:
    one, two = stick_figure(), stick_figure(arms=90)
    tracker = ScriptedTracker([one, None, [one, two], []])
    assert [tracker(frame) for frame in frames(6)] == [(one,), (), (one, two), (), (), ()]


def test_a_result_without_a_label_is_somebody_unknown() -> None:
    assert result("up", time=2.0, person=4).label == "up"
    assert result(None).label is None
    assert len(result(None).people) == 1


# --- sources


def test_check_source_takes_no_more_than_it_needs_and_returns_it() -> None:
    endless = (Frame(np.zeros((2, 2, 3), np.uint8), float(n), n) for n in count())
    assert len(check_source(endless, most=7)) == 7


def _again(times: list[float], indices: list[int], *, shared: bool = False) -> Iterator[Frame]:
    picture = np.zeros((2, 2, 3), np.uint8)
    for time, index in zip(times, indices, strict=True):
        yield Frame(picture if shared else picture.copy(), time, index)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (lambda: _again([0, 0], [0, 1]), "time does not rise"),
        (lambda: _again([1, 0.5], [0, 1]), "time does not rise"),
        (lambda: _again([0, 1], [0, 0]), "index does not rise"),
        (lambda: _again([0, 1], [0, 1], shared=True), "share one picture"),
    ],
)
def test_check_source_finds(source: Callable[[], Iterator[Frame]], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_source(source())


# --- trackers, classifiers, smoothers, sinks


def test_check_tracker_finds_one_that_draws_or_answers_something_else() -> None:
    def draws(frame: Frame) -> list[Pose]:
        frame.image[0] = 255
        return []

    with pytest.raises(AssertionError, match="wrote into the picture"):
        check_tracker(draws, next(frames(1)))
    with pytest.raises(AssertionError):
        check_tracker(lambda frame: [np.zeros((33, 3))], next(frames(1)))  # type: ignore[list-item]


@pytest.mark.parametrize(
    "answer",
    [Prediction("up"), Prediction("up", {"down": 1.0}), Prediction("up", {"up": 0.5, "down": 0.4})],
    ids=["no shares", "shares of others", "shares that do not sum to 1"],
)
def test_check_classifier_finds(answer: Prediction) -> None:
    with pytest.raises(AssertionError):
        check_classifier(lambda pose: answer, stick_figure())


def test_check_classifier_finds_one_that_changes_its_mind() -> None:
    answers = iter([Prediction("up", {"up": 1.0}), Prediction("down", {"down": 1.0})])
    with pytest.raises(AssertionError):
        check_classifier(lambda pose: next(answers), stick_figure())


def test_checks_pass_for_good_parts() -> None:
    check_classifier(up_is_up, stick_figure())
    check_classifier(lambda pose: Prediction(None), stick_figure())
    check_smoother(lambda person, prediction, time: prediction)
    check_sink(lambda result: None)


def numbered(poses: Sequence[Pose], frame: Frame) -> list[Person]:
    return [Person(number, pose) for number, pose in enumerate(poses)]


def test_check_follower_finds_one_that_numbers_by_order_changes_poses_or_shares_ids() -> None:
    with pytest.raises(AssertionError, match="did not stay"):
        check_follower(numbered)
    with pytest.raises(AssertionError, match="a pose was changed"):
        check_follower(lambda poses, frame: [Person(0, pose.mirrored()) for pose in poses])
    with pytest.raises(AssertionError, match="two persons have one id"):
        check_follower(lambda poses, frame: [Person(0, pose) for pose in poses])
    with pytest.raises(AssertionError, match="nobody was followed"):
        check_follower(lambda poses, frame: ())
    with pytest.raises(AssertionError, match="where nobody is"):
        check_follower(lambda poses, frame: numbered(poses or [stick_figure()], frame)[:1] if frame.index == 20 else [])


def test_check_smoother_finds_one_that_mixes_people_up() -> None:
    last: list[Prediction] = []

    def mixes(person: int, prediction: Prediction, time: float) -> Prediction:
        last.append(prediction)
        return last[0]

    with pytest.raises(AssertionError, match="mixed up"):
        check_smoother(mixes)


def test_check_smoother_finds_one_that_invents() -> None:
    with pytest.raises(AssertionError):
        check_smoother(lambda person, prediction, time: Prediction(prediction.label, {"sideways": 1.0}))


def test_check_watcher_finds_one_that_changes_people_or_tells_of_others() -> None:
    check_watcher(lambda result: result)
    with pytest.raises(AssertionError, match="people were changed"):
        check_watcher(lambda result: replace(result, people=()))
    with pytest.raises(AssertionError, match="frame was changed"):
        check_watcher(lambda result: replace(result, frame=next(frames(1))))
    with pytest.raises(AssertionError, match="never there"):
        check_watcher(lambda result: replace(result, events=(Event("lost", None, 7, result.frame.time),)))
    with pytest.raises(AssertionError, match="another frame"):
        check_watcher(lambda result: replace(result, events=(Event("lost", None, 0, 9.5),)))


class Ending:
    """A watcher that tells something at the end, again and again."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def __call__(self, result: Result) -> Result:
        return result

    def end(self) -> tuple[Event, ...]:
        return (self._event,)


def test_check_watcher_looks_at_what_is_told_of_the_end() -> None:
    check_watcher(Events())
    for event, fault in (
        (Event("lost", None, 0, 4.0), "another time"),
        (Event("lost", None, 7, 119 / 30), "never there"),
        (Event("lost", None, 0, 119 / 30), "ends twice"),
    ):
        with pytest.raises(AssertionError, match=fault):
            check_watcher(Ending(event))


def test_check_sink_shows_somebody_nobody_and_unknown_and_closes_twice() -> None:
    seen: list[tuple[int, str | int | None]] = []

    class Sink:
        closed = 0

        def __call__(self, result: Result) -> None:
            seen.append((len(result.people), result.label))

        def close(self) -> None:
            self.closed += 1

    sink = Sink()
    check_sink(sink)
    assert seen == [(1, "up"), (0, None), (1, None)]
    assert sink.closed == 2


def test_check_sink_finds_one_that_draws_into_the_frame() -> None:
    def draws(result: Result) -> None:
        result.frame.image[:] = 255

    with pytest.raises(AssertionError, match="wrote into the picture"):
        check_sink(draws)


def test_check_sink_lets_a_sink_stop() -> None:
    def stops(result: Result) -> None:
        raise Stop

    check_sink(stops)


def test_a_person_can_be_given_no_prediction() -> None:
    assert Person(0, stick_figure()).prediction is None
