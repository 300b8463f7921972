"""The examples of a project at one moment, as evaluation and curation want them, with the way back to the page's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.classification.labelled import Labelled
from posknn.studio.project import Example
from posknn.values import Recording

__all__ = ["Snapshot", "snapshot_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Labelled examples. ids: (n,) int64, of the same in `examples`; -1 for one that is not shown.

    version: of the session that they were taken from.
    """

    version: int
    labelled: Labelled
    ids: npt.NDArray[np.int64]
    examples: Mapping[int, Example]

    def example(self, place: int) -> Example | None:
        """Return the example at a place among the labelled ones; None for -1 and for one that is not shown."""
        return self.examples.get(int(self.ids[place])) if place >= 0 else None


def snapshot_of(
    recordings: Sequence[tuple[Path, Recording]], examples: Mapping[int, Example], version: int
) -> Snapshot:
    """Take the examples of recordings, in the order in which every command reads them."""
    starts: dict[Path, int] = {}
    total = 0
    for path, recording in recordings:
        starts[path] = total
        total += len(recording)
    ids = np.full(total, -1, np.int64)
    for example in examples.values():
        if example.path in starts and example.row is not None:
            ids[starts[example.path] + example.row] = example.id
    labelled = Labelled.of([recording for _, recording in recordings])
    return Snapshot(version, labelled, ids[labelled.rows] if total else ids, dict(examples))
