"""Segments as Praat TextGrids, read by another library as well, and the TextGrids of others read by us."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pympi import Praat

from posknn.errors import FileFormatError, OutputError
from posknn.storage.clip import Clip
from posknn.storage.formats import textgrid
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage" / "segments.TextGrid"
Fields = Callable[[Segment], tuple[object, ...]]


def test_the_bytes_are_the_golden_ones(segments: list[Segment], clip: Clip, tmp_path: Path) -> None:
    textgrid.write(reversed(segments), tmp_path / "a.TextGrid", clip)
    assert (tmp_path / "a.TextGrid").read_bytes() == GOLDEN.read_bytes()


def test_segments_come_back_to_the_millisecond(fields: Fields) -> None:
    assert [fields(segment) for segment in textgrid.read(GOLDEN)] == [
        (0.0, 1.5, "up", 0),
        (1.5, 2.0, 'say "R&D" <now>', 0),
        (1.75, 2.25, "zurück 人", 1),
        (3.0, 3.5, "5", None),
    ]


def test_another_library_reads_the_same() -> None:
    grid = Praat.TextGrid(str(GOLDEN))
    assert (grid.xmin, grid.xmax) == (0, 4)
    tiers = {tier.name: list(tier.get_intervals(sort=True)) for tier in grid.get_tiers()}
    assert tiers["Person 0"] == [
        (0, 1.5, "up"),
        (1.5, 2.0, 'say "R&D" <now>'),
        (2.0, 4.0, ""),
    ]
    assert tiers["Person 1"] == [(0, 1.75, ""), (1.75, 2.25, "zurück 人"), (2.25, 4.0, "")]
    assert tiers["pose"][1] == (3.0, 3.5, "5")


@pytest.mark.parametrize("kind", ["normal", "short"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_what_another_library_writes_is_read(tmp_path: Path, kind: str, codec: str, fields: Fields) -> None:
    grid = Praat.TextGrid(xmin=0, xmax=10)
    grid.add_tier("Person 3").add_interval(1, 2.5, "squat")
    grid.add_tier("clicks", tier_type="TextTier").add_point(4, "beep")
    grid.add_tier("gesture").add_interval(0.5, 9.75, "hold")
    grid.to_file(str(tmp_path / "a.TextGrid"), codec=codec, mode=kind)
    read = [fields(segment) for segment in textgrid.read(tmp_path / "a.TextGrid")]
    assert read == [(0.5, 9.75, "hold", None), (1.0, 2.5, "squat", 3)]


def test_remarks_and_numbers_that_do_not_stand_alone_are_for_people(tmp_path: Path, fields: Fields) -> None:
    head = '"ooTextFile" ! made "by" hand 7\r\n"TextGrid"\r\n0 10 <exists> 1 tier\r\n'
    text = head + '"IntervalTier" "x" 0 10 of [5] 1\r\n0 10 "a ! ""b"" 3"'
    (tmp_path / "a.TextGrid").write_bytes(text.encode())
    assert [fields(segment) for segment in textgrid.read(tmp_path / "a.TextGrid")] == [(0, 10, 'a ! "b" 3', None)]


def test_none_at_all_comes_back(tmp_path: Path) -> None:
    textgrid.write([], tmp_path / "a.TextGrid")
    assert textgrid.read(tmp_path / "a.TextGrid") == []
    assert [tier.name for tier in Praat.TextGrid(str(tmp_path / "a.TextGrid")).get_tiers()] == ["pose"]
    (tmp_path / "b.TextGrid").write_text('"ooTextFile"\n"TextGrid"\n0\n10\n<absent>\n')
    assert textgrid.read(tmp_path / "b.TextGrid") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"ooTextFile"', '"other"', ", line 1: expected a TextGrid"),
        ("xmax = 1.5", "xmax = late", ', line 18: expected a number, not "up"'),
        ("xmax = 1.5", "xmax = 0", ", line 18: the interval 'up' must end after it starts"),
        ("size = 3\nitem", "size = 9\nitem", ", line 62: the file ends in the middle"),
        ('class = "IntervalTier"', 'class = "Tier"', ", line 11: expected IntervalTier or TextTier, not 'Tier'"),
        ("intervals: size = 3", "intervals: size = 2.5", ", line 14: expected how many there are, not 2.5"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "a.TextGrid").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileFormatError, match=rf"a\.TextGrid{message}"):
        textgrid.read(tmp_path / "a.TextGrid")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.TextGrid").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="neither UTF-8 nor UTF-16"):
        textgrid.read(tmp_path / "a.TextGrid")
    with pytest.raises(OutputError, match="without a character"):
        textgrid.write([Segment(0, 1, "")], tmp_path / "b.TextGrid")
