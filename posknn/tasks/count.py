"""Counts repetitions in recorded videos and tracks: of taught poses, or of whatever repeats itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from posknn.classification.between import Between
from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import NormalisedPoints, as_points, completed_points
from posknn.errors import FileFormatError, PosknnError, SourceError, UnknownLabelError
from posknn.parts import Named, classifier_of, open_source, people_for, source_name, tracker_for
from posknn.pipeline import Pipeline, run
from posknn.storage.recordings import read_recording
from posknn.temporal.counting import Track, count_repetitions
from posknn.temporal.patterns import choices, parse_pattern
from posknn.temporal.repetitions import Repetition
from posknn.temporal.rhythm import find_rhythm
from posknn.tracking.following import Follow
from posknn.values import Label, Pose, Result

__all__ = ["Counted", "count", "count_auto", "resolved_pattern"]

Progress = Callable[[str, float, float | None], object]
"""Called with the name of a video, the seconds done and the seconds there are, None when nobody knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What was counted in one video. followed: the person that `count` and `partial` are of, the first one seen.

    people: whole repetitions by id, of everybody who was seen. repetitions: everybody's, whole and partial, by start.
    confidence: how sure the count is, 0..1, where the motion was found by itself; None where poses were taught.
    problems: damage that was met on the way. error: why nothing came of it.
    """

    video: str
    followed: int | None = None
    people: dict[int, int] = field(default_factory=dict)
    repetitions: tuple[Repetition, ...] = ()
    confidence: float | None = None
    problems: tuple[str, ...] = ()
    error: str | None = None

    @property
    def count(self) -> int:
        """The whole repetitions of the followed person."""
        return len(self.whole)

    @property
    def partial(self) -> int:
        """The partial repetitions of the followed person."""
        return sum(1 for one in self.repetitions if one.person == self.followed and not one.whole)

    @property
    def whole(self) -> tuple[Repetition, ...]:
        """The whole repetitions of the followed person."""
        return tuple(one for one in self.repetitions if one.person == self.followed and one.whole)

    @property
    def tempo(self) -> float | None:
        """The usual seconds from one repetition of the followed person to the next; None for fewer than two."""
        ends = [one.end for one in self.whole]
        return median(after - before for before, after in pairwise(ends)) if len(ends) > 1 else None

    @property
    def hold(self) -> float:
        """The usual seconds that the followed person stays in the far pose."""
        return median([one.hold for one in self.whole]) if self.whole else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """The poses of one video: by person their times and points (33, 4)."""

    name: str
    people: dict[int, list[tuple[float, npt.NDArray[np.float32]]]]
    problems: tuple[str, ...] = ()


def count(
    classifier: str | Path,
    videos: Iterable[str],
    pattern: str,
    *,
    smooth: float = 0.1,
    least: float = 0.2,
    greatest: float = 30.0,
    relative: bool = False,
    max_people: int = 1,
    follow: Follow = "all",
    mirrored: bool = False,
    progress: Progress = lambda name, done, total: None,
    done: Callable[[Counted], object] = lambda report: None,
) -> list[Counted]:
    """Count how often people go through a pattern of taught poses and return what came of each video.

    classifier: see `label`. videos: video files, folders of pictures, or tracks (.parquet). pattern: see
    `Repetitions`. smooth: time constant, seconds. least, greatest: seconds that a repetition takes. relative: depth is
    measured by each person's own deepest poses, see `count_repetitions`. max_people, follow: see `label`; a track has
    the people that it has.
    A video that cannot be read has its `error` set and the others go on; errors of the classifier and a label that it
    does not know are raised before any work. `done` is told of each video at once.
    """
    named = classifier_of(classifier)
    labels = resolved_pattern(pattern, named.labels)
    flat = tuple(dict.fromkeys(label for step in labels for label in choices(step)))
    asked: Named = Between(named, flat) if isinstance(named, PoseClassifier) else named

    def judge(person: int, rows: Sequence[tuple[float, npt.NDArray[np.float32]]]) -> tuple[list[Repetition], None]:
        track = _track(person, rows, asked)
        found = count_repetitions(track, labels, smooth=smooth, relative=relative, least=least, greatest=greatest)
        return found, None

    return _each(videos, judge, done, lambda spec: _watch(spec, max_people, follow, mirrored, progress))


def count_auto(
    videos: Iterable[str],
    *,
    max_people: int = 1,
    follow: Follow = "all",
    mirrored: bool = False,
    progress: Progress = lambda name, done, total: None,
    done: Callable[[Counted], object] = lambda report: None,
) -> list[Counted]:
    """Find the repeated motion in each video by itself and count it; see `count` and `find_rhythm`."""
    find_rhythm(_track(0, ()))  # says now that scipy is missing

    def judge(person: int, rows: Sequence[tuple[float, npt.NDArray[np.float32]]]) -> tuple[list[Repetition], float]:
        rhythm = find_rhythm(_track(person, rows))
        return list(rhythm.repetitions), rhythm.confidence

    return _each(videos, judge, done, lambda spec: _watch(spec, max_people, follow, mirrored, progress))


def resolved_pattern(pattern: str, labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return a typed pattern with the labels that a classifier knows: 5 for "5" where it was taught as a number.

    UnknownLabelError for one that it does not know; ValueError for no pattern.
    """
    known = {str(label): label for label in reversed(labels)}
    steps: list[Label] = []
    for step in parse_pattern(pattern):
        for label in choices(step):
            if str(label) not in known:
                raise UnknownLabelError(
                    f"{label!r} was never taught; the pattern can be made of {', '.join(map(str, labels))}"
                )
        steps.append(known.get(str(step), step))
    return tuple(steps)


def _each(
    videos: Iterable[str],
    judge: Callable[..., tuple[list[Repetition], float | None]],
    done: Callable[[Counted], object],
    watch: Callable[[str], _Watched],
) -> list[Counted]:
    reports = []
    for spec in videos:
        try:
            watched = _read(spec) if Path(spec).suffix.lower() == ".parquet" else watch(spec)
            reports.append(_judged(watched, judge))
        except PosknnError as error:
            reports.append(Counted(Path(spec).name, error=str(error)))
        done(reports[-1])
    return reports


def _judged(watched: _Watched, judge: Callable[..., tuple[list[Repetition], float | None]]) -> Counted:
    found: list[Repetition] = []
    people: dict[int, int] = {}
    sure: dict[int, float | None] = {}
    for person, rows in watched.people.items():
        own, sure[person] = judge(person, rows)
        people[person] = sum(1 for one in own if one.whole)
        found += own
    followed = next(iter(people), None)
    repetitions = tuple(sorted(found, key=lambda one: (one.start, one.person)))
    confidence = None if followed is None else sure[followed]
    return Counted(watched.name, followed, people, repetitions, confidence, watched.problems)


def _watch(spec: str, max_people: int, follow: Follow, mirrored: bool, progress: Progress) -> _Watched:
    source = open_source(spec, mirrored=mirrored)
    if source.live:
        source.close()
        raise SourceError(f"{spec} is live and has no end; `posknn record` it first")
    name = source_name(source)
    people: dict[int, list[tuple[float, npt.NDArray[np.float32]]]] = {}

    def collect(result: Result) -> None:
        progress(name, result.frame.time, source.duration)
        for person in result.people:
            people.setdefault(person.id, []).append((result.frame.time, as_points(person.pose)))

    run(source, Pipeline(tracker_for(source, max_people), people=people_for(source, follow)), collect)
    return _Watched(name, people, tuple(source.problems))


def _read(spec: str) -> _Watched:
    recording = read_recording(spec)
    if (np.diff(recording.times) < 0).any():
        raise FileFormatError(f"{spec} holds several recordings in one: count them one by one")
    people: dict[int, list[tuple[float, npt.NDArray[np.float32]]]] = {}
    rows = zip(recording.people.tolist(), recording.times.tolist(), recording.points, strict=True)
    for person, time, points in rows:
        if not np.isnan(points).all():
            people.setdefault(person, []).append((time, points))
    return _Watched(Path(spec).name, people)


def _track(
    person: int, rows: Sequence[tuple[float, npt.NDArray[np.float32]]], classifier: Named | None = None
) -> Track:
    times = np.array([time for time, _ in rows], np.float64)
    points = completed_points(np.array([points for _, points in rows], np.float32).reshape(-1, 33, 4))
    vectors = NormalisedPoints()(points) if len(points) else np.empty((0, 99), np.float32)
    predictions = [] if classifier is None else [classifier(Pose.from_points(row)) for row in points]
    return Track(person, times, vectors, predictions)
