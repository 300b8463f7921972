"""The studio over HTTP: each address calls the session once and answers in JSON."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from posknn.errors import PosknnError
from posknn.studio.camera import serve_camera
from posknn.studio.safety import Gate, cookie_of
from posknn.studio.session import Session
from posknn.studio.video_routes import video_routes

__all__ = ["make_app"]

_STATIC: Final = Path(__file__).parent / "static"
_MOST_JSON: Final = 2**20


def make_app(session: Session, *, port: int, host: str | None = None, token: str | None = None) -> Gate:
    """Return the studio as an ASGI application behind its gate; see Gate. It closes the session when it ends."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(session.close)

    async def camera(socket: WebSocket) -> None:
        await serve_camera(socket, session)

    async def login(request: Request) -> Response:
        if request.method == "GET":
            return FileResponse(_STATIC / "login.html")
        given = str((await _body(request)).get("token", ""))
        if token is None or not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(401, "this is not the token that the terminal shows")
        return JSONResponse({}, headers={"set-cookie": cookie_of(token)})

    def index(_: Request) -> Response:
        return FileResponse(_STATIC / "index.html")

    routes = [
        Route("/", index),
        Route("/login", login, methods=["GET", "POST"]),
        Route("/api/project", _get(session.overview)),
        Route("/api/examples", _get(session.listed)),
        Route("/api/relabel", _post(lambda body: session.relabel(_ids(body), body.get("label"))), methods=["POST"]),
        Route("/api/undo", _post(lambda _: session.undo()), methods=["POST"]),
        *video_routes(session.videos, _body),
        WebSocketRoute("/api/camera", camera),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={PosknnError: _problem, ValueError: _problem, HTTPException: _http_problem},
    )
    return Gate(app, port=port, host=host, token=token)


def _get(ask: Callable[[], Any]) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        return JSONResponse(ask())

    return answer


def _post(do: Callable[[dict[str, Any]], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(do, await _body(request)) or {})

    return answer


async def _body(request: Request) -> dict[str, Any]:
    """Return a JSON object of bounded size; 413 and 400 for others."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MOST_JSON:
            raise HTTPException(413, "too much was sent at once")
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        raise HTTPException(400, "what was sent is not JSON") from None
    if not isinstance(body, dict):
        raise HTTPException(400, "what was sent is not a JSON object")
    return body


def _ids(body: dict[str, Any]) -> list[int]:
    ids = body.get("ids")
    if not isinstance(ids, list) or not all(type(one) is int for one in ids):
        raise HTTPException(400, "ids is a list of numbers of examples")
    return ids


def _problem(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 422)


def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)
