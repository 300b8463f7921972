from posknn.studio.doubts import doubts_of
from posknn.studio.session import Session


def test_suspects_are_found_and_moved_to_what_they_look_like(days: Session) -> None:
    found = doubts_of(days.snapshot())
    assert [(days.examples[one["id"]].row, one["suggestion"]) for one in found["suspects"]] == [(6, "side")]
    assert found["stretches"] == []
    days.move([([one["id"]], one["suggestion"]) for one in found["suspects"]])
    assert doubts_of(days.snapshot())["suspects"] == []
    days.undo()
    assert len(doubts_of(days.snapshot())["suspects"]) == 1


def test_an_empty_project_has_no_doubts(session: Session) -> None:
    assert doubts_of(session.snapshot()) == {"suspects": [], "stretches": []}
