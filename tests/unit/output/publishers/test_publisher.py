"""A publisher hands on every event once, in order, and never waits for its receiver."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from posknn import Event, Publisher, Result, Stop, parse_rule
from posknn.testing import check_sink

Sent = Callable[..., Result]
Soon = Callable[[Callable[[], object]], None]


class Receiver:
    """Notes what it gets; fails while `down`, waits while `gate` is shut."""

    def __init__(self, *, down: type[Exception] | None = None, gate: threading.Event | None = None) -> None:
        self.got: list[int] = []
        self.tries = 0
        self.closed = 0
        self.down = down
        self.gate = gate

    def __call__(self, event: Event) -> None:
        self.tries += 1
        if self.gate is not None:
            self.gate.wait(20)
        if self.down is not None:
            raise self.down("nobody there")
        self.got.append(int(event.detail["count"]))

    def close(self) -> None:
        self.closed += 1
        if self.gate is not None:
            self.gate.set()


def test_events_arrive_once_and_in_order(sent: Sent) -> None:
    receiver = Receiver()
    publisher = Publisher(receiver)
    for number in range(300):
        publisher(sent(2 * number, 2 * number + 1))
    publisher.close()
    assert receiver.got == list(range(600))
    assert (publisher.delivered, publisher.dropped, publisher.problem) == (600, 0, None)
    assert receiver.closed == 1


def test_it_is_a_sink() -> None:
    check_sink(Publisher(lambda event: None))


def test_only_wanted_events_are_passed_on(sent: Sent) -> None:
    receiver = Receiver()
    publisher = Publisher(receiver, wanted=parse_rule("squat rep"))
    publisher(sent(1))
    publisher(sent(2, kind="enter"))
    publisher(sent(3))
    publisher.close()
    assert receiver.got == [1, 3]


def test_a_receiver_that_hangs_holds_nothing_up_and_the_oldest_are_dropped(sent: Sent, soon: Soon) -> None:
    gate = threading.Event()
    receiver = Receiver(gate=gate)
    publisher = Publisher(receiver, most=10)
    publisher(sent(0))
    soon(lambda: receiver.tries == 1)
    began = time.monotonic()
    for number in range(1, 1001):
        publisher(sent(number))
    assert time.monotonic() - began < 1.0  # a thousand frames; each alone is far less than a frame
    gate.set()
    publisher.close()
    assert receiver.got == [0, *range(991, 1001)]
    assert (publisher.delivered, publisher.dropped) == (11, 990)


def test_a_receiver_that_comes_back_gets_what_waited(sent: Sent, soon: Soon) -> None:
    lines: list[str] = []
    receiver = Receiver(down=ConnectionRefusedError)
    publisher = Publisher(receiver, name="desk", report=lines.append)
    publisher(sent(*range(5)))
    soon(lambda: receiver.tries >= 2)
    receiver.down = None
    publisher(sent(5))
    soon(lambda: len(receiver.got) == 6)
    publisher(sent(6))
    publisher.close()
    assert receiver.got == list(range(7))
    assert lines == ["desk: nobody there; trying again", "desk: works again"]
    assert publisher.problem == "nobody there"
    assert publisher.dropped == 0


def test_a_receiver_that_is_down_keeps_the_newest(sent: Sent, soon: Soon) -> None:
    receiver = Receiver(down=ConnectionRefusedError)
    publisher = Publisher(receiver, most=3)
    publisher(sent(0))
    soon(lambda: receiver.tries >= 1)
    publisher(sent(*range(1, 20)))
    receiver.down = None
    soon(lambda: len(receiver.got) >= 3)
    publisher.close()
    assert receiver.got == [17, 18, 19]
    assert publisher.dropped == 17


def test_an_event_in_vain_is_counted_and_the_next_has_its_turn(sent: Sent, soon: Soon) -> None:
    lines: list[str] = []
    receiver = Receiver(down=KeyError)
    publisher = Publisher(receiver, report=lines.append)
    publisher(sent(1, 2))
    soon(lambda: publisher.dropped == 2)
    receiver.down = None
    publisher(sent(3))
    publisher.close()
    assert receiver.got == [3]
    assert lines == ["receiver: 'nobody there'", "receiver: works again"]


def test_a_receiver_that_has_seen_enough_ends_the_run(sent: Sent, soon: Soon) -> None:
    receiver = Receiver(down=Stop)
    publisher = Publisher(receiver)
    publisher(sent(1))
    soon(lambda: publisher.dropped == 1)
    with pytest.raises(Stop):
        publisher(sent())
    publisher.close()
    assert publisher.problem is None


@pytest.mark.parametrize("hangs", [True, False])
def test_closing_waits_no_longer_than_told(sent: Sent, soon: Soon, hangs: bool) -> None:
    gate = threading.Event()
    receiver = Receiver(gate=gate, down=ConnectionAbortedError) if hangs else Receiver(down=ConnectionRefusedError)
    publisher = Publisher(receiver, patience=0.3)
    publisher(sent(1, 2, 3))
    soon(lambda: receiver.tries >= 1)
    began = time.monotonic()
    publisher.close()
    assert 0.2 < time.monotonic() - began < 2
    assert publisher.delivered == 0
    assert publisher.dropped == 3
    assert receiver.closed == 1
    publisher.close()
    assert receiver.closed == 1


def test_nothing_is_started_before_there_is_an_event(sent: Sent) -> None:
    before = threading.active_count()
    publisher = Publisher(Receiver())
    publisher(sent())
    assert threading.active_count() == before
    publisher.close()


def test_after_the_end_it_is_an_error(sent: Sent) -> None:
    publisher = Publisher(Receiver(), name="desk")
    publisher.close()
    publisher(sent())  # nothing to tell, nothing wrong
    with pytest.raises(ValueError, match="desk is closed"):
        publisher(sent(1))


@pytest.mark.parametrize(("most", "patience"), [(0, 1), (1, -1), (1, float("nan"))])
def test_arguments_that_make_no_sense_are_refused(most: int, patience: float) -> None:
    with pytest.raises(ValueError, match="a publisher needs"):
        Publisher(Receiver(), most=most, patience=patience)
