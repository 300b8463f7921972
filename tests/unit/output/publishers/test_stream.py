"""Events read with `async for` while the run goes on in a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from posknn import Events, EventStream, Frame, Pipeline, Pose, Prediction, Result, Stop, parse_rule, run
from posknn.testing import ScriptedTracker, check_sink, frames, stick_figure

Sent = Callable[..., Result]

POSES = [stick_figure(arms=170 if (n // 30) % 2 else 10) for n in range(300)]


def raised(pose: Pose) -> Prediction:
    label = "up" if pose["left_wrist"][1] < pose["nose"][1] else "down"
    return Prediction(label, {"up": float(label == "up"), "down": float(label == "down")})


def watcher() -> Pipeline:
    return Pipeline(ScriptedTracker(POSES), raised, None, Events("up enter"))


def test_events_are_read_while_the_run_goes_on() -> None:
    async def read() -> list[float]:
        stream = EventStream()
        running = asyncio.create_task(asyncio.to_thread(run, frames(300), watcher(), stream))
        times = [event.time async for event in stream]
        assert await running == 300
        return times

    assert asyncio.run(read()) == pytest.approx([n + 0.3 for n in (1, 3, 5, 7, 9)], abs=0.05)


def test_a_reader_that_has_seen_enough_ends_the_run() -> None:
    async def read() -> tuple[float, int]:
        stream = EventStream()
        running = asyncio.create_task(asyncio.to_thread(run, slowly(), watcher(), stream))
        async for event in stream:
            stream.close()
            return event.time, await running
        return 0.0, 0

    def slowly() -> Iterator[Frame]:
        for frame in frames(300):
            time.sleep(0.001)
            yield frame

    first, count = asyncio.run(read())
    assert first == pytest.approx(1.3, abs=0.05)
    assert 40 <= count < 300


def test_the_end_of_the_stream_is_read_too() -> None:
    pipeline = Pipeline(ScriptedTracker(POSES), raised, None, Events("up exit", "person lost"))

    async def read() -> list[tuple[str, bool]]:
        stream = EventStream()
        running = asyncio.create_task(asyncio.to_thread(run, frames(300), pipeline, stream))
        told = [(event.kind, "stream_end" in event.detail) async for event in stream]
        await running
        return told

    assert asyncio.run(read()) == [("exit", False)] * 4 + [("exit", True), ("lost", True)]


def test_an_error_of_the_run_ends_the_reading() -> None:
    def broken() -> Iterator[Frame]:
        yield from frames(60)
        raise OSError("unplugged")

    async def read() -> int:
        stream = EventStream()
        running = asyncio.create_task(asyncio.to_thread(run, broken(), watcher(), stream))
        seen = [event async for event in stream]
        with pytest.raises(OSError, match="unplugged"):
            await running
        return len(seen)

    assert asyncio.run(read()) == 1


def test_a_reader_that_is_slow_loses_the_oldest(sent: Sent) -> None:
    stream = EventStream(wanted=parse_rule("any rep"), most=3)
    for number in range(10):
        stream(sent(number))
        stream(sent(number, kind="enter"))
    stream.close()

    async def read() -> list[float]:
        return [event.detail["count"] async for event in stream]

    assert asyncio.run(read()) == [7, 8, 9]
    assert stream.dropped == 7


def test_after_the_end_the_run_is_stopped_and_a_lost_reader_is_no_trouble(sent: Sent) -> None:
    stream = EventStream()

    async def first() -> None:
        stream(sent(1))
        assert (await anext(stream)).detail["count"] == 1

    asyncio.run(first())
    stream(sent(2))  # the reader's loop is closed
    stream.close()
    with pytest.raises(Stop):
        stream(sent(3))


def test_it_is_a_sink() -> None:
    check_sink(EventStream())
