"""The pose tracker with the real MediaPipe on the packaged clips."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

import posknn
from posknn.errors import ModelFileError, TrackerError
from posknn.testing import check_tracker
from posknn.tracking.model_files import model_file
from posknn.tracking.tracker import PoseTracker, contacts_its_maker
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Pose

PACKAGE = Path(next(iter(posknn.__path__)))
CLIPS = PACKAGE / "clips"
EMPTY_UNTIL, EMPTY_FROM = 1.0, 10.5  # seconds of poses.mp4


@pytest.fixture(scope="module")
def poses() -> list[Frame]:
    """Every fifth frame of the clip of a man, four a second."""
    return [frame for frame in VideoFile(CLIPS / "poses.mp4") if frame.index % 5 == 0]


@pytest.fixture(scope="module")
def jacks() -> list[Frame]:
    """Every fifth frame of the first 3 seconds of the clip of a woman."""
    return [frame for frame in VideoFile(CLIPS / "jumping_jacks.mp4") if frame.index % 5 == 0 and frame.time < 3]


def at(frames: list[Frame], time: float) -> Frame:
    return next(frame for frame in frames if frame.time >= time)


def moved(frame: Frame, time: float, index: int = 0) -> Frame:
    return Frame(frame.image, time, index)


def padded(frame: Frame, *, left: int = 0, right: int = 0, top: int = 0, bottom: int = 0) -> Frame:
    """Return the picture with grey beside it."""
    sides = ((top, bottom), (left, right), (0, 0))
    return Frame(np.pad(frame.image, sides, constant_values=128), frame.time, frame.index)


def only(found: tuple[Pose, ...]) -> Pose:
    (pose,) = found
    return pose


def child(code: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)]  # newer versions warn on purpose
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=cwd or PACKAGE.parent)


def test_it_finds_the_person_and_nobody_in_an_empty_room(poses: list[Frame]) -> None:
    with PoseTracker() as tracker:
        found = {frame.time: len(tracker(frame)) for frame in poses}
    assert len(found) == 46
    assert found == {time: int(EMPTY_UNTIL <= time < EMPTY_FROM) for time in found}


def test_it_keeps_the_promises_of_a_tracker(poses: list[Frame]) -> None:
    with PoseTracker() as tracker:
        check_tracker(tracker, at(poses, 2.0))
        pose = only(tracker(at(poses, 2.25)))
    assert pose.points.dtype == np.float32
    assert not pose.points.flags.writeable
    assert ((pose.visibility >= 0) & (pose.visibility <= 1)).all()


def test_points_are_image_heights(poses: list[Frame]) -> None:
    frame = at(poses, 2.0)
    with PoseTracker(mode="image") as tracker:
        pose = only(tracker(frame))
        (marks,) = tracker.detect(frame)
    raw = np.array([(mark.x, mark.y, mark.z) for mark in marks])
    assert frame.aspect == 0.75
    assert pose.points == pytest.approx(raw * (0.75, 1, 0.75), abs=1e-6)
    # The man stands upright in the middle: head over hips over feet, his own left on the picture's right.
    assert pose["nose"][1] < pose["left_hip"][1] < pose["left_ankle"][1] < 1
    assert 0 < pose["right_shoulder"][0] < 0.375 < pose["left_shoulder"][0] < 0.75


@pytest.mark.parametrize("time", [2.0, 4.5, 7.0])
def test_a_wider_picture_only_shifts_the_pose(poses: list[Frame], time: float) -> None:
    frame = at(poses, time)
    with PoseTracker(mode="image") as tracker:
        narrow, wide = only(tracker(frame)), only(tracker(padded(frame, left=200, right=100)))
    shifted = narrow.points[:, :2] + np.array([200 / 640, 0])
    off = np.linalg.norm(wide.points[:, :2] - shifted, axis=1)
    assert np.median(off) < 0.01
    # Without the conversion the pose would be squeezed to 480 / 780 of its width.
    reach = [float(np.ptp(pose.points[:, 0])) for pose in (narrow, wide)]
    assert reach[1] == pytest.approx(reach[0], rel=0.1)


def test_a_higher_picture_scales_the_pose(poses: list[Frame]) -> None:
    frame = at(poses, 4.5)
    with PoseTracker(mode="image") as tracker:
        low, high = only(tracker(frame)), only(tracker(padded(frame, top=80, bottom=80)))
    expected = (low.points[:, :2] * 640 + np.array([0, 80])) / 800
    assert np.median(np.linalg.norm(high.points[:, :2] - expected, axis=1)) < 0.01


def test_mediapipes_clock_rises_whatever_the_frames_say(poses: list[Frame]) -> None:
    frame = at(poses, 2.0)
    times = [5.0, 5.0, 5.0, 5.0001, 5.0004, 5.0009, 5.001, 5.0011, 5.0012, 6.0, 6.0]
    with PoseTracker() as tracker:
        found = [len(tracker(moved(frame, time, index))) for index, time in enumerate(times)]
    assert found == [1] * len(times)


@pytest.mark.parametrize("start", [-3.0, 0.0, 1e6, 2e9])
def test_times_may_begin_anywhere(poses: list[Frame], start: float) -> None:
    frame = at(poses, 2.0)
    with PoseTracker() as tracker:
        assert [len(tracker(moved(frame, start + step))) for step in (0.0, 0.04, 10.0)] == [1, 1, 1]


def test_going_back_in_time_starts_afresh(poses: list[Frame]) -> None:
    first = [moved(frame, step / 10, step) for step, frame in enumerate(poses[12:16])]
    with PoseTracker() as tracker:
        for frame in poses[24:30]:
            tracker(frame)
        again = [only(tracker(frame)) for frame in first]
        assert tracker(moved(poses[0], 0.0)) == ()
    with PoseTracker() as fresh:
        alone = [only(fresh(frame)) for frame in first]
    for one, other in zip(again, alone, strict=True):
        assert one.points == pytest.approx(other.points, abs=1e-5)


def test_a_closed_tracker_says_so(poses: list[Frame]) -> None:
    tracker = PoseTracker()
    tracker.close()
    tracker.close()
    with pytest.raises(TrackerError, match="closed"):
        tracker(poses[0])
    with PoseTracker() as tracker:
        pass
    with pytest.raises(TrackerError, match="closed"):
        tracker.detect(poses[0])
    tracker.close()


def test_two_trackers_do_not_disturb_each_other(poses: list[Frame], jacks: list[Frame]) -> None:
    with PoseTracker() as alone:
        expected = [alone(frame) for frame in poses[4:8]]
    with PoseTracker() as one, PoseTracker() as other:
        found = []
        for man, woman in zip(poses[4:8], jacks, strict=False):
            found.append(one(man))
            assert len(other(woman)) == 1
    for here, there in zip(found, expected, strict=True):
        assert only(here).points == pytest.approx(only(there).points, abs=1e-5)


def test_two_people_beside_each_other(poses: list[Frame], jacks: list[Frame]) -> None:
    pictures = [
        Frame(np.hstack([man.image, woman.image]), step / 4, step)
        for step, (man, woman) in enumerate(zip(poses[4:9], jacks, strict=False))
    ]
    with PoseTracker(2) as tracker:
        found = [tracker(picture) for picture in pictures]
    assert [len(people) for people in found] == [2] * 5
    for people in found:
        middles = sorted(float(pose.points[:, 0].mean()) for pose in people)
        assert 0 < middles[0] < 0.75 < middles[1] < 1.5
    with PoseTracker(1) as tracker:
        assert [len(tracker(picture)) for picture in pictures] == [1] * 5


def test_more_people_than_there_are(poses: list[Frame]) -> None:
    with PoseTracker(4) as tracker:
        assert [len(tracker(frame)) for frame in poses[3:7]] == [0, 1, 1, 1]


def test_image_mode_looks_at_each_picture_by_itself(poses: list[Frame]) -> None:
    person, nobody = at(poses, 2.0), poses[0]
    with PoseTracker(mode="image") as tracker:
        first = only(tracker(person))
        assert tracker(nobody) == ()
        assert only(tracker(moved(person, 0.0))) == first
        assert only(tracker(moved(person, 7.0))) == first


def test_who_is_accepted_can_be_chosen(poses: list[Frame]) -> None:
    frame = at(poses, 2.0)
    asked: list[float] = []

    def nobody_will_do(_: Pose, width: float) -> bool:
        asked.append(width)
        return False

    with PoseTracker(accept=nobody_will_do) as tracker:
        assert tracker(frame) == ()
        assert len(tracker.detect(frame)) == 1
    assert asked == [0.75]
    with PoseTracker(accept=None) as tracker:
        assert len(tracker(frame)) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (600, 2), (48, 64)])
def test_odd_pictures_show_nobody(size: tuple[int, int]) -> None:
    picture: npt.NDArray[np.uint8] = np.full((*size, 3), 90, np.uint8)
    for mode in ("video", "image"):
        with PoseTracker(mode=mode) as tracker:
            assert tracker(Frame(picture, 0.0, 0)) == ()


def test_a_slice_of_a_larger_picture_is_read_right(poses: list[Frame]) -> None:
    frame = at(poses, 2.0)
    wide = padded(frame, right=123)
    with PoseTracker(mode="image") as tracker:
        assert only(tracker(Frame(wide.image[:, :480], 0.0, 0))) == only(tracker(frame))


def test_wrong_arguments_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="max_people"):
        PoseTracker(0)
    with pytest.raises(ValueError, match="mode"):
        PoseTracker(mode=cast(Any, "live"))


def test_a_model_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"nowhere\.task"):
        PoseTracker(model=tmp_path / "nowhere.task")
    half = tmp_path / "half.task"
    content = model_file().read_bytes()
    half.write_bytes(content[: len(content) // 2])
    with pytest.raises((ModelFileError, TrackerError)) as caught:
        PoseTracker(model=half)
    assert "\n" not in str(caught.value)
    other = tmp_path / "other.task"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("pose_detector.tflite", "no model")
    with pytest.raises(TrackerError, match="MediaPipe cannot start") as caught:
        PoseTracker(model=other)
    assert "\n" not in str(caught.value)


def test_a_copy_of_the_model_elsewhere_works(tmp_path: Path, poses: list[Frame]) -> None:
    copy = tmp_path / "ein Modell 人.task"
    shutil.copyfile(model_file(), copy)
    with PoseTracker(model=copy) as tracker:
        assert len(tracker(at(poses, 2.0))) == 1


def test_whether_mediapipe_contacts_its_maker_goes_by_its_version() -> None:
    numbers = tuple(int(part) for part in version("mediapipe").split(".")[:3])
    assert contacts_its_maker() == (numbers > (0, 10, 33))


_TRACK = """
    from posknn import PoseTracker, VideoFile
    tracker = PoseTracker()
    found = 0
    for frame in VideoFile("posknn/clips/poses.mp4"):
        if frame.time > 1.5:
            break
        if frame.index % 5 == 0:
            found += len(tracker(frame))
    assert found == 3, found
"""


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param("tracker.close()", id="closed"),
        pytest.param("pass", id="left open"),
        pytest.param("del tracker", id="forgotten"),
        pytest.param("kept = [tracker]; tracker.me = tracker", id="in a cycle"),
    ],
)
def test_a_program_that_tracks_says_nothing(ending: str) -> None:
    done = child(f"{_TRACK}\n    {ending}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_a_program_writes_to_stderr_is_passed_on() -> None:
    say = "print({!r}, file=__import__('sys').stderr)".format
    done = child("\n".join([say("mine"), textwrap.dedent(_TRACK), say("too"), "tracker.close()"]))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "mine\ntoo\n")
