"""Who does the steps: what is asked for, what a pool says of those that are under way, and how it ends."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from posknn.jobs.crews import Here, Pool
from posknn.jobs.hiring import Workers, hire
from posknn.jobs.steps import Job, Step, Tracking

MakeTrack = Callable[..., str]


@pytest.mark.parametrize(
    "wrong", [{"count": -1}, {"count": 1, "timeout": 0}, {"timeout": 5}, {"dask": "tcp://a:1", "timeout": 5}]
)
def test_what_nobody_can_do_is_the_callers_mistake(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"0|this machine"):
        Workers(**wrong)  # type: ignore[arg-type]


def test_this_process_does_the_work_unless_others_are_asked_for(tmp_path: Path) -> None:
    assert isinstance(hire()(tmp_path, lambda number, far: None, 3), Here)
    pool = hire(Workers(2))(tmp_path, lambda number, far: None, 3)
    assert isinstance(pool, Pool)
    pool.close()


def test_a_pool_ends_at_once_with_all_its_processes(
    finishes: ModuleType, make_track: MakeTrack, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    pool = Pool(tmp_path / "work", 2)
    for number, name in enumerate("abc"):
        pool.give(number, Step(Job(make_track(name), name, Tracking(), finishes.endless, "key")))
    deadline = time.monotonic() + 20
    while not any(tmp_path.glob("work/stage-*")) and time.monotonic() < deadline:
        assert pool.done() is None
    assert pool.far() == {}
    begun = time.monotonic()
    pool.close()
    assert time.monotonic() - begun < 5
    assert multiprocessing.active_children() == []
