"""Addresses: what is elsewhere and what is not, and what changes when a source changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from posknn.errors import SourceError
from posknn.jobs.fetch import content_of, fetched, is_remote, local_path, state_of

fsspec: Any = pytest.importorskip("fsspec", reason="comes with posknn[dask]")


@pytest.mark.parametrize(
    ("source", "remote"),
    [
        ("a.mp4", False),
        ("/films/a.mp4", False),
        ("file:///films/a.mp4", False),
        ("rtsp://camera/1", False),
        ("s3://films/a.mp4", True),
        ("memory://films/a.mp4", True),
        ("https://host/a.mp4", True),
    ],
)
def test_what_is_elsewhere(source: str, remote: bool) -> None:
    assert is_remote(source) is remote


def test_a_file_elsewhere_is_here_for_the_time_of_the_work(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe_file("/films/ünï 1.mp4", b"a film")
    with fetched("memory://films/ünï 1.mp4", tmp_path) as path:
        assert Path(path).name == "ünï 1.mp4"
        assert Path(path).read_bytes() == b"a film"
        assert content_of(path)
    assert list(tmp_path.iterdir()) == []
    assert state_of("memory://films/ünï 1.mp4")


def test_what_cannot_be_fetched_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"memory://films/gone\.mp4"), fetched("memory://films/gone.mp4", tmp_path):
        pass
    with pytest.raises(SourceError, match="nonsense"), fetched("nonsense://films/a.mp4", tmp_path):
        pass


def test_a_file_here_is_taken_as_it_is(tmp_path: Path) -> None:
    film = tmp_path / "a film.mp4"
    film.write_bytes(b"1")
    for source in (str(film), film.as_uri()):
        assert local_path(source) == str(film)
        with fetched(source, tmp_path) as path:
            assert path == str(film)


def test_what_changes_when_a_source_changes(tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"1")
    before, content = state_of(str(film)), content_of(str(film))
    assert before == state_of(str(film))
    film.write_bytes(b"22")
    assert state_of(str(film)) not in ("", before)
    assert content_of(str(film)) != content
    whole, content = state_of(str(tmp_path)), content_of(str(tmp_path))
    (tmp_path / "b.png").write_bytes(b"1")
    assert state_of(str(tmp_path)) != whole
    assert content_of(str(tmp_path)) != content
    assert state_of(str(tmp_path / "gone")) == ""
