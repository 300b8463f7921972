"""Watch the memory while one long video is tracked and labelled: under 700 MB, and no growth after the first minute.

    python tests/benchmarks/soak.py --minutes 60              with MediaPipe, in one process
    python tests/benchmarks/soak.py --minutes 60 --scripted   everything else: decoding, writing, labelling

The minute is one of the video. Exit code 1 when either does not hold.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Generator
from contextlib import closing
from itertools import cycle
from pathlib import Path

import posknn
from posknn.classification.classifier import PoseClassifier
from posknn.jobs.labelling import Labelling, write_labels
from posknn.jobs.tracking import Seen, result_of, seen_in
from posknn.storage.tracks import TrackWriter
from posknn.tasks.bench_videos import looped
from posknn.testing import ScriptedTracker, stick_figure
from posknn.tracking.ahead import Ahead
from posknn.tracking.video import VideoFile

CLIP = Path(next(iter(posknn.__path__))) / "clips" / "jumping_jacks.mp4"
CLIP_SECONDS = 10.8
MOST = 700.0
GROWTH = 20.0  # megabytes; the memory of a process breathes


def memory() -> float:
    """Return the megabytes that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def scripted(video: VideoFile) -> Generator[Seen]:
    """Decode a video, ahead, and see a figure that raises its arms."""
    tracker = ScriptedTracker(cycle([stick_figure(arms=6 * step) for step in range(30)]))
    with closing(Ahead(video)) as ahead:
        for frame in ahead:
            yield frame.index, frame.time, tracker(frame)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--scripted", action="store_true")
    asked = parser.parse_args()
    taught = PoseClassifier()
    for arms, label in ((10, "down"), (150, "up")):
        taught.add_example(stick_figure(arms=arms), label)
    levels: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        video = VideoFile(looped(CLIP, round(asked.minutes * 60 / CLIP_SECONDS), folder / "long.mp4"))
        track = folder / "track.parquet"
        with TrackWriter(track) as writer, closing(scripted(video) if asked.scripted else seen_in(video, 1)) as found:
            for seen in found:
                writer(result_of(seen, video.size))
                minute = int(seen[1] // 60)
                levels[minute] = max(levels.get(minute, 0.0), memory())
        print("MB minute by minute:", *(f"{level:.0f}" for level in levels.values()))
        write_labels(taught, track, str(video.path), folder / "out", Labelling())
        print(f"MB after labelling: {memory():.0f}")
    first, last = levels[min(1, max(levels))], max(levels.values())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    grown = last - first
    print(f"{most:.0f} MB at most; {grown:.0f} MB more than in the first two minutes while tracking")
    sys.exit(most > MOST or grown > GROWTH)


if __name__ == "__main__":
    main()
