"""Shares between taught poses say how far a pose is on the way, also for somebody else."""

from __future__ import annotations

import numpy as np
import pytest

from posknn import Between, Ema, PoseClassifier, Recording
from posknn.classification.between import mixture
from posknn.classification.embedding import as_points
from posknn.errors import UnknownLabelError
from posknn.testing import stick_figure
from posknn.values import Pose, Prediction


def taught(**poses: Pose) -> PoseClassifier:
    points = np.array([as_points(pose) for pose in poses.values() for _ in range(4)], np.float32)
    labels = [label for label in poses for _ in range(4)]
    return PoseClassifier().learn(Recording(points, tuple(labels)))


def raised(arms: float, *, knees: float = 180, size: float = 0.2) -> Pose:
    return stick_figure(arms=arms, knees=knees, size=size)


@pytest.fixture
def arms() -> Between:
    return Between(taught(down=raised(0), up=raised(90)), ["down", "up"])


def test_shares_rise_along_the_way_and_sum_to_1(arms: Between) -> None:
    predictions = [arms(raised(degrees)) for degrees in (0, 20, 45, 70, 90)]
    ups = [prediction.confidences_by_label["up"] for prediction in predictions]
    assert ups == sorted(ups)
    assert ups[0] == pytest.approx(0, abs=0.01)
    assert ups[2] == pytest.approx(0.5, abs=0.1)
    assert ups[-1] == pytest.approx(1, abs=0.01)
    assert [prediction.label for prediction in (predictions[0], predictions[-1])] == ["down", "up"]
    assert all(sum(one.confidences_by_label.values()) == pytest.approx(1) for one in predictions)


def test_somebody_who_holds_other_limbs_otherwise_is_as_far_on_the_way(arms: Between) -> None:
    same, other = arms(raised(45)), arms(raised(45, knees=150, size=0.1))
    assert other.confidences_by_label["up"] == pytest.approx(same.confidences_by_label["up"], abs=0.05)


def test_beyond_the_far_pose_is_all_of_it_and_no_more(arms: Between) -> None:
    assert arms(raised(110)).confidences_by_label["up"] == pytest.approx(1)


def test_what_another_label_fits_better_is_unknown() -> None:
    classifier = taught(down=raised(0), up=raised(90), squat=stick_figure(hips=80, knees=80))
    prediction = Between(classifier, ["down", "up"])(stick_figure(hips=82, knees=82))
    assert prediction.label is None
    assert set(prediction.confidences_by_label) == {"down", "up", "squat"}


def test_what_is_unlike_anything_is_unknown(arms: Between) -> None:
    upright = stick_figure()
    assert arms(Pose(upright.points * np.array([1, -1, 1], np.float32), upright.visibility)).label is None


def test_hidden_keypoints_are_left_out(arms: Between) -> None:
    points = as_points(raised(90))
    points[[15, 25, 26, 27, 28]] = np.nan
    assert arms(Pose.from_points(points)).confidences_by_label["up"] > 0.9


def test_distance_and_neighbours_are_those_of_the_classifier() -> None:
    classifier = taught(down=raised(0), up=raised(90))
    pose = raised(30)
    one, other = classifier(pose), Between(classifier, ["up", "down"])(pose)
    assert (one.distance, one.limit) == (other.distance, other.limit)
    assert [near.example for near in one.neighbors] == [near.example for near in other.neighbors]
    assert other.confidences is not None
    assert list(other.confidences) == [0, 1]


def test_a_label_without_examples_is_refused() -> None:
    with pytest.raises(UnknownLabelError, match="'sideways'"):
        Between(taught(down=raised(0), up=raised(90)), ["down", "sideways"])


def test_a_mixture_has_no_negative_shares() -> None:
    means = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert mixture(means, np.array([0.25, 0.25])) == pytest.approx([0.5, 0.25, 0.25])
    assert mixture(means, np.array([-1.0, 0.5])) == pytest.approx([0.5, 0, 0.5])
    assert mixture(means[:2], np.array([3.0, 0.0])) == pytest.approx([0, 1])
    assert mixture(means[:1], np.array([5.0, 5.0])) == pytest.approx([1])


def test_the_same_pose_under_another_label_is_no_other_pose() -> None:
    classifier = taught(down=raised(0), up=raised(90), standing=raised(3), squat=stick_figure(hips=80, knees=80))
    between = Between(classifier, ["down", "up"])
    assert classifier(raised(3)).label == "standing"
    assert between(raised(3)).label == "down"
    assert between(stick_figure(hips=80, knees=80)).label is None


def test_lessons_without_depth_or_visibility_serve_too() -> None:
    flat = np.array([as_points(raised(arms)) for arms in (0, 90) for _ in range(4)], np.float32)
    flat[:, :, 2:] = np.nan
    classifier = PoseClassifier().fit(flat, ["down"] * 4 + ["up"] * 4)
    ups = [Between(classifier, ["down", "up"])(raised(arms)).confidences_by_label["up"] for arms in (0, 45, 90)]
    assert ups == pytest.approx([0, 0.5, 1], abs=0.1)


class Counting(PoseClassifier):
    """Notes how often it was asked."""

    asked = 0

    def __call__(self, pose: Pose) -> Prediction:
        self.asked += 1
        return super().__call__(pose)


@pytest.mark.parametrize(
    "shown", [raised(0), raised(45), stick_figure(hips=82, knees=82)], ids=["down", "way", "squat"]
)
def test_what_the_classifier_said_already_is_not_asked_again(shown: Pose) -> None:
    classifier = Counting()
    classifier.learn(taught(down=raised(0), up=raised(90), squat=stick_figure(hips=80, knees=80)).recording())
    between, nearest = Between(classifier, ["down", "up"]), classifier(shown)
    classifier.asked = 0
    given, itself = between(shown, nearest), between(shown)
    assert classifier.asked == 1
    assert (given.label, given.confidences_by_label) == (itself.label, itself.confidences_by_label)
    smoothed = Ema()(0, nearest, 0.0)
    assert between(shown, smoothed).confidences_by_label == itself.confidences_by_label
