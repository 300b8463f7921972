from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from posknn.studio.app import make_app
from posknn.studio.session import Session
from posknn.values import Event

THERE = "http://192.168.1.5:8765"
HELD = Event("held", "slouch", 0, 42.35, {"start": 32.35, "seconds": 10.0})
PLACE = {"host": "192.168.1.5:8765"}


@pytest.fixture
def program(taught: Session) -> Iterator[TestClient]:
    """Return a program on another machine, which knows no cookie and sends no Origin."""
    app = make_app(taught, port=8765, host="192.168.1.5", token="correct-horse")
    with TestClient(app, base_url=THERE) as client:
        yield client


def test_a_program_with_the_token_is_told_of_events_and_can_leave(program: TestClient, taught: Session) -> None:
    headers = {**PLACE, "authorization": "Bearer correct-horse"}
    with program.websocket_connect("/api/events", headers=headers) as first:
        with program.websocket_connect("/api/events", headers=headers) as second:
            taught.listeners.tell(HELD)
            heard = second.receive_json()
        assert first.receive_json() == heard
        taught.listeners.tell(HELD)
        assert first.receive_json() == heard
    taught.listeners.tell(HELD)  # nobody is left
    assert heard == {
        "kind": "held",
        "label": "slouch",
        "person": 0,
        "time": 42.35,
        "start": 32.35,
        "seconds": 10.0,
    }


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/events", {}),
        ("/api/events", {"authorization": "Bearer wrong"}),
        ("/api/events?token=correct-horse", {}),
        ("/api/events", {"authorization": "Bearer correct-horse", "origin": "http://evil.example"}),
        ("/api/events", {"authorization": "Bearer correct-horse", "host": "evil.example:8765"}),
        ("/api/camera", {"authorization": "Bearer correct-horse"}),
        ("/api/camera", {"authorization": "Bearer correct-horse", "origin": THERE}),
    ],
)
def test_others_are_not(program: TestClient, path: str, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        program.websocket_connect(path, headers={**PLACE, **headers}),
    ):
        raise AssertionError("a stranger was let in")


def test_the_token_of_a_program_opens_nothing_else(program: TestClient) -> None:
    headers = {"authorization": "Bearer correct-horse"}
    assert program.get("/api/project", headers=headers, follow_redirects=False).status_code == 303
    assert program.post("/api/undo", headers=headers, json={}).status_code == 403
