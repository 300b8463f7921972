"""Serves events over WebSocket, to browsers and games on this machine."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from posknn.errors import MissingPackageError, OutputError
from posknn.output.publishers.message import message_text
from posknn.output.publishers.publisher import MOST, everything
from posknn.values import Event, Result

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.typing import Origin

__all__ = ["WebSocketServer"]

_LOG: Final = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # websockets says there who failed to connect, and would print it otherwise

_FAREWELL: Final = 0.5  # seconds to close a connection in peace
_OF_THIS_MACHINE: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


class WebSocketServer:
    """A sink that sends each event as JSON to every client that is connected to it.

    Listens from the start. host: the address to listen on; with the default only this machine reaches it, with
    "0.0.0.0" whoever reaches this machine reads along. port: 0 for any free one, see `port`.
    origins: web pages that may read along, such as "https://example.org", besides those that this machine serves. A
    browser lets every page connect, so pages of other origins, and files, are refused with 403; programs send no
    origin and are let in.
    wanted: which events, such as a `Rule`. most: how many events wait for a slow client at most; the oldest are dropped
    for new ones. A client gets what happens while it is connected. What clients send is not read.
    patience: seconds that close waits for slow clients. ValueError for a port that is none.

    delivered, dropped: how many events so far, counted per client. problem: always None, clients fail for themselves.
    OutputError when nobody may listen there; MissingPackageError without websockets.
    """

    problem: None = None

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        origins: Sequence[str] = (),
        wanted: Callable[[Event], bool] = everything,
        most: int = MOST,
        patience: float = 2.0,
    ) -> None:
        if not 0 <= port < 65536:
            raise ValueError(f"a port is a number from 0 to 65535, not {port}")
        try:
            import websockets.asyncio.server  # noqa: F401  # to say at once that it is missing
        except ImportError:
            raise MissingPackageError("WebSocket needs the package websockets: pip install 'posknn[ws]'") from None
        self.delivered = 0
        self.dropped = 0
        self._origins: list[Origin | re.Pattern[str] | None] = [None, _OF_THIS_MACHINE]
        self._origins += [cast("Origin", origin.rstrip("/")) for origin in origins]
        self._wanted = wanted
        self._most = most
        self._patience = patience
        self._clients: set[_Client] = set()
        self._over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        started: Future[Server] = Future()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(host, port, started),), daemon=True
        )
        self._thread.start()
        try:
            server = started.result()
        except OSError as error:
            self._thread.join()
            self._loop.close()
            raise OutputError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self.port: int = next(iter(server.sockets)).getsockname()[1]
        self.name = f"ws {host}:{self.port}"

    def __call__(self, result: Result) -> None:
        """Send the events of one result on their way; returns at once. ValueError after the end."""
        self.tell(result.events)

    def tell(self, events: Sequence[Event]) -> None:
        """Send events that belong to no frame, such as those of the end of the stream; else as a call."""
        texts = [message_text(event) for event in events if self._wanted(event)]
        if self._loop.is_closed():
            raise ValueError(f"the server at {self.name} is closed; make a new one")
        if texts:
            self._loop.call_soon_threadsafe(self._hand_out, texts)

    def close(self) -> None:
        """Let the clients have what waits for them, for a moment, then close; harmless a second time."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self, host: str, port: int, started: Future[Server]) -> None:
        from websockets.asyncio.server import serve

        try:
            server = await serve(
                self._attend,
                host,
                port,
                origins=self._origins,
                compression=None,
                max_size=1024,
                close_timeout=_FAREWELL,
                logger=_LOG,
            )
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result(server)
        await self._over.wait()
        emptied = [asyncio.ensure_future(client.emptied.wait()) for client in self._clients]
        if emptied:
            await asyncio.wait(emptied, timeout=self._patience)
        for each in emptied:
            each.cancel()
        self.dropped += sum(len(client.waiting) for client in self._clients)
        server.close()
        ended = asyncio.ensure_future(server.wait_closed())
        if not (await asyncio.wait([ended], timeout=_FAREWELL))[0]:
            for client in self._clients:  # who does not read takes no leave either
                client.connection.transport.abort()
        await ended

    def _hand_out(self, texts: Sequence[str]) -> None:
        for client in self._clients:
            self.dropped += client.put(texts)

    async def _attend(self, connection: ServerConnection) -> None:
        """Look after one client until it goes."""
        from websockets.exceptions import ConnectionClosed

        client = _Client(connection, self._most)
        self._clients.add(client)
        sending = asyncio.ensure_future(self._send(client))
        try:
            with suppress(ConnectionClosed):  # it went without taking leave
                async for _ in connection:
                    pass
        finally:
            sending.cancel()
            self._clients.discard(client)

    async def _send(self, client: _Client) -> None:
        from websockets.exceptions import ConnectionClosed

        with suppress(ConnectionClosed):
            while True:
                text = await client.take()
                await client.connection.send(text)
                self.delivered += 1
                client.sent()


class _Client:
    """What waits for one client; all of it belongs to the thread of the server."""

    def __init__(self, connection: ServerConnection, most: int) -> None:
        self.connection = connection
        self.waiting: deque[str] = deque()
        self.emptied = asyncio.Event()
        self.emptied.set()
        self._most = most
        self._filled = asyncio.Event()

    def put(self, texts: Sequence[str]) -> int:
        """Put events in line; return how many old ones were dropped for them."""
        self.waiting.extend(texts)
        over = max(0, len(self.waiting) - self._most)
        for _ in range(over):
            self.waiting.popleft()
        self._filled.set()
        self.emptied.clear()
        return over

    async def take(self) -> str:
        """Wait for the next event."""
        while not self.waiting:
            self._filled.clear()
            await self._filled.wait()
        return self.waiting.popleft()

    def sent(self) -> None:
        """Know that what was taken is on its way."""
        if not self.waiting:
            self.emptied.set()
