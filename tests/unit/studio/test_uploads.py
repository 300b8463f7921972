import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.testclient import TestClient

from posknn.errors import SourceError
from posknn.studio.uploads import VIDEO_ENDINGS, _own_name, endpoint, receive, tidy


async def _parts(*parts: bytes, leaves: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if leaves:
        raise ClientDisconnect


def take(folder: Path, name: str, *parts: bytes, most: int = 100, leaves: bool = False) -> Path:
    return asyncio.run(receive(_parts(*parts, leaves=leaves), folder, name, most=most))


def test_a_file_arrives_whole_and_a_second_of_its_name_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    assert take(folder, "a b.MP4", b"one", b"two").name == "a-b.mp4"
    assert take(folder, "a b.MP4", b"three").name == "a-b-2.mp4"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"a-b.mp4": b"onetwo", "a-b-2.mp4": b"three"}


@pytest.mark.parametrize("name", ["../../up.mp4", "C:\\up.mp4", "/etc/up.mp4", "..\\up.mp4", "a/../up.mp4"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    assert take(tmp_path, name, b"1") == tmp_path / "up.mp4"


@given(st.text())
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    stem, ending = _own_name(f"{name}.mp4", VIDEO_ENDINGS)
    assert ending == ".mp4"
    assert Path(stem).name == stem
    assert not stem.startswith((".", "-"))
    assert 0 < len(f"{stem}-999{ending}".encode()) < 100


@pytest.mark.parametrize(
    ("name", "parts", "words"),
    [
        ("a.exe", [b"1"], "has to end in"),
        ("mp4", [b"1"], "has to end in"),
        ("", [b"1"], "has to end in"),
        ("a.mp4", [b""], "empty"),
        ("a.mp4", [b"x" * 60, b"x" * 60], "too large"),
    ],
)
def test_what_cannot_be_taken_is_told_and_leaves_nothing(
    tmp_path: Path, name: str, parts: list[bytes], words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        take(tmp_path, name, *parts)
    assert list(tmp_path.iterdir()) == []


def test_who_leaves_halfway_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ClientDisconnect):
        take(tmp_path, "a.mp4", b"half", leaves=True)
    assert list(tmp_path.iterdir()) == []


def test_over_http_the_name_is_in_a_header_and_too_much_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    put = endpoint(tmp_path, lambda path: {"name": path.name}, most=10)
    app = Starlette(
        routes=[Route("/", put, methods=["PUT"])],
        exception_handlers={SourceError: lambda _, error: (_ for _ in ()).throw(error)},
    )
    with TestClient(app) as client:
        headers = {"x-file-name": "%C3%BCbung%201.mp4"}
        assert client.put("/", content=b"1234", headers=headers).json() == {"name": "übung-1.mp4"}
        with pytest.raises(SourceError, match="too large"):
            client.put("/", content=b"1" * 11, headers=headers)
    assert [file.name for file in tmp_path.iterdir()] == ["übung-1.mp4"]


def test_two_files_of_one_name_that_arrive_at_once_are_two(tmp_path: Path) -> None:
    async def both() -> list[Path]:
        return await asyncio.gather(*(receive(_parts(part), tmp_path, "a.mp4") for part in (b"one", b"two")))

    assert {path.read_bytes() for path in asyncio.run(both())} == {b"one", b"two"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a-2.mp4", "a.mp4"]


def test_what_a_killed_studio_left_behind_is_deleted_and_what_still_arrives_is_not(tmp_path: Path) -> None:
    old, new = tmp_path / ".a.mp4-0.part", tmp_path / ".b.mp4-0.part"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    tidy(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [new.name]
