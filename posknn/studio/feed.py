"""The pictures of one page: finds the pose in each, names it, and teaches it while a label is held."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from posknn.pipeline import Pipeline
from posknn.storage.recorder import Recorder, Take
from posknn.storage.recordings import RecordingWriter
from posknn.studio.describe import described_person
from posknn.studio.pictures import picture_of
from posknn.studio.watching import Watch
from posknn.temporal.smoothing import Ema
from posknn.temporal.teaching import Toggle
from posknn.tracking.model_files import model_file, sha256
from posknn.tracking.people import People
from posknn.values import Follower, Frame, Label, Person, Pose, Prediction, Result, Smoother, Tracker

if TYPE_CHECKING:
    from posknn.studio.session import Session

__all__ = ["Feed", "picture_feed"]

_STEADY = 0.15  # seconds, as in `posknn live`
_KEPT_EVERY = 0.5  # seconds


class Feed:
    """Look at the pictures of one camera in turn; all calls come from one thread, which owns the tracker.

    people: says whom to follow, one person when left out. smoother: of the answers.
    clock: seconds that rise; a frame is as old as its arrival. Close it: what was taught becomes a recording.
    source: where the pictures come from, for the recording. watch: what the page wants to be told.
    """

    def __init__(
        self,
        session: Session,
        tracker: Tracker,
        *,
        people: Follower | None = None,
        smoother: Smoother | None = None,
        clock: Callable[[], float] = clocks.monotonic,
    ) -> None:
        self.source = "studio camera"
        self.watch = Watch(lambda: session.classifier, session.listeners.tell)
        self._session = session
        # Asked anew for each pose: the session puts another classifier in its place when examples are changed.
        self._pipeline = Pipeline(
            tracker,
            lambda pose: session.classifier(pose),
            smoother or Ema(_STEADY),
            self.watch,
            people=people or People("first"),
        )
        self._clock = clock
        self._began = clock()
        self._index = 0
        self._last = -1.0
        self._size = (0, 0)
        self._toggle = Toggle()
        self._recorder: Recorder | None = None
        self._writer: RecordingWriter | None = None
        self._flushed = 0.0
        self._name = ""

    def look(self, jpeg: bytes) -> dict[str, Any]:
        """Return what is in a picture. SourceError for one that cannot be read, OutputError when the disk is full."""
        began = self._clock()
        time = max(began - self._began, self._last + 1e-6)
        frame = Frame(picture_of(jpeg), time, self._index)
        self._index, self._last, self._size = self._index + 1, time, (frame.width, frame.height)
        result = self._pipeline(frame)
        with self._session.lock:
            self._teach(result)
            people = [described_person(person, self._session.examples) for person in result.people]
        return {
            "people": people,
            "aspect": round(frame.aspect, 4),
            "time": round(time, 3),
            "teaching": self._toggle.active,
            "take": _described_take(self._take),
            "counts": self._session.counts(),
            "version": self._session.version,
            "repetitions": self.watch.repetitions,
            "events": self.watch.described(result),
            "milliseconds": round(1000 * (self._clock() - began), 1),
        }

    def teach(self, label: Label | None) -> None:
        """Teach a label from the next picture on; None ends the take and learns the limits."""
        with self._session.lock:
            self._toggle.active = label
            if label is not None and self._recorder is None:
                self._recorder = self._new_recorder()
            elif label is None and self._recorder is not None:
                self._recorder.active = None  # the same label again is another take
                self._keep()
                self._session.calibrate()

    @property
    def undoable(self) -> int:
        """How many takes that taught something are not in a finished recording yet."""
        return sum(bool(take.examples) for take in self._recorder.takes) if self._recorder else 0

    def undo(self) -> None:
        """Take back the last of its takes that taught something; `undoable` says whether there is one."""
        with self._session.lock:
            self._toggle.active = None
            while self._recorder and (take := self._recorder.undo()):
                if take.examples:
                    self._session.forgotten(take.examples)
                    return

    def settle(self) -> None:
        """Make a recording of what was taught so far, so that it can be changed; more begins another one."""
        with self._session.lock:
            recorder, self._recorder, self._writer = self._recorder, None, None
            if recorder is not None:
                recorder.close()
                self._session.recorded(self._path)

    def close(self) -> None:
        """Keep what was taught and give the tracker back."""
        try:
            self._session.left(self)
        finally:
            self._pipeline.close()

    @property
    def _take(self) -> Take | None:
        return self._recorder.takes[-1] if self._recorder and self._recorder.takes else None

    def _teach(self, result: Result) -> None:
        if self._recorder is None:
            return
        self._recorder(result)
        if result.frame.time - self._flushed >= _KEPT_EVERY:
            self._keep(result.frame.time)
        take = self._take
        if take and take.examples and result.person:
            self._session.taught(take.examples[-1], take.label, result.person, self._name, result.frame.time)

    def _keep(self, time: float | None = None) -> None:
        """Write what waits, so that it survives a kill: somebody who holds still gives no row that would do it."""
        self._flushed = self._last if time is None else time
        if self._writer is not None:
            self._writer.flush()

    def _new_recorder(self) -> Recorder:
        self._path = self._session.free_path()
        self._name = self._name or self._path.stem  # parts of one sitting are one group in every test
        provenance = {
            "source": self.source,
            "sitting": self._name,
            "size": list(self._size),
            "rate": None,
            "mirrored": False,
            "tracker": f"mediapipe {version('mediapipe')}",
            "model_sha256": sha256(model_file()),
            "software": f"posknn {version('posknn')}",
        }
        self._writer = RecordingWriter(self._path, name=self._name, provenance=provenance)
        return Recorder(self._session.classifier, self._toggle, self._writer, recording=self._name)


def picture_feed(session: Session, tracker: Tracker) -> Feed:
    """Return a feed for pictures that do not follow each other: in each, the most prominent person is meant."""

    def anew(poses: Sequence[Pose], frame: Frame) -> tuple[Person, ...]:
        return tuple(Person(0, pose) for pose in poses[:1])

    def as_it_is(person: int, prediction: Prediction, time: float) -> Prediction:
        return prediction

    return Feed(session, tracker, people=anew, smoother=as_it_is)


def _described_take(take: Take | None) -> dict[str, Any] | None:
    if take is None:
        return None
    return {
        "label": take.label,
        "examples": len(take.examples),
        "near_duplicates": take.near_duplicates,
        "nobody": take.nobody,
        "unclear": take.unclear,
    }
