"""Measures counts, segments, gestures and cost of the time stage: `python tests/benchmarks/time_stage.py`.

Reads the shared data beside the repository; --tracks FOLDER reads poses that were tracked before (NAME.parquet), else
the clips are tracked now, a minute or so. Exits with 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from posknn import (
    Between,
    Ema,
    Event,
    Events,
    Gestures,
    GestureTake,
    People,
    Person,
    Pose,
    PoseClassifier,
    Prediction,
    Recording,
    Repetitions,
    Result,
    Segments,
)
from posknn.classification.embedding import NormalisedPoints
from posknn.temporal.counting import Track, count_repetitions
from posknn.temporal.rhythm import find_rhythm
from posknn.testing import Stream, synthetic
from tests.benchmarks.lessons import COUNTED, PATTERN, Clips, Lesson, rep_videos

RATES = (5, 8, 9, 15, 30, 60)
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tracks", type=Path)
    parser.add_argument("--shared", type=Path, default=SHARED)
    options = parser.parse_args()
    met = [flicker(), boundaries(), happenings(), cost(), gestures()]
    if options.shared.is_dir():
        clips = Clips(options.shared, options.tracks)
        met += [filmed(clips), half_depth(clips), half_filmed(clips), automatic(clips), recorded(clips)]
    else:
        print(f"the shared data are not at {options.shared}: no clips are counted")
    return 0 if all(met) else 1


def said(what: str, met: bool, figures: str) -> bool:
    print(f"{'ok  ' if met else 'MISS'} {what}: {figures}")
    return met


def flicker() -> bool:
    """20 one-second repetitions, 40 % of the time down, noise of 0.35 on the confidence; 40 streams a rate."""
    means, shares = [], []
    for fps in RATES:
        counts = np.array([_flickering(fps, seed) for seed in range(40)])
        means.append(float(counts.mean()))
        shares.append(float((abs(counts - 20) <= 1).mean()))
    figures = ", ".join(
        f"{fps} FPS {mean:.1f} ({share:.0%} of streams)" for fps, mean, share in zip(RATES, means, shares, strict=True)
    )
    return said("20 +- 1 with flicker", all(abs(mean - 20) <= 1 for mean in means), figures)


def _flickering(fps: int, seed: int) -> int:
    noise = np.random.default_rng(seed).normal(0, 0.35, 21 * fps)
    counter, ema = Repetitions("up > down > up"), Ema()
    for number, extra in enumerate(noise.tolist()):
        time = number / fps
        down = min(max(float(0.3 <= time % 1 < 0.7 and time < 20) + extra, 0.0), 1.0)
        prediction = Prediction("down" if down > 0.5 else "up", {"up": 1 - down, "down": down})
        counter.take(0, ema(0, prediction, time), time)
    return counter.count()


def boundaries() -> bool:
    """How far segments at a rate lie from those at 240 FPS, in frames of that rate."""
    truth = _cut(synthetic("squats", reps=5, fps=240, seconds=2.3))
    worst = {}
    for fps in RATES:
        found = _cut(synthetic("squats", reps=5, fps=fps, seconds=2.3))
        if len(found) != len(truth):
            return said("segments at any rate", False, f"{len(found)} for {len(truth)} at {fps} FPS")
        worst[fps] = (
            max(abs(a - b) for one, other in zip(found, truth, strict=True) for a, b in zip(one, other, strict=True))
            * fps
        )
    figures = ", ".join(f"{fps} FPS {frames:.2f}" for fps, frames in worst.items())
    return said("segment boundaries off by less than a frame", max(worst.values()) <= 1, figures)


def _cut(stream: Stream) -> list[tuple[float, float]]:
    ema, segments = Ema(), Segments(enter=0.6, leave=0.4, least=0.2)
    for result in stream:
        person = result.people[0]
        assert person.prediction is not None
        steady = ema(0, person.prediction, result.frame.time)
        segments(Result(result.frame, (Person(0, person.pose, steady),)))
    return [(one.start, one.end) for one in segments.segments()[:-1]]  # the last ends with the stream


def happenings() -> bool:
    """How far events at a rate lie from those at 240 FPS, in frames of that rate: all of them, and holds."""
    truth = _told(240)
    off = {}
    for fps in RATES:
        told = _told(fps)
        if [(one.kind, one.label) for one in told] != [(one.kind, one.label) for one in truth]:
            return said("the same events at any rate", False, f"{len(told)} for {len(truth)} at {fps} FPS")
        apart = [(one.kind, abs(one.time - other.time) * fps) for one, other in zip(told, truth, strict=True)]
        off[fps] = max(by for kind, by in apart if kind == "held"), max(by for _, by in apart)
    figures = ", ".join(f"{fps} FPS {holds:.2f} ({most:.2f})" for fps, (holds, most) in off.items())
    return said(f"holds of {len(truth)} events within a frame (all)", max(off.values())[0] <= 1, figures)


def _told(fps: int) -> list[Event]:
    rules = ("down held 0.5s", "down held 1s", "any enter", "any exit", "rep", "partial", "person found", "person lost")
    ema, events = Ema(), Events(*rules, counters={"squat": Repetitions("up > down > up")})
    told: list[Event] = []
    for result in synthetic("squats", reps=6, fps=fps, seconds=4.1, depths=[1, 1, 0.5, 1, 0.5, 1]):
        person = result.people[0]
        assert person.prediction is not None
        steady = ema(0, person.prediction, result.frame.time)
        told += events(Result(result.frame, (Person(0, person.pose, steady),))).events
    return [*told, *events.end()]


def cost() -> bool:
    """CPU time of all that follows the classifier: who is who, smoothing, events, repetitions and segments."""
    spent = {people: _spent(people) for people in (1, 5)}
    figures = ", ".join(
        f"{people} in the picture {each:.3f} ms a frame, {each / people:.3f} each" for people, each in spent.items()
    )
    return said("under 0.1 ms a frame and person", all(each / people < 0.1 for people, each in spent.items()), figures)


def _spent(number: int) -> float:
    """Return the milliseconds of a frame with so many people, the least of three times."""
    shown = [
        (result.frame, result.people[0].prediction, [_beside(result.people[0].pose, 0.5 * n) for n in range(number)])
        for result in synthetic("squats", reps=40, fps=30)
    ]

    def once() -> float:
        people, ema = People(), Ema()
        rules = ("down held 3s", "any enter", "any exit", "squat rep", "person lost")
        events = Events(*rules, counters={"squat": Repetitions("up > down > up")})
        segments = Segments(enter=0.6, leave=0.4)
        start = process_time()
        for frame, said, poses in shown:
            assert said is not None
            found = people(poses, frame)
            steady = tuple(Person(one.id, one.pose, ema(one.id, said, frame.time)) for one in found)
            segments(events(Result(frame, steady)))
        return (process_time() - start) / len(shown) * 1000

    return min(once() for _ in range(3))


def _beside(pose: Pose, by: float) -> Pose:
    return Pose(pose.points + np.array([by, 0, 0], np.float32), pose.visibility)


def gestures() -> bool:
    """Four gestures of one take each, at other lengths and rates, and exercises that are none of them."""
    names = ("wave", "swipe", "clap", "circle")
    taught = [GestureTake(name, *_vectors(synthetic(name, reps=1, seconds=1.5))) for name in names]
    right = wrong = 0
    for name in names:
        for fps, seconds in ((8, 1.1), (15, 1.5), (30, 2.2)):
            spotted = _spotted(taught, synthetic(name, reps=3, fps=fps, seconds=seconds))
            right += min(3, sum(label == name for label in spotted))
            wrong += len(spotted) - sum(label == name for label in spotted)
    for name in ("squats", "jumping_jacks", "lateral_raises", "left_raises", "curls"):
        wrong += len(_spotted(taught, synthetic(name, reps=5, fps=15)))
    return said("gestures spotted once each, nothing else", (right, wrong) == (36, 0), f"{right} of 36, {wrong} wrong")


def _vectors(stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    points = stream.recording().points
    jitter = np.random.default_rng(len(points)).normal(0, 0.003, points.shape).astype(np.float32)
    jitter[:, :, 3] = 0
    return np.array(stream.times), NormalisedPoints()(points + jitter)


def _spotted(taught: Sequence[GestureTake], stream: Stream) -> list[object]:
    spotter = Gestures(taught)
    for time, vector in zip(*_vectors(stream), strict=True):
        spotter.take(0, vector, float(time))
    return [event.label for event in spotter.events]


def filmed(clips: Clips) -> bool:
    """Counts of every exercise clip, taught by others."""
    missed = []
    for name, lesson in COUNTED.items():
        whole, partial = _count(clips.track(name), clips.taught(lesson), relative=lesson.relative)
        accepted = clips.accepted(name)
        relative = ", relative" if lesson.relative else ""
        print(
            f"       {name}: {whole} ({partial} partial), right {accepted[0]} to {accepted[-1]}; "
            f"taught by {lesson.source}{relative}"
        )
        if whole not in accepted:
            missed.append(name)
    return said("every exercise clip", not missed, f"{len(COUNTED) - len(missed)} of {len(COUNTED)} {missed or ''}")


def half_depth(clips: Clips) -> bool:
    """Rendered people who turn halfway in every other repetition: made of their whole ones, played to and fro."""
    right = []
    for name in ("syn_squat_front", "syn_squat_side", "syn_jumping_jack", "syn_curl_45deg"):
        whole, partial = _count(_turning_halfway(clips, name), clips.taught(COUNTED[name]))
        own = Lesson(name, "start", "extreme")
        of_own = _count(_turning_halfway(clips, name), clips.taught(own))
        print(f"       {name}: {whole} whole and {partial} partial of 3 and 2; taught by itself {of_own}")
        right.append((whole, partial) == (3, 2))
    return said("half depth is partial", all(right), f"{sum(right)} of {len(right)} clips")


def half_filmed(clips: Clips) -> bool:
    """Filmed people too, as far as frames show them halfway; and what --auto makes of that."""
    right, auto, without = [], [], []
    for name, lesson in COUNTED.items():
        track = _filmed_halfway(clips, name)
        if track is None:
            without.append(name)
            continue
        right.append(_count(track, clips.taught(lesson), relative=lesson.relative) == (3, 2))
        auto.append(sum(one.whole for one in find_rhythm(_track(track)).repetitions) == 3)
        if not (right[-1] and auto[-1]):
            print(
                f"       {name}: taught {'right' if right[-1] else 'wrong'}, --auto {'right' if auto[-1] else 'wrong'}"
            )
    figures = f"{sum(right)} of {len(right)} clips, --auto {sum(auto)}; no frame is halfway in {', '.join(without)}"
    return said("half depth is partial on film", all(right), figures)


def _filmed_halfway(clips: Clips, name: str) -> Recording | None:
    """Return the way down of the second repetition played to and fro, every other time half of it: 3 whole, 2 half."""
    track, truth = clips.track(name), clips.truth[name]
    before, deepest = (truth.get("rep_extremes_s") or [one["extreme"] for one in truth["rep_events"]])[:2]
    vectors = np.nan_to_num(NormalisedPoints()(track.points))
    rows = np.flatnonzero((track.times > before) & (track.times <= deepest))
    down = rows[int(np.linalg.norm(vectors[rows] - vectors[rows[-1]], axis=1).argmax()) :]
    way = vectors[down] - vectors[down[0]]
    shares = way @ way[-1] / (way[-1] @ way[-1])
    half = down[: int(np.argmax(shares >= 0.5)) + 1]
    if shares[len(half) - 1] > 0.7:
        return None
    step = float(np.median(np.diff(track.times)))
    still = np.repeat(down[:1], max(1, round(0.4 / step)))
    rows = np.concatenate([np.concatenate([still, part, part[::-1], still]) for part in (down, half, down, half, down)])
    return Recording(track.points[rows], (None,) * len(rows), times=np.arange(len(rows), dtype=np.float64) * step)


def _turning_halfway(clips: Clips, name: str) -> Recording:
    track = clips.track(name)
    joints = np.load(clips.truth[name]["path"].with_name(f"{name}_joints.npz"))
    phase = joints["phase"][: len(track)]
    first = clips.truth[name]["rep_events"][0]
    down = np.flatnonzero((track.times >= first["start"] - 0.5) & (track.times <= first["extreme"]))
    half = down[: int(np.searchsorted(phase[down], 0.5)) + 1]
    rows = np.concatenate([np.concatenate([part, part[::-1]]) for part in (down, half, down, half, down)])
    return Recording(track.points[rows], (None,) * len(rows), times=np.arange(len(rows)) / joints["fps"])


def automatic(clips: Clips) -> bool:
    """Counts without anything taught, within 1."""
    off = {}
    for name in COUNTED:
        rhythm = find_rhythm(_track(clips.track(name)))
        count, accepted = sum(one.whole for one in rhythm.repetitions), clips.accepted(name)
        off[name] = max(accepted[0] - count, count - accepted[-1], 0)
    near = sum(by <= 1 for by in off.values())
    exact = sum(by == 0 for by in off.values())
    return said("--auto within 1 on 80 %", near >= 0.8 * len(off), f"{near} of {len(off)}, {exact} exact")


def recorded(clips: Clips) -> bool:
    """rep_videos_a: exact whole repetitions, taught by Google's samples or key frames of other clips."""
    wrong = {}
    for name, lesson, right, track in rep_videos(clips.shared):
        whole, _ = _count(track, clips.taught(lesson, without=name))
        if whole != right:
            wrong[name] = f"{whole} for {right}"
    return said("rep_videos_a exact on 22 of 23", len(wrong) <= 1, f"{23 - len(wrong)} of 23 {wrong or ''}")


def _count(track: Recording, classifier: PoseClassifier, *, relative: bool = False) -> tuple[int, int]:
    between = Between(classifier, ["near", "far"])
    found = count_repetitions(_track(track, between), PATTERN, relative=relative)
    return sum(one.whole for one in found), sum(not one.whole for one in found)


def _track(track: Recording, classifier: Between | None = None) -> Track:
    seen = ~np.isnan(track.points).all(axis=(1, 2))
    points = track.points[seen]
    predictions = [classifier(Pose.from_points(row)) for row in points] if classifier else []
    return Track(0, track.times[seen], NormalisedPoints()(points), predictions)


if __name__ == "__main__":
    sys.exit(main())
