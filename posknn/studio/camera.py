"""Carries the pictures of a browser's camera to a feed and the answers back: the newest wins, none waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from posknn.errors import PosknnError
from posknn.studio.feed import Feed
from posknn.studio.session import Session

__all__ = ["serve_camera"]


async def serve_camera(socket: WebSocket, session: Session) -> None:
    """Serve one camera until its page leaves.

    A picture is four bytes of its number, big-endian, and a JPEG; an answer has the number as `sequence`, and says by
    it that no earlier picture will be answered. Text is JSON: {"teach": label or null}, {"undo": true} or
    {"count": pattern or null}. A feed has a thread of its own, so a slow tracker holds up nobody else.
    """
    await socket.accept()
    thread = ThreadPoolExecutor(1, thread_name_prefix="posknn feed")
    loop = asyncio.get_running_loop()

    async def do(work: Callable[..., Any], *arguments: object) -> Any:
        return await loop.run_in_executor(thread, work, *arguments)

    try:
        feed: Feed = await do(session.feed)
    except PosknnError as error:
        await socket.send_json({"error": str(error), "over": True})
        await socket.close(1011)
        thread.shutdown(wait=False)
        return
    newest = _Newest()
    answering = asyncio.create_task(_answer(socket, feed, newest, do))
    try:
        await _listen(socket, feed, newest, do)
    finally:
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
        thread.submit(feed.close)  # in its turn, also when this task was cancelled
        thread.shutdown(wait=False)


class _Newest:
    """Holds one picture: a newer one takes its place."""

    def __init__(self) -> None:
        self._picture: bytes | None = None
        self._there = asyncio.Event()

    def put(self, picture: bytes) -> None:
        self._picture = picture
        self._there.set()

    async def take(self) -> bytes:
        await self._there.wait()
        self._there.clear()
        assert self._picture is not None
        return self._picture


async def _listen(socket: WebSocket, feed: Feed, newest: _Newest, do: Callable[..., Any]) -> None:
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        picture = message.get("bytes")
        if picture is not None:
            newest.put(picture)
            continue
        try:
            await do(_obey, feed, json.loads(message.get("text") or "null"))
        except (PosknnError, ValueError) as error:
            with suppress(WebSocketDisconnect):
                await socket.send_json({"error": str(error)})


async def _answer(socket: WebSocket, feed: Feed, newest: _Newest, do: Callable[..., Any]) -> None:
    while True:
        picture = await newest.take()
        answer: dict[str, Any] = {"sequence": int.from_bytes(picture[:4], "big")}
        try:
            answer |= await do(feed.look, picture[4:])
        except PosknnError as error:
            answer |= {"error": str(error)}
        try:
            await socket.send_text(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))
        except (WebSocketDisconnect, RuntimeError):  # the page has left
            return


def _obey(feed: Feed, order: object) -> None:
    if not isinstance(order, dict):
        raise ValueError("an order is an object with teach, undo or count in it")  # noqa: TRY004  # the page's fault
    if "teach" in order:
        label = order["teach"]
        if not (label is None or (isinstance(label, str | int) and str(label).strip())):
            raise ValueError("a label needs a name")
        feed.teach(label)
    if order.get("undo"):
        feed.undo()
    if "count" in order:
        feed.count(order["count"])
