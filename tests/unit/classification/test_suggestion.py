"""Suggestions: doubtful or new, unlike each other, typical of many; better than picking at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import NormalisedPoints, as_points
from posknn.classification.suggestion import doubts, suggest
from posknn.testing import stick_figure
from posknn.values import Recording


@pytest.fixture
def taught() -> PoseClassifier:
    classifier = PoseClassifier()
    for arms in (8, 10, 12):
        classifier.add_example(stick_figure(arms=arms), "down")
    for arms in (168, 170, 172):
        classifier.add_example(stick_figure(arms=arms), "up")
    classifier.calibrate()
    return classifier


def track(angles: list[float], name: str = "monday") -> Recording:
    points = np.stack([as_points(stick_figure(arms=angle)) for angle in angles])
    return Recording(points, (None,) * len(angles), np.arange(len(angles), dtype=np.float64) * 0.2, name=name)


def test_what_is_known_waits_and_what_is_new_comes_first(taught: PoseClassifier) -> None:
    angles = [10.0] * 30 + [90.0] * 10 + [170.0] * 30
    found = suggest(taught, [track(angles)], 2)
    assert angles[found[0].row] == 90
    assert found[0].doubt > 0.8
    assert {found[0].guess, found[0].between} == {"down", "up"}
    assert found[0].stands_for == pytest.approx(10 / 70)
    assert angles[found[1].row] != 90


def test_a_pose_is_in_doubt_half_way_between_two_labels_and_not_with_only_one(taught: PoseClassifier) -> None:
    far, half, known = doubts(taught, track([40.0, 90.0, 10.0]).points)
    assert known < far < half <= 1
    assert known < 0.05
    assert half > 0.9
    alone = PoseClassifier()
    assert doubts(alone, track([90.0]).points).tolist() == [0]
    alone.add_example(stick_figure(arms=10), "down")
    assert doubts(alone, track([90.0]).points).tolist() == [0]
    assert len(doubts(taught, np.empty((0, 33, 4), np.float32))) == 0


def test_choices_are_unlike_each_other(taught: PoseClassifier) -> None:
    angles = [60.0] * 40 + [90.0] * 40 + [120.0] * 40
    assert sorted(angles[one.row] for one in suggest(taught, [track(angles)], 3)) == [60, 90, 120]


def test_a_freak_comes_after_what_is_frequent(taught: PoseClassifier) -> None:
    frequent = track([90.0] * 40)
    points = frequent.points.copy()
    points[3] = as_points(stick_figure(arms=10, hips=50, knees=30))
    assert suggest(taught, [replace(frequent, points=points)], 1)[0].row != 3


def test_the_same_moments_give_the_same_choices_in_the_same_order(taught: PoseClassifier) -> None:
    one = track([float(angle) for angle in range(20, 160, 3)])
    assert suggest(taught, [one], 9) == suggest(taught, [one], 9)
    assert [each.row for each in suggest(taught, [one], 9)][:4] == [each.row for each in suggest(taught, [one], 4)]


def test_what_cannot_be_compared_with_any_example_has_no_guess_and_does_no_harm() -> None:
    def part(first: int, last: int, arms: float) -> npt.NDArray[np.float32]:
        points = as_points(stick_figure(arms=arms)).copy()
        hidden = [place for place in range(33) if not first <= place < last and place not in (11, 12, 23, 24)]
        points[hidden] = np.nan
        return points

    classifier = PoseClassifier(embedding=NormalisedPoints(), mirror=False)
    legs = np.stack([part(25, 33, 10)] * 3)
    legs[:, [11, 12]] = np.nan
    arms = np.stack([part(13, 23, angle) for angle in (10.0, 90.0, 170.0)])
    arms[:, [23, 24]] = np.nan
    classifier.fit(legs, ["stand"] * 3)
    found = suggest(classifier, [Recording(arms, (None,) * 3)], 3)
    assert sorted(one.row for one in found) == [0, 1, 2]
    assert all((one.guess, one.between, one.doubt) == (None, None, 0) for one in found)


def test_place_time_and_person_are_told(taught: PoseClassifier) -> None:
    second = replace(track([90.0] * 5, "tuesday"), people=np.array([7] * 5))
    (found,) = suggest(taught, [track([10.0] * 5), second], 1)
    assert (found.recording, found.person) == (1, 7)
    assert found.time == pytest.approx(second.times[found.row])


def test_labelled_rows_and_rows_with_nobody_are_passed_over(taught: PoseClassifier) -> None:
    one = track([90.0] * 4)
    points = one.points.copy()
    points[1] = np.nan
    found = suggest(taught, [replace(one, points=points, labels=("side", None, None, None))], 10)
    assert sorted(each.row for each in found) == [2, 3]


def test_nothing_to_suggest_is_an_empty_list(taught: PoseClassifier) -> None:
    assert suggest(taught, [], 3) == []
    assert suggest(taught, [Recording(np.full((3, 33, 4), np.nan), (None,) * 3)], 3) == []


def test_there_are_no_more_than_there_are_moments(taught: PoseClassifier) -> None:
    found = suggest(taught, [track([60.0, 90.0, 120.0])], 40)
    assert sorted(one.row for one in found) == [0, 1, 2]


def test_thousands_of_moments_are_looked_at_evenly(taught: PoseClassifier) -> None:
    one = track([10.0])
    points = np.repeat(one.points, 6000, axis=0)
    points[-600:] = as_points(stick_figure(arms=90))
    found = suggest(taught, [Recording(points, (None,) * 6000)], 1)
    assert found[0].row >= 5400


def test_a_classifier_that_knows_nothing_or_no_suggestion_is_refused(taught: PoseClassifier) -> None:
    with pytest.raises(ValueError, match="taught"):
        suggest(PoseClassifier(), [track([90.0])])
    with pytest.raises(ValueError, match="1 or more"):
        suggest(taught, [track([90.0])], 0)


def test_one_taught_label_leaves_no_doubt_but_novelty(taught: PoseClassifier) -> None:
    taught.clear_label("up")
    angles = [10.0] * 20 + [170.0] * 20
    (found,) = suggest(taught, [track(angles)], 1)
    assert angles[found.row] == 170
    assert (found.doubt, found.between) == (0, None)
