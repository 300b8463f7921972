"""Doubles and checks: scripted poses instead of a camera and a model, and what each kind of part promises."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from posknn.testing.figures import stick_figure
from posknn.values import (
    Classifier,
    Follower,
    Frame,
    Person,
    Pose,
    Prediction,
    Result,
    Sink,
    Smoother,
    Source,
    Stop,
    Tracker,
    Watcher,
)

__all__ = [
    "ScriptedTracker",
    "check_classifier",
    "check_follower",
    "check_sink",
    "check_smoother",
    "check_source",
    "check_tracker",
    "check_watcher",
    "frames",
    "result",
]


def frames(count: int, *, fps: float = 30.0, size: tuple[int, int] = (64, 48)) -> Iterator[Frame]:
    """Yield black frames. size: width and height in pixels."""
    for index in range(count):
        yield Frame(np.zeros((size[1], size[0], 3), np.uint8), index / fps, index)


class ScriptedTracker:
    """A Tracker that sees what it is told, frame after frame, whatever the picture; nobody after the end.

    script: per frame a pose, None for nobody, or a sequence of poses.
    """

    def __init__(self, script: Iterable[Pose | Sequence[Pose] | None]) -> None:
        self._script = iter(script)
        self.closed = False

    def __call__(self, frame: Frame) -> tuple[Pose, ...]:
        """Return the next entry of the script."""
        seen = next(self._script, None)
        if seen is None:
            return ()
        return (seen,) if isinstance(seen, Pose) else tuple(seen)

    def close(self) -> None:
        """Remember to have been closed."""
        self.closed = True


def result(label: str | int | None = None, *, time: float = 0.0, index: int = 0, person: int = 0) -> Result:
    """Return the result of a black frame with one stick figure of that label."""
    frame = Frame(np.zeros((48, 64, 3), np.uint8), time, index)
    shares = {} if label is None else {label: 1.0}
    return Result(frame, (Person(person, stick_figure(), Prediction(label, shares)),))


def check_source(source: Source, *, most: int = 50) -> list[Frame]:
    """Check what every Source promises, times and indices that rise and own pictures; return its first frames."""
    seen = list(itertools.islice(source, most))
    for before, after in itertools.pairwise(seen):
        assert after.time > before.time, f"time does not rise: {before.time} then {after.time}"
        assert after.index > before.index, f"index does not rise: {before.index} then {after.index}"
        assert not np.shares_memory(before.image, after.image), "two frames share one picture"
    return seen


def check_tracker(tracker: Tracker, frame: Frame) -> None:
    """Check what every Tracker promises: poses, and the frame left as it was."""
    before = frame.image.copy()
    poses = tracker(frame)
    assert all(isinstance(pose, Pose) for pose in poses)
    assert np.array_equal(frame.image, before), "the tracker wrote into the picture"


def check_follower(follower: Follower) -> None:
    """Check what every Follower promises: poses passed on as they are, ids of their own that stay, nobody invented."""
    poses = [stick_figure(at=(0.3, 0.5)), stick_figure(at=(1.2, 0.5), arms=90)]
    owners: dict[int, int] = {}
    for frame in frames(40, size=(160, 90)):
        shown = poses if frame.index % 2 else poses[::-1]
        for person in follower(shown if frame.index != 20 else (), frame):
            assert frame.index != 20, "somebody is seen where nobody is"
            number = next((number for number, pose in enumerate(poses) if pose is person.pose), None)
            assert number is not None, "a pose was changed"
            assert owners.setdefault(number, person.id) == person.id, "an id did not stay with its person"
    assert len(set(owners.values())) == len(owners), "two persons have one id"
    assert owners, "nobody was followed"


def check_classifier(classifier: Classifier, pose: Pose) -> None:
    """Check what every Classifier promises: the same answer twice, shares that sum to 1 when there is a label."""
    first, second = classifier(pose), classifier(pose)
    assert first.label == second.label
    assert first.confidences_by_label == second.confidences_by_label
    if first.label is not None:
        assert first.label in first.confidences_by_label
        assert math.isclose(sum(first.confidences_by_label.values()), 1.0, abs_tol=1e-6)


def check_smoother(smoother: Smoother) -> None:
    """Check what every Smoother promises: persons kept apart, a steady input left as it is, nothing invented."""
    up, down = Prediction("up", {"up": 1.0, "down": 0.0}), Prediction("down", {"up": 0.0, "down": 1.0})
    for step in range(60):
        one, two = smoother(1, up, step / 30), smoother(2, down, step / 30)
        assert one.label == "up", "a steady label was changed"
        assert two.label == "down", "two persons were mixed up"
        assert set(one.confidences_by_label) <= {"up", "down"}


def check_watcher(watcher: Watcher) -> None:
    """Check what every Watcher promises: frame and people as they are, events of the people and the time of a frame."""
    ids: set[int | None] = {None}
    for step in range(120):
        given = result("up" if step % 60 < 30 else "down", time=step / 30, index=step, person=step // 60)
        ids.add(step // 60)
        watched = watcher(given)
        assert watched.frame is given.frame, "the frame was changed"
        assert watched.people == given.people, "the people were changed"
        for event in watched.events:
            assert event.time == given.frame.time, "an event has the time of another frame"
            assert event.person in ids, "an event is about somebody who was never there"
    end = getattr(watcher, "end", None)
    for event in end() if end is not None else ():
        assert event.time == 119 / 30, "an event of the end has another time than the last frame"
        assert event.person in ids, "an event of the end is about somebody who was never there"
    assert end is None or not tuple(end()), "it ends twice"


def check_sink(sink: Sink) -> None:
    """Check what every Sink promises: it takes somebody, nobody and unknown, leaves pictures alone, closes twice."""
    for index, seen in enumerate([result("up"), Result(frame=next(frames(1))), result(None)]):
        frame = Frame(seen.frame.image, index / 30, index)
        before = frame.image.copy()
        try:
            sink(Result(frame, seen.people))
        except Stop:
            break
        assert np.array_equal(frame.image, before), "the sink wrote into the picture"
    tell = getattr(sink, "tell", None)
    if tell is not None:
        with suppress(Stop):
            tell(())
    close = getattr(sink, "close", None)
    if close is not None:
        close()
        close()
