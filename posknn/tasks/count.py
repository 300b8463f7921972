"""Counts repetitions in recorded videos and tracks: of taught poses, or of whatever repeats itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from posknn.classification.between import Between
from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import NormalisedPoints, completed_points
from posknn.errors import PosknnError, UnknownLabelError
from posknn.jobs.watching import Moments, Progress, Seen, people_of
from posknn.parts import Named, classifier_of
from posknn.temporal.counting import Track, count_repetitions
from posknn.temporal.patterns import choices, parse_pattern
from posknn.temporal.repetitions import Repetition
from posknn.temporal.rhythm import find_rhythm
from posknn.tracking.following import Follow
from posknn.values import Label, Pose

__all__ = ["Counted", "count", "count_auto", "resolved_pattern"]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What was counted in one video. followed: the person that `count` and `partial` are of, the first one seen.

    people: whole repetitions by id, of everybody who was seen. repetitions: everybody's, whole and partial, by start.
    confidence: how sure the count is, 0..1, where the motion was found by itself; None where poses were taught.
    relative: what the count would be by the followed person's own deepest pose, where nothing came as deep as what was
    taught; None where something did, or nothing moved.
    problems: damage that was met on the way. error: why nothing came of it.
    """

    video: str
    followed: int | None = None
    people: dict[int, int] = field(default_factory=dict)
    repetitions: tuple[Repetition, ...] = ()
    confidence: float | None = None
    relative: int | None = None
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
class _Verdict:
    """What one person did. confidence, relative: see `Counted`."""

    repetitions: Sequence[Repetition]
    confidence: float | None = None
    relative: int | None = None

    @property
    def count(self) -> int:
        return sum(1 for one in self.repetitions if one.whole)


_Judge = Callable[[int, Moments], _Verdict]


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

    def judge(person: int, rows: Moments) -> _Verdict:
        track = _track(person, rows, asked)
        counted = partial(count_repetitions, track, labels, smooth=smooth, least=least, greatest=greatest)
        found = _Verdict(counted(relative=relative))
        if found.count or relative:
            return found
        return replace(found, relative=_Verdict(counted(relative=True)).count or None)

    watch = partial(people_of, max_people=max_people, follow=follow, mirrored=mirrored, progress=progress)
    return _each(videos, watch, judge, done)


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

    def judge(person: int, rows: Moments) -> _Verdict:
        rhythm = find_rhythm(_track(person, rows))
        return _Verdict(rhythm.repetitions, rhythm.confidence)

    watch = partial(people_of, max_people=max_people, follow=follow, mirrored=mirrored, progress=progress)
    return _each(videos, watch, judge, done)


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
    watch: Callable[[str], Seen],
    judge: _Judge,
    done: Callable[[Counted], object],
) -> list[Counted]:
    reports = []
    for spec in videos:
        try:
            reports.append(_judged(watch(spec), judge))
        except PosknnError as error:
            reports.append(Counted(Path(spec).name, error=str(error)))
        done(reports[-1])
    return reports


def _judged(seen: Seen, judge: _Judge) -> Counted:
    verdicts = {person: judge(person, rows) for person, rows in seen.people.items()}
    followed = next(iter(verdicts), None)
    own = _Verdict(()) if followed is None else verdicts[followed]
    found = [one for verdict in verdicts.values() for one in verdict.repetitions]
    return Counted(
        seen.name,
        followed,
        {person: verdict.count for person, verdict in verdicts.items()},
        tuple(sorted(found, key=lambda one: (one.start, one.person))),
        own.confidence,
        own.relative,
        seen.problems,
    )


def _track(person: int, rows: Moments, classifier: Named | None = None) -> Track:
    times = np.array([time for time, _ in rows], np.float64)
    points = completed_points(np.array([points for _, points in rows], np.float32).reshape(-1, 33, 4))
    vectors = NormalisedPoints()(points) if len(points) else np.empty((0, 99), np.float32)
    predictions = [] if classifier is None else [classifier(Pose.from_points(row)) for row in points]
    return Track(person, times, vectors, predictions)
