"""Cleaning finds planted wrong labels and poses like no other, leaves what is right alone, and shows why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posknn.classification.classifier import PoseClassifier
from posknn.classification.curation import clean
from posknn.classification.embedding import as_points
from posknn.testing import stick_figure
from posknn.values import Label, Recording


def relabelled(recording: Recording, changes: dict[int, Label | None]) -> Recording:
    labels = [changes.get(row, label) for row, label in enumerate(recording.labels)]
    return replace(recording, labels=tuple(labels))


@pytest.fixture(scope="module")
def stream() -> Recording:
    """One video, 20 frames a second: arms down and up by turns, 4 s each, and never quite still."""
    times = np.arange(480) / 20
    up = times.astype(int) // 4 % 2 == 1
    sway = 6 * np.sin(1.3 * times) + 3 * np.sin(3.1 * times + 1)
    points = [as_points(stick_figure(arms=arms)) for arms in np.where(up, 150, 20) + sway]
    return Recording(np.stack(points), tuple(np.where(up, "up", "down").tolist()), times, name="video")


def test_right_labels_are_left_alone(lessons: list[Recording]) -> None:
    found = clean(lessons)
    assert found.examples == 144
    assert found.suspects == ()
    assert found.stretches == ()


def test_planted_wrong_labels_are_found_with_what_they_look_like(lessons: list[Recording]) -> None:
    truth = [label for lesson in lessons for label in lesson.labels]
    random = np.random.default_rng(4)
    rows = sorted(random.choice(144, 14, replace=False).tolist())
    others = {"down": "up", "side": "down", "up": "side"}
    planted = [
        relabelled(lesson, {row - 36 * number: others[str(truth[row])] for row in rows if row // 36 == number})
        for number, lesson in enumerate(lessons)
    ]
    found = clean(planted)
    assert sorted(one.row for one in found.suspects) == rows
    for one in found.suspects:
        assert one.suggestion == truth[one.row]
        assert one.label == others[str(truth[one.row])]
        assert one.factor > 1.22
        assert truth[one.row] in {near.label for near in one.neighbors}
        assert [near.distance for near in one.neighbors] == sorted(near.distance for near in one.neighbors)
    factors = [one.factor for one in found.suspects]
    assert factors == sorted(factors, reverse=True)


def test_in_one_recording_the_next_seconds_are_held_against_it(lessons: list[Recording]) -> None:
    found = clean(relabelled(replace(lessons[0], times=np.arange(36, dtype=np.float64) * 0.5), {5: "up"}))
    assert [(one.row, one.suggestion) for one in found.suspects] == [(5, "down")]
    assert all(abs((near.time or 0) - 2.5) >= 1 for near in found.suspects[0].neighbors)


def test_a_pose_like_no_other_is_an_outlier(lessons: list[Recording]) -> None:
    points = lessons[1].points.copy()
    points[7] = as_points(stick_figure(arms=10, hips=60, knees=40))
    found = clean([lessons[0], replace(lessons[1], points=points), *lessons[2:]])
    assert [(one.row, one.label, one.suggestion) for one in found.suspects] == [(43, "down", None)]
    assert found.suspects[0].factor > 1


def test_a_whole_take_that_looks_like_another_label_is_told(lessons: list[Recording]) -> None:
    swapped = relabelled(lessons[2], {row: "side" if row < 12 else "down" for row in range(24)})
    found = clean([*lessons[:2], swapped, lessons[3]])
    told = {row for one in found.stretches for row in range(one.first, one.last + 1)}
    assert {one.row for one in found.suspects} | told == set(range(72, 96))


def test_a_label_that_begins_too_early_is_a_stretch(stream: Recording) -> None:
    found = clean(relabelled(stream, dict.fromkeys(range(220, 240), "up")))
    assert len(found.stretches) == 1
    one = found.stretches[0]
    assert (one.label, one.looks_like, one.whole) == ("up", "down", False)
    # The first of them still look like frames that are a second older and rightly labelled: they are suspects.
    suspected = [row.row for row in found.suspects]
    assert sorted({*suspected, *range(one.first, one.last + 1)}) == list(range(220, 240))
    assert one.examples == one.last - one.first + 1
    assert (one.start, one.end) == (stream.times[one.first], stream.times[239])
    assert one.factor > 1.22


def test_a_video_without_mistakes_has_no_stretches(stream: Recording) -> None:
    assert clean(stream).suspects == ()
    assert clean(stream).stretches == ()


def test_wrong_ones_that_stand_together_do_not_vouch_for_each_other(lessons: list[Recording]) -> None:
    rows = dict.fromkeys(range(12), "up")
    mixed = [relabelled(lessons[0], dict(list(rows.items())[::2])), *lessons[1:]]
    assert {one.row for one in clean(mixed).suspects if one.suggestion == "down"} == set(range(0, 12, 2))


def test_a_label_with_one_example_is_not_judged(lessons: list[Recording]) -> None:
    mixed = [relabelled(lessons[0], {4: "downn"}), *lessons[1:]]
    assert clean(mixed).suspects == ()


def test_a_larger_factor_finds_fewer(lessons: list[Recording]) -> None:
    mixed = [relabelled(lesson, {3: "up", 15: "up"}) for lesson in lessons]
    counts = [len(clean(mixed, factor=factor).suspects) for factor in (1.1, 3.0, 1000.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    with pytest.raises(ValueError, match="above 1"):
        clean(mixed, factor=1)


def test_a_classifier_can_be_cleaned(lessons: list[Recording]) -> None:
    classifier = PoseClassifier().learn([relabelled(lessons[0], {30: "down"}), *lessons[1:]])
    assert [(one.row, one.suggestion) for one in clean(classifier).suspects] == [(30, "up")]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_handful_of_examples_is_no_trouble(lessons: list[Recording], count: int) -> None:
    few = relabelled(lessons[0], dict.fromkeys(range(count, 36)))
    assert clean(few).suspects == ()


def test_one_label_has_no_wrong_ones(lessons: list[Recording]) -> None:
    assert clean([relabelled(one, dict.fromkeys(range(12, 36))) for one in lessons]).suspects == ()
