"""Labels recorded videos and tracks by the hundred: a table, segments and an annotated copy of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from posknn.errors import PosknnError
from posknn.files import write_text
from posknn.jobs.batch import Progress, run_batch, stems
from posknn.jobs.hiring import Workers, hire
from posknn.jobs.labelling import Labelled, Labelling, labelled, write_labels
from posknn.jobs.model import Model
from posknn.jobs.places import check_places, writable_folder
from posknn.jobs.review import Review
from posknn.jobs.steps import CHUNK, Job, Tracking, key_of
from posknn.jobs.writers import ENDINGS, USUAL, check_formats
from posknn.parts import Named, classifier_of
from posknn.storage.ledger import Ledger
from posknn.tasks.label_report import run_page
from posknn.tasks.label_run import Run, with_stills
from posknn.tasks.report import check_page
from posknn.tracking.following import Follow
from posknn.tracking.model_files import FULL_SHA256

__all__ = ["label"]


def label(
    classifier: str | Path,
    videos: Iterable[str],
    out: str | Path,
    *,
    formats: Sequence[str] = USUAL,
    video: bool = False,
    smooth: float = 0.0,
    least: float = 0.1,
    merge: float = 0.1,
    enter: float = 0.0,
    leave: float = 0.0,
    blur_faces: bool = False,
    max_people: int = 1,
    follow: Follow = "all",
    mirrored: bool = False,
    chunk: float = CHUNK,
    workers: Workers | None = None,
    resume: bool = False,
    report: str | Path | None = None,
    report_frames: bool = False,
    progress: Progress = lambda name, done, total, frames: None,
    done: Callable[[Labelled], object] = lambda report: None,
) -> list[Labelled]:
    """Label videos and tracks with a classifier and return what came of each, in their order.

    classifier: a .posknn, ml5 JSON, CSV, recording, or folder of recordings. videos: video files, folders of pictures,
    pictures, addresses that fsspec knows, or tracks (.parquet), which need no tracking.
    out: the folder for NAME.csv (every frame), NAME.segments.csv, NAME.vtt, or what `formats` asks for (names of
    `writers.FORMATS`), and, with `video`, NAME.labelled.mp4.
    formats, video, smooth, least, merge, enter, leave, blur_faces: see Labelling. max_people, follow, mirrored, chunk:
    see Tracking; of a track those are followed who are in it.
    workers: who does it; this process when left out. resume: leave alone what is finished in `out` and has not changed.
    report: an HTML page over all videos to write at the end; report_frames: with pictures of the least sure segments.
    A video that cannot be read has its `error` set and the others go on; errors of the classifier or of `out` are
    raised before any work. The files of a video appear together when it is done; `done` is told then. Their bytes
    depend neither on the workers nor on whether the work was cut off and resumed.
    """
    check_formats(formats)
    settings = Labelling(tuple(dict.fromkeys(formats)), video, smooth, least, merge, enter, leave, blur_faces)
    tracking = Tracking(max_people, follow, mirrored, chunk)
    model = Model.of(classifier)
    folder = writable_folder(Path(out))
    sources = list(videos)
    names = stems(sources, ENDINGS)
    check_places(folder, names, ENDINGS)
    page = None if report is None else check_page(report)
    reports: dict[int, Labelled] = {}
    reviews: dict[int, Review] = {}

    def take(place: int, came: dict[str, Any] | PosknnError, files: Sequence[str]) -> None:
        if isinstance(came, PosknnError):
            reports[place] = Labelled(Path(sources[place]).name, error=str(came))
        else:
            reports[place] = labelled(came, folder, files)
            reviews[place] = Review.of_json(came["review"])
        done(reports[place])

    with Ledger(folder) as ledger, model.written(ledger.work.parent) as file:
        finish = partial(_finish, settings, mirrored, model.sha256)
        jobs = [
            Job(source, name, tracking, finish, key_of(source, tracking, settings, model.sha256), file)
            for source, name in zip(sources, names, strict=True)
        ]
        run_batch(jobs, ledger, hire(workers), resume=resume, progress=progress, done=take)
        found = [reports[place] for place in range(len(sources))]
        if page is not None:
            all_reviews = [reviews.get(place) for place in range(len(sources))]
            run = Run(Path(classifier).name, model.labels, found, all_reviews)
            if report_frames:
                run = with_stills(run, sources, ledger.work, mirrored=mirrored, blur_faces=blur_faces)
            write_text(page, run_page(replace(run, settings=_told(model, settings, tracking))))
    return found


def _told(model: Model, settings: Labelling, tracking: Tracking) -> list[tuple[str, str]]:
    """Return all that the results depend on, in words."""
    known: dict[str, object] = {
        "posknn": version("posknn"),
        "MediaPipe": version("mediapipe"),
        "classifier, sha256": model.sha256,
        "tracker's model, sha256": FULL_SHA256,
        "formats": ", ".join(settings.formats),
        "annotated copy": "with heads blurred" if settings.video and settings.blur_faces else settings.video,
        "smoothing": f"{settings.smooth:g} s",
        "shortest segment": f"{settings.least:g} s",
        "joined when closer than": f"{settings.merge:g} s",
        "begins at a confidence of": f"{settings.enter:g}",
        "ends below": f"{settings.leave:g}",
        "people looked for": tracking.max_people,
        "followed": tracking.follow,
        "mirrored": tracking.mirrored,
        "chunks of": f"{tracking.chunk:g} s" if tracking.chunk else "none",
    }
    words = {True: "yes", False: "no"}
    return [(name, words[value] if isinstance(value, bool) else str(value)) for name, value in known.items()]


def _finish(
    settings: Labelling, mirrored: bool, sha256: str, track: Path, source: str, place: Path, model: Path | None
) -> dict[str, Any]:
    """Make the files of one video, in whatever process."""
    assert model is not None
    return write_labels(
        _classifier(str(model), sha256),
        track,
        source,
        place,
        settings,
        mirrored=mirrored,
        made_by=f"posknn {version('posknn')} {sha256[:12]}",
    )


@lru_cache(maxsize=1)
def _classifier(model: str, sha256: str) -> Named:  # another sum, another classifier
    return classifier_of(model)
