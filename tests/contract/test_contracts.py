"""Every source, tracker, follower, classifier, smoother, watcher and sink of posknn keeps the promises of its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from posknn import (
    Between,
    Countdown,
    Ema,
    Events,
    EventStream,
    Gestures,
    ImageFolder,
    Marks,
    People,
    Pose,
    PoseClassifier,
    Prediction,
    Publisher,
    Recorder,
    Recording,
    RecordingWriter,
    Repetitions,
    Segment,
    Segments,
    TableWriter,
    Toggle,
    VideoFile,
    VideoWriter,
    WebSocketServer,
    Window,
    learn_gestures,
    on,
    run,
    to_osc,
)
from posknn.output.overlay import draw
from posknn.pipeline import Pipeline
from posknn.testing import (
    ScriptedTracker,
    check_classifier,
    check_follower,
    check_sink,
    check_smoother,
    check_source,
    check_tracker,
    check_watcher,
    frames,
    stick_figure,
    synthetic,
)
from posknn.tracking.following import FOLLOW, Follow
from posknn.values import Sink, Smoother, Source

UP, DOWN = stick_figure(arms=165), stick_figure(arms=10)


class Screen:
    """A screen that nobody looks at; `closes` after so many pictures."""

    def __init__(self, *, closes: int = 1000) -> None:
        self.left = closes

    def show(self, picture: np.ndarray) -> None:
        self.left -= 1

    def poll(self) -> str | None:
        return None

    def click(self) -> tuple[float, float] | None:
        return None

    def closed(self) -> bool:
        return self.left <= 0

    def close(self) -> None:
        self.left = 0


def toggled() -> Toggle:
    toggle = Toggle()
    toggle.switch("up")
    return toggle


def video(folder: Path) -> VideoFile:
    run(frames(8, fps=25), Pipeline(ScriptedTracker([])), VideoWriter(folder / "made.mp4"))
    return VideoFile(folder / "made.mp4")


def images(folder: Path) -> ImageFolder:
    for number in range(3):
        assert cv2.imwrite(str(folder / f"{number}.png"), np.full((6, 8, 3), 40 * number, np.uint8))
    return ImageFolder(folder)


SOURCES: dict[str, Callable[[Path], Source]] = {
    "frames": lambda folder: frames(5),
    "VideoFile": video,
    "ImageFolder": images,
}

SMOOTHERS: dict[str, Smoother] = {
    "Ema": Ema(),
    "Ema without average": Ema(0),
    "Ema without bridge": Ema(0.5, bridge=0),
    "slow Ema": Ema(5, bridge=2),
}

SINKS: dict[str, Callable[[Path], Sink]] = {
    "Segments": lambda folder: Segments(least=0.1, merge=0.1),
    "Segments with thresholds": lambda folder: Segments(enter=0.6, leave=0.4),
    "Repetitions": lambda folder: Repetitions("up > down > up"),
    "Gestures": lambda folder: waves(),
    "TableWriter": lambda folder: TableWriter(folder / "table.csv", labels=["up", "down"]),
    "VideoWriter mp4": lambda folder: VideoWriter(folder / "video.mp4"),
    "VideoWriter mkv": lambda folder: VideoWriter(folder / "video.mkv"),
    "Window": lambda folder: Window(screen=Screen()),
    "Window that is closed": lambda folder: Window(screen=Screen(closes=2)),
    "Recorder": lambda folder: Recorder(PoseClassifier(), toggled()),
    "Recorder onto disk": lambda folder: Recorder(PoseClassifier(), toggled(), RecordingWriter(folder / "r.parquet")),
    "Recorder with marks": lambda folder: Recorder(PoseClassifier(), Marks([Segment(0, 0.05, "up")])),
    "Recorder that stops": lambda folder: Recorder(PoseClassifier(), Countdown(["up"], countdown=0, seconds=0.05)),
    "draw": lambda folder: draw,
    "on": lambda folder: on("any enter", print),
    "publisher": lambda folder: Publisher(print),
    "osc": lambda folder: to_osc("127.0.0.1", 9),
    "websocket": lambda folder: WebSocketServer(0),
    "stream": lambda folder: EventStream(),
}


def waves() -> Gestures:
    shown = synthetic("wave", reps=1, fps=12).recording()
    return learn_gestures(Recording(shown.points, ("wave",) * len(shown), times=shown.times))


def both_taught(weights: str) -> PoseClassifier:
    points = np.stack([pose.flat().reshape(33, 4) for pose in (UP, DOWN) for _ in range(6)])
    return PoseClassifier(weights=weights).fit(points, ["up"] * 6 + ["down"] * 6)  # type: ignore[arg-type]


CLASSIFIERS: dict[str, Callable[[Pose], Prediction]] = {
    "empty": PoseClassifier(),
    "by distance": both_taught("distance"),
    "uniform": both_taught("uniform"),
    "between": Between(both_taught("distance"), ["up", "down"]),
    "with sides": PoseClassifier().fit(UP.flat().reshape(1, 33, 4), ["left arm"]),
    "with numbers": PoseClassifier().fit(UP.flat().reshape(1, 33, 4), [5]),
    "of its own embedding": PoseClassifier(embedding=lambda points: points[:, :, 1]).fit(
        UP.flat().reshape(1, 33, 4), ["up"]
    ),
}

POSES = {
    "up": UP,
    "down": DOWN,
    "between": stick_figure(arms=90),
    "lying": Pose(UP.points[:, [1, 0, 2]], UP.visibility),
    "hardly seen": stick_figure(visibility=0.1),
    "not seen": stick_figure(visibility=0),
    "a point": Pose(np.zeros((33, 3), np.float32), np.ones(33, np.float32)),
    "far out": Pose(UP.points * np.float32(1e30), UP.visibility),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_source(make: Callable[[Path], Source], tmp_path: Path) -> None:
    source = make(tmp_path)
    assert check_source(source)
    close = getattr(source, "close", None)
    if close is not None:
        close()
        close()


@pytest.mark.parametrize("script", [[], [None], [UP], [[UP, DOWN]]], ids=["nothing", "nobody", "one", "two"])
def test_tracker(script: list[Pose | list[Pose] | None]) -> None:
    check_tracker(ScriptedTracker(script), next(frames(1)))


@pytest.mark.parametrize("classifier", CLASSIFIERS.values(), ids=CLASSIFIERS)
@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_classifier(classifier: Callable[[Pose], Prediction], pose: Pose) -> None:
    check_classifier(classifier, pose)


@pytest.mark.parametrize("smoother", SMOOTHERS.values(), ids=SMOOTHERS)
def test_smoother(smoother: Smoother) -> None:
    check_smoother(smoother)


@pytest.mark.parametrize("follow", FOLLOW)
def test_follower(follow: Follow) -> None:
    check_follower(People(follow))


@pytest.mark.parametrize("rules", [(), ("any held 0.2s", "nobody for 1s", "person lost", "rep")])
def test_watcher(rules: tuple[str, ...]) -> None:
    check_watcher(Events(*rules, counters={"jack": Repetitions("up > down > up")}, spotters=[waves()]))


@pytest.mark.parametrize("make", SINKS.values(), ids=SINKS)
def test_sink(make: Callable[[Path], Sink], tmp_path: Path) -> None:
    check_sink(make(tmp_path))


@pytest.mark.parametrize("make", SINKS.values(), ids=SINKS)
def test_a_sink_that_got_nothing_closes_too(make: Callable[[Path], Sink], tmp_path: Path) -> None:
    assert run([], Pipeline(ScriptedTracker([])), make(tmp_path)) == 0


@pytest.mark.parametrize("make", SINKS.values(), ids=SINKS)
def test_sinks_work_in_a_whole_run(make: Callable[[Path], Sink], tmp_path: Path) -> None:
    script = [UP, DOWN, None, [UP, DOWN], POSES["lying"], UP, DOWN, UP]
    pipeline = Pipeline(ScriptedTracker(script), both_taught("distance"), Ema())
    assert 1 <= run(frames(len(script)), pipeline, make(tmp_path)) <= len(script)
