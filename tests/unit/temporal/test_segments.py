"""Segments are half-open, lose no last frame and come out alike at every frame rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from posknn import Frame, Label, Neighbor, Person, Prediction, Result, Segment, Segments
from posknn.testing import frames, stick_figure

POSE = stick_figure()
IMAGE = next(frames(1)).image


def shown(time: float, *labels: Label | None, confidence: float = 1.0, neighbors: Sequence[int] = ()) -> Result:
    """Return the result of a moment at which persons 0, 1 and so on show a label each."""
    near = tuple(Neighbor(example, "any", 0.0) for example in neighbors)
    predictions = [Prediction(label, {} if label is None else {label: confidence}, neighbors=near) for label in labels]
    people = tuple(Person(number, POSE, prediction) for number, prediction in enumerate(predictions))
    return Result(Frame(IMAGE, time, 0), people)


def cut(stream: Iterable[Result], *, least: float = 0.0, merge: float = 0.0) -> list[Segment]:
    segments = Segments(least=least, merge=merge)
    for one in stream:
        segments(one)
    return segments.segments()


def letters(text: str, fps: float = 10) -> list[Result]:
    """Return one moment per letter; a space is unknown, a dash nobody."""
    return [
        Result(Frame(IMAGE, n / fps, n)) if letter == "-" else shown(n / fps, None if letter == " " else letter)
        for n, letter in enumerate(text)
    ]


def said(found: list[Segment]) -> list[tuple[Label, float, float]]:
    return [(segment.label, round(segment.start, 6), round(segment.end, 6)) for segment in found]


def test_a_segment_ends_where_the_next_frame_begins() -> None:
    assert said(cut(letters("aab"))) == [("a", 0, 0.2), ("b", 0.2, 0.3)]


def test_the_last_segment_ends_one_usual_frame_later() -> None:
    times = [0.0, 0.1, 0.2, 0.9, 1.0]
    assert cut([shown(time, "a") for time in times])[-1].end == pytest.approx(1.1)
    assert cut([shown(0.5, "a")])[-1].end == pytest.approx(0.5 + 1 / 30)


def test_a_label_that_shows_in_the_last_frame_only_is_not_lost() -> None:
    assert said(cut(letters("aaab"))) == [("a", 0, 0.3), ("b", 0.3, 0.4)]


def test_unknown_and_nobody_end_a_segment() -> None:
    assert said(cut(letters("aa a-a"))) == [("a", 0, 0.2), ("a", 0.3, 0.4), ("a", 0.5, 0.6)]


def test_no_frames_and_no_labels_are_no_segments() -> None:
    assert cut([]) == []
    assert cut(letters("  --")) == []
    assert cut([Result(Frame(IMAGE, 0.0, 0), (Person(0, POSE),))]) == []


def test_people_have_segments_of_their_own_sorted_by_start_then_person() -> None:
    found = cut([shown(0.0, None, "a"), shown(0.1, "b", "a"), shown(0.2, "b", "c")])
    assert [(one.person, one.label, one.start) for one in found] == [(1, "a", 0.0), (0, "b", 0.1), (1, "c", 0.2)]


def test_asking_in_between_changes_nothing() -> None:
    segments = Segments()
    for one in letters("aab"):
        segments(one)
        segments.segments()
    assert said(segments.segments()) == [("a", 0, 0.2), ("b", 0.2, 0.3)]


@pytest.mark.parametrize("fps", [5, 10, 30, 60])
def test_segments_as_long_as_the_least_stay_wherever_they_begin(fps: int) -> None:
    for start in range(1, 40):
        text = " " * start + "aaa" + "  "
        assert len(cut(letters(text, fps), least=3 / fps)) == 1, start
        assert len(cut(letters(text, fps), least=3.01 / fps)) == 0, start


@pytest.mark.parametrize("fps", [5, 10, 30, 60])
def test_gaps_as_long_as_told_are_closed_wherever_they_begin(fps: int) -> None:
    for start in range(1, 40):
        text = " " * start + "aa   aa"
        assert len(cut(letters(text, fps), merge=3 / fps)) == 1, start
        assert len(cut(letters(text, fps), merge=2.99 / fps)) == 2, start


def test_a_flicker_too_short_to_count_does_not_part_a_segment() -> None:
    assert said(cut(letters("aaaabaaaa"), least=0.2, merge=0.1)) == [("a", 0, 0.9)]
    assert said(cut(letters("aaaabaaaa"), least=0.2)) == [("a", 0, 0.4), ("a", 0.5, 0.9)]
    assert said(cut(letters("aaaabbaaaa"), least=0.2, merge=0.2)) == [("a", 0, 0.4), ("b", 0.4, 0.6), ("a", 0.6, 1.0)]


def test_a_segment_that_is_long_enough_parts_what_is_around_it_however_close() -> None:
    assert said(cut(letters("abba"), merge=10)) == [("a", 0, 0.1), ("b", 0.1, 0.3), ("a", 0.3, 0.4)]


def test_merged_pieces_count_together_towards_the_least() -> None:
    assert said(cut(letters("a a a"), least=0.5, merge=0.1)) == [("a", 0, 0.5)]


def test_the_confidence_is_the_mean_over_time() -> None:
    (segment,) = cut(
        [shown(0.0, "a", confidence=1.0), shown(0.3, "a", confidence=0.6), shown(0.4, "a", confidence=0.6)]
    )
    assert segment.confidence == pytest.approx((0.3 * 1.0 + 0.1 * 0.6 + 0.3 * 0.6) / 0.7)


def test_the_examples_that_decided_most_often_are_named() -> None:
    stream = [shown(n / 10, "a", neighbors=[7, n + 100] if n % 2 else [3, n + 100]) for n in range(31)]
    (segment,) = cut(stream)
    assert segment.neighbors[:2] == (3, 7)
    assert len(segment.neighbors) == 10
    assert len(set(segment.neighbors)) == 10


def test_5_and_the_word_5_are_two_segments() -> None:
    assert [one.label for one in cut([shown(0.0, 5), shown(0.1, "5")])] == [5, "5"]


def test_frames_at_uneven_times_keep_their_own_times() -> None:
    found = cut([shown(0.0, "a"), shown(0.04, "a"), shown(0.31, "b"), shown(0.33, "a")])
    assert said(found) == [("a", 0, 0.31), ("b", 0.31, 0.33), ("a", 0.33, 0.37)]


@pytest.mark.parametrize("fps", [5, 8, 15, 24, 60])
def test_boundaries_are_the_same_to_within_a_frame_at_any_rate(fps: int) -> None:
    def label(time: float) -> Label | None:
        return ("down", "up", None)[int(time / 1.37) % 3]

    fine, coarse = (
        cut([shown(n / rate, label(n / rate)) for n in range(int(12 * rate))], least=0.3, merge=0.2)
        for rate in (1000, fps)
    )
    assert [one.label for one in coarse] == [one.label for one in fine]
    for one, true in zip(coarse, fine, strict=True):
        assert 0 <= one.start - true.start <= 1 / fps + 0.001
        assert abs(one.end - true.end) <= 1 / fps + 0.001


@pytest.mark.parametrize(("least", "merge"), [(-1, 0), (0, -1), (float("nan"), 0)])
def test_seconds_are_0_or_more(least: float, merge: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Segments(least=least, merge=merge)


@pytest.mark.parametrize("fps", [5, 8, 15, 30, 60])
def test_thresholds_cut_at_the_same_moments_at_any_rate(fps: int) -> None:
    segments = Segments(enter=0.6, leave=0.4)
    for number in range(6 * fps):
        time = number / fps
        up = 0.5 + 0.5 * np.sin(time * np.pi / 2)  # 0.6 at 0.128 s, 0.4 at 2.128 s
        said = Prediction("up" if up > 0.5 else "down", {"up": up, "down": 1 - up})
        segments(Result(Frame(next(frames(1)).image, time, number), (Person(0, stick_figure(), said),)))
    ups = [one for one in segments.segments() if one.label == "up"]
    assert ups[0].start == pytest.approx(0.128, abs=1 / fps)
    assert ups[0].end == pytest.approx(2.128, abs=1 / fps)
    assert ups[0].confidence == pytest.approx(0.8, abs=0.06)


def test_thresholds_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        Segments(enter=1.5)
