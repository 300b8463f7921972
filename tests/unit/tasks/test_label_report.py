"""The page over all videos of a run: complete, the same every time, and safe whatever videos and labels are called."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from posknn.jobs.labelling import Labelled
from posknn.jobs.review import Moment, Review
from posknn.tasks.label_report import run_page
from posknn.tasks.label_run import Run, least_sure, seconds_known, seconds_seen
from posknn.testing import stick_figure
from posknn.values import Person, Segment

HOSTILE = "<script>alert('1')</script>\"&.mp4"
LABELS = ("up", "down", 7, "<b>odd</b>")


def labelled(video: str = "film.mp4", person: int = 0, **more: object) -> tuple[Labelled, Review]:
    """Ten seconds; somebody from 1 s to 9 s, up from 2 to 4, down from 4 to 5."""
    segments = (Segment(2.0, 4.0, "up", person, 0.9), Segment(4.0, 5.0, "down", person, 0.6))
    moment = Moment(segments[1], 4.5, 0.6, 0.8, (Person(person, stick_figure()),))
    fields = {"frames": 100, "seconds": 9.9, "seen": 80, "segments": segments, **more}
    return Labelled(video, **fields), Review(10.0, {person: ((1.0, 9.0),)}, (moment,))  # type: ignore[arg-type]


def run(*pairs: tuple[Labelled, Review | None], **more: object) -> Run:
    return Run("desk.posknn", LABELS, [one for one, _ in pairs], [two for _, two in pairs], **more)  # type: ignore[arg-type]


class Tags(HTMLParser):
    """Checks that tags are closed in order; notes the text and all attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        if tag not in ("meta", "img", "html"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "html":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def test_seconds_are_those_of_people() -> None:
    report, review = labelled()
    assert seconds_seen(review) == 8
    assert seconds_known(report, review) == 3
    late = Review(10.0, {0: ((0.0, 2.5), (3.0, 3.5), (4.5, 10.0)), 1: ((0.0, 10.0),)})
    assert seconds_known(report, late) == pytest.approx(0.5 + 0.5 + 0.5)


def test_it_says_what_came_of_it() -> None:
    failed = Labelled("gone.mp4", error="cannot read the video gone.mp4: there is no such file")
    damaged = labelled("cut.mp4", problems=("ends at 3.7 s of 7.2 s: the file is cut off",))
    page = run_page(run(labelled(), damaged, (failed, None), settings=[("posknn", "0.1.0"), ("sha256", "abc123")]))
    text = " ".join(" ".join(read(page).text).split())
    for told in ("there is no such file", "the file is cut off", "abc123", "0:20", "62%", "1 could not be done"):
        assert told in text
    assert "up, 0:02.0 to 0:04.0, 90%" in text
    assert page.count("<article") == 2


def test_what_is_drawn_lies_where_it_was() -> None:
    page = run_page(run(labelled()))
    drawn = re.findall(r'<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"', page)
    assert drawn == [("seen", "100.00", "800.00"), ("l0", "200.00", "200.00"), ("l1", "400.00", "100.00")]


def test_names_are_no_markup() -> None:
    report, review = labelled(HOSTILE, problems=(HOSTILE,))
    page = run_page(run((report, review), (Labelled(HOSTILE, error=HOSTILE), None), settings=[(HOSTILE, HOSTILE)]))
    tags = read(page)
    assert not {"script", "link", "iframe", "object"} & set(tags.found)
    assert "<b>odd</b>" not in page
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?!data:)\w", page)
    assert "http" not in page


def test_the_same_run_gives_the_same_page() -> None:
    assert run_page(run(labelled(), labelled("b.mp4"))) == run_page(run(labelled(), labelled("b.mp4")))


def test_pictures_are_in_it_only_when_taken() -> None:
    one = labelled()
    assert "<img" not in run_page(run(one))
    assert "--report-frames" in run_page(run(one))
    page = run_page(run(one, stills={one[1].moments[0]: b"picture"}))
    assert page.count("<img") == 1
    assert 'src="data:image/jpeg;base64,cGljdHVyZQ=="' in page
    read(page)


def test_least_sure_of_all_videos() -> None:
    rng = np.random.default_rng(0)
    reviews: list[Review | None] = [None]
    for share in rng.uniform(0.3, 1, 60):
        segment = Segment(1.0, 2.0, "up", 0, 1.0)
        reviews.append(Review(3.0, {}, (Moment(segment, 1.5, float(share), None, ()),)))
    found = least_sure(reviews)
    shares = [moment.share for _, moment in found]
    assert len(found) == 24
    assert shares == sorted(shares)
    assert reviews[found[0][0]].moments[0] is found[0][1]  # type: ignore[union-attr]


def test_hundreds_of_videos_stay_readable() -> None:
    segments = tuple(Segment(number * 1.0, number + 0.9, LABELS[number % 4], 0, 1.0) for number in range(200))
    many = [
        (Labelled(f"{number}.mp4", 6000, 200.0, 6000, segments), Review(200.0, {0: ((0.0, 200.0),)}))
        for number in range(200)
    ]
    page = run_page(run(*many))
    assert page.count("<article") == 200
    assert len(page) < 8_000_000


@pytest.mark.parametrize("pairs", [(), ((Labelled("a.mp4", error="broken"), None),), ((Labelled("a.mp4"), Review()),)])
def test_nothing_to_show(pairs: tuple[tuple[Labelled, Review | None], ...]) -> None:
    read(run_page(run(*pairs)))


def test_labels_without_a_colour_of_their_own_get_one() -> None:
    labels = [f"pose {number}" for number in range(40)]
    page = run_page(Run("many", labels, [], []))
    colors = re.findall(r"\.l\d+ \{ --c: (.*?); \}", page)
    assert len(set(colors)) == 40
