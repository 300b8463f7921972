"""Recognises poses as they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from posknn.output.table import TableWriter
from posknn.output.video import VideoWriter
from posknn.output.window import Window
from posknn.pipeline import Pipeline, run
from posknn.tasks.parts import classifier_of, open_source, tracker_for
from posknn.temporal.smoothing import Ema
from posknn.values import Label, Result, Sink

__all__ = ["Watched", "live"]


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of watching. dropped: frames of a camera that were out of date before their turn came."""

    frames: int
    dropped: int
    problems: tuple[str, ...] = ()


def live(
    classifier: str | Path,
    source: str = "camera",
    *,
    headless: bool = False,
    selfie: bool = True,
    mirrored: bool = False,
    smooth: float = 0.15,
    max_people: int = 1,
    video: str | Path | None = None,
    table: str | Path | None = None,
    changed: Callable[[float, Label | None, float], object] = lambda time, label, confidence: None,
    sinks: Sequence[Sink] = (),
) -> Watched:
    """Recognise poses until the source ends, q is pressed or Ctrl-C.

    classifier, source: see `label`; "camera" is the first camera that works. headless: no window.
    selfie: the window shows a camera like a mirror; mirrored: the camera itself sends a mirror image.
    smooth: time constant of the smoothing, seconds. video, table: also write these files.
    changed: called with time, label and confidence of the first person when the label changes.
    """
    named = classifier_of(classifier)
    opened = open_source(source, mirrored=mirrored)
    try:
        outputs: list[Sink] = [_on_change(changed), *sinks]
        if table is not None:
            outputs.append(TableWriter(table, labels=named.labels))
        if video is not None:
            outputs.append(VideoWriter(video))
        if not headless:
            outputs.append(Window("posknn live", mirrored=selfie and opened.live))
        pipeline = Pipeline(tracker_for(opened, max_people), named, Ema(smooth))
    except BaseException:
        opened.close()
        raise
    frames = 0

    def count(_: Result) -> None:
        nonlocal frames
        frames += 1

    try:
        run(opened, pipeline, count, *outputs)
    except KeyboardInterrupt:
        if not opened.live:  # a camera has no end: Ctrl-C is how to stop it
            raise
    return Watched(frames, getattr(opened, "dropped", 0), tuple(opened.problems))


def _on_change(changed: Callable[[float, Label | None, float], object]) -> Sink:
    last: Label | None = None
    first = True

    def watch(result: Result) -> None:
        nonlocal last, first
        label = result.label
        if first or label != last:
            first, last = False, label
            prediction = result.person.prediction if result.person else None
            changed(result.frame.time, label, prediction.confidence if prediction and label is not None else 0.0)

    return watch
