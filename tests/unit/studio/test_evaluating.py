import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from posknn.errors import OutputError
from posknn.storage.recordings import write_recording
from posknn.studio.session import Session
from posknn.tasks.evaluate import evaluate
from posknn.testing import ScriptedTracker
from posknn.values import Label, Recording


def finished(session: Session) -> dict[str, Any]:
    state = session.evaluations.begin()
    for _ in range(1000):
        if state["state"] not in ("running", "none"):
            return state
        time.sleep(0.01)
        state = session.evaluations.state()
    raise AssertionError("the evaluation never ended")


def test_has_the_figures_of_the_command_and_what_to_record_next(days: Session) -> None:
    found = finished(days)
    command = evaluate(days.project.folder)
    assert (found["by"], found["why"], found["macro_f1"]) == ("recording", command.why, command.macro_f1)
    assert found["confusion"] == command.confusion
    assert any("down" in sentence for sentence in found["advice"])


def test_a_cell_opens_the_examples_behind_it_with_what_they_are_like(days: Session) -> None:
    found = finished(days)
    down, side = found["labels"].index("down"), found["labels"].index("side")
    cell = days.evaluations.cell(down, side)
    assert cell["count"] == found["confusion"][down][side] == 1
    (wrong,) = cell["examples"]
    assert (wrong["recording"], wrong["label"], wrong["nearest"]["label"]) == ("day2", "down", "side")
    assert days.examples[wrong["id"]].row == 6
    assert days.evaluations.cell(side, side)["examples"][0]["nearest"] is None
    assert days.evaluations.cell(down, len(found["labels"])) == {"count": 0, "examples": []}


def test_is_worked_out_once_until_the_project_changes(days: Session) -> None:
    first = finished(days)
    assert days.evaluations.begin() is first
    wrong = days.evaluations.cell(0, 1)["examples"][0]["id"]
    days.relabel([wrong], "side")
    with pytest.raises(OutputError, match="evaluate again"):
        days.evaluations.cell(0, 1)
    assert finished(days)["accuracy"] == 1.0


@pytest.mark.parametrize("labels", [[], ["down"] * 4])
def test_says_why_there_is_nothing_to_evaluate(
    tmp_path: Path, figures: Callable[..., Recording], labels: Sequence[Label]
) -> None:
    if labels:
        write_recording(figures("one", [10, 14, 18, 22], labels), tmp_path / "one.parquet")
    found = finished(Session(tmp_path, lambda: ScriptedTracker([])))
    assert found["state"] == "nothing"
    assert "two labels" in found["why"]


def test_what_is_being_taught_counts_too(taught: Session, jpeg: bytes) -> None:
    feed = taught.feed()
    feed.teach("other")  # the tracker sees the first pose of down again
    feed.look(jpeg)
    feed.teach(None)
    assert finished(taught)["examples"] == 9
    feed.close()


def test_parts_of_one_sitting_are_never_on_both_sides(session: Session, jpeg: bytes) -> None:
    feed = session.feed()
    for label in ("down", "side"):
        feed.teach(label)
        for _ in range(4):
            feed.look(jpeg)
        feed.teach(None)
        session.settle()
    feed.close()
    found = finished(session)
    assert len(session.project.recordings) == 2
    assert (found["recordings"], found["by"]) == (1, "time")
    assert evaluate(session.project.folder).recordings == 1


def test_moves_to_several_labels_are_one_change(days: Session) -> None:
    ids = [one.id for one in days.examples.values() if one.recording == "day0"]
    days.move([(ids[:2], "up"), (ids[2:4], None), (ids[4:5], "lifted")])
    assert dict(days.counts()) == {"up": 2, "lifted": 1, "side": 10, "down": 9}
    days.undo()
    assert dict(days.counts()) == {"down": 13, "side": 11}
