"""Labels recorded videos: a table, segments and an annotated copy of each."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from posknn.errors import OutputError, PosknnError, SourceError
from posknn.output.table import TableWriter
from posknn.output.video import VideoWriter
from posknn.pipeline import Pipeline, run
from posknn.storage.segments import write_segments
from posknn.tasks.parts import Named, classifier_of, open_source, source_name, tracker_for
from posknn.temporal.segments import Segments
from posknn.temporal.smoothing import Ema
from posknn.values import Label, Result, Segment, Sink

__all__ = ["FORMATS", "Labelled", "label", "label_one", "writable_folder"]

FORMATS = ("csv", "vtt")
_ENDINGS = (".csv", ".segments.csv", ".vtt", ".labelled.mp4")
_LONGEST_STEM = 200  # bytes; a name has 255 at most

Progress = Callable[[str, float, float | None], object]
"""Called with the name of a video, the seconds done and the seconds there are, None when nobody knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What came of one video. seconds: from its first frame to its last. seen: frames with somebody in them.

    problems: damage that was met on the way; what could be read is labelled. error: why nothing came of it.
    """

    video: str
    frames: int = 0
    seconds: float = 0.0
    seen: int = 0
    segments: tuple[Segment, ...] = ()
    files: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()
    error: str | None = None

    def by_label(self) -> dict[Label, float]:
        """Return the seconds of each label."""
        total: dict[Label, float] = {}
        for segment in self.segments:
            total[segment.label] = total.get(segment.label, 0.0) + segment.end - segment.start
        return total


@dataclass(slots=True)
class _Tally:
    """Counts frames and people; a sink. progress: told the time of each frame."""

    progress: Callable[[float], object]
    frames: int = 0
    seen: int = 0
    last: float = 0.0

    def __call__(self, result: Result) -> None:
        self.frames += 1
        self.seen += bool(result.people)
        self.last = result.frame.time
        self.progress(result.frame.time)


def label(
    classifier: str | Path,
    videos: Iterable[str],
    out: str | Path,
    *,
    formats: Sequence[str] = FORMATS,
    video: bool = False,
    smooth: float = 0.0,
    least: float = 0.1,
    merge: float = 0.1,
    max_people: int = 1,
    mirrored: bool = False,
    progress: Progress = lambda name, done, total: None,
    done: Callable[[Labelled], object] = lambda report: None,
) -> list[Labelled]:
    """Label videos with a classifier, one after the other, and return what came of each.

    classifier: a .posknn, ml5 JSON, CSV, recording, or folder of recordings. videos: anything a source can be made of.
    out: the folder for NAME.csv (every frame), NAME.segments.csv, NAME.vtt and, with `video`, NAME.labelled.mp4.
    smooth: time constant of the smoothing, seconds. least, merge: see Segments. mirrored: the videos are mirror images.
    A video that cannot be read has its `error` set and the others go on; errors of the classifier or of `out` are
    raised before any work. The files of a video appear together when it is done; `done` is told then.
    """
    if unknown := set(formats) - set(FORMATS):
        raise ValueError(f"no format is called {', '.join(sorted(unknown))}; there are {', '.join(FORMATS)}")
    named = classifier_of(classifier)
    folder = writable_folder(Path(out))
    reports = []
    taken: set[str] = set()
    for spec in videos:
        stem = _free_stem(_stem(spec), taken)
        try:
            reports.append(
                label_one(
                    named,
                    spec,
                    folder / stem,
                    formats=formats,
                    video=video,
                    smoother=Ema(smooth, bridge=0.0) if smooth else None,
                    segments=Segments(least=least, merge=merge),
                    max_people=max_people,
                    mirrored=mirrored,
                    progress=progress,
                )
            )
        except OutputError:
            raise
        except PosknnError as error:
            reports.append(Labelled(Path(spec).name, error=str(error)))
        done(reports[-1])
    return reports


def label_one(
    classifier: Named,
    spec: str,
    target: Path,
    *,
    formats: Sequence[str] = FORMATS,
    video: bool = False,
    smoother: Ema | None = None,
    segments: Segments | None = None,
    max_people: int = 1,
    mirrored: bool = False,
    sinks: Sequence[Sink] = (),
    progress: Progress = lambda name, done, total: None,
) -> Labelled:
    """Label one video; `target` is the folder and the first part of the names of what is written."""
    source = open_source(spec, mirrored=mirrored)
    if source.live:
        source.close()
        raise SourceError(f"{spec} is live: record or watch it with `posknn record` or `posknn live`")
    name = source_name(source)
    segments = Segments() if segments is None else segments
    tally = _Tally(lambda time: progress(name, time, source.duration))
    # All of a video's files are made beside their place and put there together, so that none is ever half a video.
    _check_places(target)
    stage = Path(tempfile.mkdtemp(prefix=".posknn-", suffix=".part", dir=target.parent))
    try:
        writers: list[Sink] = (
            [TableWriter(stage / f"{target.name}.csv", labels=classifier.labels)] if "csv" in formats else []
        )
        if video:
            writers.append(VideoWriter(stage / f"{target.name}.labelled.mp4"))
        run(source, Pipeline(tracker_for(source, max_people), classifier, smoother), segments, tally, *sinks, *writers)
        found = segments.segments() if tally.frames else []
        if "csv" in formats:
            write_segments(found, stage / f"{target.name}.segments.csv")
        if "vtt" in formats:
            write_segments(found, stage / f"{target.name}.vtt")
        files = tuple(file.replace(target.parent / file.name) for file in sorted(stage.iterdir()))
    except OutputError as error:  # the place that matters to people is not the one where it is made
        raise OutputError(str(error).replace(str(stage), str(target.parent))) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Labelled(name, tally.frames, tally.last, tally.seen, tuple(found), files, tuple(source.problems))


def _check_places(target: Path) -> None:
    """Raise OutputError now, rather than after the work, when a folder stands where a file should go."""
    for ending in _ENDINGS:
        place = target.with_name(target.name + ending)
        if place.is_dir():
            raise OutputError(f"cannot write {place}: it is a folder; move it or choose another folder with -o")


def writable_folder(folder: Path) -> Path:
    """Make the folder if need be; OutputError now rather than after an hour's work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror}; choose another folder with -o") from error


def _stem(spec: str) -> str:
    """Return the name of a video or folder without its ending, short enough for what is added to it."""
    path = Path(spec)
    name = (path.resolve() if path.name in ("", "..") else path).stem or "video"
    return name.encode()[:_LONGEST_STEM].decode(errors="ignore")


def _free_stem(stem: str, taken: set[str]) -> str:
    """Return a name whose files no other video of this run has: two folders may hold the same name."""
    name, number = stem, 2
    while any(f"{name}{ending}".casefold() in taken for ending in _ENDINGS):
        name, number = f"{stem}-{number}", number + 1
    taken.update(f"{name}{ending}".casefold() for ending in _ENDINGS)
    return name
