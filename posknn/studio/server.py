"""Serves the studio on this machine until Ctrl-C."""

from __future__ import annotations

import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Final

from posknn.errors import MissingPackageError, OutputError
from posknn.values import Tracker

__all__ = ["PORT", "serve"]

PORT: Final = 8765
_TRIED: Final = 10
_MOST_MESSAGE: Final = 2**21  # bytes; a picture of a camera has 40,000
_PATIENCE: Final = 3  # seconds for pages to leave at the end


def serve(
    folder: str | Path,
    *,
    port: int | None = None,
    host: str | None = None,
    browser: bool = True,
    announce: Callable[[str, str | None], object] = lambda address, token: None,
    tracker: Callable[[], Tracker] | None = None,
) -> None:
    """Serve the studio of a folder until Ctrl-C.

    port: 8765, or the next one that is free, when left out. host: an address of this machine that others reach; a
    token is then made, which a browser is asked for once. browser: open the page. announce: told address and token.
    tracker: makes a tracker for each camera. MissingPackageError without the packages of the extra; OutputError when
    the port is taken.
    """
    try:
        import uvicorn

        from posknn.studio.app import make_app
    except ImportError as error:
        raise MissingPackageError(f"the studio needs {error.name}: pip install 'posknn[studio]'") from error
    from posknn.studio.session import Session

    with _listening(host or "127.0.0.1", port) as listening:
        number = listening.getsockname()[1]
        session = Session(folder, tracker or _pose_tracker, tracker or _picture_tracker)
        token = secrets.token_urlsafe(16) if host else None
        name = f"[{host}]" if host and ":" in host else host or "127.0.0.1"
        address = f"http://{name}:{number}/"
        config = uvicorn.Config(
            make_app(session, port=number, host=name if host else None, token=token),
            access_log=False,
            log_level="warning",
            server_header=False,
            ws_max_size=_MOST_MESSAGE,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_PATIENCE,
        )
        try:
            announce(address, token)
            if browser:  # it listens already, so the page waits until it is served
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn sends it on after it has ended in order; it is how to stop a server
            pass
        finally:
            session.close()


def _pose_tracker() -> Tracker:
    from posknn.tracking.tracker import PoseTracker

    return PoseTracker()


def _picture_tracker() -> Tracker:
    from posknn.tracking.tracker import PoseTracker

    return PoseTracker(mode="image")


def _listening(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = range(PORT, PORT + _TRIED) if port is None else [port]
    for number in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(64)
        except OSError as error:
            listening.close()
            reason = error.strerror or str(error)
        else:
            return listening
    raise OutputError(f"cannot serve on {host}, port {ports[0]}: {reason}; choose another with --port")
