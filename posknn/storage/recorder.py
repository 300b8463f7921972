"""Records what the tracker sees under the label being taught: into a classifier and onto disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from posknn.classification.classifier import PoseClassifier
from posknn.storage.recordings import RecordingWriter
from posknn.values import Label, Result

__all__ = ["Recorder", "Take"]


@dataclass(slots=True)
class Take:
    """One stretch of teaching. examples: ids in the classifier. The counts are of frames that became no example."""

    number: int
    label: Label
    examples: list[int] = field(default_factory=list)
    near_duplicates: int = 0
    nobody: int = 0
    unclear: int = 0


class Recorder:
    """Teach a classifier while a pipeline runs; a Sink.

    teacher: called with the time of each frame, says which label is being shown, None for none; see
    posknn.temporal.teaching. writer: also keeps the examples on disk; the recorder finishes it when it is closed.
    recording: the name under which neighbours will tell where they were taught.
    apart: a pose closer than this to an example of the same label is a near-duplicate and is left out; the distance
    is the classifier's. Of several people the one followed is taught. The pipeline has the same classifier, or none.
    """

    def __init__(
        self,
        classifier: PoseClassifier,
        teacher: Callable[[float], Label | None],
        writer: RecordingWriter | None = None,
        *,
        recording: str | None = None,
        apart: float = 0.01,
    ) -> None:
        self.takes: list[Take] = []
        self.active: Label | None = None
        self._classifier = classifier
        self._teacher = teacher
        self._writer = writer
        self._recording = recording
        self._apart = apart
        self._number = 0

    def __call__(self, result: Result) -> None:
        """Take the result of one frame. OutputError when the disk is full; what was written before stays."""
        before, self.active = self.active, self._teacher(result.frame.time)
        if self.active is not None:
            if self.active != before or not self.takes:
                self.takes.append(Take(self._number, self.active))
                self._number += 1
            self._learn(result, self.takes[-1])
        if self._writer is not None:
            self._writer.flush_due()  # who holds still, or has stopped, gives no row that would do it

    def undo(self) -> Take | None:
        """Unlearn the last take, on disk too, and return it; None when there is none."""
        if not self.takes:
            return None
        take = self.takes.pop()
        for example in take.examples:
            self._classifier.forget(example)
        if self._writer is not None:
            self._writer.undo(take.number)
        self.active = None  # what is still being shown starts a take of its own
        return take

    def counts(self) -> dict[Label, int]:
        """Return the number of examples taught here by label."""
        counts: dict[Label, int] = {}
        for take in self.takes:
            counts[take.label] = counts.get(take.label, 0) + len(take.examples)
        return counts

    @property
    def near_duplicates(self) -> int:
        """How many frames were left out as near-duplicates."""
        return sum(take.near_duplicates for take in self.takes)

    def close(self) -> None:
        """Finish the recording on disk and learn the limits of what was taught."""
        if self._writer is not None:
            self._writer.close()
        if len(self._classifier):
            self._classifier.calibrate()

    def _learn(self, result: Result, take: Take) -> None:
        person = result.person
        if person is None:
            take.nobody += 1
            return
        # A pipeline that shows what is being learnt has asked the same classifier already.
        prediction = person.prediction or self._classifier(person.pose)
        nearest = next(iter(prediction.neighbors), None)
        if nearest is not None and nearest.label == take.label and nearest.distance < self._apart:
            take.near_duplicates += 1
            return
        time = result.frame.time
        try:
            example = self._classifier.add_example(person.pose, take.label, recording=self._recording, time=time)
        except ValueError:  # too little of the person is seen to tell this pose from others
            take.unclear += 1
            return
        take.examples.append(example)
        if self._writer is not None:
            self._writer.append(
                person.pose, time=time, frame=result.frame.index, person=person.id, label=take.label, take=take.number
            )
