"""Spot moving gestures: `python examples/spot_gestures.py [RECORDINGS [SOURCE]]`.

RECORDINGS is what `posknn record 0 wave swipe --countdown 3 --seconds 2 -o gestures.parquet` writes, SOURCE a camera
number or a video. Without them a scripted figure teaches and performs. Needs `pip install 'posknn[gestures]'`.
"""

import sys
from dataclasses import replace

from posknn import Pipeline, PoseTracker, Recording, Result, learn_gestures, open_source, run
from posknn.testing import Stream, synthetic

LESSONS = ("wave", "swipe", "clap", "circle")


def taught(name: str) -> Recording:
    """Return one take of a gesture: all of its rows are labelled with its name."""
    shown = synthetic(name, reps=1, seconds=1.5).recording()
    return replace(shown, labels=(name,) * len(shown))


def main(recordings: str | None = None, source: str | None = None) -> None:
    gestures = learn_gestures(recordings or [taught(name) for name in LESSONS])

    def watch(result: Result) -> None:
        before = len(gestures.events)
        gestures(result)
        for event in gestures.events[before:]:
            share = event.detail["distance"] / event.detail["limit"]
            print(f"{event.time:6.2f} s  {event.label}  ({share:.0%} of its limit)")

    if recordings:
        run(open_source(source or "0"), Pipeline(PoseTracker()), watch)
    else:
        for performed in ("circle", "jumping_jacks", "wave"):  # jumping jacks are none of the four
            scripted: Stream = synthetic(performed, reps=2, fps=20, seconds=1.8)
            print(f"{performed}, twice:")
            run(scripted.source(), Pipeline(scripted.tracker()), watch)


if __name__ == "__main__":
    main(*sys.argv[1:])
