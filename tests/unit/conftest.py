"""Tracks for batches that need no tracker."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from posknn.storage.tracks import TrackWriter
from posknn.testing import frames, stick_figure
from posknn.values import Person, Result

DOUBLES = Path(__file__).parents[1] / "doubles"


@pytest.fixture
def finishes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The finishes of tests/doubles, under a name by which the processes of a pool find them too."""
    monkeypatch.syspath_prepend(DOUBLES)
    return importlib.import_module("finishes")


@pytest.fixture
def make_track(tmp_path: Path) -> Callable[..., str]:
    """Write a track: arms that rise from 0 to 180 degrees; nobody in the first frame."""

    def make(name: str = "film", count: int = 20, **about: object) -> str:
        path = tmp_path / f"{name}.parquet"
        with TrackWriter(path, provenance={"source": f"{name}.mp4", "size": [64, 48], **about}) as writer:
            for frame in frames(count):
                pose = stick_figure(arms=180 * frame.index / count)
                writer(Result(frame, (Person(0, pose),) if frame.index else ()))
        return str(path)

    return make
