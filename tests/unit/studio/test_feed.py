import numpy as np
import pytest

from posknn.errors import SourceError, UnknownLabelError
from posknn.studio.feed import Feed
from posknn.studio.session import Session
from posknn.testing import ScriptedTracker, stick_figure


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
    assert session.overview()["undoable"] == 2
    session.undo()
    assert dict(session.counts()) == {"down": 2}
    assert len(session.examples) == 2
    assert list(session.project.folder.glob("*.parquet")) == []  # it is still being recorded
    feed.close()
    assert dict(session.counts()) == {"down": 2}


def test_undo_passes_over_takes_that_taught_nothing(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    for label in ("down", "other"):
        feed.teach(label)
        if label == "down":
            feed.look(jpeg)
        feed.teach(None)
    assert feed.undoable == 1
    session.undo()
    assert (feed.undoable, dict(session.counts())) == (0, {})
    feed.close()


def test_takes_and_corrections_are_undone_in_the_order_in_which_they_were_made(taught: Session, jpeg: bytes) -> None:
    feed = taught.feed()
    feed.teach("other")
    feed.look(jpeg)
    feed.teach(None)
    taught.relabel([next(one.id for one in taught.examples.values() if one.label == "side")], "lifted")
    taught.undo()
    assert dict(taught.counts()) == {"down": 4, "side": 4, "other": 1}
    taught.undo()
    assert dict(taught.counts()) == {"down": 4, "side": 4}
    feed.close()


def test_repetitions_are_counted_by_a_pattern(session: Session, jpeg: bytes) -> None:
    feed = session.feed()  # arms at 10 to 22 degrees, then at 90 to 102, and again
    for label in ("down", "side"):
        feed.teach(label)
        for _ in range(4):
            feed.look(jpeg)
    feed.teach(None)
    for rules, pattern in ((["down held"], None), (["up held 1s"], None), ([], "down"), ([], "down > up > down")):
        with pytest.raises((ValueError, UnknownLabelError), match=r"down held|up|pattern"):
            feed.watch.ask(rules, pattern)
    assert feed.look(jpeg)["repetitions"] is None
    feed.watch.ask([], "down > side > down")
    assert feed.look(jpeg)["repetitions"] == 0
    feed.watch.ask([], None)
    assert feed.look(jpeg)["repetitions"] is None
    feed.close()


def test_events_say_which_rule_asked_for_them(taught: Session, jpeg: bytes) -> None:
    times = iter(np.arange(0, 100, 0.2).tolist())
    feed = Feed(taught, ScriptedTracker([stick_figure(arms=12)] * 10), clock=lambda: next(times))
    feed.watch.ask(["side held 1s", "down held 1s", "any held 2s"], None)
    found = [event for _ in range(9) for event in feed.look(jpeg)["events"]]
    feed.close()
    assert [(one["text"], one["rules"]) for one in found] == [("down held 1 s", [1]), ("down held 2 s", [2])]


def test_single_pictures_are_looked_at_by_themselves(session: Session, jpeg: bytes) -> None:
    feed = session.pictures()
    feed.source = "holiday.jpg"
    feed.teach("down")
    people = [feed.look(jpeg)["people"][0]["id"] for _ in range(4)]
    feed.close()
    assert people == [0] * 4
    assert next(iter(session.project.recordings.values())).provenance["source"] == "holiday.jpg"


def test_a_picture_that_is_none_is_refused_and_the_next_is_looked_at(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    with pytest.raises(SourceError, match="no JPEG"):
        feed.look(b"GIF89a")
    assert feed.look(jpeg)["people"]
    feed.close()
