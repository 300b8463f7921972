"""Lets in the studio's own page and nobody else: Host, Origin, token and the headers that keep a browser to it."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

__all__ = ["COOKIE", "EVENTS", "Gate", "cookie_of"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE: Final = "posknn_studio"
EVENTS: Final = "/api/events"
"""Where other programs read what happens. They send no Origin, which every browser does, and no cookie."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_BEFORE_LOGIN: Final = frozenset({"/login", "/static/studio.css", "/static/login.js", "/static/icon.svg"})
_POLICY: Final = (
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


class Gate:
    """Pass on requests that the studio's own page makes and answer 403 to others, 401 without the token.

    A name that somebody else's DNS points here has another Host, a page of another origin has another Origin or says
    so in Sec-Fetch-Site; both get nothing. Programs, which send no Origin, may read events, with the token as a
    bearer's. host: None for this machine alone, or the address that `--host` opened, which needs a token. port: the
    one served.
    """

    def __init__(self, app: App, *, port: int, host: str | None = None, token: str | None = None) -> None:
        if host is not None and not token:
            raise ValueError("a studio that others can reach needs a token")
        self._app = app
        self._port = port
        self._host = host
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status = self._judge(scope, headers)
        if status == 200:
            await self._app(scope, receive, _sealed(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the browser sees a 403
        else:
            await _refuse(_sealed(send), status)

    def _judge(self, scope: Scope, headers: dict[str, str]) -> int:
        host = headers.get("host", "").lower()
        if not self._is_ours(host):
            return 403
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        changes &= scope["path"] != EVENTS
        if (origin is not None or changes) and origin != f"http://{host}":
            return 403
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return 403
        if self._token is None or scope["path"] in _BEFORE_LOGIN or self._may_enter(headers.get("cookie", "")):
            return 200
        if scope["path"] == EVENTS and self._is_token(headers.get("authorization", "").removeprefix("Bearer ")):
            return 200
        return 401

    def _is_ours(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name, port = host, "80"
        if port != str(self._port):
            return False
        if name in _LOOPBACK:
            return True
        return self._host is not None and (name == self._host.lower() or _is_address(name))

    def _may_enter(self, cookies: str) -> bool:
        try:
            given = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            return False
        return given is not None and self._is_token(given.value)

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), (self._token or "").encode())


def cookie_of(token: str) -> str:
    """Return the header that lets a browser in; scripts and other sites cannot read or send it."""
    return f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"


def _is_address(name: str) -> bool:
    """Say whether a host is an IP address: no name of somebody else's, so no DNS can point it here."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _sealed(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return with_headers


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    words = b"the studio serves only its own page\n"
    if status == 401:
        status, words = 303, b"sign in first\n"
        headers.append((b"location", b"/login"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
