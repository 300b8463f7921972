"""What is noted for a review: who was there when, and where the labels were least sure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posknn.jobs.review import Presence, Review, reviewed
from posknn.storage.tracks import TrackWriter
from posknn.temporal.segments import Segments
from posknn.testing import frames, stick_figure
from posknn.values import Person, Prediction, Result


def said(share: float, distance: float | None = 0.5, limit: float | None = 1.0) -> Prediction:
    return Prediction("up", {"up": share, "down": 1 - share}, distance, limit)


def seen(number: int) -> tuple[Person, ...]:
    """Person 0 in frames 2 to 5 and 8 to 9, least sure in frame 4; person 3 in frame 5, near the limit."""
    people = []
    if 2 <= number <= 5 or number >= 8:
        people.append(Person(0, stick_figure(), said(0.6 if number == 4 else 1.0)))
    if number == 5:
        people.append(Person(3, stick_figure(arms=90), said(1.0, 0.9)))
    return tuple(people)


@pytest.fixture
def review(tmp_path: Path) -> Review:
    presence, segments = Presence(), Segments()
    with TrackWriter(tmp_path / "track.parquet") as writer:
        for frame in frames(10, fps=10):
            result = Result(frame, seen(frame.index))
            for sink in (presence, segments, writer):
                sink(result)
    return reviewed(presence, segments.segments(), tmp_path / "track.parquet", {4: ((0.5, 0.5, 0.1),)})


def test_who_was_there_when(review: Review) -> None:
    assert review.end == pytest.approx(1.0)
    assert list(review.spans) == [0, 3]
    assert [time for span in review.spans[0] for time in span] == pytest.approx([0.2, 0.6, 0.8, 1.0])
    assert [time for span in review.spans[3] for time in span] == pytest.approx([0.5, 0.6])


def test_least_sure_comes_first_and_its_frame_is_the_least_sure_one(review: Review) -> None:
    assert [(round(one.time, 3), one.segment.person, one.share) for one in review.moments] == [
        (0.4, 0, 0.6),
        (0.5, 3, 1.0),
        (0.8, 0, 1.0),
    ]
    assert review.moments[1].reach == pytest.approx(0.9)
    assert [person.id for person in review.moments[1].people] == [3, 0]
    assert review.moments[1].people[0].pose == stick_figure(arms=90)
    assert [bool(one.heads) for one in review.moments] == [True, False, False]


def test_it_goes_through_json(review: Review) -> None:
    text = json.dumps(review.to_json())
    assert json.dumps(Review.of_json(json.loads(text)).to_json()) == text


def test_nobody_and_nothing(tmp_path: Path) -> None:
    with TrackWriter(tmp_path / "track.parquet") as writer:
        presence = Presence()
        for frame in frames(1):
            presence(Result(frame))
            writer(Result(frame))
    review = reviewed(presence, [], tmp_path / "track.parquet", {})
    assert not review.spans
    assert not review.moments
    assert review.end == pytest.approx(1 / 30)
    assert reviewed(Presence(), [], tmp_path / "track.parquet", {}).end == 0


def test_without_limits_there_is_no_reach() -> None:
    presence, segments = Presence(), Segments()
    for frame in frames(3):
        result = Result(frame, (Person(0, stick_figure(), said(1.0, None, None)),))
        presence(result)
        segments(result)
    found = presence.doubt(segments.segments()[0])
    assert found == (0, 1.0, None)
