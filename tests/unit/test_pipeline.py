"""The main line closes what it was given, in the right order, however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

import pytest

from posknn import Event, Events, Frame, Pipeline, Pose, Prediction, Result, Stop, run
from posknn.testing import ScriptedTracker, frames, stick_figure


class Part:
    """Something that notes down when it is used and closed, and fails where it is told to.

    fails: what to raise, in the call or, with `closing`, in close().
    """

    def __init__(
        self, name: str, diary: list[str], *, fails: BaseException | None = None, at: int = 0, closing: bool = False
    ) -> None:
        self.name, self.diary, self.fails, self.at, self.closing = name, diary, fails, at, closing
        self.calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self.fails is not None and not self.closing and self.calls > self.at:
            raise self.fails

    def close(self) -> None:
        self.diary.append(self.name)
        if self.fails is not None and self.closing:
            raise self.fails


class Source(Part):
    def __iter__(self) -> Iterator[Frame]:
        for frame in frames(5):
            yield frame
            self._call()


class Tracker(Part):
    def __call__(self, frame: Frame) -> list[Pose]:
        self._call()
        return [stick_figure()]


class Sink(Part):
    def __call__(self, result: Result) -> None:
        self._call()


PARTS: dict[str, Callable[..., Part]] = {"source": Source, "tracker": Tracker, "one": Sink, "two": Sink}


def run_with(failing: str | None, error: BaseException, **options: object) -> list[str]:
    """Run with one part that fails and return in what order the parts were closed."""
    diary: list[str] = []
    made = {
        name: partial(kind, name, diary, fails=error, **options)() if name == failing else kind(name, diary)
        for name, kind in PARTS.items()
    }
    source, tracker, one, two = made["source"], made["tracker"], made["one"], made["two"]
    assert isinstance(source, Source)
    assert isinstance(tracker, Tracker)
    assert isinstance(one, Sink)
    assert isinstance(two, Sink)
    try:
        run(source, Pipeline(tracker), one, two)
    except BaseException as raised:
        diary.append("raised" if raised is error else repr(raised))
    return diary


def test_everything_is_closed_once_sinks_before_the_tracker_before_the_source() -> None:
    assert run_with(None, RuntimeError()) == ["two", "one", "tracker", "source"]


@pytest.mark.parametrize("failing", PARTS)
@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("at", [0, 2])
def test_everything_is_closed_when_a_part_fails_and_the_error_goes_on(
    failing: str, error: BaseException, at: int
) -> None:
    assert run_with(failing, error, at=at) == ["two", "one", "tracker", "source", "raised"]


@pytest.mark.parametrize("failing", PARTS)
def test_everything_else_is_closed_when_one_cannot_be(failing: str) -> None:
    assert run_with(failing, OSError("disk full"), closing=True) == ["two", "one", "tracker", "source", "raised"]


@pytest.mark.parametrize("stopping", ["one", "two"])
def test_stop_ends_the_run_as_the_end_of_the_source_does(stopping: str) -> None:
    assert run_with(stopping, Stop(), at=2) == ["two", "one", "tracker", "source"]


def test_the_frame_at_which_a_sink_stops_is_counted() -> None:
    def enough(result: Result) -> None:
        if result.frame.index == 2:
            raise Stop

    assert run(frames(9), Pipeline(ScriptedTracker([])), enough) == 3


@pytest.mark.parametrize("error", [None, RuntimeError("broken"), KeyboardInterrupt(), Stop()], ids=repr)
def test_a_generator_is_not_left_open(error: BaseException | None) -> None:
    left = []

    def source() -> Iterator[Frame]:
        try:
            yield from frames(3)
        finally:
            left.append("closed")

    def sink(result: Result) -> None:
        if error is not None:
            raise error

    opened = source()  # the name keeps it alive: only run can have closed it
    with suppress(RuntimeError, KeyboardInterrupt):
        run(opened, Pipeline(ScriptedTracker([])), sink)
    assert left == ["closed"]


def test_every_frame_reaches_every_sink_the_last_one_too() -> None:
    seen: list[tuple[str, int]] = []
    count = run(
        frames(3),
        Pipeline(ScriptedTracker([])),
        lambda result: seen.append(("one", result.frame.index)),
        lambda result: seen.append(("two", result.frame.index)),
    )
    assert count == 3
    assert seen == [(name, index) for index in range(3) for name in ("one", "two")]


def test_a_source_without_frames_is_no_error() -> None:
    assert run([], Pipeline(ScriptedTracker([]))) == 0


def test_a_list_of_frames_is_a_source_and_parts_without_close_are_parts() -> None:
    assert run(list(frames(4)), Pipeline(lambda frame: ())) == 4


def test_without_a_classifier_people_have_no_prediction() -> None:
    result = Pipeline(ScriptedTracker([stick_figure()]))(next(frames(1)))
    assert [person.prediction for person in result.people] == [None]


def test_each_person_is_named_and_smoothed_alone() -> None:
    poses = [stick_figure(arms=10), stick_figure(arms=170)]
    asked: list[tuple[int, float]] = []

    def classify(pose: Pose) -> Prediction:
        return Prediction("up" if pose["left_wrist"][1] < pose["nose"][1] else "down")

    def smooth(person: int, prediction: Prediction, time: float) -> Prediction:
        asked.append((person, time))
        return prediction

    pipeline = Pipeline(ScriptedTracker([poses, None, poses]), classify, smooth)
    results = [pipeline(frame) for frame in frames(3, fps=10)]
    assert [[person.prediction and person.prediction.label for person in seen.people] for seen in results] == [
        ["down", "up"],
        [],
        ["down", "up"],
    ]
    assert asked == [(0, 0.0), (1, 0.0), (0, 0.2), (1, 0.2)]


def test_nobody_is_an_empty_tuple() -> None:
    assert Pipeline(ScriptedTracker([None]))(next(frames(1))).people == ()


def test_closing_a_pipeline_closes_the_tracker() -> None:
    tracker = ScriptedTracker([])
    Pipeline(tracker).close()
    assert tracker.closed


class Teller(Sink):
    """A sink that notes what it is told at the end, and then that it is closed."""

    def tell(self, events: Sequence[Event]) -> None:
        self.diary += [f"{self.name}: {event.kind} {event.detail['stream_end']:g}" for event in events]
        self._call()


def ended(*sinks: Callable[[Result], object], error: BaseException | None = None) -> list[str]:
    """Run a second with somebody in the picture, into an error or to the end; return what was raised."""

    def source() -> Iterator[Frame]:
        yield from frames(30)
        if error is not None:
            raise error

    pipeline = Pipeline(ScriptedTracker([stick_figure()] * 30), watcher=Events("person found", "person lost"))
    try:
        run(source(), pipeline, *sinks)
    except BaseException as raised:
        return [repr(raised)]
    return []


@pytest.mark.parametrize("error", [None, RuntimeError("broken"), KeyboardInterrupt()], ids=repr)
def test_sinks_are_told_of_the_end_of_the_stream_before_they_are_closed(error: BaseException | None) -> None:
    diary: list[str] = []
    seen: list[Event] = []

    def plain(result: Result) -> None:
        seen.extend(result.events)

    raised = ended(Teller("one", diary), plain, Teller("two", diary), error=error)
    assert diary == ["one: lost 1", "two: lost 1", "two", "one"]
    assert [event.kind for event in seen] == ["found"]  # a sink without tell gets those of frames
    assert raised == ([] if error is None else [repr(error)])


def test_one_that_fails_or_stops_when_told_leaves_nothing_open() -> None:
    diary: list[str] = []
    assert ended(Teller("one", diary, fails=Stop(), at=30), Teller("two", diary)) == []
    assert diary == ["one: lost 1", "two: lost 1", "two", "one"]
    diary.clear()
    assert ended(Teller("one", diary, fails=OSError("full"), at=30), Teller("two", diary)) == ["OSError('full')"]
    assert diary[-2:] == ["two", "one"]


def test_a_pipeline_without_a_watcher_has_no_end_to_tell_of() -> None:
    assert Pipeline(ScriptedTracker([]), watcher=lambda result: result).end() == ()
    assert Pipeline(ScriptedTracker([])).end() == ()
