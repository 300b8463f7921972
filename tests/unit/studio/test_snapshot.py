from pathlib import Path

from posknn.studio.project import Project
from posknn.studio.session import Session
from posknn.studio.snapshot import snapshot_of


def test_each_labelled_row_leads_back_to_its_example(taught: Session) -> None:
    snapshot = taught.snapshot()
    assert snapshot.version == taught.version
    found = [snapshot.example(place) for place in range(len(snapshot.labelled))]
    assert [one.label if one else None for one in found] == list(snapshot.labelled.labels)
    assert [one.time if one else None for one in found] == snapshot.labelled.times.tolist()
    assert snapshot.example(-1) is None


def test_rows_are_counted_through_all_recordings_and_what_is_not_shown_is_none(taught: Session) -> None:
    ((path, recording),) = taught.project.taught()
    twice = snapshot_of([(Path("other.parquet"), recording), (path, recording)], taught.examples, 7)
    count = len(recording)
    assert [twice.example(place) for place in range(count)] == [None] * count
    assert all(twice.example(place) for place in range(count, 2 * count))


def test_an_empty_project_has_an_empty_snapshot(tmp_path: Path) -> None:
    snapshot = snapshot_of(Project(tmp_path).taught(), {}, 0)
    assert (len(snapshot.labelled), len(snapshot.ids)) == (0, 0)
