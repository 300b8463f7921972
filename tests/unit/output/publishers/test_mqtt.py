"""MQTT: a subscriber gets every event once, in order, also when the broker is killed meanwhile."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from posknn import PosknnError, Result, to_mqtt

Sent = Callable[..., Result]
Soon = Callable[[Callable[[], object]], None]

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt-get install mosquitto")


class Broker:
    """A broker of its own on this machine, which can be killed and started again."""

    def __init__(self, folder: Path, users: str = "allow_anonymous true\n") -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = int(server.getsockname()[1])
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(f"listener {self.port} 127.0.0.1\n{users}", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(MOSQUITTO), "-c", str(self._settings)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        pytest.fail("mosquitto does not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    try:
        yield broker
    finally:
        broker.kill()


@contextmanager
def subscribed(port: int, topic: str) -> Iterator[list[dict[str, Any]]]:
    """Subscribe, wait until that holds, and list what comes."""
    heard: list[dict[str, Any]] = []
    ready: list[object] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
    client.on_subscribe = lambda *given: ready.append(given)
    client.on_message = lambda client, given, message: heard.append(json.loads(message.payload))
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        for _ in range(500):
            if ready:
                break
            time.sleep(0.01)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


@needs_mosquitto
def test_every_event_arrives_once_in_order(broker: Broker, sent: Sent, soon: Soon) -> None:
    broker.start()
    with subscribed(broker.port, "home/desk") as heard:
        mqtt = to_mqtt(f"mqtt://127.0.0.1:{broker.port}/home/desk")
        for number in range(100):
            mqtt(sent(number))
        mqtt.close()
        soon(lambda: len(heard) == 100)
    assert [message["count"] for message in heard] == list(range(100))
    assert heard[7] == {"kind": "rep", "label": "squat", "person": 0, "time": 7.0, "count": 7}
    assert (mqtt.delivered, mqtt.dropped, mqtt.problem) == (100, 0, None)


@needs_mosquitto
def test_a_broker_that_is_killed_and_started_again_costs_nothing_and_stalls_nothing(
    broker: Broker, sent: Sent, soon: Soon
) -> None:
    slowest = 0.0
    broker.start()
    with subscribed(broker.port, "posknn") as heard:
        mqtt = to_mqtt(f"127.0.0.1:{broker.port}")
        for number in range(200):
            if number == 50:
                soon(lambda: len(heard) >= 40)
                broker.kill()
            if number == 100:
                broker.start()
            began = time.perf_counter()
            mqtt(sent(number))
            slowest = max(slowest, time.perf_counter() - began)
            time.sleep(0.002)
        soon(lambda: mqtt.delivered == 200)
        mqtt.close()
        time.sleep(0.2)
    # Nothing was dropped; what came before the subscriber was back is gone, as MQTT has it.
    assert mqtt.dropped == 0
    numbers = [message["count"] for message in heard]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) >= len(numbers) - 1  # the one in hand may come twice
    assert set(range(45)) <= set(numbers)
    assert slowest < 0.2  # one frame at 5 a second


@needs_mosquitto
def test_a_broker_that_comes_late_is_waited_for(broker: Broker, sent: Sent, soon: Soon) -> None:
    lines: list[str] = []
    mqtt = to_mqtt(f"mqtt://127.0.0.1:{broker.port}", report=lines.append)
    mqtt(sent(1, 2, 3))
    soon(lambda: lines)
    broker.start()
    soon(lambda: mqtt.delivered == 3)
    mqtt.close()
    assert lines == [
        f"mqtt 127.0.0.1:{broker.port}: no broker answers; trying again",
        f"mqtt 127.0.0.1:{broker.port}: works again",
    ]


@needs_mosquitto
def test_a_broker_that_refuses_is_told_of(tmp_path: Path, sent: Sent, soon: Soon) -> None:
    lines: list[str] = []
    broker = Broker(tmp_path, "allow_anonymous false\n")
    broker.start()
    try:
        mqtt = to_mqtt(f"mqtt://me:secret@127.0.0.1:{broker.port}", report=lines.append, patience=0.1)
        soon(lambda: lines)
        mqtt(sent(1))
        mqtt.close()
    finally:
        broker.kill()
    assert "refuses" in lines[0]
    assert "secret" not in "".join([*lines, mqtt.name])
    assert mqtt.dropped == 1


def test_without_a_broker_the_end_comes_soon(sent: Sent) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    mqtt = to_mqtt(f"mqtt://127.0.0.1:{port}", patience=0.2)
    mqtt(sent(*range(5)))
    began = time.monotonic()
    mqtt.close()
    assert time.monotonic() - began < 3
    assert (mqtt.delivered, mqtt.dropped, mqtt.problem) == (0, 5, "no broker answers")


@pytest.mark.parametrize(
    "url", ["", "mqtt://", "http://a/b", "mqtt://a:b:c/d", "mqtt://a:0/d", "mqtt://a:99999", "mqtt://a/b?c=d"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="an MQTT address reads"):
        to_mqtt(url)


@pytest.mark.parametrize("topic", ["desk/#", "+/desk", "desk/%2B"])
def test_a_topic_nobody_may_publish_to_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="an MQTT topic"):
        to_mqtt(f"mqtt://127.0.0.1/{topic}")


def test_an_error_keeps_the_password(sent: Sent) -> None:
    with pytest.raises(ValueError, match="an MQTT") as caught:
        to_mqtt("mqtt://me:secret@127.0.0.1/#")
    assert "secret" not in str(caught.value)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    with pytest.raises(PosknnError, match=r"pip install 'posknn\[mqtt\]'"):
        to_mqtt("mqtt://127.0.0.1")
