"""Segments come back from every format that holds them, to the precision that is promised for it."""

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn.errors import FileFormatError
from posknn.storage.clip import Clip
from posknn.storage.segments import SEGMENT_ENDINGS, read_segments, write_segments
from posknn.values import Segment

FAST = settings(deadline=None, max_examples=20)
SIGNS = "abcXYZ 0189.,:;!?&<>\"'-_/\\|()[]{}%$#äß人🙂"
Key = tuple[float, str, int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("segments")


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    steps = draw(st.lists(st.integers(8, 400), min_size=3, max_size=40))
    return Clip("clip.mp4", np.cumsum(steps) / 1000 - steps[0] / 1000)


@st.composite
def tracks(draw: st.DrawFn, clip: Clip) -> list[Segment]:
    """Segments of up to three people that begin and end with frames, as they come of a video."""
    found = []
    for person in draw(st.lists(st.sampled_from([None, 0, 1, 17]), max_size=3, unique=True)):
        count = len(clip.times)
        cuts = sorted(draw(st.lists(st.integers(0, count), max_size=8, unique=True)))
        for first, after in zip(cuts[::2], cuts[1::2], strict=False):
            label = draw(st.text(SIGNS, min_size=1, max_size=12).map(str.strip).filter(bool))
            found.append(Segment(*clip.span(first, after - 1), label, person))
    return found


def keys(segments: Sequence[Segment], *, people: bool) -> list[tuple[str, int]]:
    return [(str(one.label), -1 if one.person is None or not people else one.person) for one in segments]


def ordered(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda one: (round(one.start, 3), str(one.label), round(one.end, 3), str(one.person)))


@pytest.mark.parametrize("ending", [one for one in SEGMENT_ENDINGS if one != ".srt"])
@FAST
@given(chosen=st.data())
def test_segments_come_back(folder: Path, ending: str, chosen: st.DataObject) -> None:
    clip = chosen.draw(clips())
    segments = chosen.draw(tracks(clip))
    write_segments(segments, folder / f"a{ending}", clip)
    read = ordered(read_segments(folder / f"a{ending}", lambda: clip))
    segments = ordered(segments)
    # WebVTT names people only where there are several.
    people = ending != ".vtt" or len({one.person for one in segments}) > 1
    assert keys(read, people=people) == keys(segments, people=people)
    exact = 1e-9 if ending == ".json" else 0.000501  # frames, and milliseconds
    for ours, theirs in zip(segments, read, strict=True):
        assert math.isclose(ours.start, theirs.start, abs_tol=exact)
        assert math.isclose(ours.end, theirs.end, abs_tol=exact)


@FAST
@given(st.data())
def test_subtitles_come_back_but_for_their_styles(folder: Path, chosen: st.DataObject) -> None:
    clip = chosen.draw(clips())
    segments = chosen.draw(tracks(clip))
    write_segments(segments, folder / "a.srt", clip)
    read = read_segments(folder / "a.srt")
    assert len(read) == len(segments)
    for ours, theirs in zip(sorted(segments, key=lambda one: one.start), read, strict=True):
        assert math.isclose(ours.start, theirs.start, abs_tol=0.000501)


@pytest.mark.parametrize("ending", SEGMENT_ENDINGS)
@FAST
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_content_is_read_or_refused(folder: Path, ending: str, content: bytes) -> None:
    (folder / f"b{ending}").write_bytes(content)
    clip = Clip("clip.mp4", np.arange(5.0))
    with suppress(FileFormatError):
        assert read_segments(folder / f"b{ending}", lambda: clip) is not None
