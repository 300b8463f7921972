"""WebSocket: every client gets every event once, in order; strange web pages get none."""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from posknn import PosknnError, Result, WebSocketServer, parse_rule
from posknn.testing import check_sink

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

Sent = Callable[..., Result]
Soon = Callable[[Callable[[], object]], None]


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    server = WebSocketServer(0)
    try:
        yield server
    finally:
        server.close()


def join(server: WebSocketServer, origin: str | None = None) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{server.port}", origin=None if origin is None else Origin(origin))


def counts(client: ClientConnection, most: int) -> list[int]:
    """Return the counts of so many messages, fewer when the server closes before."""
    heard: list[int] = []
    try:
        while len(heard) < most:
            heard.append(json.loads(client.recv(timeout=10))["count"])
    except ConnectionClosed:
        pass
    return heard


def test_every_client_gets_every_event_once_in_order(server: WebSocketServer, sent: Sent) -> None:
    with join(server) as one, join(server) as two:
        for number in range(0, 200, 2):
            server(sent(number, number + 1))
        assert counts(one, 200) == list(range(200))
        assert counts(two, 200) == list(range(200))
        server(sent(200))
        server.close()
        assert counts(one, 9) == [200]  # what was sent last came before the end
    assert (server.delivered, server.dropped, server.problem) == (402, 0, None)


def test_a_message_is_the_event_as_json(server: WebSocketServer, sent: Sent) -> None:
    with join(server) as client:
        server(sent(7))
        assert json.loads(client.recv(timeout=10)) == {
            "kind": "rep", "label": "squat", "person": 0, "time": 7.0, "count": 7,
        }  # fmt: skip


def test_only_wanted_events_are_sent(sent: Sent) -> None:
    server = WebSocketServer(0, wanted=parse_rule("squat rep"))
    with join(server) as client:
        server(sent(1, kind="enter"))
        server(sent(2))
        assert counts(client, 1) == [2]
    server.close()


def test_clients_come_and_go(server: WebSocketServer, sent: Sent) -> None:
    server(sent(0))
    with join(server) as client:
        server(sent(1))
        assert counts(client, 1) == [1]
    server(sent(2))
    with join(server) as client:
        client.send("hello")
        server(sent(3))
        assert counts(client, 1) == [3]


def test_a_client_that_does_not_read_holds_nobody_up(sent: Sent) -> None:
    server = WebSocketServer(0, most=50, patience=0.2)
    with socket.create_connection(("127.0.0.1", server.port)) as lazy, join(server) as keen:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(HANDSHAKE)
        assert lazy.recv(12) == b"HTTP/1.1 101"
        slowest, heard = 0.0, list[int]()
        for number in range(0, 1600, 20):
            result = sent(*range(number, number + 20), label="long" * 3000)
            began = time.perf_counter()
            server(result)
            slowest = max(slowest, time.perf_counter() - began)
            heard += counts(keen, 20)
        began = time.perf_counter()
        server.close()
        assert time.perf_counter() - began < 3
    assert heard == list(range(1600))
    assert slowest < 0.2  # one frame at 5 a second
    assert server.dropped > 200


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (None, True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1:8080", True),
        ("https://localhost", True),
        ("http://[::1]:5000", True),
        ("https://mine.example", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example:80", False),
        ("null", False),
        ("file://", False),
    ],
)
def test_web_pages_of_other_origins_are_refused(origin: str | None, welcome: bool) -> None:
    server = WebSocketServer(0, origins=["https://mine.example/"])
    try:
        status = 101
        try:
            with join(server, origin):
                pass
        except InvalidStatus as refused:
            status = refused.response.status_code
        assert status == (101 if welcome else 403)
    finally:
        server.close()


def test_it_listens_on_this_machine_alone() -> None:
    server = WebSocketServer(0)
    try:
        assert server.name == f"ws 127.0.0.1:{server.port}"
        own = {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in own - {"127.0.0.1"}:
            with pytest.raises(OSError, match=r"refused|unreachable"):
                socket.create_connection((address, server.port), timeout=2)
    finally:
        server.close()


def test_a_port_that_is_taken_is_an_error_at_once(server: WebSocketServer) -> None:
    with pytest.raises(PosknnError, match=f"cannot listen on 127.0.0.1:{server.port}"):
        WebSocketServer(server.port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="a port is"):
        WebSocketServer(port)


def test_it_is_a_sink_until_it_is_closed(sent: Sent) -> None:
    server = WebSocketServer(0)
    check_sink(server)
    with pytest.raises(ValueError, match="is closed"):
        server(sent(1))


def test_somebody_who_speaks_no_websocket_is_no_trouble(
    server: WebSocketServer, sent: Sent, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as stranger:
        stranger.sendall(b"hello\r\n\r\n")
        stranger.recv(100)
    with join(server) as client:
        server(sent(1))
        assert counts(client, 1) == [1]
    assert capfd.readouterr() == ("", "")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.asyncio.server", None)
    with pytest.raises(PosknnError, match=r"pip install 'posknn\[ws\]'"):
        WebSocketServer(0)


def test_a_client_that_is_cut_off_is_no_trouble(
    server: WebSocketServer, sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as cut:
        cut.sendall(HANDSHAKE)
        assert cut.recv(12) == b"HTTP/1.1 101"
        server(sent(1))
        cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets the connection
    server(sent(*range(2, 500)))
    with join(server) as client:
        server(sent(7))
        assert counts(client, 1) == [7]
    server.close()
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
