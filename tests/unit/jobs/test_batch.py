"""Batches: what is finished stays so, what has changed is done again, one failure costs one video."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from posknn.errors import OutputError, PosknnError
from posknn.jobs.batch import run_batch, stems
from posknn.jobs.hiring import Workers, hire
from posknn.jobs.steps import Job, Tracking, perform
from posknn.storage.ledger import Entry, Ledger

MakeTrack = Callable[..., str]


def job(source: str, finish: Any, key: str = "settings", stem: str | None = None) -> Job:
    return Job(source, stem or Path(source).stem, Tracking(), finish, key)


def batch(jobs: list[Job], out: Path, workers: Workers | None = None, *, resume: bool = False) -> dict[int, Any]:
    """Run jobs; return the report or the error of each."""
    out.mkdir(exist_ok=True)
    came: dict[int, Any] = {}
    with Ledger(out) as ledger:
        run_batch(
            jobs, ledger, hire(workers), resume=resume, done=lambda place, report, _: came.update({place: report})
        )
    return came


def shown(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if path.name != ".posknn")


def left_over(out: Path) -> list[str]:
    return [path.name for path in (out / ".posknn" / "work").iterdir()]


@pytest.mark.parametrize("workers", [None, Workers(2)], ids=["here", "pool"])
def test_one_bad_video_costs_one_video(
    finishes: ModuleType, make_track: MakeTrack, tmp_path: Path, workers: Workers | None
) -> None:
    sources = [make_track(name) for name in ("a", "b", "c", "d")]
    jobs = [job(source, finishes.told) for source in sources]
    jobs[1] = replace(jobs[1], finish=finishes.hungry)
    jobs[2] = replace(jobs[2], finish=finishes.faulty)
    jobs.append(job(str(tmp_path / "gone.parquet"), finishes.told))
    came = batch(jobs, tmp_path / "out", workers)
    assert [type(came[place]) for place in range(5)] == [dict, PosknnError, PosknnError, dict, PosknnError]
    assert "memory" in str(came[1])
    assert "KeyError" in str(came[2])
    assert "c.parquet" in str(came[2])
    assert shown(tmp_path / "out") == ["a.txt", "d.txt"]
    assert left_over(tmp_path / "out") == []


def test_what_kills_or_blocks_a_worker_is_named_and_costs_one_video(
    finishes: ModuleType, make_track: MakeTrack, tmp_path: Path
) -> None:
    jobs = [job(make_track(name), finishes.told) for name in ("a", "b", "c", "d")]
    jobs[0] = replace(jobs[0], finish=finishes.deadly)
    jobs[2] = replace(jobs[2], finish=finishes.endless)
    came = batch(jobs, tmp_path / "out", Workers(2, timeout=4.0))
    assert "SIGKILL" in str(came[0])
    assert "4 s" in str(came[2])
    assert shown(tmp_path / "out") == ["b.txt", "d.txt"]
    assert left_over(tmp_path / "out") == []


def test_resuming_leaves_alone_what_is_finished(finishes: ModuleType, make_track: MakeTrack, tmp_path: Path) -> None:
    out = tmp_path / "out"
    jobs = [job(make_track(name), finishes.told) for name in ("a", "b", "c")]
    first = batch([jobs[0], replace(jobs[1], finish=finishes.faulty)], out)
    (out / "a.txt").write_text("corrected by hand")
    second = batch(jobs, out, resume=True)
    assert second[0] == first[0]
    assert (out / "a.txt").read_text() == "corrected by hand"
    assert shown(out) == ["a.txt", "b.txt", "c.txt"]
    batch(jobs, out)
    assert (out / "a.txt").read_text() != "corrected by hand"


@pytest.mark.parametrize("change", ["settings", "content", "file lost"])
def test_what_has_changed_is_done_again(
    finishes: ModuleType, make_track: MakeTrack, tmp_path: Path, change: str
) -> None:
    out = tmp_path / "out"
    jobs = [job(make_track("a"), finishes.told), job(make_track("b"), finishes.told)]
    batch(jobs, out)
    for name in ("a", "b"):
        (out / f"{name}.txt").write_text("old")
    if change == "settings":
        jobs[0] = replace(jobs[0], key="others")
    elif change == "content":
        make_track("a", 40)
    else:
        (out / "a.txt").unlink()
    batch(jobs, out, resume=True)
    assert (out / "a.txt").read_text() != "old"
    assert (out / "b.txt").read_text() == "old"


def test_a_copy_of_a_video_is_no_change(finishes: ModuleType, make_track: MakeTrack, tmp_path: Path) -> None:
    out = tmp_path / "out"
    source = make_track("a")
    batch([job(source, finishes.told)], out)
    (out / "a.txt").write_text("old")
    os.utime(source, (1, 1))
    batch([job(source, finishes.told)], out, resume=True)
    assert (out / "a.txt").read_text() == "old"


def test_what_was_done_but_not_put_in_its_place_is_not_done_again(
    finishes: ModuleType, make_track: MakeTrack, tmp_path: Path
) -> None:
    """As after a kill between the end of the work and its entry into the ledger, the files half moved or not."""
    out = tmp_path / "out"
    out.mkdir()
    one = job(make_track("a"), finishes.told)
    with Ledger(out) as ledger:
        from posknn.jobs.steps import Step

        perform(Step(one), ledger.work, lambda done, total, frames: None)
        (outbox,) = ledger.work.iterdir()
        (ledger.work / "stage-half").mkdir()
    shutil.move(outbox / "a.txt", out / "a.txt")
    before = (out / "a.txt").stat()
    came = batch([replace(one, finish=finishes.faulty)], out, resume=True)
    assert came[0]["source"] == "a.parquet"
    assert (out / "a.txt").stat().st_mtime_ns == before.st_mtime_ns
    assert left_over(out) == []


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(OutputError, match="another run"):
        Ledger(tmp_path)
    Ledger(tmp_path).close()


def test_an_entry_comes_back(tmp_path: Path) -> None:
    entry = Entry("a", "key", "state", "content", ["a.csv"], {"label": "ünï 人", "number": 5})
    with Ledger(tmp_path) as ledger:
        ledger.add(entry)
    with Ledger(tmp_path) as ledger:
        back = ledger.get("a")
        assert back == entry
        ledger.drop("a")
        assert ledger.get("a") is None


def test_files_of_one_name_are_told_apart() -> None:
    assert stems(["x/a.mp4", "y/A.mov", "z/b.mp4", "a.2.mp4"], [".csv", ".vtt"]) == ["a", "A-2", "b", "a.2"]
