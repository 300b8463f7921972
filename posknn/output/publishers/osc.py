"""Sends events as OSC messages, which TouchDesigner, Max, Unity, Processing and the like read."""

from __future__ import annotations

import socket
from collections.abc import Callable

from posknn.errors import MissingPackageError
from posknn.output.publishers.message import subject
from posknn.output.publishers.publisher import Publisher, everything
from posknn.values import Event

__all__ = ["to_osc"]


def to_osc(
    host: str,
    port: int,
    *,
    prefix: str = "/posknn",
    wanted: Callable[[Event], bool] = everything,
    report: Callable[[str], object] = lambda line: None,
    patience: float = 2.0,
) -> Publisher:
    """Return a sink that sends each event to an OSC receiver over UDP.

    The address is the prefix and the kind, as in /posknn/held. The arguments are label (string; "unknown", "nobody"
    or "person" where there is none), person (int, -1 for nobody), time (float, seconds) and the count of a repetition,
    else the seconds of it, 0 where there are none (float). UDP does not tell whether somebody listens.
    wanted, report, patience: see `Publisher`.
    ValueError for a port that is none; MissingPackageError without python-osc.
    """
    if not 0 < port < 65536:
        raise ValueError(f"a port is a number from 1 to 65535, not {port}")
    if not prefix.startswith("/"):
        raise ValueError(f'an OSC address begins with "/", not {prefix!r}')
    try:
        import pythonosc.udp_client  # noqa: F401  # to say at once that it is missing
    except ImportError:
        raise MissingPackageError("OSC needs the package python-osc: pip install 'posknn[osc]'") from None
    return Publisher(
        _Osc(host, port, prefix.rstrip("/")), wanted=wanted, name=f"osc {host}:{port}", report=report, patience=patience
    )


class _Osc:
    """The socket to one receiver, opened with the first event: looking up its name may take a while."""

    def __init__(self, host: str, port: int, prefix: str) -> None:
        from pythonosc.udp_client import SimpleUDPClient

        self._open: Callable[[], SimpleUDPClient] = lambda: SimpleUDPClient(_address(host, port), port)
        self._prefix = prefix
        self._client: SimpleUDPClient | None = None

    def __call__(self, event: Event) -> None:
        if self._client is None:
            self._client = self._open()
        detail = event.detail
        value = detail.get("count", 0.0) if event.kind == "rep" else detail.get("seconds", 0.0)
        person = -1 if event.person is None else event.person
        self._client.send_message(
            f"{self._prefix}/{event.kind}", [subject(event), person, float(event.time), float(value)]
        )

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _address(host: str, port: int) -> str:
    """Look a name up, IPv4 first: most receivers listen there alone, and UDP to a place without one is lost."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])
