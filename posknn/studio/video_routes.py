"""The addresses of the Video view: each calls the videos of the session once."""

from __future__ import annotations

import mimetypes
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from posknn.studio.exports import KINDS
from posknn.studio.marks import Mark
from posknn.studio.uploads import endpoint
from posknn.studio.videos import Paint, Videos

__all__ = ["video_routes"]

_MOST_PAINTS: Final = 1000

Body = Callable[[Request], Awaitable[dict[str, Any]]]


def video_routes(videos: Videos, body: Body) -> list[Route]:
    """Return the routes below /api/videos. body: reads the bounded JSON object of a request."""

    async def track(request: Request) -> Response:
        people = (await body(request)).get("people", 1)
        if type(people) is not int:
            raise HTTPException(400, "people is a number")
        return JSONResponse(await run_in_threadpool(videos.shelf.track, _film(request), people))

    async def correct(request: Request) -> Response:
        paints = _paints((await body(request)).get("paints"))
        return JSONResponse(await run_in_threadpool(videos.correct, _film(request), paints))

    def poses(request: Request) -> Response:
        content = videos.poses(_film(request), _seconds(request, "start"), _seconds(request, "end"))
        return Response(content, media_type="application/octet-stream")

    def still(request: Request) -> Response:
        return Response(videos.still(_film(request), _seconds(request, "time")), media_type="image/jpeg")

    def picture(request: Request) -> Response:
        path = videos.picture(_film(request))
        kind = mimetypes.guess_type(path.name)[0] or ""
        return FileResponse(path, media_type=kind if kind.startswith("video/") else "application/octet-stream")

    def export(request: Request) -> Response:
        folder = tempfile.mkdtemp(prefix="posknn-")
        try:
            path = videos.export(_film(request), request.query_params.get("kind", ""), Path(folder))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        return FileResponse(path, filename=path.name, media_type="application/octet-stream", background=gone)

    def listed(_: Request) -> Response:
        kinds = [[kind, group, words] for kind, (group, words) in KINDS.items()]
        return JSONResponse({"videos": videos.shelf.listed(), "kinds": kinds})

    one = "/api/videos/{film}"
    return [
        Route("/api/videos", listed),
        Route("/api/videos", endpoint(videos.shelf.uploads, videos.shelf.arrived), methods=["PUT"]),
        Route(one, _answer(videos.timeline)),
        Route(f"{one}/track", track, methods=["POST"]),
        Route(f"{one}/stop", _answer(videos.shelf.stop), methods=["POST"]),
        Route(f"{one}/marks", correct, methods=["POST"]),
        Route(f"{one}/next", _answer(videos.next)),
        Route(f"{one}/poses", poses),
        Route(f"{one}/still", still),
        Route(f"{one}/picture", picture),
        Route(f"{one}/export", export),
    ]


def _answer(ask: Callable[[str], Any]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return JSONResponse(ask(_film(request)))

    return answer


def _film(request: Request) -> str:
    return str(request.path_params["film"])


def _seconds(request: Request, name: str) -> float:
    try:
        seconds = float(request.query_params[name])
    except (KeyError, ValueError):
        raise HTTPException(400, f"{name} is a number of seconds") from None
    if not 0 <= seconds < 1e7:
        raise HTTPException(400, f"{name} is a number of seconds from 0")
    return seconds


def _paints(said: object) -> list[Paint]:
    if not isinstance(said, list) or not 0 < len(said) <= _MOST_PAINTS:
        raise HTTPException(400, "paints is a list of stretches")
    return [_paint(one) for one in said]


def _paint(said: object) -> Paint:
    if not isinstance(said, dict):
        raise HTTPException(400, "a stretch is an object with start, end, person and label")
    start, end, person, label = (said.get(key) for key in ("start", "end", "person", "label"))
    if not (type(start) in (int, float) and type(end) in (int, float) and type(person) is int):
        raise HTTPException(400, "a stretch has start and end in seconds and the number of a person")
    if not (label is None or type(label) is int or isinstance(label, str)):
        raise HTTPException(400, "a label is a text, a number or null")
    assert isinstance(start, int | float) and isinstance(end, int | float) and isinstance(person, int)  # noqa: PT018
    label = label.strip() if isinstance(label, str) else label
    return Mark(float(start), float(end), label, person), said.get("erase") is True
