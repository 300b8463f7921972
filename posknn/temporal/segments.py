"""Cuts the predictions of a stream into segments: who showed which label from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posknn.temporal.steady import ROUNDING, Steady, check_thresholds
from posknn.values import Label, Prediction, Result, Segment

__all__ = ["Segments"]

_MOST_NEIGHBORS = 10


@dataclass(frozen=True, slots=True)
class _Moment:
    """One person's label from one frame's time to the next one's. label: None for unknown or not seen."""

    start: float
    end: float
    label: Label | None
    confidence: float
    neighbors: tuple[int, ...]


class Segments:
    """Collect results and cut them into segments; a Sink.

    least: segments shorter than this many seconds are dropped. merge: segments of one label that are closer together
    than this many seconds, or just as close, become one. Segments are half-open and end where the next frame begins;
    the last ends one usual frame later than it is seen. enter, leave: a segment begins when the confidence of a label
    reaches the one and ends when it falls below the other, as in `Steady`; with 0 and 0 labels are taken as they are.
    """

    def __init__(self, *, least: float = 0.0, merge: float = 0.0, enter: float = 0.0, leave: float = 0.0) -> None:
        if not (least >= 0 and merge >= 0):
            raise ValueError(f"least and merge are seconds of 0 or more, not {least} and {merge}")
        check_thresholds(enter, leave)
        self._least = least
        self._merge = merge
        self._thresholds = enter, leave
        self._steady: dict[int, Steady] = {}
        self._times: list[float] = []
        self._seen: dict[int, dict[int, _Moment]] = defaultdict(dict)

    def __call__(self, result: Result) -> None:
        """Take the result of one frame; frames come in order of time."""
        time, number = result.frame.time, len(self._times)
        self._times.append(time)
        said = {person.id: person.prediction for person in result.people if person.prediction is not None}
        for away in self._steady.keys() - said.keys():
            self._steady[away](None, time)
        for person, prediction in said.items():
            label = self._shown(person, prediction, time)
            if label is not None:
                neighbors = tuple(near.example for near in prediction.neighbors)
                share = prediction.confidences_by_label.get(label, prediction.confidence)
                self._seen[person][number] = _Moment(time, time, label, share, neighbors)

    def _shown(self, person: int, prediction: Prediction, time: float) -> Label | None:
        if self._thresholds == (0.0, 0.0):
            return prediction.label
        if person not in self._steady:
            self._steady[person] = Steady(enter=self._thresholds[0], leave=self._thresholds[1], bridge=0.0)
        return self._steady[person](prediction, time)

    def segments(self) -> list[Segment]:
        """Return the segments so far, sorted by start, then person."""
        found = [segment for person in self._seen for segment in self._of(person)]
        return sorted(found, key=lambda segment: (segment.start, segment.person))

    def _of(self, person: int) -> Iterator[Segment]:
        ends = [*self._times[1:], self._times[-1] + self._frame_time()]
        runs: list[list[_Moment]] = []
        for number, moment in self._seen[person].items():
            lasting = _Moment(moment.start, ends[number], moment.label, moment.confidence, moment.neighbors)
            joins = runs and runs[-1][-1].label == lasting.label
            if joins and lasting.start - runs[-1][-1].end <= self._merge + ROUNDING:
                runs[-1].append(lasting)
            else:
                runs.append([lasting])
        for run in self._without_flickers(runs):
            yield _segment(run, person)

    def _without_flickers(self, runs: list[list[_Moment]]) -> list[list[_Moment]]:
        kept: list[list[_Moment]] = []
        for run in runs:
            if run[-1].end - run[0].start < self._least - ROUNDING:
                continue
            gap = run[0].start - kept[-1][-1].end if kept else 0.0
            if kept and kept[-1][-1].label == run[0].label and gap <= self._merge + ROUNDING:
                kept[-1] += run
            else:
                kept.append(run)
        return kept

    def _frame_time(self) -> float:
        """Return the usual time from frame to frame, their median; a thirtieth of a second for a single frame."""
        steps = sorted(after - before for before, after in zip(self._times, self._times[1:], strict=False))
        return steps[len(steps) // 2] if steps else 1 / 30


def _segment(run: Sequence[_Moment], person: int) -> Segment:
    label = run[0].label
    assert label is not None
    # The examples that decided most often; all of them would be as long as the recording.
    votes: dict[int, int] = defaultdict(int)
    for moment in run:
        for example in moment.neighbors:
            votes[example] += 1
    most = sorted(votes, key=lambda example: (-votes[example], example))[:_MOST_NEIGHBORS]
    seconds = sum(moment.end - moment.start for moment in run)
    confidence = sum(moment.confidence * (moment.end - moment.start) for moment in run) / seconds
    return Segment(run[0].start, run[-1].end, label, person, confidence, tuple(most))
