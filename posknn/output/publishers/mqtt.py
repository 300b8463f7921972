"""Sends events to an MQTT broker, as home automation has one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from posknn.errors import MissingPackageError
from posknn.output.publishers.message import message_text
from posknn.output.publishers.publisher import TRYING, Publisher, everything
from posknn.values import Event

if TYPE_CHECKING:
    from paho.mqtt.client import Client

__all__ = ["to_mqtt"]

_PORTS = {"mqtt": 1883, "mqtts": 8883}


def to_mqtt(
    url: str,
    *,
    wanted: Callable[[Event], bool] = everything,
    report: Callable[[str], object] = lambda line: None,
    patience: float = 2.0,
) -> Publisher:
    """Return a sink that publishes each event as JSON to a topic of an MQTT broker.

    url: mqtt://[USER:PASSWORD@]HOST[:PORT]/TOPIC, mqtts:// for TLS; the topic is "posknn" when left out.
    Sent with quality of service 1, one after the other: what the broker had not confirmed when it went away is sent
    again, so that one event may come twice, as the same message; what comes meanwhile waits. A broker that is not
    there yet is waited for. wanted, report, patience: see `Publisher`.
    ValueError for an address that is none; MissingPackageError without paho-mqtt.
    """
    broker = _parse(url)
    try:
        import paho.mqtt.client as _  # noqa: F401  # to say at once that it is missing
    except ImportError:
        raise MissingPackageError("MQTT needs the package paho-mqtt: pip install 'posknn[mqtt]'") from None
    connection = _Connection(broker)
    publisher = Publisher(
        connection, wanted=wanted, name=f"mqtt {broker.host}:{broker.port}", report=report, patience=patience
    )
    connection.start(lambda: publisher.trouble(connection.refusal, TRYING))
    return publisher


@dataclass(frozen=True, slots=True)
class _Broker:
    host: str
    port: int
    topic: str
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def _parse(url: str) -> _Broker:
    try:
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        port = parts.port
    except ValueError:
        port = parts = None
    shown = url.rpartition("@")[2]  # never the password
    if parts is None or parts.scheme not in _PORTS or not parts.hostname or parts.query or port == 0:
        raise ValueError(f"an MQTT address reads mqtt://HOST:PORT/TOPIC, not {shown!r}")
    topic = unquote(parts.path).strip("/") or "posknn"
    if set(topic) & set("+#\0") or "#" in url:
        raise ValueError(f'an MQTT topic to publish to has no "+" and no "#" in it: {shown!r}')
    user, password = (part and unquote(part) for part in (parts.username, parts.password))
    return _Broker(parts.hostname, port or _PORTS[parts.scheme], topic, parts.scheme == "mqtts", user, password)


class _Connection:
    """A connection that paho keeps up in a thread of its own; called with an event, waits until that is confirmed."""

    def __init__(self, broker: _Broker) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self._broker = broker
        self._changed = threading.Condition()
        self._connected = self._closed = False
        self._confirmed: int | None = None
        self.refusal = "no broker answers"
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_no_answer
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.reconnect_delay_set(0.25, 5)  # type: ignore[arg-type]  # fractions work
        self._client.connect_timeout = 2.0
        if broker.user is not None:
            self._client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            self._client.tls_set()

    def start(self, failed: Callable[[], object]) -> None:
        """Connect, however long it takes. failed: called when that fails."""
        self._failed = failed
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=30)
        self._client.loop_start()

    def __call__(self, event: Event) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._connected or self._closed, 5) or self._closed:
                raise ConnectionError(self.refusal)
        number = self._client.publish(self._broker.topic, message_text(event), qos=1).mid
        # From here on paho has the event and sends it again after a broken connection; we must not.
        with self._changed:  # not held before: paho tells of a confirmation under a lock that publish takes too
            self._changed.wait_for(lambda: self._confirmed == number or self._closed)
            if self._confirmed != number:
                raise ConnectionError("the broker did not confirm the last event")

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._client.disconnect()
        self._client.loop_stop()

    def _on_no_answer(self, client: Client, given: Any) -> None:
        self._failed()

    def _on_connect(self, client: Client, given: Any, flags: Any, reason: Any, properties: Any) -> None:
        with self._changed:
            self._connected = not reason.is_failure
            self._changed.notify_all()
        if reason.is_failure:
            self.refusal = f"the broker refuses: {reason}"
            self._failed()

    def _on_disconnect(self, client: Client, given: Any, flags: Any, reason: Any, properties: Any) -> None:
        with self._changed:
            self._connected = False
            self.refusal = "the connection to the broker broke"

    def _on_publish(self, client: Client, given: Any, number: int, reason: Any, properties: Any) -> None:
        with self._changed:
            self._confirmed = number
            self._changed.notify_all()
