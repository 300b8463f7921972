"""What the studio knows and does, without a server: a project, its classifier, and the cameras that teach it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from posknn import skeleton
from posknn.classification.classifier import PoseClassifier
from posknn.errors import OutputError, UnknownLabelError
from posknn.studio.describe import described_example
from posknn.studio.evaluating import Evaluations
from posknn.studio.feed import Feed, picture_feed
from posknn.studio.listening import Listeners
from posknn.studio.project import Example, Project
from posknn.studio.snapshot import Snapshot, snapshot_of
from posknn.studio.videos import Videos
from posknn.values import Label, Person, Tracker

__all__ = ["Session"]

_ROUNDS = 3


class Session:
    """One project, open in any number of pages.

    tracker: makes a tracker for each camera; stills: for pictures that do not follow each other, the same when left
    out. listeners: who is told what happens in front of the cameras. classifier, examples: of the project as it is
    now; reading them needs no lock, whoever changes them holds `lock`. version: rises with every change of them.
    behind: recordings were changed and are not learnt yet. learnt: rises when they are. videos: those of the project.
    """

    def __init__(
        self, folder: str | Path, tracker: Callable[[], Tracker], stills: Callable[[], Tracker] | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.project = Project(folder)
        self.version = 0
        self.listeners = Listeners()
        self._tracker = tracker
        self._stills = stills or tracker
        self._feeds: set[Feed] = set()
        self.behind = False
        self.learnt = 0
        self._learning = threading.Lock()
        self.videos = Videos(self)
        self.evaluations = Evaluations(self)
        self.classifier, self.examples = self.project.learn()

    # --- cameras

    def feed(self) -> Feed:
        """Return a new camera; call it from the thread that will use it. TrackerError when it cannot start."""
        return self._enter(Feed(self, self._tracker()))

    def pictures(self) -> Feed:
        """Return what looks at single pictures, each by itself; else as `feed`."""
        return self._enter(picture_feed(self, self._stills()))

    def _enter(self, feed: Feed) -> Feed:
        with self.lock:
            self._feeds.add(feed)
        return feed

    def left(self, feed: Feed) -> None:
        """Forget a camera and learn what it recorded."""
        with self.lock:
            self._feeds.discard(feed)
            feed.settle()

    def taught(self, example: int, label: Label, person: Person, recording: str, time: float) -> None:
        """Take note of an example that a camera has put into the classifier."""
        if example in self.examples:
            return
        points = np.column_stack([person.pose.points, person.pose.visibility])
        self.examples[example] = Example(example, label, points, recording, time, person.id)
        self.version += 1

    def forgotten(self, examples: Iterable[int]) -> None:
        """Take note of examples that a camera has taken back."""
        for example in examples:
            self.examples.pop(example, None)
        self.calibrate()
        self.version += 1

    def recorded(self, path: Path) -> None:
        """Read a recording that a camera has finished; each of its takes can be undone."""
        if path.exists():
            self.project.read(path)
            self.project.remember_takes(path)
        self._learn()

    def calibrate(self) -> None:
        """Learn the limits of the labels anew."""
        if len(self.classifier):
            self.classifier.calibrate()

    def free_path(self) -> Path:
        """Return a new name for a recording, by the clock."""
        stem = f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
        names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 1000))
        paths = (self.project.folder / f"{name}.parquet" for name in names)
        return next(path for path in paths if not (path.exists() or path.with_suffix(".arrows.part").exists()))

    # --- examples

    def counts(self) -> list[tuple[Label, int]]:
        """Return the number of examples by label, in order of first teaching."""
        return list(self.classifier.get_count_by_label().items())

    def overview(self) -> dict[str, Any]:
        """Return what a page needs to begin with."""
        with self.lock:
            recordings = [
                {
                    "file": path.relative_to(self.project.folder).as_posix(),
                    "name": recording.name,
                    "examples": sum(label is not None for label in recording.labels),
                }
                for path, recording in self.project.recordings.items()
            ]
            return {
                "folder": str(self.project.folder),
                "recordings": recordings,
                "counts": self.counts(),
                "mirrors": self.classifier.mirrors,
                "problems": list(self.project.problems),
                "version": self.version,
                "undoable": self.project.undoable + sum(feed.undoable for feed in self._feeds),
                "bones": skeleton.BONES,
                "left": sorted(skeleton.LEFT),
                "right": sorted(skeleton.RIGHT),
            }

    def listed(self) -> list[dict[str, Any]]:
        """Return every example, with where it lies on the map and how unlike its label it is."""
        from posknn.studio.shape import map_of, oddness

        self.catch_up()
        with self.lock:
            examples = list(self.examples.values())
        points = np.stack([one.points for one in examples]) if examples else np.empty((0, 33, 4), np.float32)
        places, odd = map_of(points), oddness(points, [one.label for one in examples])
        return [
            {**described_example(one), "place": place, "oddness": round(float(strange), 4)}
            for one, place, strange in zip(examples, places.round(3).tolist(), odd, strict=True)
        ]

    def snapshot(self) -> Snapshot:
        """Return all examples as they are now; what is being taught is made a recording of first."""
        self.catch_up()
        with self.lock:
            self.settle()
            if self.behind:
                self._learn()
            return snapshot_of(sorted(self.project.taught(), key=lambda one: one[0]), self.examples, self.version)

    def relabel(self, ids: Sequence[int], label: Label | None) -> None:
        """Give examples another label; None deletes them. UnknownLabelError when one is gone already."""
        self.move([(ids, label)])

    def move(self, moves: Sequence[tuple[Sequence[int], Label | None]]) -> None:
        """Give examples other labels, in one change; see `relabel`."""
        if any(isinstance(label, str) and not label.strip() for _, label in moves):
            raise ValueError("a label needs a name")
        with self.lock:
            if self.behind:  # their places on disk are not what they were
                raise OutputError("the examples have just changed: look at them again, then choose")
            chosen = [([self._example(one) for one in ids], label) for ids, label in moves]
            self.settle()  # so that changes are undone in the order in which they were made
            if any(one.path is None for examples, _ in chosen for one in examples):
                places = {_place(one): one for one in self.examples.values()}
                chosen = [([places[_place(one)] for one in examples], label) for examples, label in chosen]
            self.project.relabel(chosen)
            self._learn()

    def undo(self) -> None:
        """Take back the last take or change. OutputError when there is none."""
        with self.lock:
            taught = [feed for feed in self._feeds if feed.undoable]  # whatever changes files settles these first
            if len(taught) == 1:
                taught[0].undo()
                return
            self.settle()
            if not self.project.undo():
                raise OutputError("there is nothing to undo")
            self._learn()

    def changed(self) -> None:
        """Take note that recordings were changed; `catch_up` learns them."""
        with self.lock:
            self.behind = True
            self.version += 1

    def catch_up(self) -> None:
        """Learn what was changed, so that whoever changes more need not wait meanwhile."""
        with self._learning:
            for _ in range(_ROUNDS):
                with self.lock:
                    if not self.behind:
                        return
                    self.settle()
                    version = self.version
                learnt = self.project.learn()
                with self.lock:
                    if self.version == version:
                        self._take(*learnt)
                        return
            with self.lock:
                self._learn()

    def settle(self) -> None:
        """Make recordings of all that is being taught."""
        with self.lock:
            for feed in list(self._feeds):
                feed.settle()

    def close(self) -> None:
        """Keep what was taught; the cameras end by themselves."""
        self.evaluations.close()
        self.videos.close()
        self.settle()

    def _example(self, example: int) -> Example:
        if example not in self.examples:
            raise UnknownLabelError("one of these examples is gone already: the page shows what is left")
        return self.examples[example]

    def _learn(self) -> None:
        self._take(*self.project.learn())

    def _take(self, classifier: PoseClassifier, examples: dict[int, Example]) -> None:
        self.classifier, self.examples = classifier, examples
        self.behind = False
        self.version += 1
        self.learnt = self.version


def _place(example: Example) -> tuple[str, float, int, Label]:
    """Return what stays of an example when its recording is finished and its id changes."""
    return example.recording, example.time, example.person, example.label
