"""Segments as SubRip, read by another library as well, and the SubRip of others read by us."""

from collections.abc import Callable
from pathlib import Path

import pysubs2
import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.formats import srt
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage" / "segments.srt"
Fields = Callable[[Segment], tuple[object, ...]]


def test_the_bytes_are_the_golden_ones(segments: list[Segment], tmp_path: Path) -> None:
    srt.write(reversed(segments), tmp_path / "a.srt")
    assert (tmp_path / "a.srt").read_bytes() == GOLDEN.read_bytes()


def test_segments_come_back_to_the_millisecond(fields: Fields) -> None:
    assert [fields(segment) for segment in srt.read(GOLDEN)] == [
        (0.0, 1.5, "up", 0),
        (1.5, 2.0, 'say "R&D" <now>', 0),
        (1.75, 2.25, "zurück 人", 1),
        (3.0, 3.5, "5", None),
    ]


def test_another_library_reads_the_same() -> None:
    theirs = [(cue.start, cue.end, cue.text) for cue in pysubs2.load(str(GOLDEN), keep_html_tags=True)]
    assert theirs == [
        (0, 1500, "Person 0: up"),
        (1500, 2000, 'Person 0: say "R&D" <now>'),
        (1750, 2250, "Person 1: zurück 人"),
        (3000, 3500, "5"),
    ]


def test_what_another_library_writes_is_read(tmp_path: Path, fields: Fields) -> None:
    subtitles = pysubs2.SSAFile()
    subtitles.append(pysubs2.SSAEvent(start=1000, end=2500, text="{\\i1}squat{\\i0} deep"))
    subtitles.append(pysubs2.SSAEvent(start=3000, end=3604250, text="two\\Nlines"))
    subtitles.save(str(tmp_path / "a.srt"))
    read = [fields(segment) for segment in srt.read(tmp_path / "a.srt")]
    assert read == [(1.0, 2.5, "squat deep", None), (3.0, 3604.25, "two\nlines", None)]


USUAL = """\ufeff1
00:00:01,000 --> 00:00:02,000 X1:40 X2:600
<font color="#fff">up</font>
2
0:0:03.5 --> 01:04
Person 12: {\\an8}<B>down</B>

3
00:00:05,000 --> 00:00:06,000

4
00:02,000 --> 00:02,5
 first of time """


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_usual_subrip_of_others_is_read(tmp_path: Path, line_end: str, fields: Fields) -> None:
    (tmp_path / "a.srt").write_bytes(USUAL.replace("\n", line_end).encode())
    assert [fields(segment) for segment in srt.read(tmp_path / "a.srt")] == [
        (1.0, 2.0, "up", None),
        (2.0, 2.5, "first of time", None),
        (3.5, 64.0, "down", 12),
    ]


def test_none_at_all_comes_back(tmp_path: Path) -> None:
    srt.write([], tmp_path / "a.srt")
    assert srt.read(tmp_path / "a.srt") == []


def test_a_line_end_becomes_a_space(tmp_path: Path) -> None:
    srt.write([Segment(0, 1, "a\n\nb\r\nc"), Segment(1, 2, "d")], tmp_path / "a.srt")
    assert [segment.label for segment in srt.read(tmp_path / "a.srt")] == ["a b c", "d"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\n00:00:01,000 -->\na\n", ", line 2: expected hh:mm:ss,mmm"),
        ("\n1\n00:00:01,000 --> soon\na\n", ", line 3: expected hh:mm:ss,mmm"),
        ("1\n00:00:02,000 --> 00:00:02,000\na\n", ", line 2: the end must come after the start"),
        ("1\n00:00:61,000 --> 00:02:02,000\na\n", ", line 2: expected"),
        ("some text\n", ": no subtitle in it"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.srt").write_text(text)
    with pytest.raises(FileFormatError, match=rf"a\.srt{message}"):
        srt.read(tmp_path / "a.srt")


def test_a_label_that_is_nothing_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="without a character"):
        srt.write([Segment(0, 1, " ")], tmp_path / "a.srt")
