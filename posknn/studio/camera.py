"""Carries the pictures of a browser to a feed and the answers back: the newest wins, none waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from posknn.errors import PosknnError, TrackerError
from posknn.studio.feed import Feed

__all__ = ["serve_camera"]

_LONGEST_NAME = 200


async def serve_camera(socket: WebSocket, make: Callable[[], Feed]) -> None:
    """Serve one camera until its page leaves. make: makes its feed.

    A picture is four bytes of its number, big-endian, and a JPEG; an answer has the number as `sequence`, and says by
    it that no earlier picture will be answered. Text is JSON: {"teach": label or null}, {"source":
    the name of a file that is shown} or {"watch": {"rules": [...], "pattern": pattern or null}}; wrong ones are
    answered with an `error`. An `error` with `over` is the last word: the tracker has stopped.
    A feed has a thread of its own, so a slow tracker holds up nobody else.
    """
    await socket.accept()
    thread = ThreadPoolExecutor(1, thread_name_prefix="posknn feed")
    making = thread.submit(make)
    newest = _Newest()
    answering = asyncio.create_task(_answer(socket, thread, making, newest))
    try:
        await _listen(socket, thread, making, newest)
    finally:
        answering.cancel()
        # In its turn, also when this task was cancelled while the feed was still being made.
        thread.submit(_leave, making)
        thread.shutdown(wait=False)
        with suppress(asyncio.CancelledError):
            await answering


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


async def _listen(socket: WebSocket, thread: ThreadPoolExecutor, making: Future[Feed], newest: _Newest) -> None:
    loop = asyncio.get_running_loop()
    orders: set[asyncio.Task[None]] = set()
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        picture = message.get("bytes")
        if picture is not None:
            newest.put(picture)
            continue
        # Not waited for: the feed may still be starting, and the page may leave meanwhile.
        obeyed = loop.run_in_executor(thread, _obey, making, message.get("text") or "null")
        orders.add(order := asyncio.create_task(_report(socket, obeyed)))
        order.add_done_callback(orders.discard)
    for order in orders:
        order.cancel()


async def _report(socket: WebSocket, obeyed: asyncio.Future[None]) -> None:
    try:
        await obeyed
    except (PosknnError, ValueError) as error:
        await _send(socket, {"error": str(error)})


async def _answer(socket: WebSocket, thread: ThreadPoolExecutor, making: Future[Feed], newest: _Newest) -> None:
    loop = asyncio.get_running_loop()
    try:
        feed = await asyncio.shield(asyncio.wrap_future(making))
        while True:
            picture = await newest.take()
            answer: dict[str, Any] = {"sequence": int.from_bytes(picture[:4], "big")}
            try:
                answer |= await loop.run_in_executor(thread, feed.look, picture[4:])
            except TrackerError:
                raise
            except PosknnError as error:
                answer |= {"error": str(error)}
            if not await _send(socket, answer):
                return
    except PosknnError as error:
        await _send(socket, {"error": str(error), "over": True})
        await socket.close(1011)
    except Exception:  # whatever it is, the page must not wait for ever; the terminal shows all of it
        await _send(socket, {"error": "the tracker has stopped; the terminal says more", "over": True})
        raise


async def _send(socket: WebSocket, answer: dict[str, Any]) -> bool:
    """Send an answer; False when the page has left."""
    try:
        await socket.send_text(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))
    except (WebSocketDisconnect, RuntimeError):
        return False
    return True


def _leave(making: Future[Feed]) -> None:
    with suppress(Exception):  # it was told, or there is nobody left to tell
        making.result().close()


def _obey(making: Future[Feed], text: str) -> None:
    feed, order = making.result(), json.loads(text)
    if not isinstance(order, dict):
        raise ValueError("an order is an object with teach, source or watch in it")  # noqa: TRY004
    if "source" in order:
        feed.source = str(order["source"])[:_LONGEST_NAME]
    if "teach" in order:
        label = order["teach"]
        if not (label is None or (isinstance(label, str | int) and str(label).strip())):
            raise ValueError("a label needs a name")
        feed.teach(label)
    if "watch" in order:
        feed.watch.ask(*_wishes(order["watch"]))


def _wishes(watch: object) -> tuple[list[str], str | None]:
    wishes = watch if isinstance(watch, dict) else {}
    rules, pattern = wishes.get("rules", []), wishes.get("pattern")
    if not (isinstance(rules, list) and all(isinstance(rule, str) for rule in rules)):
        raise ValueError("rules are a list of words such as slouch held 10s")
    if not (pattern is None or isinstance(pattern, str)):
        raise ValueError("a pattern is words such as up > down > up")
    return rules, pattern
