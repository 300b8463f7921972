"""Evaluations tell the truth: perfect where poses differ, a coin where they do not, and leakage by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.evaluation import Evaluation, evaluate
from posknn.values import Recording

if TYPE_CHECKING:
    from tests.conftest import Lesson


@pytest.fixture(scope="module")
def muddled() -> Recording:
    """Six recordings in which everybody stands still: the label says nothing of the pose, only of the recording."""
    from posknn.classification.embedding import as_points
    from posknn.testing import stick_figure

    random = np.random.default_rng(8)
    points, labels, groups = [], [], []
    for person in range(6):
        habits = {label: random.uniform(10, 170) for label in ("left", "middle")}
        for label, habit in habits.items():
            for _ in range(10):
                points.append(as_points(stick_figure(arms=habit + random.normal(0, 0.5))))
                labels.append(label)
                groups.append(f"person{person}")
    return Recording(
        np.stack(points), tuple(labels), np.arange(120, dtype=np.float64) * 0.1, provenance={"groups": groups}
    )


@pytest.fixture(scope="module")
def fair(lessons: list[Recording]) -> Evaluation:
    """What comes out for poses that differ."""
    return evaluate(lessons)


@pytest.fixture(scope="module")
def unfair(muddled: Recording) -> Evaluation:
    """What comes out where the label says nothing of the pose."""
    return evaluate(muddled)


def test_poses_that_differ_are_told_apart(fair: Evaluation) -> None:
    found = fair
    assert (found.by, found.folds, found.examples, found.asked, found.recordings) == ("recording", 4, 144, 144, 4)
    assert found.labels == ("down", "side", "up")
    assert found.accuracy == found.macro_f1 == 1
    assert found.confusion == ((48, 0, 0, 0), (0, 48, 0, 0), (0, 0, 48, 0))
    assert [one.f1 for one in found.by_label] == [1, 1, 1]
    assert found.confusions == ()
    assert found.notes == ()
    assert found.calibration.error < 0.05
    assert found.leakage is not None
    assert not found.leakage.flatters


def test_untaught_poses_that_differ_are_refused(fair: Evaluation) -> None:
    unknown = fair.open_set
    assert unknown is not None
    assert unknown.refused > 0.9
    assert unknown.area > 0.95
    assert [one.label for one in unknown.by_label] == ["down", "side", "up"]
    assert all(one.examples == 48 for one in unknown.by_label)
    accepted, refused = zip(*unknown.curve, strict=True)
    assert (accepted[0], accepted[-1]) == (0, 1)
    assert (np.diff(refused) <= 1e-12).all()


def test_what_only_the_recording_tells_is_called_leakage(muddled: Recording, unfair: Evaluation) -> None:
    found = unfair
    assert found.by == "recording"
    assert found.macro_f1 < 0.8
    assert found.leakage is not None
    assert found.leakage.macro_f1 > 0.9
    assert found.leakage.flatters
    assert found.leakage.points == pytest.approx(100 * (found.leakage.macro_f1 - found.macro_f1))
    shuffled = evaluate(muddled, by="frames")
    assert shuffled.macro_f1 > 0.9
    assert shuffled.leakage is None


def test_a_confusion_shows_the_example_that_misled(lessons: list[Recording]) -> None:
    labels = list(lessons[0].labels)
    labels[0] = "up"  # it is down
    found = evaluate([replace(lessons[0], labels=tuple(labels)), *lessons[1:]])
    assert found.confusion[2][0] == 1
    (one,) = [one for one in found.confusions if one.label == "up"]
    assert (one.answer, one.count, one.share) == ("down", 1, 1 / 49)
    (mistake,) = one.mistakes
    assert (mistake.row, mistake.recording) == (0, "person0")
    assert mistake.time == pytest.approx(0.01)
    assert mistake.nearest_recording != "person0"
    everything = [label for lesson in lessons for label in lesson.labels]
    assert everything[mistake.nearest_row] == "down"
    assert mistake.distance > 0


def test_another_set_is_asked_with_all_taught(lessons: list[Recording]) -> None:
    found = evaluate(lessons[:3], lessons[3])
    assert (found.by, found.examples, found.asked, found.folds) == ("test", 108, 36, 1)
    assert found.accuracy == 1
    assert found.leakage is None
    assert found.open_set is not None


def test_the_same_recording_on_both_sides_is_told(lessons: list[Recording]) -> None:
    found = evaluate(lessons[:3], lessons[2])
    assert any("person2" in note and "flatters" in note for note in found.notes)


def test_labels_of_the_test_that_were_not_taught_are_left_out_and_told(lessons: list[Recording]) -> None:
    taught = [
        replace(one, labels=tuple(label if label != "up" else None for label in one.labels)) for one in lessons[:3]
    ]
    found = evaluate(taught, lessons[3])
    assert found.labels == ("down", "side")
    assert found.asked == 24
    assert any("never taught" in note and "up" in note for note in found.notes)
    with pytest.raises(ValueError, match="no example of a label that was taught"):
        evaluate(taught, replace(lessons[3], labels=(None,) * 24 + ("up",) * 12))


def test_a_test_of_other_labels_names_both(lessons: list[Recording]) -> None:
    other = replace(lessons[3], labels=("jump",) * 36)
    with pytest.raises(ValueError, match="it has jump; taught were down, side, up"):
        evaluate(lessons[:3], other)


def test_one_label_in_two_spellings_is_asked_about(lessons: list[Recording]) -> None:
    names = {"down": "arms down", "side": "side", "up": "up"}
    first = replace(lessons[0], labels=tuple(names[str(label)] for label in lessons[0].labels))
    names["down"] = "Arms_down"
    second = replace(lessons[1], labels=tuple(names[str(label)] for label in lessons[1].labels))
    notes = evaluate([first, second]).notes
    assert "one label in several spellings? 'Arms_down', 'arms down'" in notes
    assert not any("spellings" in note for note in evaluate(lessons).notes)


def test_exact_copies_on_both_sides_are_counted(lessons: list[Recording]) -> None:
    points = lessons[1].points.copy()
    points[:5] = lessons[0].points[:5]
    notes = evaluate([lessons[0], replace(lessons[1], points=points)]).notes
    assert any("10 examples have an exact copy" in note for note in notes)
    assert not any("exact copy" in note for note in evaluate(lessons).notes)


def test_one_label_is_nothing_to_tell_apart(lesson: Lesson) -> None:
    with pytest.raises(ValueError, match="two labels"):
        evaluate(lesson(labels=["up"]))


def test_a_label_with_one_example_is_taught_but_not_asked(lessons: list[Recording]) -> None:
    few = ("rare", *lessons[0].labels[1:24:3]) + (None,) * 27
    found = evaluate([replace(lessons[0], labels=few), *lessons[1:3]])
    assert found.asked == 80
    assert any("too few examples" in note and "rare" in note for note in found.notes)
    with pytest.raises(ValueError, match="no label has two examples"):
        evaluate(replace(lessons[0], labels=("a", "b") + (None,) * 34))


def test_the_settings_of_the_maker_count(lessons: list[Recording]) -> None:
    made: list[PoseClassifier] = []

    def make() -> PoseClassifier:
        made.append(PoseClassifier(1, weights="uniform"))
        return made[-1]

    evaluate(lessons[:2], lessons[2], make=make)
    assert any(len(one) == 72 and one.state.settings["k"] == 1 for one in made)


def test_the_same_examples_give_the_same_numbers(muddled: Recording, unfair: Evaluation) -> None:
    one, other = unfair, evaluate(muddled)
    assert (one.macro_f1, one.open_set, one.calibration, one.confusions) == (
        other.macro_f1,
        other.open_set,
        other.calibration,
        other.confusions,
    )


def test_progress_is_told(lessons: list[Recording]) -> None:
    told: list[str] = []
    evaluate(
        [replace(one, labels=one.labels[:24] + (None,) * 12) for one in lessons[:2]],
        progress=lambda name, done, total: told.append(name),
    )
    assert set(told) == {"asking", "untaught poses", "random frames"}
