"""Segments as BORIS tables, read by another library as well, and the tables of BORIS read by us."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.clip import Clip
from posknn.storage.formats import boris
from posknn.storage.segments import read_segments
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage" / "segments.tsv"
Fields = Callable[[Segment], tuple[object, ...]]


def test_the_bytes_are_the_golden_ones(segments: list[Segment], clip: Clip, tmp_path: Path) -> None:
    boris.write(reversed(segments), tmp_path / "a.tsv", clip)
    assert (tmp_path / "a.tsv").read_bytes() == GOLDEN.read_bytes()


def test_segments_come_back_to_the_millisecond(fields: Fields) -> None:
    assert [fields(segment) for segment in boris.read(GOLDEN)] == [
        (0.0, 1.5, "up", 0),
        (1.5, 2.0, 'say "R&D" <now>', 0),
        (1.75, 2.25, "zurück 人", 1),
        (3.0, 3.5, "5", None),
    ]


def test_another_library_reads_the_same() -> None:
    table = pd.read_csv(GOLDEN, sep="\t")
    assert table["Behavior"].tolist() == ["up", 'say "R&D" <now>', "zurück 人", "5"]
    assert table["Subject"].tolist() == ["Person 0", "Person 0", "Person 1", "No focal subject"]
    assert table["Start (s)"].tolist() == [0, 1.5, 1.75, 3]
    assert (table["Stop (s)"] - table["Start (s)"]).tolist() == pytest.approx(table["Duration (s)"].tolist())
    assert table["Image index start"].tolist() == [0, 6, 7, 11]
    assert table["Image index stop"].tolist() == [5, 7, 7, 12]
    assert set(table["Media file name"]) == {"my clip.mp4"}
    assert set(table["Media duration (s)"]) == {4.0}


TABULAR = """\
Observation id,Subject,Behavior,Behavior type,Time,Media file name
one,cat,up,START,0.5,/data/a.mp4
one,Person 2,down,START,1,/data/a.mp4
one,cat,click,POINT,1.1,/data/a.mp4
one,cat,up,STOP,1.25,/data/a.mp4
one,Person 2,down,STOP,2,/data/a.mp4
"""
OLD = (
    "Observation id\tone\n\nMedia file(s)\n\nTime\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tStatus\n"
    "0.5\ta.mp4\t9\t25\t\tup\tSTART\n1.25\ta.mp4\t9\t25\t\tup\tSTOP\n"
)


def test_starts_and_stops_are_paired(tmp_path: Path, fields: Fields) -> None:
    (tmp_path / "a.csv").write_text(TABULAR)
    (tmp_path / "b.tsv").write_text(OLD)
    read = [fields(segment) for segment in read_segments(tmp_path / "a.csv")]
    assert read == [(0.5, 1.25, "up", None), (1.0, 2.0, "down", 2)]
    assert [fields(segment) for segment in boris.read(tmp_path / "b.tsv")] == [(0.5, 1.25, "up", None)]


def test_of_several_observations_the_one_of_the_video_is_read(tmp_path: Path, clip: Clip, fields: Fields) -> None:
    header = "Observation id\tMedia file name\tBehavior\tBehavior type\tStart (s)\tStop (s)\n"
    rows = (
        "one\tC:\\x\\other.mp4\tup\tSTATE\t0\t1\ntwo\tC:\\x\\my clip.mp4\tdown\tSTATE\t1\t2\ntwo\t\tno\tPOINT\t3\tNA\n"
    )
    (tmp_path / "a.tsv").write_text(header + rows)
    assert [fields(one) for one in boris.read(tmp_path / "a.tsv", lambda: clip)] == [(1.0, 2.0, "down", None)]
    with pytest.raises(FileFormatError, match=r"several observations.*: one, two"):
        boris.read(tmp_path / "a.tsv")


def test_none_at_all_comes_back(tmp_path: Path) -> None:
    boris.write([], tmp_path / "a.tsv")
    assert boris.read(tmp_path / "a.tsv") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Behavior,", "Doing,", ": no BORIS table"),
        ("0.5", "soon", ", line 2, column Time: expected a number, not 'soon'"),
        ("STOP,1.25", "STOP,0.5", ", line 5: the event must end after it starts"),
        ("up,START", "up,STOP", ", line 2: 'up' stops without a start"),
        ("up,STOP", "up,START", ", line 5: 'up' starts again before it stops"),
        ("up,STOP", "up,MAYBE", ", line 5, column Behavior type: expected START, STOP or POINT"),
        ("down,STOP", "up,POINT", ", line 3: 'down' starts and never stops"),
        ("Behavior type", "Kind", ", line 2: no column 'Status'"),
        ("1.25,/data/a.mp4", "1.25", ", line 5: 5 columns, but the header has 6"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TABULAR
    (tmp_path / "a.csv").write_text(TABULAR.replace(old, new, 1))
    with pytest.raises(FileFormatError, match=rf"a\.csv{message}"):
        boris.read(tmp_path / "a.csv")


@pytest.mark.parametrize("label", ["", "a\tb", "a\nb"])
def test_a_label_that_is_no_cell(tmp_path: Path, label: str) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*a\.tsv"):
        boris.write([Segment(0, 1, label)], tmp_path / "a.tsv")
