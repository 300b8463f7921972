"""Tells other programs over a WebSocket what happens in front of the studio's cameras."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from posknn.output.publishers.message import message_text
from posknn.values import Event

__all__ = ["Listeners", "serve_events"]

_MOST = 1000


class Listeners:
    """Who is told of events; a slow one loses the oldest, and holds up nobody. Any thread may tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: set[_Client] = set()

    def tell(self, event: Event) -> None:
        """Send an event on its way to all."""
        text = message_text(event)
        with self._lock:
            for client in self._clients:
                client.put(text)

    def enter(self, client: _Client) -> None:
        """Tell one more, from now on."""
        with self._lock:
            self._clients.add(client)

    def leave(self, client: _Client) -> None:
        """Tell one no more."""
        with self._lock:
            self._clients.discard(client)


class _Client:
    """What waits for one program."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[str] = deque(maxlen=_MOST)
        self._there = asyncio.Event()

    def put(self, text: str) -> None:
        self._waiting.append(text)
        with suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self._there.set)

    async def send(self, socket: WebSocket) -> None:
        while True:
            await self._there.wait()
            self._there.clear()
            while self._waiting:
                await socket.send_text(self._waiting.popleft())


async def serve_events(socket: WebSocket, listeners: Listeners) -> None:
    """Send a program each event as a line of JSON until it leaves; what it sends is not read."""
    await socket.accept()
    client = _Client()
    listeners.enter(client)
    sending = asyncio.create_task(client.send(socket))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        listeners.leave(client)
        sending.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sending
