"""Shows the whole job on two packaged clips: teach two poses from one, find and count them in the other."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from posknn.classification.classifier import PoseClassifier
from posknn.jobs.batch import Progress
from posknn.jobs.labelling import Labelled, Labelling, label_one
from posknn.jobs.places import writable_folder
from posknn.pipeline import Pipeline, run
from posknn.storage.recorder import Recorder
from posknn.storage.segments import read_segments
from posknn.temporal.repetitions import Repetitions
from posknn.temporal.teaching import Marks
from posknn.tracking.tracker import PoseTracker
from posknn.tracking.video import VideoFile
from posknn.values import Label

__all__ = ["Shown", "demo"]

PATTERN = "stand > arms_up > stand"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the demo did. taught: examples per label. count: how often the pattern was seen."""

    taught: dict[Label, int]
    near_duplicates: int
    labelled: Labelled
    count: int
    classifier: Path


def demo(out: str | Path = "posknn-demo", *, progress: Progress = lambda name, done, total, frames: None) -> Shown:
    """Teach from one packaged clip with marks, label the other and count; write all files into the folder `out`.

    Needs no camera, display or network. OutputError when the folder cannot be written.
    """
    folder = writable_folder(Path(out))
    with as_file(files("posknn") / "clips") as clips:
        classifier = PoseClassifier()
        recorder = Recorder(classifier, Marks(read_segments(clips / "poses.marks.csv")), recording="poses.mp4")
        lesson = VideoFile(clips / "poses.mp4")
        run(
            lesson,
            Pipeline(PoseTracker(), classifier),
            recorder,
            lambda result: progress("poses.mp4", result.frame.time, lesson.duration, result.frame.index + 1),
        )
        saved = classifier.save(folder / "demo.posknn")
        repetitions = Repetitions(PATTERN)
        labelled = label_one(
            classifier,
            str(clips / "jumping_jacks.mp4"),
            folder / "jumping_jacks",
            settings=Labelling(video=True, smooth=0.02, merge=0.06),
            sinks=[repetitions],
            progress=progress,
        )
    return Shown(recorder.counts(), recorder.near_duplicates, labelled, repetitions.count(), saved)
