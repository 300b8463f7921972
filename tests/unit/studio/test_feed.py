import pytest

from posknn.errors import SourceError
from posknn.studio.session import Session


def test_recognition_starts_with_the_second_label(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    feed.teach("down")
    assert feed.look(jpeg)["teaching"] == "down"
    feed.teach("other")
    feed.look(jpeg)
    feed.teach(None)
    answer = feed.look(jpeg)
    prediction = answer["people"][0]["prediction"]
    assert prediction["label"] in ("down", "other")
    assert prediction["neighbors"][0]["points"]
    assert prediction["limit"] is not None
    feed.close()


def test_near_duplicates_are_skipped_and_told(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    feed.teach("down")
    for _ in range(16):
        answer = feed.look(jpeg)
    assert answer["take"]["examples"] == 8
    assert answer["take"]["near_duplicates"] == 8
    feed.close()


def test_nobody_teaches_nothing(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    for _ in range(24):
        feed.look(jpeg)
    feed.teach("down")
    answer = feed.look(jpeg)
    assert (answer["people"], answer["take"]["nobody"]) == ([], 1)
    feed.close()
    assert list(session.project.folder.iterdir()) == []


def test_undo_takes_back_the_last_take_while_the_camera_runs(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    for label in ("down", "other"):
        feed.teach(label)
        feed.look(jpeg)
        feed.look(jpeg)
        feed.teach(None)
    feed.undo()
    assert dict(session.counts()) == {"down": 2}
    assert len(session.examples) == 2
    feed.close()
    assert dict(session.counts()) == {"down": 2}


def test_repetitions_are_counted_by_a_pattern(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    with pytest.raises(ValueError, match="pattern"):
        feed.count("up")
    feed.count("up > down > up")
    assert feed.look(jpeg)["repetitions"] == 0
    feed.count(None)
    assert feed.look(jpeg)["repetitions"] is None
    feed.close()


def test_a_picture_that_is_none_is_refused_and_the_next_is_looked_at(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    with pytest.raises(SourceError, match="no JPEG"):
        feed.look(b"GIF89a")
    assert feed.look(jpeg)["people"]
    feed.close()
