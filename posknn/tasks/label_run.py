"""Gathers what came of a labelling run, for the page to review it by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from posknn.errors import PosknnError
from posknn.jobs.labelling import Labelled
from posknn.jobs.review import Moment, Review, Span
from posknn.jobs.steps import is_track
from posknn.jobs.stills import stills_of
from posknn.values import Label

__all__ = ["LEAST_SURE", "Run", "least_sure", "seconds_known", "seconds_seen", "with_stills"]

LEAST_SURE = 24
"""How many of the least sure segments of all videos are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A labelling run. name: of the classifier. labels: all that it was taught. reports: of each video, in order.

    reviews: of each, None where it failed. settings: names and values to tell. stills: pictures of moments, JPEG.
    notes: why there is no picture of others.
    """

    name: str
    labels: Sequence[Label]
    reports: Sequence[Labelled]
    reviews: Sequence[Review | None]
    settings: Sequence[tuple[str, str]] = ()
    stills: Mapping[Moment, bytes] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def done(self) -> list[tuple[Labelled, Review]]:
        """The videos of which something came."""
        return [(one, two) for one, two in zip(self.reports, self.reviews, strict=True) if two is not None]


def least_sure(reviews: Sequence[Review | None]) -> list[tuple[int, Moment]]:
    """Return the moments that were least sure, least first, with the places of their videos."""
    moments = [(place, one) for place, review in enumerate(reviews) if review for one in review.moments]
    return sorted(moments, key=lambda one: (one[1].share, -(one[1].reach or 0.0), one[0], one[1].time))[:LEAST_SURE]


def with_stills(
    run: Run, sources: Sequence[str], work: Path, *, mirrored: bool = False, blur_faces: bool = False
) -> Run:
    """Return a run with pictures of its least sure segments. sources: of its videos. work: see `stills_of`."""
    wanted: dict[int, list[Moment]] = {}
    for place, moment in least_sure(run.reviews):
        wanted.setdefault(place, []).append(moment)
    stills: dict[Moment, bytes] = {}
    notes = []
    tracks = [place for place in wanted if is_track(sources[place])]
    if tracks:
        notes.append(
            f"Tracks have no pictures: none of {', '.join(run.reports[place].video for place in sorted(tracks))}."
        )
    for place, moments in sorted(wanted.items()):
        if place in tracks:
            continue
        try:
            taken = stills_of(sources[place], moments, work, mirrored=mirrored, blur_faces=blur_faces)
            stills.update(zip(moments, taken, strict=True))
        except PosknnError as error:
            notes.append(f"{run.reports[place].video}: no picture, because {error}.")
    return replace(run, stills=stills, notes=notes)


def seconds_seen(review: Review) -> float:
    """Return the seconds that somebody is seen, each person counted."""
    return sum(end - start for spans in review.spans.values() for start, end in spans)


def seconds_known(report: Labelled, review: Review) -> float:
    """Return the seconds that somebody is seen and has a label."""
    return sum(
        sum(_shared(spans, [(one.start, one.end) for one in report.segments if one.person == person]))
        for person, spans in review.spans.items()
    )


def _shared(some: Iterable[Span], others: Sequence[Span]) -> Iterator[float]:
    """Yield the seconds that spans of two lists have in common; both are sorted, and none overlaps its neighbour."""
    place = 0
    for start, end in some:
        while place < len(others) and others[place][1] <= start:
            place += 1
        for after in others[place:]:
            if after[0] >= end:
                break
            yield min(end, after[1]) - max(start, after[0])
