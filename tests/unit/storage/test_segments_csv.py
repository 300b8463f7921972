"""Segments as CSV: they come back, hand-made ones are read, wrong ones are named."""

import itertools
from pathlib import Path

import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.formats import segments_csv
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"

Fields = tuple[float, float, str | int, int | None, float | None, tuple[int, ...]]


def fields(segment: Segment) -> Fields:
    return segment.start, segment.end, segment.label, segment.person, segment.confidence, segment.neighbors


def segments() -> list[Segment]:
    return [
        Segment(0.0, 1.5, "up", person=0, confidence=2 / 3, neighbors=(3, 14, 15)),
        Segment(1.5, 2.0004, 'say "5", then', person=0),
        Segment(3723.0001, 3723.0002, "5", person=1, confidence=1.0),
    ]


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    segments_csv.write(segments(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (GOLDEN / "segments.csv").read_bytes()


def test_segments_come_back_to_the_millisecond(tmp_path: Path) -> None:
    segments_csv.write(reversed(segments()), tmp_path / "a.csv")
    assert [fields(segment) for segment in segments_csv.read(tmp_path / "a.csv")] == [
        (0.0, 1.5, "up", 0, 2 / 3, (3, 14, 15)),
        (1.5, 2.0, 'say "5", then', 0, None, ()),
        (3723.0, 3723.001, "5", 1, 1.0, ()),
    ]


def test_a_number_stays_a_number(tmp_path: Path) -> None:
    segments_csv.write([Segment(0, 1, 5), Segment(1, 2, "5")], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().startswith("start,end,label,label_number,person")
    assert [repr(segment.label) for segment in segments_csv.read(tmp_path / "a.csv")] == ["5", "'5'"]


def test_none_at_all_comes_back(tmp_path: Path) -> None:
    segments_csv.write([], tmp_path / "a.csv")
    assert segments_csv.read(tmp_path / "a.csv") == []


def test_hand_made_files_are_read(tmp_path: Path) -> None:
    text = "\ufefflabel, end, start, notes\r\n\r\n squat ,0:01:02.500,1:00,good\r\nrest,5,.25,\r\nlong,01:00:00,60.5,"
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert [fields(segment)[:4] for segment in segments_csv.read(tmp_path / "a.csv")] == [
        (0.25, 5.0, "rest", None),
        (60.0, 62.5, "squat", None),
        (60.5, 3600.0, "long", None),
    ]


def test_short_segments_stay_apart(tmp_path: Path) -> None:
    tiny = [Segment(1 + i / 10_000, 1 + (i + 1) / 10_000, "a", person=0) for i in range(5)]
    segments_csv.write(tiny, tmp_path / "a.csv")
    read = segments_csv.read(tmp_path / "a.csv")
    assert len(read) == 5
    for one, next_ in itertools.pairwise(read):
        assert one.start < one.end <= next_.start < next_.end


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": no column 'start'"),
        ("start;end;label\n", ", line 1: no column 'start'; expected a header such as start,end,label"),
        ("start,end\n0,1\n", ", line 1: no column 'label'"),
        ("start,end,label\n0,1,a\n0,1\n", ", line 3: 2 columns, but the header has 3"),
        ("start,end,label\nsoon,1,a\n", ", line 2, column start: expected seconds or h:mm:ss.mmm, not 'soon'"),
        ("start,end,label\n-1,1,a\n", ", line 2, column start"),
        ("start,end,label\n0,1:60,a\n", ", line 2, column end"),
        ("start,end,label\n0,nan,a\n", ", line 2, column end"),
        ("start,end,label\n1,1,a\n", ", line 2: the end, 1, must come after the start, 1"),
        ("start,end,label\n0,1,\n", ", line 2, column label: expected a label"),
        ("start,end,label,person\n0,1,a,me\n", ", line 2, column person: expected a whole number, not 'me'"),
        ("start,end,label,confidence\n0,1,a,high\n", ", line 2, column confidence: expected a number"),
        ("start,end,label,neighbors\n0,1,a,1;2\n", ", line 2, column neighbors"),
        ('start,end,label\n0,1,"a\nb\n', ", line 3: unexpected end of data"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FileFormatError, match=rf"a\.csv{message}"):
        segments_csv.read(tmp_path / "a.csv")


def test_an_empty_label_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no label in CSV"):
        segments_csv.write([Segment(0, 1, "")], tmp_path / "a.csv")
