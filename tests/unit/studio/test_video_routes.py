"""The Video view over HTTP."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from posknn import read_segments
from posknn.studio.app import make_app
from posknn.studio.session import Session
from posknn.testing import ScriptedTracker

CLIP = Path(__file__).parents[3] / "posknn" / "clips" / "poses.mp4"

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def client(tmp_path: Path, write_track: Callable[..., None], turns: list[float]) -> Iterator[TestClient]:
    write_track(tmp_path / "tracks" / "poses.parquet", turns, source="poses.mp4")
    shutil.copy(CLIP, tmp_path / "poses.mp4")
    session = Session(tmp_path, lambda: ScriptedTracker([]))
    with TestClient(make_app(session, port=8765), base_url=HERE, headers={"origin": HERE}) as client:
        yield client


@pytest.fixture
def film(client: TestClient) -> str:
    (film,) = client.get("/api/videos").json()["videos"]
    return f"/api/videos/{film['id']}"


def paint(start: float, end: float, label: object, **more: object) -> dict[str, object]:
    return {"start": start, "end": end, "label": label, "person": 0, **more}


def test_a_video_is_corrected_read_anew_exported_and_put_back(client: TestClient, film: str, tmp_path: Path) -> None:
    said = client.post(f"{film}/marks", json={"paints": [paint(0, 2, "down"), paint(2, 4, "side ")]}).json()
    assert said["behind"] is True
    stretches = client.get(film).json()["people"][0]["stretches"]
    assert [(one["label"], one["marked"]) for one in stretches] == [
        ("down", True),
        ("side", True),
        ("down", False),
        ("side", False),
    ]
    export = client.get(f"{film}/export", params={"kind": ".segments.csv"})
    assert 'filename="poses.segments.csv"' in export.headers["content-disposition"]
    (tmp_path / "poses.segments.csv").write_bytes(export.content)
    assert [one.label for one in read_segments(tmp_path / "poses.segments.csv")] == ["down", "side", "down", "side"]
    assert client.get(f"{film}/next").json()["time"] >= 4
    client.post("/api/undo", json={})
    assert client.get(film).json()["marks"] == 0


def test_the_video_is_served_in_parts_and_as_pictures(client: TestClient, film: str) -> None:
    part = client.get(f"{film}/picture", headers={"range": "bytes=100-199"})
    assert (part.status_code, part.headers["content-type"]) == (206, "video/mp4")
    assert part.content == CLIP.read_bytes()[100:200]
    assert client.get(f"{film}/still", params={"time": 3}).headers["content-type"] == "image/jpeg"
    assert len(client.get(f"{film}/poses", params={"start": 0, "end": 1}).content) == 4 + 10 * 140


def test_a_video_is_sent_under_a_name_that_is_no_path(client: TestClient, tmp_path: Path) -> None:
    headers = {"x-file-name": "..%2F..%2F..%2Fup.mp4"}
    said = client.put("/api/videos", content=CLIP.read_bytes(), headers=headers).json()
    assert (said["name"], said["tracked"]) == ("videos/up.mp4", False)
    assert (tmp_path / "videos" / "up.mp4").read_bytes() == CLIP.read_bytes()
    refused = client.put("/api/videos", content=b"nothing", headers={"x-file-name": "a.mp4"})
    assert refused.status_code == 422
    assert str(tmp_path) not in refused.json()["error"]
    assert len(list((tmp_path / "videos").iterdir())) == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "list of stretches"),
        ({"paints": []}, 400, "list of stretches"),
        ({"paints": ["x"]}, 400, "an object"),
        ({"paints": [paint(0, 1, ["a"])]}, 400, "a label is"),
        ({"paints": [paint(0, 1, True)]}, 400, "a label is"),
        ({"paints": [{**paint(0, 1, "a"), "person": "0"}]}, 400, "number of a person"),
        ({"paints": [{**paint(0, 1, "a"), "end": "1"}]}, 400, "in seconds"),
        ({"paints": [paint(1, 1, "a")]}, 422, "begin before"),
        ({"paints": [paint(0, 1, " ")]}, 422, "needs a name"),
    ],
)
def test_what_is_wrong_is_said_in_words(client: TestClient, film: str, body: Any, status: int, words: str) -> None:
    answer = client.post(f"{film}/marks", json=body)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert client.get(film).json()["marks"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/still?time=-1", 400),
        ("/still?time=nan", 400),
        ("/still", 400),
        ("/poses?start=0&end=x", 400),
        ("/export?kind=/../../x", 422),
        ("/next", 422),
    ],
)
def test_what_cannot_be_answered_is_told(client: TestClient, film: str, path: str, status: int) -> None:
    answer = client.get(film + path)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("film", ["..", "%2e%2e%2fposes.mp4", "poses.mp4", "0" * 16])
def test_no_address_leads_to_a_file(client: TestClient, film: str) -> None:
    for part in ("", "/picture", "/poses?start=0&end=1", "/export?kind=.vtt"):
        assert client.get(f"/api/videos/{film}{part}").status_code in (404, 422)


def test_strangers_can_neither_send_nor_read(client: TestClient, film: str) -> None:
    evil = {"origin": "http://evil.example"}
    assert client.put("/api/videos", content=b"x", headers={**evil, "x-file-name": "a.mp4"}).status_code == 403
    assert client.get(f"{film}/picture", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post(f"{film}/marks", json={"paints": [paint(0, 1, "a")]}, headers=evil).status_code == 403
