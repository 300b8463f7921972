"""Says who does the work: this process, a pool of processes, or the machines of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from posknn.jobs.crews import Crew, Far, Here, Pool

__all__ = ["Hire", "Workers", "hire"]

Told = Callable[[int, Far], object]
Hire = Callable[[Path, Told, int | None], Crew]


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work of a batch.

    count: how many processes of this machine; 0 is this process itself. A program that asks for others is started
    anew in each, so its own work must stand under `if __name__ == "__main__":`.
    timeout: seconds after which a video, or one chunk of a long one, is given up; None for never. It needs a process
    of this machine that can be ended.
    dask: the address of a Dask scheduler, tcp://host:8786, whose workers do it instead.
    """

    count: int = 0
    timeout: float | None = None
    dask: str | None = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"workers are 0 or more, not {self.count}")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"a time-out is more than 0 seconds, not {self.timeout}")
        if self.timeout is not None and (self.count == 0 or self.dask is not None):
            raise ValueError(
                "a time-out needs a process of this machine that can be ended: ask for workers, not for Dask"
            )


def hire(workers: Workers | None = None) -> Hire:
    """Return what makes the crew: of a folder for its work, whom it may tell how far it is, and its greatest use."""
    wanted = workers or Workers()

    def make(work: Path, told: Told, most: int | None) -> Crew:
        if wanted.dask is not None:
            from posknn.jobs.cluster import Cluster

            return Cluster(work, wanted.dask)
        if wanted.count:
            return Pool(work, min(wanted.count, most or wanted.count), wanted.timeout)
        return Here(work, told)

    return make
