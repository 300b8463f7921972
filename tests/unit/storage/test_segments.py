"""The formats of segments by their endings."""

import re
from pathlib import Path

import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.clip import Clip
from posknn.storage.segments import SEGMENT_ENDINGS, read_segments, write_segments
from posknn.values import Segment

ENDINGS = ".csv, .vtt, .srt, .eaf, .textgrid, .tsv or .json"


@pytest.mark.parametrize("ending", [*SEGMENT_ENDINGS, ".TextGrid", ".VTT"])
def test_every_format_goes_both_ways(ending: str, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    write_segments([Segment(0.5, 1.5, "up"), Segment(2.5, 3.0, "down")], path, clip)
    read = read_segments(path, lambda: clip)
    assert [(one.start, one.end, one.label) for one in read] == [(0.5, 1.5, "up"), (2.5, 3.0, "down")]


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=re.escape(f"a.doc: segments are {ENDINGS} files")):
        read_segments(tmp_path / "a.doc")
    with pytest.raises(OutputError, match=re.escape(ENDINGS)):
        write_segments([], tmp_path / "a.doc")


@pytest.mark.parametrize("ending", SEGMENT_ENDINGS)
def test_a_file_that_is_missing_or_binary_is_named_in_one_line(ending: str, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    with pytest.raises(FileFormatError, match=rf"cannot read .*a\{ending}"):
        read_segments(path, lambda: clip)
    for content in (b"\x00\xff\xfe\x01" * 20, b"hello\nworld\n"):
        path.write_bytes(content)
        with pytest.raises(FileFormatError) as caught:
            read_segments(path, lambda: clip)
        assert f"a{ending}" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", SEGMENT_ENDINGS)
def test_the_same_segments_give_the_same_bytes(ending: str, clip: Clip, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_segments([Segment(0, 1, "up", 0, 0.5), Segment(1, 2, "down", 1)], tmp_path / f"{name}{ending}", clip)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()
