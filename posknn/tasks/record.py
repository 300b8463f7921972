"""Teaches poses from a camera or a video and keeps them as a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from posknn.classification.classifier import PoseClassifier
from posknn.errors import OutputError, SourceError
from posknn.output.panel import Panel, PanelRow
from posknn.output.window import Window
from posknn.pipeline import Pipeline, run
from posknn.storage.recorder import Recorder
from posknn.storage.recordings import RecordingWriter
from posknn.storage.segments import read_segments
from posknn.tasks.parts import open_source, provenance_of, tracker_for
from posknn.temporal.teaching import Countdown, Marks, Toggle
from posknn.values import Label, Sink

__all__ = ["KEYS", "Taught", "record"]

KEYS = "123456789abcdefghijklmnoprstvwxyz"
"""The key of each label in turn; q quits and u undoes."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What came of a recording. file: None when nothing was taught. problems: damage met in the source."""

    file: Path | None
    counts: dict[Label, int]
    near_duplicates: int
    nobody: int
    unclear: int
    problems: tuple[str, ...] = ()


def record(
    source: str,
    labels: Sequence[str],
    out: str | Path,
    *,
    marks: str | Path | None = None,
    countdown: float | None = None,
    seconds: float = 8.0,
    mirrored: bool = False,
    headless: bool = False,
    announce: Callable[[str], object] = lambda message: None,
) -> Taught:
    """Teach poses and write them to the recording `out`; return what was taught.

    source: a camera number, video, folder of pictures or stream address; mirrored: it shows a mirror image.
    labels: what to teach; with marks, which of the marks, all when empty.
    marks: a file of segments (CSV or WebVTT) that says which pose a video shows when.
    countdown: hands-free, so many seconds to get ready for each label and then `seconds` of holding it. Without
    marks and countdown a window takes keys and clicks, so it cannot be headless.
    announce: called with each new prompt of a countdown.
    """
    if Path(out).suffix != ".parquet":
        raise OutputError(f"a recording ends in .parquet: call it {Path(out).name}.parquet")
    opened = open_source(source, mirrored=mirrored)
    try:
        teacher = _teacher(labels, marks, countdown, seconds)
        _require_hands(teacher, headless=headless, live=opened.live)
        writer = RecordingWriter(Path(out), provenance=provenance_of(opened))
        classifier, tracker = PoseClassifier(), tracker_for(opened)
    except BaseException:
        opened.close()
        raise
    recorder = Recorder(classifier, teacher, writer, recording=Path(out).stem)
    sinks: list[Sink] = [recorder]
    if isinstance(teacher, Countdown):
        sinks.append(_announcer(teacher, announce))
    if opened.live and not headless:
        sinks.append(_window(recorder, teacher, teacher.labels if isinstance(teacher, Countdown) else labels))
    try:
        run(opened, Pipeline(tracker, classifier), *sinks)
    except KeyboardInterrupt:
        if not opened.live:  # a camera has no end: Ctrl-C is how to stop it
            raise
    path = writer.finish()
    takes = recorder.takes
    return Taught(
        path,
        recorder.counts(),
        recorder.near_duplicates,
        sum(take.nobody for take in takes),
        sum(take.unclear for take in takes),
        tuple(opened.problems),
    )


def _teacher(
    labels: Sequence[str], marks: str | Path | None, countdown: float | None, seconds: float
) -> Marks | Countdown | Toggle:
    if marks is not None:
        segments = read_segments(marks)
        wanted = [segment for segment in segments if not labels or str(segment.label) in labels]
        if missing := set(labels) - {str(segment.label) for segment in segments}:
            raise SourceError(f"{marks} has no mark called {', '.join(sorted(missing))}")
        return Marks(wanted)
    if not labels:
        raise SourceError("nothing to teach: name one label or more, or give --marks FILE")
    return Toggle() if countdown is None else Countdown(labels, countdown=countdown, seconds=seconds)


def _require_hands(teacher: object, *, headless: bool, live: bool) -> None:
    if isinstance(teacher, Toggle) and (headless or not live):
        raise SourceError(
            "keys need a camera and a window: for a video give --marks FILE, without hands or screen --countdown"
        )


def _announcer(countdown: Countdown, announce: Callable[[str], object]) -> Sink:
    said = ""

    def tell(_: object) -> None:
        nonlocal said
        if countdown.message != said:
            said = countdown.message
            announce(said)

    return tell


def _window(recorder: Recorder, teacher: Countdown | Toggle | Marks, labels: Sequence[Label]) -> Window:
    keys = dict(zip(KEYS, labels, strict=False))

    def panel() -> Panel:
        counts = recorder.counts()
        rows = tuple(
            PanelRow(key, str(label), counts.get(label, 0), label == recorder.active) for key, label in keys.items()
        )
        return Panel(rows, teacher.message if isinstance(teacher, Countdown) else "")

    def undo() -> None:
        if isinstance(teacher, Toggle):
            teacher.active = None
        recorder.undo()

    actions: dict[str, Callable[[], object]] = {"u": undo}
    if isinstance(teacher, Toggle):
        for key, label in keys.items():
            actions[key] = partial(teacher.switch, label)
    return Window("posknn record: u takes the last take back, q ends", keys=actions, panel=panel)
