"""`posknn clean`: suspects with their neighbours, nothing changed unasked, and changes that go where they should."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from posknn import cli
from posknn.classification.classifier import PoseClassifier
from posknn.classification.curation import Cleaning, Stretch, Suspect
from posknn.cli.curating import print_cleaned
from posknn.errors import OutputError
from posknn.storage.classifiers import read_recordings
from posknn.storage.formats import google_csv, wide_csv
from posknn.storage.recordings import read_recording, write_recording
from posknn.tasks.clean import Cleaned, clean
from posknn.values import Label, Recording

WRONG = {3: "up", 30: "down"}  # rows of the second recording


@pytest.fixture
def folder(lessons: list[Recording], tmp_path: Path) -> Path:
    """Four recordings, two labels wrong in the second."""
    place = tmp_path / "recordings"
    place.mkdir()
    for number, one in enumerate(lessons):
        labels = [WRONG.get(row, label) if number == 1 else label for row, label in enumerate(one.labels)]
        write_recording(replace(one, labels=tuple(labels)), place / f"{one.name}.parquet")
    return place


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def labels(path: Path) -> tuple[Label | None, ...]:
    return read_recording(path).labels


def test_nothing_is_changed_unasked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(folder)
    cli.main(["clean", str(folder)])
    out = capsys.readouterr().out
    assert "144 examples: 2 suspected wrong labels, 0 outliers." in out
    assert "person1 at 0.31 s: up, looks like down" in out
    assert "person1 at 3.01 s: down, looks like up" in out
    assert out.count("nearest ") == 2
    assert "Nothing was changed" in out
    assert content(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["recordings"]


def test_relabelled_copies_go_to_a_new_folder(folder: Path, lessons: list[Recording]) -> None:
    before = content(folder)
    done = clean(folder, relabel=True, out=folder.parent / "mended")
    assert (done.relabelled, done.dropped, len(done.files)) == (2, 0, 4)
    assert content(folder) == before
    assert labels(folder.parent / "mended" / "person1.parquet") == lessons[1].labels
    assert (folder.parent / "mended" / "person0.parquet").read_bytes() == before["person0.parquet"]


def test_in_place_only_what_is_wrong_is_touched(folder: Path, lessons: list[Recording]) -> None:
    before = content(folder)
    done = clean(folder, drop=True, in_place=True)
    assert (done.relabelled, done.dropped, done.files) == (0, 2, (folder / "person1.parquet",))
    wanted = tuple(None if row in WRONG else label for row, label in enumerate(lessons[1].labels))
    assert labels(folder / "person1.parquet") == wanted
    after = read_recording(folder / "person1.parquet")
    assert after.points.tobytes() == lessons[1].points.tobytes()  # a pose stays, without its label
    assert {name for name, text in content(folder).items() if text != before[name]} == {"person1.parquet"}
    assert clean(folder, drop=True, in_place=True).files == ()


def test_a_classifier_forgets_or_relearns_and_gets_new_limits(folder: Path, tmp_path: Path) -> None:
    path = PoseClassifier().learn(read_recordings(folder)).save(tmp_path / "all.posknn")
    dropped = clean(path, drop=True, out=tmp_path / "dropped.posknn")
    assert dropped.dropped == 2
    found = PoseClassifier.load(tmp_path / "dropped.posknn")
    assert len(found) == 142
    assert set(found.state.ids.tolist()) == set(range(144)) - {39, 66}
    assert found.limits != PoseClassifier.load(path).limits
    clean(path, relabel=True, in_place=True)
    mended = PoseClassifier.load(path)
    assert len(mended) == 144
    assert mended.get_count_by_label() == {"down": 48, "side": 48, "up": 48}


@pytest.mark.parametrize("kind", ["wide", "google"])
def test_csv_stays_the_csv_it_was(folder: Path, tmp_path: Path, lessons: list[Recording], kind: str) -> None:
    points = [one for recording in read_recordings(folder) for one in recording.points]
    groups = [group for one in lessons for group in one.groups]
    everything = [label for recording in read_recordings(folder) for label in recording.labels]
    names = [f"frame__{group}__{row:04d}.jpg" for row, group in enumerate(groups)]
    path, out = tmp_path / "poses.csv", tmp_path / "mended.csv"
    form = wide_csv if kind == "wide" else google_csv
    form.write(Recording(points, tuple(everything), provenance={"groups": groups, "names": names}), path)  # type: ignore[arg-type]
    done = clean(path, relabel=True, out=out)
    assert done.relabelled == 2
    assert google_csv.is_google(out) == (kind == "google")
    assert form.read(out).labels == tuple(label for one in lessons for label in one.labels)
    old, new = path.read_text().splitlines(), out.read_text().splitlines()
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 2


def test_a_place_that_is_taken_is_left_alone(folder: Path) -> None:
    before = content(folder)
    with pytest.raises(OutputError, match="exists already"):
        clean(folder / "person1.parquet", drop=True, out=folder / "person0.parquet")
    with pytest.raises(OutputError, match="exists already"):
        clean(folder, drop=True, out=folder.parent)
    assert content(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--drop"],
        ["--relabel"],
        ["-o", "new"],
        ["--in-place"],
        ["--drop", "--in-place", "-o", "new"],
        ["--factor", "1"],
    ],
)
def test_half_an_order_is_wrong_usage(folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["clean", str(folder), *arguments])
    assert stop.value.code == 2
    assert "Error" in capsys.readouterr().err


def test_the_task_refuses_half_an_order_too(folder: Path) -> None:
    with pytest.raises(ValueError, match="place"):
        clean(folder, drop=True)
    with pytest.raises(ValueError, match="one of them"):
        clean(folder, drop=True, out="x", in_place=True)


def test_json_tells_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["clean", str(folder), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [one["row"] for one in found["cleaning"]["suspects"]] in ([39, 66], [66, 39])
    assert found["files"] == []
    assert len(found["cleaning"]["suspects"][0]["neighbors"]) == 3


def test_so_many_that_the_labels_overlap_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    suspects = tuple(Suspect(row, "a", "b", 1.5, "desk", None, ()) for row in range(3))
    print_cleaned(Cleaned(Cleaning(10, suspects, (Stretch("desk", "a", "b", 3, 8, 1.5, 2.25, 5, False, 1.7),))))
    out = capsys.readouterr().out
    assert "10 examples: 3 suspected wrong labels" in out
    assert "the labels may well overlap" in out
    assert "desk row 2: a, looks like b" in out
    assert "desk 1.50-2.25 s, 5 of a: 1.7 times nearer to b" in out
