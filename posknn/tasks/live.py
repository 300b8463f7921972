"""Recognises poses as they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from posknn.output.table import TableWriter
from posknn.output.video import VideoWriter
from posknn.output.window import Window
from posknn.parts import classifier_of, open_source, people_for, tracker_for
from posknn.pipeline import Pipeline, run
from posknn.tasks.events import NOWHERE, Addresses, Told, parse_named_pattern, receivers_of, told_by, watcher_of
from posknn.temporal.rules import parse_rule
from posknn.temporal.smoothing import Ema
from posknn.tracking.following import Follow
from posknn.values import Label, Result, Sink

__all__ = ["Watched", "live"]


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of watching.

    dropped: frames of a camera that were out of date before their turn came. told: what each receiver of events got.
    """

    frames: int
    dropped: int
    problems: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


def live(
    classifier: str | Path,
    source: str = "camera",
    *,
    headless: bool = False,
    selfie: bool = True,
    mirrored: bool = False,
    smooth: float = 0.15,
    max_people: int = 1,
    follow: Follow = "all",
    video: str | Path | None = None,
    table: str | Path | None = None,
    on: Sequence[str] = (),
    patterns: Sequence[str] = (),
    gestures: str | Path | None = None,
    settle: float = 0.3,
    lost: float = 1.0,
    to: Addresses = NOWHERE,
    report: Callable[[str], object] = lambda line: None,
    changed: Callable[[float, Label | None, float], object] = lambda time, label, confidence: None,
    sinks: Sequence[Sink] = (),
) -> Watched:
    """Recognise poses until the source ends, q is pressed or Ctrl-C.

    classifier, source: see `label`; "camera" is the first camera that works. headless: no window.
    selfie: the window shows a camera like a mirror; mirrored: the camera itself sends a mirror image.
    smooth: time constant of the smoothing, seconds. max_people: how many to look for; follow: whom of them to follow,
    see posknn.People. video, table: also write these files.
    on: rules that say which events there are, all but holds when left out; patterns: what counts as a repetition, such
    as "squat: up > down > up"; gestures: recordings in which some are taught; settle, lost: see `Events`.
    to: where events go, with `report` called when that fails.
    changed: called with time, label and confidence of the person followed when the label changes.
    """
    rules = tuple(map(parse_rule, on))
    counted = dict(map(parse_named_pattern, patterns))
    named = classifier_of(classifier)
    events = watcher_of(rules, counted, named, gestures, settle=settle, lost=lost)
    with ExitStack() as closing:  # until the run owns the parts
        receivers = receivers_of(to, rules, report, closing)
        opened = open_source(source, mirrored=mirrored)
        closing.callback(opened.close)
        outputs: list[Sink] = [_on_change(changed), *receivers, *sinks]
        if table is not None:
            outputs.append(TableWriter(table, labels=named.labels))
        if video is not None:
            outputs.append(VideoWriter(video))
        if not headless:
            outputs.append(Window("posknn live", mirrored=selfie and opened.live))
        people = people_for(opened, follow)
        pipeline = Pipeline(tracker_for(opened, max_people), named, Ema(smooth), events, people=people)
        closing.pop_all()
    frames = 0

    def count(_: Result) -> None:
        nonlocal frames
        frames += 1

    try:
        run(opened, pipeline, count, *outputs)
    except KeyboardInterrupt:
        if not opened.live:  # a camera has no end: Ctrl-C is how to stop it
            raise
    return Watched(frames, getattr(opened, "dropped", 0), tuple(opened.problems), told_by(receivers))


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
