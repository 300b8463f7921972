"""Batches on a Dask cluster: the same bytes as on this machine, a dead worker's work done elsewhere, poison named."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from posknn.errors import PosknnError, SourceError
from posknn.jobs.batch import run_batch
from posknn.jobs.cluster import Cluster
from posknn.jobs.hiring import Workers, hire
from posknn.jobs.steps import Job, Tracking
from posknn.storage.ledger import Ledger

distributed: Any = pytest.importorskip("distributed", reason="needs posknn[dask]")
pytestmark = pytest.mark.filterwarnings("default")  # Dask's own, of what a killed worker leaves open

MakeTrack = Callable[..., str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers, each a process of its own with one thread, on this machine."""
    import dask

    doubles = str(Path(__file__).parents[2] / "doubles")
    sys.path.insert(0, doubles)  # which the workers inherit
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as running,
    ):
        yield running
    sys.path.remove(doubles)


def jobs_of(sources: list[str], finish: Any, model: Path | None = None) -> list[Job]:
    return [Job(source, Path(source).stem, Tracking(), finish, "settings", model) for source in sources]


def batch(jobs: list[Job], out: Path, workers: Workers | None = None) -> dict[int, Any]:
    out.mkdir(exist_ok=True)
    came: dict[int, Any] = {}
    with Ledger(out) as ledger:
        run_batch(jobs, ledger, hire(workers), done=lambda place, report, _: came.update({place: report}))
    assert list((out / ".posknn" / "work").iterdir()) == []
    return came


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def test_the_same_bytes_on_other_machines(
    cluster: Any, finishes: ModuleType, make_track: MakeTrack, tmp_path: Path
) -> None:
    model = tmp_path / "model.posknn"
    model.write_text("a model")
    sources = [make_track(name, 10 + number) for number, name in enumerate("abcd")]
    sources[1] = f"file://{sources[1]}"
    jobs = jobs_of(sources, finishes.told, model)
    batch(jobs, tmp_path / "here")
    came = batch(jobs, tmp_path / "there", Workers(dask=cluster.scheduler_address))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert len(contents(tmp_path / "there")) == 4
    assert os.getpid() not in {report["pid"] for report in came.values()}


def test_poison_is_named_and_the_others_are_done(
    cluster: Any, finishes: ModuleType, make_track: MakeTrack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = jobs_of([make_track(name) for name in "abc"], finishes.told)
    jobs[1] = replace(jobs[1], finish=finishes.deadly)
    jobs.append(jobs_of(["gone.parquet"], finishes.told)[0])
    came = batch(jobs, tmp_path / "out", Workers(dask=cluster.scheduler_address))
    assert isinstance(came[1], PosknnError)
    assert "died" in str(came[1])
    assert "gone.parquet" in str(came[3])
    assert str(tmp_path) not in str(came[3])  # the same words as without a cluster
    assert sorted(contents(tmp_path / "out")) == ["a.txt", "c.txt"]


def test_what_a_dead_worker_had_is_done_by_another(
    cluster: Any, finishes: ModuleType, make_track: MakeTrack, tmp_path: Path
) -> None:
    jobs = jobs_of([make_track(name) for name in "abcdef"], finishes.slow)
    killed: list[int] = []

    def kill_one() -> None:
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            pid = None
            while pid is None:
                time.sleep(0.05)
                pids = client.run(os.getpid)
                pid = next((pids.get(worker) for worker, keys in client.processing().items() if keys), None)
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = threading.Thread(target=kill_one)
    killer.start()
    came = batch(jobs, tmp_path / "out", Workers(dask=cluster.scheduler_address))
    killer.join()
    assert [came[place]["source"] for place in range(6)] == [f"{name}.parquet" for name in "abcdef"]
    assert {report["pid"] for report in came.values()} - set(killed)
    assert len(killed) == 1  # while it had a job, see above
    assert len(contents(tmp_path / "out")) == 6


def test_no_scheduler_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"tcp://127\.0\.0\.1:9"):
        Cluster(tmp_path, "tcp://127.0.0.1:9", patience=1.0)
