"""Segments as ELAN documents, read by another library as well, and the documents of others read by us."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from pympi import Elan

from posknn.errors import FileFormatError, OutputError
from posknn.storage.clip import Clip
from posknn.storage.formats import elan
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage" / "segments.eaf"
Fields = Callable[[Segment], tuple[object, ...]]


def test_the_bytes_are_the_golden_ones(segments: list[Segment], clip: Clip, tmp_path: Path) -> None:
    elan.write(reversed(segments), tmp_path / "a.eaf", clip)
    assert (tmp_path / "a.eaf").read_bytes() == GOLDEN.read_bytes()


def test_segments_come_back_to_the_millisecond(fields: Fields) -> None:
    assert [fields(segment) for segment in elan.read(GOLDEN)] == [
        (0.0, 1.5, "up", 0),
        (1.5, 2.0, 'say "R&D" <now>', 0),
        (1.75, 2.25, "zurück 人", 1),
        (3.0, 3.5, "5", None),
    ]


def test_another_library_reads_the_same() -> None:
    document = Elan.Eaf(str(GOLDEN))
    assert list(document.get_tier_names()) == ["Person 0", "Person 1", "pose"]
    assert [tuple(one[:3]) for one in document.get_annotation_data_for_tier("Person 0")] == [
        (0, 1500, "up"),
        (1500, 2000, 'say "R&D" <now>'),
    ]
    assert [tuple(one[:3]) for one in document.get_annotation_data_for_tier("Person 1")] == [(1750, 2250, "zurück 人")]
    (media,) = document.get_linked_files()
    assert (media["RELATIVE_MEDIA_URL"], media["MIME_TYPE"]) == ("./my%20clip.mp4", "video/mp4")


def test_slots_are_in_order_of_time_as_elan_writes_them() -> None:
    slots = [int(slot.attrib["TIME_VALUE"]) for slot in ET.parse(GOLDEN).iter("TIME_SLOT")]
    assert slots == sorted(slots)
    assert len(slots) == 8


def test_what_another_library_writes_is_read(tmp_path: Path, fields: Fields) -> None:
    document = Elan.Eaf(author="somebody")
    document.add_tier("gesture")
    document.add_annotation("gesture", 1000, 2500, "squat")
    document.add_annotation("gesture", 2500, 2600, "")
    document.add_tier("Person 7")
    document.add_annotation("Person 7", 40, 3604250, " hold & wait ")
    document.add_linguistic_type("note", "Symbolic_Association", timealignable=False)
    document.add_tier("remark", ling="note", parent="gesture")
    document.add_ref_annotation("remark", "gesture", 1500, "good one")
    document.to_file(str(tmp_path / "a.eaf"))
    read = [fields(segment) for segment in elan.read(tmp_path / "a.eaf")]
    assert read == [(0.04, 3604.25, "hold & wait", 7), (1.0, 2.5, "squat", None)]


def test_a_video_that_begins_later_than_the_document(tmp_path: Path) -> None:
    text = GOLDEN.read_text().replace("MIME_TYPE=", 'TIME_ORIGIN="250" MIME_TYPE=')
    (tmp_path / "a.eaf").write_text(text)
    assert [segment.start for segment in elan.read(tmp_path / "a.eaf")] == [0.25, 1.75, 2.0, 3.25]


def test_what_overlaps_has_tiers_of_its_own(tmp_path: Path, fields: Fields) -> None:
    overlapping = [Segment(0, 2, "a"), Segment(1, 3, "b"), Segment(2, 4, "c")]
    elan.write(overlapping, tmp_path / "a.eaf")
    names = [tier.attrib["TIER_ID"] for tier in ET.parse(tmp_path / "a.eaf").iter("TIER")]
    assert names == ["pose", "pose (2)"]
    assert [fields(segment) for segment in elan.read(tmp_path / "a.eaf")] == [fields(one) for one in overlapping]


def test_none_at_all_comes_back(tmp_path: Path) -> None:
    elan.write([], tmp_path / "a.eaf")
    assert elan.read(tmp_path / "a.eaf") == []
    Elan.Eaf(str(tmp_path / "a.eaf"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<HEADER", "<HEADER <", "line 3: not XML: not well-formed"),
        ('"milliseconds"', '"PAL-frames"', "line 3: times are in PAL-frames"),
        ('TIME_VALUE="1500"', 'TIME_VALUE="soon"', "line 9: expected milliseconds, not 'soon'"),
        ('ts3" TIME_VALUE="1500"', 'ts3" TIME_VALUE="0"', "line 19: the annotation 'up' ends where it starts"),
        ('TIME_SLOT_REF1="ts1"', 'TIME_SLOT_REF1="x"', "line 19: there is no time slot 'x'"),
        ("<ANNOTATION_DOCUMENT", "<TEI><ANNOTATION_DOCUMENT", "line 2: expected an ELAN document, not TEI"),
        ("<ANNOTATION_DOCUMENT", '<!DOCTYPE a [<!ENTITY b "c">]>\n<ANNOTATION_DOCUMENT', "it defines entities"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "a.eaf").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileFormatError, match=rf"a\.eaf, .*{message}"):
        elan.read(tmp_path / "a.eaf")


@pytest.mark.parametrize("label", ["", "  ", "bell \a", "half \ud800"])
def test_a_label_that_xml_cannot_hold(tmp_path: Path, label: str) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*a\.eaf"):
        elan.write([Segment(0, 1, label)], tmp_path / "a.eaf")
    assert list(tmp_path.iterdir()) == []
