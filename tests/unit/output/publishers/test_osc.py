"""OSC: a python-osc server on this machine gets every event once, in order."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

from posknn import Event, PosknnError, Result, to_osc
from posknn.testing import frames

Sent = Callable[..., Result]
Soon = Callable[[Callable[[], object]], None]
Heard = list[tuple[object, ...]]


@contextmanager
def listening() -> Iterator[tuple[int, Heard]]:
    heard: Heard = []
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *arguments: heard.append((address, *arguments)))
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield int(server.server_address[1]), heard
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_every_event_arrives_once_in_order(host: str, sent: Sent, soon: Soon) -> None:
    with listening() as (port, heard):
        osc = to_osc(host, port)
        for number in range(100):
            osc(sent(number))
        osc.close()
        soon(lambda: len(heard) == 100)
    assert heard == [("/posknn/rep", "squat", 0, float(number), float(number)) for number in range(100)]
    assert osc.delivered == 100


def test_what_a_message_says(soon: Soon) -> None:
    events = (
        Event("held", "slouch", 2, 12.5, {"start": 2.5, "seconds": 10.0}),
        Event("held", None, None, 13.0, {"seconds": 5.0}),
        Event("enter", 5, 0, 14.0, {"start": 13.5}),
        Event("lost", None, 1, 15.0, {"seconds": 3.0}),
    )
    (frame,) = frames(1)
    with listening() as (port, heard):
        osc = to_osc("127.0.0.1", port, prefix="/desk/")
        osc(Result(frame, events=events))
        osc.close()
        soon(lambda: len(heard) == 4)
    assert heard == [
        ("/desk/held", "slouch", 2, 12.5, 10.0),
        ("/desk/held", "nobody", -1, 13.0, 5.0),
        ("/desk/enter", "5", 0, 14.0, 0.0),
        ("/desk/lost", "person", 1, 15.0, 3.0),
    ]


def test_a_name_that_is_not_known_is_tried_again(sent: Sent, soon: Soon) -> None:
    lines: list[str] = []
    osc = to_osc("fe80::1%nosuch", 9000, report=lines.append, patience=0.1)
    osc(sent(1))
    soon(lambda: lines)
    osc.close()
    assert osc.dropped == 1
    assert lines[0].startswith("osc fe80::1%nosuch:9000: ")
    assert lines[0].endswith("; trying again")


@pytest.mark.parametrize(("port", "prefix"), [(0, "/a"), (65536, "/a"), (-1, "/a"), (9000, "a")])
def test_an_address_that_is_none_is_refused(port: int, prefix: str) -> None:
    with pytest.raises(ValueError, match=r"a port is|an OSC address"):
        to_osc("127.0.0.1", port, prefix=prefix)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythonosc.udp_client", None)
    with pytest.raises(PosknnError, match=r"pip install 'posknn\[osc\]'"):
        to_osc("127.0.0.1", 9000)
