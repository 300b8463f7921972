"""Makes the files of one labelled video: of its track, and for an annotated copy of its pictures."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from posknn.errors import OutputError, SourceError
from posknn.jobs.annotating import annotated_copy
from posknn.jobs.batch import Progress
from posknn.jobs.clips import clip_of_frames, size_of
from posknn.jobs.faces import heads_in
from posknn.jobs.places import check_places
from posknn.jobs.poses import Tracked
from posknn.jobs.replay import replayed
from posknn.jobs.review import Presence, reviewed
from posknn.jobs.steps import Tracking, is_track, track_of
from posknn.jobs.writers import ENDINGS, FORMATS, FRAMES, POSES, SEGMENTS, USUAL
from posknn.parts import Named, open_source
from posknn.storage.poses import write_poses
from posknn.storage.segments import write_segments
from posknn.storage.tracks import read_provenance
from posknn.temporal.segments import Segments
from posknn.temporal.smoothing import Ema
from posknn.tracking.ahead import Ahead
from posknn.values import Label, Result, Segment, Sink

__all__ = ["Labelled", "Labelling", "label_one", "labelled", "write_labels"]


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


@dataclass(frozen=True, slots=True)
class Labelling:
    """How videos are labelled. formats: names of `writers.FORMATS`. video: an annotated copy too.

    smooth: time constant of the smoothing, which bridges gaps up to `merge`, seconds. least, merge: seconds, enter,
    leave: confidences, see Segments.
    blur_faces: make everybody's head unrecognisable in the annotated copy. ValueError for what is wrong.
    """

    formats: tuple[str, ...] = USUAL
    video: bool = False
    smooth: float = 0.0
    least: float = 0.1
    merge: float = 0.1
    enter: float = 0.0
    leave: float = 0.0
    blur_faces: bool = False

    def __post_init__(self) -> None:
        if unknown := set(self.formats) - set(FORMATS):
            raise ValueError(f"no format is called {', '.join(sorted(unknown))}; there are {', '.join(FORMATS)}")
        self.segments()  # says what is wrong with them

    def segments(self) -> Segments:
        """Return what cuts a video into segments."""
        return Segments(least=self.least, merge=self.merge, enter=self.enter, leave=self.leave)


def labelled(said: Mapping[str, Any], folder: Path, files: Sequence[str]) -> Labelled:
    """Make a report of what `write_labels` said. files: the names of those written into the folder."""
    segments = tuple(Segment(**{**one, "neighbors": tuple(one["neighbors"])}) for one in said["segments"])
    return Labelled(
        said["video"],
        said["frames"],
        said["seconds"],
        said["seen"],
        segments,
        tuple(folder / name for name in files),
        tuple(said["problems"]),
    )


def label_one(
    named: Named,
    source: str,
    target: Path,
    *,
    settings: Labelling | None = None,
    tracking: Tracking | None = None,
    sinks: Sequence[Sink] = (),
    progress: Progress = lambda name, done, total, frames: None,
) -> Labelled:
    """Label one video or track here; `target` is the folder and the first part of the names of what is written.

    sinks: take the results too.
    """
    check_places(target.parent, [target.name], ENDINGS)
    settings, tracking = settings or Labelling(), tracking or Tracking()
    # All of a video's files are made beside their place and put there together, so that none is ever half a video.
    with tempfile.TemporaryDirectory(prefix=".posknn-", suffix=".part", dir=target.parent) as stage:
        track = Path(source)
        if not is_track(source):
            track = Path(stage) / "track.parquet"
            track_of(source, track, tracking, lambda *far: progress(Path(source).name, *far))
        (place := Path(stage) / "out").mkdir()
        try:
            said = write_labels(
                named, track, source, place / target.name, settings, mirrored=tracking.mirrored, sinks=sinks
            )
            files = [file.replace(target.parent / file.name).name for file in sorted(place.iterdir())]
        except OutputError as error:  # the place that matters to people is not the one where it is made
            raise OutputError(str(error).replace(str(place), str(target.parent))) from error
    return labelled(said, target.parent, files)


def write_labels(
    named: Named,
    track: Path,
    source: str,
    place: Path,
    settings: Labelling,
    *,
    mirrored: bool = False,
    sinks: Sequence[Sink] = (),
    made_by: str = "posknn",
) -> dict[str, Any]:
    """Write the files of one video of its track, and return the report; a Finish but for its first arguments.

    made_by: what the files say that they come from, where they say it.
    """
    if settings.video and is_track(source):
        raise SourceError(
            f"{source} is a track, which has no pictures to annotate: give the video, or leave out --video"
        )
    about = read_provenance(track)
    segments, tally, presence = settings.segments(), _Tally(), Presence()
    tracked = Tracked() if set(settings.formats) & set(POSES) else None
    smoother = Ema(settings.smooth, bridge=settings.merge) if settings.smooth else None
    heads = heads_in(open_source(source, mirrored=mirrored)) if settings.blur_faces and not is_track(source) else None
    copy = None
    with ExitStack() as closing:
        opened = open_source(source, mirrored=mirrored) if settings.video else None
        pictures = None if opened is None else Ahead(opened)
        if pictures is not None:
            closing.callback(pictures.close)
        writers = list(_frame_writers(place, settings, named.labels))
        if opened is not None:
            writers.append(copy := annotated_copy(opened, place, heads))
        for writer in writers:
            closing.callback(_close, writer)
        everybody: tuple[Sink, ...] = (segments, tally, presence, *([tracked] if tracked else []), *sinks, *writers)
        for result in replayed(track, named, smoother, pictures):
            for sink in everybody:
                sink(result)
    found = segments.segments() if tally.times else []
    video = str(about.get("source") or Path(source).name)
    clip = clip_of_frames(video, tally.frames, tally.times, size_of(about), made_by)
    for name in settings.formats:
        if name in SEGMENTS:
            write_segments(found, place.with_name(place.name + SEGMENTS[name]), clip)
        if tracked and name in POSES:
            write_poses(tracked.recording(), place.with_name(place.name + POSES[name][0]), clip, format=name)
    return {
        "video": video,
        "frames": len(tally.frames),
        "seconds": tally.times[-1] if tally.times else 0.0,
        "seen": tally.seen,
        "segments": [asdict(segment) for segment in found],
        "problems": [*_problems_of(about), *(copy.problems if copy else [])],
        "review": reviewed(presence, found, track, heads or {}).to_json(),
    }


@dataclass(slots=True)
class _Tally:
    """Notes the frames, their times and how many show somebody; a sink."""

    frames: array[int] = field(default_factory=lambda: array("q"))
    times: array[float] = field(default_factory=lambda: array("d"))
    seen: int = 0

    def __call__(self, result: Result) -> None:
        self.frames.append(result.frame.index)
        self.times.append(result.frame.time)
        self.seen += bool(result.people)


def _problems_of(about: Mapping[str, Any]) -> list[str]:
    problems = about.get("problems")
    return [str(one) for one in problems] if isinstance(problems, list) else []


def _frame_writers(place: Path, settings: Labelling, labels: Sequence[Label]) -> Iterator[Sink]:
    for name in settings.formats:
        if name in FRAMES:
            ending, make = FRAMES[name]
            yield make(place.with_name(place.name + ending), labels)


def _close(part: object) -> None:
    close = getattr(part, "close", None)
    if close is not None:
        close()
