"""Shows how ids and following fare on clips of several people: python tests/benchmarks/people.py VIDEO... [--people N].

Prints, per video, how long the tracker and saying who is who took, who was seen from when to when and where, and what
following "first" gives.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from itertools import pairwise
from statistics import median

from posknn import Frame, People, Person, Pose, PoseTracker, VideoFile
from posknn.tracking.matching import shape

Spans = dict[int, list[tuple[float, Person]]]


def track(video: str, people: int) -> tuple[list[tuple[Frame, tuple[Pose, ...]]], float]:
    """Return the frames and what is seen in them, and the milliseconds of the tracker for one."""
    seen, spent = [], []
    with PoseTracker(people) as tracker:
        for frame in VideoFile(video):
            start = time.perf_counter()
            poses = tracker(frame)
            spent.append(time.perf_counter() - start)
            seen.append((frame, poses))
    return seen, 1000 * median(spent)


def follow(people: People, seen: list[tuple[Frame, tuple[Pose, ...]]]) -> tuple[Spans, float]:
    """Return when each id was given out, and the milliseconds that took for a frame."""
    spans: Spans = defaultdict(list)
    start = time.perf_counter()
    for frame, poses in seen:
        for person in people(poses, frame):
            spans[person.id].append((frame.time, person))
    return spans, 1000 * (time.perf_counter() - start) / max(1, len(seen))


def say(spans: Spans) -> None:
    """Print who was given out when and where."""
    for number, moments in spans.items():
        (begin, first), (end, last) = moments[0], moments[-1]
        places = [f"({x:.2f}, {y:.2f})" for x, y in (shape(one.pose).center for one in (first, last))]
        longest = max((later - sooner for (sooner, _), (later, _) in pairwise(moments)), default=0.0)
        print(f"    {number}: {begin:.2f} to {end:.2f} s in {len(moments)} frames, longest gap {longest:.2f} s,")
        print(f"       from {places[0]} to {places[1]}")


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--people", type=int, default=5)
    arguments = parser.parse_args()
    for video in arguments.videos:
        seen, spent = track(video, arguments.people)
        spans, ours = follow(People(), seen)
        print(f"{video}: {len(seen)} frames, tracker {spent:.1f} ms, who is who {ours:.3f} ms a frame")
        say(spans)
        print("  following the first:")
        say(follow(People("first"), seen)[0])


if __name__ == "__main__":
    main()
