"""PoseClassifier names poses, tells sides apart where labels do, and says "unknown" of what it was not taught."""

from __future__ import annotations

import threading
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from posknn import KNNClassifier, Label, Pose, PoseClassifier, Prediction, Recording
from posknn.classification.embedding import NormalisedPoints, as_points
from posknn.classification.lesson import Distance
from posknn.classification.shape import PoseShape
from posknn.errors import NotTaughtError, UnknownLabelError
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]

DOWN, UP, SIDE = stick_figure(arms=10), stick_figure(arms=165), stick_figure(arms=90)
LYING = Pose(DOWN.points[:, [1, 0, 2]], DOWN.visibility)


def jitter(pose: Pose, count: int, *, by: float = 0.004, seed: int = 0) -> Floats:
    """Return a pose as a camera sees it again and again: (count, 33, 4)."""
    points = np.repeat(as_points(pose)[None], count, axis=0)
    points[:, :, :3] += np.random.default_rng(seed).normal(0, by, (count, 33, 3))
    return points


def recording(name: str, *, each: int = 12, **poses: Pose) -> Recording:
    points = np.concatenate([jitter(pose, each, seed=len(name) + n) for n, pose in enumerate(poses.values())])
    labels = [label for label in poses for _ in range(each)]
    return Recording(points, tuple(labels), np.arange(len(labels)) / 30, name=name)


def taught(**options: Any) -> PoseClassifier:
    return PoseClassifier(**options).learn(
        [recording("monday", down=DOWN, up=UP), recording("friday", down=DOWN, up=UP)]
    )


def said(answer: Prediction) -> tuple[object, ...]:
    """Return all that a prediction says and that does not count labels, as plain values."""
    near = [(one.example, one.label, one.distance, one.recording, one.time) for one in answer.neighbors]
    return answer.label, answer.confidences_by_label, answer.distance, answer.limit, near


def seen(classifier: PoseClassifier) -> tuple[object, ...]:
    state = classifier.state
    numbers = np.nan_to_num(state.points, nan=-9).tolist(), state.ids.tolist(), state.next_id, state.labels
    return (*numbers, state.recordings, np.nan_to_num(state.times, nan=-9).tolist(), state.limits, state.provenance)


# --- naming


def test_a_pose_is_named_wherever_and_however_large_it_is() -> None:
    classifier = taught()
    for at, size in (((0.5, 0.5), 0.2), ((3, 1), 0.2), ((0.2, 0.1), 0.02), ((0.5, 0.5), 2)):
        assert classifier.classify(stick_figure(arms=165, at=at, size=size)).label == "up"
        assert classifier.classify(stick_figure(arms=10, at=at, size=size)).label == "down"


def test_an_answer_tells_how_it_came_about() -> None:
    answer = taught().classify(UP)
    assert answer.confidences_by_label == {"down": 0, "up": 1}
    assert answer.class_index == 1
    assert answer.limit == taught().limits["up"]  # type: ignore[index]
    assert 0 <= answer.distance <= answer.limit  # type: ignore[operator]
    assert {near.label for near in answer.neighbors} == {"up"}
    assert {near.recording for near in answer.neighbors} <= {"monday", "friday"}
    assert all(near.time is not None and 12 / 30 <= near.time < 24 / 30 for near in answer.neighbors)


@pytest.mark.parametrize("pose", [LYING, stick_figure(hips=60, knees=60, left_arm=90, right_arm=10)])
def test_a_pose_unlike_anything_taught_is_unknown_with_shares_that_sum_to_1(pose: Pose) -> None:
    three = [recording(name, down=DOWN, up=UP) for name in ("monday", "friday", "holiday")]
    answer = PoseClassifier().learn(three).classify(pose)
    assert answer.label is None
    assert answer.class_index is None
    assert sum(answer.confidences_by_label.values()) == pytest.approx(1)
    assert answer.distance > answer.limit  # type: ignore[operator]


def test_unknown_can_be_switched_off() -> None:
    three = [recording(name, down=DOWN, up=UP) for name in ("monday", "friday", "holiday")]
    classifier = PoseClassifier().learn(three)
    rows = as_points(LYING)[None]
    assert classifier.predict(rows) == [None]
    assert classifier.predict(rows, unknown=False)[0] in {"down", "up"}
    assert PoseClassifier().learn(three, false_reject=None).limits is None
    assert PoseClassifier().learn(three, false_reject=None).classify(LYING).label is not None


def test_a_pose_with_hidden_keypoints_is_named_by_the_rest() -> None:
    rows = as_points(UP)[None]
    rows[0, 25:] = np.nan
    rows[0, 16] = np.nan
    assert taught().predict(rows) == ["up"]


def test_a_pose_with_nothing_to_see_is_like_nothing() -> None:
    assert taught().predict(np.full((2, 33, 4), np.nan)) == [None, None]
    assert taught().classify(Pose(UP.points, np.zeros(33, np.float32))).label is None


@pytest.mark.parametrize("distance", ["plain", "learnt"])
def test_nothing_to_see_is_like_nothing_however_poses_are_compared(distance: Distance) -> None:
    classifier = lessons(distance=distance)
    empty = Pose(UP.points, np.zeros(33, np.float32))
    assert said(classifier.classify(empty))[0] is None
    assert classifier.classify(empty).neighbors == ()
    assert classifier.predict(np.full((2, 33, 4), np.nan)) == [None, None]
    assert [answer.label for answer in classifier.classify_many(np.full((2, 33, 4), np.nan))] == [None, None]
    assert (classifier.predict(np.empty((0, 33, 4))), classifier.classify_many(np.empty((0, 33, 4)))) == ([], [])


def test_many_are_named_as_one_by_one_and_none_are_none() -> None:
    rows = np.concatenate([jitter(UP, 3), jitter(DOWN, 3), jitter(LYING, 1)])
    classifier = taught()
    assert classifier.predict(rows) == [classifier.predict(row[None])[0] for row in rows]
    assert classifier.predict(np.empty((0, 33, 4))) == []


@pytest.mark.parametrize("shape", [(33, 4), (2, 33, 3), (2, 132), (2, 17, 4)])
def test_points_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(n, 33, 4\)"):
        taught().predict(np.zeros(shape))
    with pytest.raises(ValueError, match=r"\(n, 33, 4\)"):
        taught().fit(np.zeros(shape), ["a", "b"])


def test_the_rarest_label_is_not_outvoted_by_number_alone() -> None:
    classifier = PoseClassifier(9, weights="uniform")
    for pose in jitter(stick_figure(arms=80), 30):
        classifier.add_example(Pose.from_points(pose), "many")
    classifier.add_example(SIDE, "rare")
    answer = classifier.classify(stick_figure(arms=89.5))
    assert answer.label == "rare"
    assert len(answer.neighbors) == 1
    for _ in range(9):
        classifier.add_example(SIDE, "rare")
    assert len(classifier.classify(SIDE).neighbors) == 2


# --- as a part of a pipeline


def test_an_empty_classifier_answers_emptily_when_called_and_says_so_when_asked() -> None:
    classifier = PoseClassifier()
    answer = classifier(UP)
    assert (answer.label, dict(answer.confidences_by_label), answer.neighbors) == (None, {}, ())
    with pytest.raises(NotTaughtError):
        classifier.classify(UP)
    with pytest.raises(NotTaughtError):
        classifier.predict(jitter(UP, 1))
    with pytest.raises(NotTaughtError):
        classifier.calibrate()


def rows_of(*poses: Pose) -> Floats:
    return np.stack([as_points(pose) for pose in poses])


def lessons(count: int = 3, **options: Any) -> PoseClassifier:
    """Return what was taught three poses, 20 times each in every recording."""
    names = ["a" * length for length in range(4, 4 + 3 * count, 3)]  # the length seeds what a recording shows
    return PoseClassifier(**options).learn([recording(name, each=20, down=DOWN, up=UP, side=SIDE) for name in names])


def test_probabilities_stand_in_the_order_of_the_labels_and_sum_to_1() -> None:
    classifier = lessons()
    table = classifier.predict_proba(rows_of(UP, DOWN, SIDE))
    assert table.shape == (3, 3)
    assert np.allclose(table.sum(axis=1), 1)
    assert [classifier.labels[place] for place in table.argmax(axis=1)] == ["up", "down", "side"]
    assert classifier.classify(UP).probability == pytest.approx(table[0].max())


def test_a_pose_that_cannot_be_compared_is_as_likely_one_as_another() -> None:
    nothing = np.full((1, 33, 4), np.nan)
    assert np.allclose(lessons().predict_proba(nothing), 1 / 3)
    assert lessons().decision_distance(nothing).tolist() == [np.inf]
    assert lessons().predict_proba(np.empty((0, 33, 4))).shape == (0, 3)
    assert lessons().decision_distance(np.empty((0, 33, 4))).shape == (0,)


@pytest.mark.parametrize("distance", ["plain", "learnt"])
def test_what_was_not_taught_is_farther(distance: Any) -> None:
    classifier = lessons(distance=distance)
    assert classifier.learnt == (distance == "learnt")
    known, unknown = classifier.decision_distance(rows_of(UP, LYING))
    assert known < 0.2 < unknown
    assert classifier.predict(rows_of(UP, LYING)) == ["up", None]


def test_no_distance_is_learnt_where_there_is_little_to_learn_from_or_nothing_to_mend() -> None:
    assert not PoseClassifier().learn([recording("a", each=4, down=DOWN, up=UP)]).learnt
    assert not lessons(4).learnt, "the plain distance makes no mistake"
    with pytest.raises(ValueError, match="auto, plain, learnt"):
        PoseClassifier(distance="best")  # type: ignore[arg-type]


def test_a_distance_is_learnt_where_the_plain_one_errs() -> None:
    """Two labels differ a little at one wrist while everything else moves a lot."""
    random = np.random.default_rng(0)
    poses = np.repeat(as_points(SIDE)[None], 240, axis=0)
    poses[:, :, :2] += random.normal(0, 0.015, (240, 33, 2))
    labels = ["low", "high"] * 120
    poses[1::2, [15, 16], 1] -= 0.025
    groups = np.arange(240) * 6 // 240
    classifier = PoseClassifier().fit(poses[:200], labels[:200], groups[:200].tolist())
    plain = PoseClassifier(distance="plain").fit(poses[:200], labels[:200], groups[:200].tolist())

    def right(asked: PoseClassifier) -> int:
        said = asked.predict(poses[200:], unknown=False)
        return sum(one == other for one, other in zip(said, labels[200:], strict=True))

    assert classifier.learnt
    assert right(classifier) > right(plain)


def test_after_a_lesson_more_can_be_taught_and_fitted_anew() -> None:
    classifier = lessons(distance="learnt")
    classifier.add_example(LYING, "lying")
    assert classifier.classify(LYING).label == "lying"
    classifier.calibrate()
    assert classifier.classify(LYING).label == "lying"
    poses = np.concatenate([jitter(UP, 9), jitter(DOWN, 9)])
    assert classifier.fit(poses, ["u"] * 9 + ["d"] * 9).labels == ("u", "d")
    assert classifier.predict(rows_of(UP, DOWN), unknown=False) == ["u", "d"]


@pytest.mark.parametrize("options", [{}, {"distance": "learnt"}, {"embedding": PoseShape(roll=True, limbs=0.3)}])
def test_what_is_learnt_comes_back_from_a_file(tmp_path: Path, options: dict[str, Any]) -> None:
    classifier = lessons(**options)
    again = PoseClassifier.load(classifier.save(tmp_path / "a.posknn"))
    poses = np.concatenate([jitter(pose, 4, by=0.05) for pose in (UP, DOWN, SIDE, LYING)])
    poses[1::2, 15] = np.nan
    assert again.predict(poses) == classifier.predict(poses)
    assert np.array_equal(again.predict_proba(poses), classifier.predict_proba(poses))
    assert np.allclose(again.decision_distance(poses), classifier.decision_distance(poses))
    assert (again.learnt, again.sides, again.limits) == (classifier.learnt, classifier.sides, classifier.limits)


def test_poses_in_other_units_are_the_same_poses() -> None:
    poses = np.concatenate([jitter(pose, 12, by=0.01) for pose in (UP, DOWN, SIDE)])
    labels = ["up"] * 12 + ["down"] * 12 + ["side"] * 12
    unit, pixels = poses.copy(), poses.copy()
    unit[:, :, [0, 2]] /= 16 / 9
    pixels[:, :, :3] *= 720
    heights = PoseClassifier().fit(poses, labels)
    of_unit = PoseClassifier().fit(unit, labels, scale="unit", size=(1280, 720))
    asked = np.concatenate([jitter(pose, 3, by=0.05, seed=1) for pose in (UP, DOWN, SIDE)])
    narrow = asked.copy()
    narrow[:, :, [0, 2]] /= 9 / 16
    assert heights.predict(asked, unknown=False) == of_unit.predict(narrow, unknown=False, scale="unit", size=(9, 16))
    assert np.allclose(
        heights.decision_distance(asked),
        of_unit.decision_distance(narrow, scale="unit", size=(9, 16)),
        atol=1e-4,
    )
    assert heights.predict(pixels[:3], scale="pixels") == ["up"] * 3


def test_sets_with_only_two_numbers_or_a_few_joints_are_told_apart() -> None:
    poses = np.concatenate([jitter(pose, 20, by=0.01) for pose in (UP, DOWN, SIDE)])
    labels = ["up"] * 20 + ["down"] * 20 + ["side"] * 20
    flat, few = poses.copy(), poses.copy()
    flat[:, :, 2] = np.nan
    few[:, [*range(1, 11), *range(17, 23), *range(29, 33)]] = 0
    for changed in (flat, few):
        classifier = PoseClassifier(distance="learnt").fit(changed, labels)
        assert classifier.predict(changed, unknown=False) == labels
        assert classifier.predict(poses, unknown=False) == labels


def test_examples_that_are_mirror_images_of_each_other_are_two_sides() -> None:
    one, other = stick_figure(left_arm=150, right_arm=10), stick_figure(left_arm=10, right_arm=150)
    poses = np.concatenate([jitter(one, 12, by=0.01), jitter(other, 12, by=0.01, seed=1)])
    classifier = PoseClassifier().fit(poses, ["wave"] * 12 + ["hello"] * 12)
    assert not classifier.mirrors
    assert classifier.sides == "the examples of 'wave' and 'hello' are each other's mirror image"
    assert classifier.predict(rows_of(one, other)) == ["wave", "hello"]
    assert PoseClassifier(mirror=True).fit(poses, ["wave"] * 12 + ["hello"] * 12).mirrors
    assert lessons().sides is None
    assert PoseClassifier(mirror=False).sides == "mirrored teaching is switched off"
    assert PoseClassifier(embedding=PoseShape(place=1)).sides == "the place in the picture matters"


def test_poses_of_which_too_little_is_seen_are_passed_over_when_fitting() -> None:
    poses = np.concatenate([jitter(UP, 3), np.full((1, 33, 4), np.nan), jitter(DOWN, 3)])
    assert len(PoseClassifier().fit(poses, ["up"] * 4 + ["down"] * 3)) == 6
    classifier = taught()
    with pytest.raises(ValueError, match="too little is seen of any of the 2 poses"):
        classifier.fit(np.full((2, 33, 4), np.nan), ["a", "b"])
    assert len(classifier) == 48


def test_an_embedding_of_ones_own_is_used_with_a_learnt_distance_too() -> None:
    def heights_of_wrists(points: Floats) -> Floats:
        return np.ascontiguousarray(points[:, [15, 16], 1] - points[:, [11, 12], 1])

    classifier = lessons(embedding=heights_of_wrists, distance="learnt")
    assert classifier.predict(rows_of(UP, DOWN, SIDE), unknown=False) == ["up", "down", "side"]


def test_called_it_answers_as_asked() -> None:
    assert said(taught()(UP)) == said(taught().classify(UP))


def test_a_running_pipeline_does_not_notice_that_everything_is_cleared() -> None:
    classifier, done, faults = PoseClassifier(), threading.Event(), []

    def ask() -> None:
        try:
            while not done.is_set():
                classifier(UP)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(150):
        classifier.add_example(UP, "up")
        done.wait(0.001)
        classifier.clear_all_labels()
    done.set()
    thread.join()
    assert not faults


# --- sides


def test_a_pose_is_recognised_mirrored_unless_labels_name_sides() -> None:
    one_up, other_up = stick_figure(left_arm=165, right_arm=10), stick_figure(left_arm=10, right_arm=165)
    classifier = PoseClassifier(1)
    classifier.add_example(one_up, "one_arm_up")
    classifier.add_example(DOWN, "down")
    assert classifier.mirrors
    assert classifier.classify(other_up).distance == pytest.approx(0, abs=1e-5)
    assert classifier.classify(other_up).label == "one_arm_up"

    sided = PoseClassifier(1)
    sided.add_example(one_up, "left_arm_up")
    sided.add_example(other_up, "right_arm_up")
    assert not sided.mirrors
    assert sided.classify(one_up).label == "left_arm_up"
    assert sided.classify(other_up).label == "right_arm_up"


def test_mirroring_follows_the_labels_that_are_taught_now() -> None:
    classifier = PoseClassifier()
    assert classifier.mirrors
    classifier.add_example(UP, "up")
    example = classifier.add_example(SIDE, "lean left")
    assert not classifier.mirrors
    classifier.relabel(example, "lean")
    assert classifier.mirrors
    classifier.relabel(example, "lean left")
    classifier.clear_label("lean left")
    assert classifier.mirrors


@pytest.mark.parametrize("mirror", [True, False])
def test_mirroring_can_be_told(mirror: bool) -> None:
    classifier = PoseClassifier(1, mirror=mirror)
    classifier.add_example(stick_figure(left_arm=165, right_arm=10), "left_arm_up")
    distance = classifier.classify(stick_figure(left_arm=10, right_arm=165)).distance
    assert classifier.mirrors is mirror
    assert distance is not None
    assert (distance < 1e-5) is mirror


# --- teaching


def test_ids_are_those_of_the_examples_until_they_are_forgotten() -> None:
    classifier = PoseClassifier(1)
    up = classifier.add_example(UP, "up", recording="monday", time=2.0)
    down = classifier.add_example(DOWN, "down")
    near = classifier.classify(UP).neighbors[0]
    assert (near.example, near.recording, near.time) == (up, "monday", 2.0)
    classifier.forget(up)
    assert len(classifier) == 1
    assert classifier.classify(UP).neighbors[0].example == down
    with pytest.raises(UnknownLabelError):
        classifier.forget(up)
    assert classifier.add_example(UP, "up") == 2
    classifier.relabel(2, 5)
    assert classifier.classify(UP).label == 5
    assert classifier.get_count_by_label() == {"down": 1, 5: 1}


def test_clearing_a_label_and_everything() -> None:
    classifier = taught()
    with pytest.raises(UnknownLabelError, match="taught: 'down', 'up'"):
        classifier.clear_label("sideways")
    classifier.clear_label("up")
    assert classifier.labels == ("down",)
    assert len(classifier) == len(classifier.state.points) == 24
    classifier.clear_all_labels()
    assert len(classifier) == len(classifier.labels) == 0
    assert classifier.limits is None
    assert repr(classifier) == "PoseClassifier(k=5, 0 examples, labels [])"


def test_learning_takes_labelled_rows_only_and_passes_over_what_shows_too_little() -> None:
    points = jitter(UP, 4)
    points[1] = np.nan
    rows = Recording(points, ("up", "up", None, "up"), [0.0, 0.5, 1.0, 1.5], name="monday")  # type: ignore[arg-type]
    classifier = PoseClassifier().learn(rows)
    assert [near.time for near in classifier.classify(UP).neighbors] in ([0.0], [1.5])
    assert classifier.state.recordings == ("monday", "monday")


def test_learning_adds_to_what_is_known() -> None:
    classifier = PoseClassifier().learn(recording("monday", down=DOWN)).learn([recording("friday", up=UP)])
    assert classifier.get_count_by_label() == {"down": 12, "up": 12}
    assert set(classifier.limits or ()) == {"down", "up"}


def test_learning_from_nothing_learns_nothing() -> None:
    assert len(PoseClassifier().learn([])) == 0
    unlabelled = Recording(jitter(UP, 3), (None, None, None))
    assert len(PoseClassifier().learn([unlabelled, Recording(np.empty((0, 33, 4), np.float32), ())])) == 0


def test_learning_a_long_recording_takes_no_time_per_row_squared() -> None:
    rows = Recording(jitter(UP, 20_000), ("up",) * 20_000, name="long")
    assert len(PoseClassifier().learn(rows, false_reject=None)) == 20_000


def test_fit_forgets_what_was_and_predict_answers() -> None:
    classifier = taught()
    points = np.concatenate([jitter(SIDE, 6), jitter(LYING, 6)])
    assert classifier.fit(points, ["side"] * 6 + ["lying"] * 6, groups=[0, 1, 2] * 4) is classifier
    assert classifier.labels == ("side", "lying")
    assert classifier.predict(np.stack([as_points(SIDE), as_points(LYING)])) == ["side", "lying"]
    assert classifier.state.recordings == ("0", "1", "2") * 4


@pytest.mark.parametrize("groups", [1, 3, 4, 8])
def test_photos_each_taken_elsewhere_are_recognised_too(groups: int) -> None:
    points = np.concatenate([jitter(UP, groups), jitter(DOWN, groups)])
    classifier = PoseClassifier().fit(points, ["up"] * groups + ["down"] * groups, groups=[*range(groups)] * 2)
    assert classifier.classify(stick_figure(arms=162)).label == "up"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda c: c.fit(np.full((2, 33, 4), np.nan), ["a", "b"]),
        lambda c: c.fit(jitter(UP, 2), ["a"]),
        lambda c: c.fit(jitter(UP, 2), ["a", ""]),
        lambda c: c.fit(jitter(UP, 2), ["a", "b"], groups=["one"]),
        lambda c: c.fit(np.empty((0, 33, 4)), []),
        lambda c: c.add_example(Pose(UP.points, np.zeros(33, np.float32)), "a"),
        lambda c: c.add_example(UP, ""),
        lambda c: c.calibrate(1.0),
        lambda c: c.calibrate(-0.1),
    ],
)
def test_what_is_refused_changes_nothing(wrong: Callable[[PoseClassifier], object]) -> None:
    classifier = taught()
    before = seen(classifier)
    with pytest.raises(ValueError, match=r"\w"):
        wrong(classifier)
    assert seen(classifier) == before


def test_the_callers_points_are_neither_changed_nor_kept() -> None:
    points = jitter(UP, 10)
    before = points.copy()
    classifier = PoseClassifier().fit(points, ["up"] * 10)
    assert np.array_equal(points, before)
    points[:] = 0
    assert np.array_equal(classifier.state.points, before)
    assert classifier.classify(UP).label == "up"


def test_calibrating_with_groups_and_shares() -> None:
    classifier = taught()
    ids = classifier.state.ids.tolist()
    classifier.calibrate(groups={example: n % 6 for n, example in enumerate(ids)})
    tight = dict(classifier.limits or {})
    classifier.calibrate(0.5, groups={example: n % 6 for n, example in enumerate(ids)})
    assert all((classifier.limits or {})[label] < limit for label, limit in tight.items())


TAUGHT = {
    "stand": stick_figure(arms=10),
    "tee": stick_figure(arms=90),
    "squat": stick_figure(hips=90, knees=90),
}
UNTAUGHT = {
    "arms half up": stick_figure(arms=50),
    "arms up": stick_figure(arms=170),
    "arms up and out": stick_figure(arms=135),
    "one arm out": stick_figure(left_arm=90, right_arm=10),
    "goal": stick_figure(arms=90, elbows=90),
    "squat with arms out": stick_figure(arms=90, hips=90, knees=90),
    "lying": LYING,
}


def session(name: str, labels: tuple[str, ...], each: int, *, person: int, by: float = 0.006) -> Recording:
    """Return one person's poses as filmed once: everybody does them a little differently, and then holds still."""
    poses = [jitter(TAUGHT[label], 1, by=by, seed=person)[0] for label in labels]
    points = np.concatenate([jitter(Pose.from_points(pose), each, by=0.002, seed=person) for pose in poses])
    return Recording(points, tuple(label for label in labels for _ in range(each)), name=name)


@pytest.mark.parametrize("each", [3, 8, 60])
@pytest.mark.parametrize("sessions", [1, 2])
@pytest.mark.parametrize("labels", [("stand",), ("stand", "tee"), ("stand", "squat"), ("stand", "tee", "squat")])
def test_a_lesson_or_two_know_the_next_person_and_nothing_untaught(
    labels: tuple[str, ...], sessions: int, each: int
) -> None:
    lessons = [session(f"lesson {number}", labels, each, person=number) for number in range(sessions)]
    classifier = PoseClassifier().learn(lessons)
    assert classifier.predict(session("next", labels, 1, person=99, by=0.012).points) == list(labels)
    others = {**UNTAUGHT, **{name: pose for name, pose in TAUGHT.items() if name not in labels}}
    assert {name: classifier.classify(pose).label for name, pose in others.items()} == dict.fromkeys(others)


@pytest.mark.parametrize("distance", ["plain", "learnt"])
def test_a_limit_is_narrower_where_another_label_is_about_as_near(distance: Distance, tmp_path: Path) -> None:
    classifier = PoseClassifier(distance=distance).learn(session("only", ("stand", "tee"), 60, person=1))
    limits = classifier.limits or {}
    between, beyond = stick_figure(arms=52), stick_figure(arms=118)
    answer = classifier.classify(between)
    assert answer.label is None
    assert answer.limit == pytest.approx(0.7 * limits["tee"])
    assert 0.7 * limits["tee"] < (classifier.classify(beyond).distance or 0) < (answer.distance or 0)
    assert (classifier.classify(beyond).label, classifier.classify(beyond).limit) == ("tee", limits["tee"])
    assert classifier.predict(np.stack([as_points(between), as_points(beyond)])) == [None, "tee"]
    assert [one.limit for one in classifier.classify_many(np.stack([as_points(between)]))] == [answer.limit]
    classifier.save(tmp_path / "tee.posknn")
    assert PoseClassifier.load(tmp_path / "tee.posknn").classify(between).limit == answer.limit


def test_people_who_differ_are_known_once_they_are_many() -> None:
    labels = ("stand", "tee")
    many = [session(f"person {number}", labels, 30, person=number, by=0.02) for number in range(12)]
    classifier = PoseClassifier().learn(many)
    new = np.concatenate([session("new", labels, 1, person=number, by=0.02).points for number in range(100, 120)])
    assert sum(said is None for said in classifier.predict(new)) <= 4
    assert {name: classifier.classify(pose).label for name, pose in UNTAUGHT.items()} == dict.fromkeys(UNTAUGHT)


@pytest.mark.parametrize("distance", ["plain", "learnt"])
def test_a_learnt_distance_does_not_stretch_limits(distance: Distance) -> None:
    """Of one recording a learnt distance sees no two people: what it makes of the next means nothing."""
    labels = ("stand", "squat")
    classifier = PoseClassifier(distance=distance).learn(session("only", labels, 60, person=1))
    limits = classifier.limits or {}
    assert max(limits.values()) <= PoseShape().repeat
    for pose in (*UNTAUGHT.values(), TAUGHT["tee"]):
        answer = classifier.classify(pose)
        assert answer.label is None
        assert answer.distance > answer.limit  # type: ignore[operator]
    answer = classifier.classify(TAUGHT["squat"])
    nearest = min(near.distance for near in answer.neighbors)
    assert answer.distance == nearest if distance == "plain" else answer.distance < nearest  # type: ignore[operator]


@pytest.mark.parametrize("distance", ["plain", "learnt"])
def test_limits_are_judged_alike_for_one_pose_and_many(distance: Distance) -> None:
    classifier = lessons(distance=distance)
    poses = np.concatenate([jitter(pose, 6, by=by) for pose in (UP, DOWN, SIDE, LYING) for by in (0.005, 0.05)])
    poses[::4, 15] = np.nan
    many, single = classifier.classify_many(poses), [classifier.classify(Pose.from_points(row)) for row in poses]
    assert [answer.label for answer in many] == [answer.label for answer in single] == classifier.predict(poses)
    assert len({answer.label for answer in many}) > 1
    near = [answer.distance for answer in single]
    assert [answer.distance for answer in many] == pytest.approx(near, rel=1e-5)
    assert [answer.limit for answer in many] == [answer.limit for answer in single]


def test_limits_count_a_mirror_image_as_near_where_answers_do() -> None:
    left, right = stick_figure(left_arm=165, right_arm=10), stick_figure(left_arm=10, right_arm=165)
    one_each = [*[0] * 6, *[1] * 6, *[2] * 6]
    sides = np.concatenate([jitter(left, 6, seed=1), jitter(right, 6, seed=2), jitter(right, 6, seed=3)])
    far = PoseClassifier(mirror=False).fit(sides, ["one"] * 18, one_each)
    near = PoseClassifier(mirror=True).fit(sides, ["one"] * 18, one_each)
    assert far.limits is not None
    assert near.limits is not None
    assert near.limits["one"] < 0.3 * far.limits["one"]


def test_a_state_can_be_taken_while_another_thread_teaches() -> None:
    classifier, done, faults = PoseClassifier(), threading.Event(), []

    def take() -> None:
        try:
            while not done.wait(0.0005):
                state = classifier.state
                assert len(state.points) == len(state.labels) == len(state.ids)
                PoseClassifier.from_state(state)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=take)
    thread.start()
    for number in range(200):
        example = classifier.add_example(UP, "up")
        if number % 3:
            classifier.forget(example)
        if number % 50 == 49:
            classifier.clear_label("up")
        done.wait(0.0005)
    done.set()
    thread.join()
    assert not faults


# --- state


@pytest.mark.parametrize("weights", ["distance", "uniform"])
@pytest.mark.parametrize("changes", [False, True])
def test_what_comes_back_from_its_state_answers_identically(weights: str, changes: bool) -> None:
    classifier = taught(k=4, weights=weights, embedding=NormalisedPoints(depth=0.5, seen=0.1))
    labels: list[Label] = ["b", "a", 3, "3"]
    for number, pose in enumerate([UP, DOWN, SIDE, LYING] * 4):  # exact copies under several labels: ties
        classifier.add_example(pose, labels[number // 4 % 4], time=number / 2)
    if changes:
        for example in classifier.state.ids[::3].tolist():
            classifier.forget(example)
        for example in classifier.state.ids[::4].tolist():
            classifier.relabel(example, "z" if example % 2 else "a")
        classifier.clear_label("b")
    again = PoseClassifier.from_state(classifier.state)
    assert seen(again) == seen(classifier)
    assert again.mirrors == classifier.mirrors
    for pose in (UP, DOWN, SIDE, LYING, stick_figure(arms=50), stick_figure(left_arm=90)):
        assert said(again.classify(pose)) == said(classifier.classify(pose))
    assert again.add_example(UP, "new") == classifier.add_example(UP, "new")


def test_ties_fall_alike_after_coming_back() -> None:
    classifier = PoseClassifier(2, weights="uniform")
    for label in ("first", "second", "third"):
        classifier.add_example(UP, label)
        classifier.add_example(UP, label)
    classifier.forget(0)
    classifier.relabel(2, "third")
    classifier.relabel(1, "last")
    again = PoseClassifier.from_state(classifier.state)
    assert said(again.classify(UP)) == said(classifier.classify(UP))


def test_an_empty_classifier_comes_back_too() -> None:
    again = PoseClassifier.from_state(PoseClassifier(3, weights="uniform", mirror=False).state)
    assert len(again) == 0
    assert not again.mirrors
    assert again.add_example(UP, "up") == 0


def test_a_state_of_another_kind_is_refused() -> None:
    state = taught().state
    object.__setattr__(state, "settings", {**state.settings, "embedding": {"name": "from the future"}})
    with pytest.raises(ValueError, match="not known to this posknn"):
        PoseClassifier.from_state(state)


def test_the_taught_poses_are_a_recording_that_teaches_the_same() -> None:
    classifier = taught()
    rows = classifier.recording()
    assert len(rows) == len(classifier) == 48
    assert set(rows.groups) == {"monday", "friday"}
    again = PoseClassifier().learn(rows)
    assert again.limits == classifier.limits
    assert said(again.classify(SIDE)) == said(classifier.classify(SIDE))


def test_an_embedding_of_your_own_works_but_cannot_be_saved() -> None:
    def wrists(points: Floats) -> Floats:
        return points[:, [15, 16], 1] - points[:, [11, 12], 1]

    classifier = PoseClassifier(embedding=wrists, mirror=False)
    classifier.fit(np.concatenate([jitter(UP, 10), jitter(DOWN, 10)]), ["up"] * 10 + ["down"] * 10)
    assert classifier.classify(UP).label == "up"
    assert len(classifier.classify(UP).neighbors) == 2
    with pytest.raises(ValueError, match="embedding of your own cannot be saved"):
        _ = classifier.state
    assert len(classifier.recording()) == 20


def test_its_neighbours_are_those_of_a_knn_of_its_vectors() -> None:
    classifier = PoseClassifier(5, mirror=False).learn([recording("monday", down=DOWN, up=UP)], false_reject=None)
    knn = KNNClassifier(5, metric="nan_euclidean", weights="distance")
    knn.add_examples(PoseShape()(classifier.state.points), classifier.state.labels)
    one, other = classifier.classify(SIDE), knn.classify(PoseShape()(as_points(SIDE)[None])[0], 2)
    assert [(near.example, near.distance) for near in one.neighbors] == [
        (near.example, near.distance) for near in other.neighbors
    ]


# --- memory


def many(count: int) -> Recording:
    """Return poses that differ, in stretches of four labels and four recordings."""
    points = jitter(DOWN, count, by=0.03)
    stretches = np.arange(count) * 16 // count
    points[:, 13:17, 1] -= stretches[:, None] % 4 / 10
    groups = [f"recording {stretch // 4}" for stretch in stretches.tolist()]
    return Recording(points, tuple(f"pose {stretch % 4}" for stretch in stretches), provenance={"groups": groups})


@pytest.mark.parametrize(("distance", "times"), [("plain", 6.5), ("learnt", 11)])
def test_learning_takes_little_more_memory_than_what_is_learnt(distance: Distance, times: float) -> None:
    lesson = many(20_000)
    tracemalloc.start()
    try:
        classifier = PoseClassifier(distance=distance).learn(lesson)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(classifier) == 20_000
    assert kept < 3.5 * lesson.points.nbytes  # poses and vectors, each once
    assert peak < times * lesson.points.nbytes


def test_recordings_are_let_go_of_before_the_next_is_read() -> None:
    alive: list[weakref.ref[Recording]] = []

    class Lesson(Recording):
        __slots__ = ("__weakref__",)

    def read() -> Iterator[Recording]:
        for name in ("monday", "friday", "sunday"):
            assert not any(ref() for ref in alive)
            one = recording(name, down=DOWN, up=UP)
            made = Lesson(one.points, one.labels, one.times, name=name)
            alive.append(weakref.ref(made))
            yield made
            del made

    PoseClassifier().learn(read())
    assert len(alive) == 3


def test_a_classifier_that_is_read_back_has_the_same_vectors_to_the_bit() -> None:
    classifier = PoseClassifier(distance="learnt").learn(many(2_100))
    again = PoseClassifier.from_state(classifier.state)
    assert classifier.learnt
    assert np.array_equal(classifier._model.knn.state.rows, again._model.knn.state.rows)
