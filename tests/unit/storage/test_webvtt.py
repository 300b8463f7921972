"""Segments as WebVTT, read by another library as well, and the WebVTT of others read by us."""

import html
import io
from pathlib import Path

import pytest
import webvtt as other

from posknn.errors import FileFormatError
from posknn.storage.formats import webvtt
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"


def segments() -> list[Segment]:
    return [
        Segment(0.0, 1.5, "up", person=0, confidence=0.5),
        Segment(1.5, 2.0004, "<b>R&D</b> --> &amp;", person=0),
        Segment(1.75, 2.25, "first\n\nsecond", person=1),
        Segment(363723.0001, 363723.0002, 5, person=None),
    ]


def fields(segment: Segment) -> tuple[float, float, str | int, int | None]:
    return segment.start, segment.end, segment.label, segment.person


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    webvtt.write(segments(), tmp_path / "a.vtt")
    assert (tmp_path / "a.vtt").read_bytes() == (GOLDEN / "segments.vtt").read_bytes()


def test_segments_come_back_to_the_millisecond(tmp_path: Path) -> None:
    webvtt.write(reversed(segments()), tmp_path / "a.vtt")
    assert [fields(segment) for segment in webvtt.read(tmp_path / "a.vtt")] == [
        (0.0, 1.5, "up", 0),
        (1.5, 2.0, "<b>R&D</b> --> &amp;", 0),
        (1.75, 2.25, "first\n\nsecond", 1),
        (363723.0, 363723.001, "5", None),
    ]


def test_another_library_reads_the_same(tmp_path: Path) -> None:
    webvtt.write(segments(), tmp_path / "a.vtt")
    ours = [fields(segment) for segment in webvtt.read(tmp_path / "a.vtt")]
    theirs = [
        (
            cue.start_in_seconds + cue.start_time.milliseconds / 1000,
            cue.end_in_seconds + cue.end_time.milliseconds / 1000,
            html.unescape(cue.text),
            int(cue.voice.removeprefix("Person ")) if cue.voice else None,
        )
        for cue in other.read(str(tmp_path / "a.vtt")).captions
    ]
    assert theirs == ours


def test_what_another_library_writes_is_read(tmp_path: Path) -> None:
    vtt = other.WebVTT()
    vtt.captions.append(other.Caption("00:00:01.000", "00:00:02.500", "squat"))
    vtt.captions.append(other.Caption("00:00:03.000", "01:00:04.250", ["two", "lines"], identifier="7"))
    content = io.StringIO()
    vtt.write(content)
    (tmp_path / "a.vtt").write_text(content.getvalue())
    read = [fields(segment) for segment in webvtt.read(tmp_path / "a.vtt")]
    assert read == [(1.0, 2.5, "squat", None), (3.0, 3604.25, "two\nlines", None)]


def test_one_person_needs_no_name(tmp_path: Path) -> None:
    webvtt.write([Segment(0, 1, "a", person=3), Segment(1, 2, "b", person=3)], tmp_path / "a.vtt")
    assert "<v" not in (tmp_path / "a.vtt").read_text()


def test_none_at_all_comes_back(tmp_path: Path) -> None:
    webvtt.write([], tmp_path / "a.vtt")
    assert (tmp_path / "a.vtt").read_text() == "WEBVTT\n"
    assert webvtt.read(tmp_path / "a.vtt") == []


USUAL = """\ufeffWEBVTT - exercises
Kind: captions

STYLE
::cue { color: red }

REGION
id:one

NOTE
several lines
of it

1
00:01.000 --> 00:02.000 align:start position:10%
<c.green>squat</c> <00:01.500><i>deep &lt;3</i>

intro
00:00:03.000 --> 00:00:04.000
<v.loud Person 12>push-up</v>

00:00:05.000 --> 00:00:06.000
<v Trainer>rest

00:00:07.000 --> 00:00:08.000


NOTE last one

00:00:09.000\t-->\t100:00:10.000
 hold \n"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_usual_webvtt_of_others_is_read(tmp_path: Path, line_end: str) -> None:
    text = USUAL.replace("\n", line_end)
    (tmp_path / "a.vtt").write_bytes(text.encode())
    assert [fields(segment) for segment in webvtt.read(tmp_path / "a.vtt")] == [
        (1.0, 2.0, "squat deep <3", None),
        (3.0, 4.0, "push-up", 12),
        (5.0, 6.0, "rest", None),
        (9.0, 360010.0, "hold", None),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ", line 1: expected WEBVTT"),
        ("WEBVTTX\n", ", line 1: expected WEBVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nsrt\n", ", line 1: expected WEBVTT"),
        ("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nsrt\n", ", line 3: expected hh:mm:ss.mmm"),
        ("WEBVTT\n\n00:01.000 -->\na\n", ", line 3: expected hh:mm:ss.mmm"),
        ("WEBVTT\n\n00:01.000 --> 00:61.000\na\n", ", line 3: expected hh:mm:ss.mmm"),
        ("WEBVTT\n\nid\n00:02.000 --> 00:02.000\na\n", ", line 4: the end must come after the start"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.vtt").write_text(text)
    with pytest.raises(FileFormatError, match=rf"a\.vtt{message}") as caught:
        webvtt.read(tmp_path / "a.vtt")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"cannot read .*a\.vtt"):
        webvtt.read(tmp_path / "a.vtt")
    (tmp_path / "a.vtt").write_bytes(b"WEBVTT\n\n\xff")
    with pytest.raises(FileFormatError, match=r"a\.vtt: not UTF-8"):
        webvtt.read(tmp_path / "a.vtt")
