"""Long work in the background."""

import threading
import time
from collections.abc import Callable

from posknn.errors import SourceError
from posknn.studio.queue import Queue

Told = Callable[[float, float | None], None]


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


def test_work_is_done_in_order_one_at_a_time_and_tells_how_far_it_is() -> None:
    queue, done, going = Queue(), [], threading.Event()

    def first(told: Told) -> None:
        told(1.0, 4.0)
        going.wait(10)
        done.append("first")

    queue.add("first", first)
    queue.add("second", lambda _: done.append("second"))
    queue.add("second", lambda _: done.append("once more"))
    wait_until(lambda: queue.state("first").done == 1.0)
    assert (queue.state("first").working, queue.state("first").total) == (True, 4.0)
    assert queue.state("second").working
    assert done == []
    going.set()
    wait_until(lambda: not queue.state("second").working)
    assert done == ["first", "second"]
    queue.add("first", lambda _: done.append("again"))  # the thread had ended
    wait_until(lambda: done[-1] == "again")


def test_what_fails_says_why_and_holds_up_nobody() -> None:
    queue = Queue()

    def fail(error: Exception) -> Callable[[Told], None]:
        def work(_: Told) -> None:
            raise error

        return work

    queue.add("known", fail(SourceError("cannot read it")))
    queue.add("bug", fail(ZeroDivisionError("division by zero")))
    wait_until(lambda: not queue.state("bug").working)
    assert queue.state("known").error == "cannot read it"
    assert "ZeroDivisionError" in str(queue.state("bug").error)
    queue.add("known", lambda _: None)
    wait_until(lambda: queue.state("known").error is None)


def test_what_is_stopped_ends_at_its_next_word_and_what_waits_is_never_begun() -> None:
    queue, begun = Queue(), []

    def endless(told: Told) -> None:
        begun.append("endless")
        while True:
            told(1.0, None)
            time.sleep(0.001)

    queue.add("endless", endless)
    queue.add("waiting", lambda _: begun.append("waiting"))
    wait_until(lambda: bool(begun))
    queue.stop("waiting")
    queue.stop("endless")
    queue.stop("nobody")
    wait_until(lambda: not queue.state("endless").working)
    assert (queue.state("endless").error, queue.state("waiting").working) == (None, False)
    queue.add("endless", endless)
    wait_until(lambda: len(begun) == 2)
    queue.close()
    queue.add("late", lambda _: begun.append("late"))
    time.sleep(0.02)
    assert begun == ["endless", "endless"]
