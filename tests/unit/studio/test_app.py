from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from posknn.studio.app import make_app
from posknn.studio.session import Session

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def client(taught: Session) -> Iterator[TestClient]:
    with TestClient(make_app(taught, port=8765), base_url=HERE, headers={"origin": HERE}) as client:
        yield client


def test_the_page_and_its_parts_are_served_and_nothing_else(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/static/main.js").status_code == 200
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fvalues.py", "/static//etc/passwd"):
        assert client.get(path).status_code == 404
    assert client.get("/docs").status_code == 404


def test_examples_are_listed_moved_deleted_and_brought_back(client: TestClient) -> None:
    listed = client.get("/api/examples").json()
    assert len(listed) == 8
    assert client.post("/api/relabel", json={"ids": [listed[0]["id"]], "label": "up"}).status_code == 200
    assert client.get("/api/project").json()["counts"] == [["up", 1], ["down", 3], ["side", 4]]
    client.post("/api/undo", json={})
    assert client.get("/api/project").json()["counts"] == [["down", 4], ["side", 4]]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "not a JSON object"),
        (b'{"ids": "all"}', 400, "ids is a list"),
        (b'{"ids": [999], "label": "up"}', 422, "gone already"),
        (b'{"ids": [], "label": " "}', 422, "needs a name"),
        (b" " * 2**21, 413, "too much"),
    ],
)
def test_what_is_wrong_is_said_in_words(client: TestClient, body: bytes, status: int, words: str) -> None:
    answer = client.post("/api/relabel", content=body)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_pictures_are_answered_with_their_number_and_orders_are_obeyed(client: TestClient, jpeg: bytes) -> None:
    with client.websocket_connect("/api/camera", headers={"host": "127.0.0.1:8765"}) as socket:
        socket.send_bytes((7).to_bytes(4, "big") + jpeg)
        answer = socket.receive_json()
        assert (answer["sequence"], answer["people"][0]["prediction"]["label"]) == (7, "down")
        socket.send_bytes((8).to_bytes(4, "big") + b"no picture")
        assert "no JPEG" in socket.receive_json()["error"]
        for wrong in (
            "{",
            "7",
            '{"teach": " "}',
            '{"teach": ["a"]}',
            '{"watch": {"pattern": "up"}}',
            '{"watch": {"rules": 7}}',
        ):
            socket.send_text(wrong)
            assert socket.receive_json()["error"]
        socket.send_text('{"teach": "new"}')
        socket.send_bytes((9).to_bytes(4, "big") + jpeg)
        assert socket.receive_json()["teaching"] == "new"


STRANGERS: list[dict[str, str]] = [
    {"host": "evil.example:8765"},  # a name of somebody else's that points here
    {"host": "127.0.0.1"},
    {"host": "127.0.0.1:8766"},
    {"host": "127.0.0.1.evil.example:8765"},
    {"origin": "http://evil.example"},
    {"origin": "http://127.0.0.1:9000"},
    {"origin": "https://127.0.0.1:8765"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("headers", STRANGERS)
def test_strangers_can_neither_read_nor_post_nor_watch(client: TestClient, taught: Session, headers: Any) -> None:
    before = taught.version
    assert client.get("/api/examples", headers=headers).status_code == 403
    assert client.post("/api/undo", json={}, headers=headers).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/api/camera", headers={"host": "127.0.0.1:8765", **headers}),
    ):
        raise AssertionError("the camera was opened to a stranger")
    assert taught.version == before


def test_a_post_that_hides_where_it_comes_from_is_refused(taught: Session) -> None:
    with TestClient(make_app(taught, port=8765), base_url=HERE) as client:
        assert client.post("/api/undo", json={}).status_code == 403
        assert client.get("/api/project").status_code == 200


def test_with_a_host_the_token_is_asked_for_once_and_never_in_an_address(taught: Session) -> None:
    there = "http://192.168.1.5:8765"
    app = make_app(taught, port=8765, host="192.168.1.5", token="correct-horse")
    with TestClient(app, base_url=there, headers={"origin": there}, follow_redirects=False) as client:
        for path in ("/", "/api/project", "/api/project?token=correct-horse", "/static/main.js"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert client.get("/login").status_code == 200
        assert client.post("/login", json={"token": "wrong"}).status_code == 401
        assert client.get("/api/project").status_code == 303
        entered = client.post("/login", json={"token": "correct-horse"})
        assert {"HttpOnly", "SameSite=Strict"} <= set(entered.headers["set-cookie"].split("; "))
        assert client.get("/api/project").status_code == 200
        assert client.get("/api/project", headers={"host": "evil.example:8765"}).status_code == 403


def test_a_host_without_a_token_is_a_mistake(taught: Session) -> None:
    with pytest.raises(ValueError, match="token"):
        make_app(taught, port=8765, host="0.0.0.0")
