"""Label a recorded video: `python examples/label_video.py [VIDEO [RECORDINGS [FOLDER]]]`.

Writes a table of every frame, segments and an annotated copy into FOLDER. VIDEO is a packaged clip and RECORDINGS a
sample taught by somebody else in another clip when left out.
"""

import sys
from pathlib import Path

import posknn
from posknn import (
    Ema,
    Pipeline,
    PoseClassifier,
    PoseTracker,
    Segments,
    TableWriter,
    VideoFile,
    VideoWriter,
    read_recordings,
    run,
    write_segments,
)

CLIP = Path(posknn.__file__).with_name("clips") / "jumping_jacks.mp4"
SAMPLE = Path(__file__).parents[1] / "recordings" / "sample.parquet"


def main(video: str | Path = CLIP, recordings: str | Path = SAMPLE, folder: str | Path = "labels") -> None:
    classifier = PoseClassifier().learn(read_recordings(recordings))  # of one recording, or a folder of them
    print(f"taught: {classifier.get_count_by_label()}")

    source = VideoFile(video)
    segments = Segments(least=0.25, merge=0.1)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    count = run(
        source,
        Pipeline(PoseTracker(), classifier, Ema(0.05)),
        segments,
        TableWriter(out / "frames.csv", labels=classifier.labels),
        VideoWriter(out / "labelled.mp4"),
    )
    found = segments.segments() if count else []
    write_segments(found, out / "segments.csv")

    for segment in found:
        print(f"{segment.start:6.2f} s to {segment.end:6.2f} s  {segment.label} ({segment.confidence:.0%})")
    for problem in source.problems:
        print(f"damaged: {problem}")
    print(f"{count} frames; see {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
