"""Teaches poses from a camera or a video and keeps them as a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from posknn.classification.classifier import PoseClassifier
from posknn.errors import OutputError, SourceError
from posknn.files import output_error
from posknn.jobs.clips import clip_of
from posknn.output.panel import Panel, PanelRow
from posknn.output.window import Window
from posknn.parts import open_source, people_for, provenance_of, tracker_for
from posknn.pipeline import Pipeline, run
from posknn.storage.recorder import Recorder
from posknn.storage.recordings import RecordingWriter
from posknn.storage.segments import read_segments
from posknn.temporal.teaching import Countdown, Marks, Toggle
from posknn.tracking.following import Follow
from posknn.values import Label, Sink

__all__ = ["KEYS", "Taught", "record"]

KEYS = "123456789abcdefghijklmnoprstvwxyz"
"""The key of each label in turn; q quits and u undoes."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What came of a recording. file: None when nothing was taught. problems: damage met in the source.

    error: why the source ended before its time, as when a camera is unplugged.
    """

    file: Path | None
    counts: dict[Label, int]
    near_duplicates: int
    nobody: int
    unclear: int
    problems: tuple[str, ...] = ()
    error: str | None = None


def record(
    source: str,
    labels: Sequence[str],
    out: str | Path | None = None,
    *,
    marks: str | Path | None = None,
    countdown: float | None = None,
    seconds: float = 8.0,
    max_people: int = 1,
    follow: Follow = "first",
    mirrored: bool = False,
    headless: bool = False,
    announce: Callable[[str], object] = lambda message: None,
) -> Taught:
    """Teach poses and write them to the recording `out`; return what was taught.

    out: NAME.parquet; recordings/DATE-TIME.parquet when left out.
    source: a camera number, video, folder of pictures or stream address; mirrored: it shows a mirror image.
    labels: what to teach; with marks, which of the marks, all when empty.
    marks: a file of segments that says which pose a video shows when; see read_segments for the formats.
    countdown: hands-free, so many seconds to get ready for each label and then `seconds` of holding it. Without
    marks and countdown a window takes keys and clicks, so it cannot be headless.
    max_people: how many to look for; follow: whom of them to teach from, see posknn.People: "first", "largest" or
    "middle".
    announce: called with each new prompt of a countdown.
    """
    teacher = _teacher(source, labels, marks, countdown, seconds)
    place = _place(out)
    opened = open_source(source, mirrored=mirrored)
    with ExitStack() as on_failure:
        on_failure.callback(opened.close)
        _require_hands(teacher, headless=headless, live=opened.live)
        window = _window(lambda: recorder, teacher, labels) if opened.live and not headless else None
        tracker = tracker_for(opened, max_people)
        on_failure.callback(tracker.close)
        writer = _writer(place, provenance_of(opened))
        on_failure.pop_all()
    classifier = PoseClassifier()
    recorder = Recorder(classifier, teacher, writer, recording=place.stem)
    announcer = _announcer(teacher, announce) if isinstance(teacher, Countdown) else None
    error = None
    try:
        pipeline = Pipeline(tracker, classifier, people=people_for(opened, follow))
        run(opened, pipeline, *(sink for sink in (recorder, announcer, window) if sink))
    except KeyboardInterrupt:
        if not opened.live:  # a camera has no end: Ctrl-C is how to stop it
            raise
    except SourceError as lost:  # what was taught before is kept, and told
        error = str(lost)
    takes = recorder.takes
    return Taught(
        writer.finish(),
        recorder.counts(),
        recorder.near_duplicates,
        sum(take.nobody for take in takes),
        sum(take.unclear for take in takes),
        tuple(opened.problems),
        error,
    )


def _place(out: str | Path | None) -> Path:
    """Return where the recording goes; OutputError for a name that it cannot have, before anything is opened."""
    if out is None:
        return Path("recordings") / f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.parquet"
    path = Path(out)
    if path.suffix.lower() != ".parquet":
        raise OutputError(f"a recording ends in .parquet: call it {path.with_suffix('.parquet')}")
    if path.exists():
        raise OutputError(f"{path} exists already: choose another name")
    return path


def _writer(path: Path, provenance: Mapping[str, object]) -> RecordingWriter:
    if path.parent == Path("recordings"):  # the usual place, made when it is needed
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise output_error(path, error) from error
    return RecordingWriter(path, provenance=provenance)


def _teacher(
    source: str, labels: Sequence[str], marks: str | Path | None, countdown: float | None, seconds: float
) -> Marks | Countdown | Toggle:
    if marks is not None:
        segments = read_segments(marks, lambda: clip_of(source))
        wanted = [segment for segment in segments if not labels or str(segment.label) in labels]
        if missing := set(labels) - {str(segment.label) for segment in segments}:
            raise SourceError(f"{marks} has no mark called {', '.join(sorted(missing))}")
        try:
            return Marks(wanted)
        except ValueError as error:
            raise SourceError(f"{marks}: {error}; name those to teach") from None
    if not labels:
        raise SourceError("nothing to teach: name one label or more, or give --marks FILE")
    return Toggle(labels) if countdown is None else Countdown(labels, countdown=countdown, seconds=seconds)


def _require_hands(teacher: object, *, headless: bool, live: bool) -> None:
    if isinstance(teacher, Toggle) and (headless or not live):
        raise SourceError(
            "teaching by keys needs a camera and a window; with a video use --marks FILE, without a window --countdown"
        )


def _announcer(countdown: Countdown, announce: Callable[[str], object]) -> Sink:
    said = ""

    def tell(_: object) -> None:
        nonlocal said
        if countdown.message != said:
            said = countdown.message
            announce(said)

    return tell


def _window(recorder: Callable[[], Recorder], teacher: Countdown | Toggle | Marks, labels: Sequence[Label]) -> Window:
    keys = dict(zip(KEYS, labels or teacher.labels, strict=False))

    def panel() -> Panel:
        counts, active = recorder().counts(), recorder().active
        rows = (PanelRow(key, str(label), counts.get(label, 0), label == active) for key, label in keys.items())
        return Panel(tuple(rows), teacher.message if isinstance(teacher, Countdown) else "")

    def undo() -> None:
        if isinstance(teacher, Toggle):
            teacher.active = None
        recorder().undo()

    actions: dict[str, Callable[[], object]] = {"u": undo}
    if isinstance(teacher, Toggle):
        actions.update((key, partial(teacher.switch, label)) for key, label in keys.items())
    return Window("posknn record: u takes the last take back, q ends", keys=actions, panel=panel)
