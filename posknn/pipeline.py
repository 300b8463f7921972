"""The main line: a source yields frames, a pipeline turns one frame into one result, sinks take results."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Final

from posknn.interrupts import undisturbed
from posknn.tracking.people import People
from posknn.values import (
    Classifier,
    Event,
    Follower,
    Frame,
    Person,
    Result,
    Sink,
    Smoother,
    Source,
    Stop,
    Tracker,
    Watcher,
)

__all__ = ["Pipeline", "run"]

_MEANT: Final = 3
"""Who presses Ctrl-C so often means it, and a sink that hangs is left; files are closed undisturbed all the same."""


class Pipeline:
    """Turn a frame into a result: find the people, name each one's pose, steady the answers, notice what happens.

    people: gives the poses ids and chooses whom to follow; `People()` when left out, which follows everybody.
    """

    def __init__(
        self,
        tracker: Tracker,
        classifier: Classifier | None = None,
        smoother: Smoother | None = None,
        watcher: Watcher | None = None,
        *,
        people: Follower | None = None,
    ) -> None:
        self._tracker = tracker
        self._people = People() if people is None else people
        self._classifier = classifier
        self._smoother = smoother
        self._watcher = watcher

    def __call__(self, frame: Frame) -> Result:
        """Return what is seen in one frame; frames come in order of time."""
        poses = self._tracker(frame)
        people = tuple(self._named(person, frame.time) for person in self._people(poses, frame))
        result = Result(frame, people)
        return self._watcher(result) if self._watcher else result

    def _named(self, person: Person, time: float) -> Person:
        if not self._classifier:
            return person
        prediction = self._classifier(person.pose)
        if self._smoother:
            prediction = self._smoother(person.id, prediction, time)
        return Person(person.id, person.pose, prediction)

    def end(self) -> tuple[Event, ...]:
        """Return what happens because no more frames come, as the watcher says."""
        end = getattr(self._watcher, "end", None)
        return tuple(end()) if end is not None else ()

    def close(self) -> None:
        """Close the tracker."""
        _close(self._tracker)


def run(source: Source, pipeline: Pipeline, *sinks: Sink) -> int:
    """Send each frame of a source through a pipeline to the sinks, in order; return the number of frames.

    Ends with the source, or when a sink raises `Stop`. Source, pipeline and sinks belong to the run: each that has
    a close() is closed at the end, also on an error and on Ctrl-C, sinks first, so that files are whole. Before that
    sinks that have a tell() are told what the end of the stream makes happen: whoever was there is lost. So make them
    anew for another run; the classifier, which holds no device, may serve again.
    """
    count = 0
    closing = ExitStack()
    for part in (source, pipeline, *sinks):
        closing.callback(_close, part)
    closing.callback(_end, pipeline, sinks)
    try:
        for frame in source:
            count += 1
            result = pipeline(frame)
            with undisturbed(give_way=_MEANT):  # all sinks see the same results: no table is longer than its video
                for sink in sinks:
                    sink(result)
    except Stop:
        pass
    finally:
        with undisturbed():
            closing.close()
    return count


def _end(pipeline: Pipeline, sinks: Sequence[Sink]) -> None:
    events = pipeline.end()
    for sink in sinks if events else ():
        tell = getattr(sink, "tell", None)
        if tell is not None:
            with suppress(Stop):  # it is over anyway
                tell(events)


def _close(part: object) -> None:
    close = getattr(part, "close", None)
    if close is not None:
        close()
