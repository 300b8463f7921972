"""What the clips of the shared data are counted by: each lesson comes from other clips, stills or Google's samples."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from posknn import PoseClassifier, PoseTracker, Recording, VideoFile, read_recording, skeleton
from posknn.classification.embedding import as_points

__all__ = ["COUNTED", "PATTERN", "Clips", "Lesson", "rep_videos"]

Points = npt.NDArray[np.float32]
PATTERN = "near > far > near"
_FITNESS = "poses/mlkit_fitness/fitness_pose_samples.csv"
_KEYFRAMES = "poses/exercise9_keyframes_xy"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Where the near and the far pose of a clip are taught, and whether its depth has to be measured relatively."""

    source: str
    near: str
    far: str
    relative: bool = False


COUNTED: Mapping[str, Lesson] = {
    "squat_qp": Lesson("samples", "squats_up", "squats_down"),
    "squat_mpdocs": Lesson("samples", "squats_up", "squats_down"),
    "squat_mannequin_amirkaseb": Lesson("samples", "squats_up", "squats_down"),
    "syn_squat_front": Lesson("samples", "squats_up", "squats_down"),
    "syn_squat_side": Lesson("samples", "squats_up", "squats_down"),
    "pushup_mpdocs": Lesson("samples", "pushups_up", "pushups_down"),
    "pushup_qp_overlay": Lesson("samples", "pushups_up", "pushups_down"),
    "jumping_jack_qp_overlay": Lesson("syn_jumping_jack", "start", "extreme"),
    "syn_jumping_jack": Lesson("jumping_jack_qp_overlay", "jack_closed", "jack_open"),
    # The only lunges and crunches there are: squats, and sit-ups three times as high, show the way but not the depth.
    "lunge_qp": Lesson("samples", "squats_up", "squats_down", relative=True),
    "situp_qp": Lesson("keyframes", "1", "2", relative=True),
    "biceps_curl_qp": Lesson("syn_curl_45deg", "start", "extreme"),
    "syn_curl_45deg": Lesson("biceps_curl_qp", "curl_down", "curl_up"),
    "lateral_raise_qp": Lesson("syn_poses", "stand", "t_pose"),
    "arm_raise_left_qp_overlay": Lesson("left arm", "stand", "t_pose"),
}


class Clips:
    """The clips of the shared data: their truth, and their tracks from a folder or, without one, tracked now."""

    def __init__(self, shared: Path, tracks: Path | None) -> None:
        self.shared = shared
        self._tracks = tracks
        self.truth: dict[str, dict[str, Any]] = {}
        for folder in ("video", "video/synth"):
            text = (shared / folder / "truth.json").read_text(encoding="utf-8")
            for video in json.loads(text)["videos"]:
                self.truth[Path(video["file"]).stem] = {**video, "path": shared / folder / video["file"]}

    def accepted(self, name: str) -> range:
        """Return the counts that are right."""
        truth = self.truth[name]
        least, most = truth["reps_accept"] if "reps_accept" in truth else [*truth["reps"].values()] * 2
        return range(least, most + 1)

    @cache  # noqa: B019  # lives as long as the script
    def track(self, name: str) -> Recording:
        """Return the poses of a clip."""
        if self._tracks is not None:
            return read_recording(self._tracks / f"{name}.parquet")
        points, times = [], []
        with VideoFile(self.truth[name]["path"]) as video, PoseTracker() as tracker:
            for frame in video:
                poses = tracker(frame)
                points.append(as_points(poses[0]) if poses else np.full((33, 4), np.nan, np.float32))
                times.append(frame.time)
        return Recording(np.array(points), (None,) * len(points), times=np.array(times), name=name)

    def taught(self, lesson: Lesson, without: str = "") -> PoseClassifier:
        """Return a classifier of "near" and "far". without: a source whose rows are left out."""
        if lesson.source == "samples":
            rows = _samples(self.shared / _FITNESS, lesson)
        elif lesson.source == "keyframes":
            rows = _keyframes(self.shared / _KEYFRAMES, lesson, without)
        elif lesson.source == "left arm":
            rows = self._left_arm(lesson)
        else:
            rows = self._segments(lesson)
        return PoseClassifier().learn(Recording(rows[0], tuple(rows[1]), name=lesson.source))

    def _segments(self, lesson: Lesson) -> tuple[Points, list[str]]:
        track, truth = self.track(lesson.source), self.truth[lesson.source]
        chosen: list[tuple[npt.NDArray[np.bool_], str]] = []
        if lesson.far == "extreme":
            for event in truth["rep_events"]:
                for moment, label in (("start", "near"), ("end", "near"), ("extreme", "far")):
                    chosen.append((abs(track.times - event[moment]) <= 0.12, label))
        else:
            for segment in truth["segments"]:
                if segment["label"] in (lesson.near, lesson.far):
                    label = "near" if segment["label"] == lesson.near else "far"
                    chosen.append(((track.times >= segment["start"]) & (track.times < segment["end"]), label))
        seen = ~np.isnan(track.points).all(axis=(1, 2))
        points = np.concatenate([track.points[rows & seen] for rows, _ in chosen])
        return points, [label for rows, label in chosen for _ in range(int((rows & seen).sum()))]

    def _left_arm(self, lesson: Lesson) -> tuple[Points, list[str]]:
        """Teach a left arm, which no other clip shows alone: somebody standing, with the left arm of a T."""
        points, labels = self._segments(Lesson("syn_poses", lesson.near, lesson.far))
        standing = points[[label == "near" for label in labels]]
        arm = [skeleton.index(f"left_{part}") for part in ("elbow", "wrist", "pinky", "index", "thumb")]
        shoulder = skeleton.index("left_shoulder")
        raised = []
        for one, other in zip(standing, points[[label == "far" for label in labels]], strict=False):
            mixed = one.copy()
            mixed[arm] = other[arm]
            mixed[arm, :3] += one[shoulder, :3] - other[shoulder, :3]
            raised.append(mixed)
        return np.concatenate([standing, raised]), ["near"] * len(standing) + ["far"] * len(raised)


def rep_videos(shared: Path) -> list[tuple[str, Lesson, int, Recording]]:
    """Return name, lesson, whole repetitions and poses of each clip of rep_videos_a."""
    folder = shared / "poses" / "rep_videos_a"
    clips = []
    for row in csv.DictReader((folder / "counts.csv").read_text(encoding="utf-8").splitlines()):
        table = np.genfromtxt(folder / f"{row['clip']}.csv", delimiter=",", skip_header=1)
        points = table[:, 3:].reshape(-1, 33, 4).astype(np.float32)
        points[:, :, [0, 2]] *= 16 / 9  # fractions of a 16:9 picture
        points[table[:, 2] == 0] = np.nan
        up_down = ("keyframes", "1", "2") if row["exercise"] == "situp" else ("samples", "pushups_up", "pushups_down")
        track = Recording(points, (None,) * len(points), times=table[:, 1], name=row["clip"])
        clips.append((row["clip"], Lesson(*up_down), int(row["full_reps"]), track))
    return clips


def _samples(path: Path, lesson: Lesson) -> tuple[Points, list[str]]:
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    called = {lesson.near: "near", lesson.far: "far"}
    kept = [row for row in rows if row[1] in called]
    points = np.array([row[2:] for row in kept], np.float32).reshape(-1, 33, 3)
    return _with_visibility(points), [called[row[1]] for row in kept]


def _keyframes(folder: Path, lesson: Lesson, without: str) -> tuple[Points, list[str]]:
    rows = list(csv.reader((folder / "newdataset.csv").read_text(encoding="utf-8").splitlines()))[1:]
    sources = list(csv.reader((folder / "sources.csv").read_text(encoding="utf-8").splitlines()))[1:]
    called = {lesson.near: "near", lesson.far: "far"}
    kept = [
        (row, called[str(int(float(row[0])))])
        for row, source in zip(rows, sources, strict=True)
        if str(int(float(row[0]))) in called and source[1] != without
    ]
    flat = np.array([row[1:] for row, _ in kept], np.float32).reshape(-1, 33, 2)
    return _with_visibility(np.concatenate([flat, np.zeros_like(flat[:, :, :1])], axis=2)), [name for _, name in kept]


def _with_visibility(points: Points) -> Points:
    return np.concatenate([points, np.ones_like(points[:, :, :1])], axis=2)
