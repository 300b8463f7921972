"""Values check themselves once, keep nothing of the caller's and cannot be changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest

from posknn import Event, Frame, Person, Pose, Prediction, Recording, Result, Segment, skeleton
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]


def black(height: int = 4, width: int = 6) -> npt.NDArray[np.uint8]:
    return np.zeros((height, width, 3), np.uint8)


# --- Frame


@pytest.mark.parametrize("strided", ["columns", "flipped", "channels", "fortran"])
def test_a_frame_makes_a_strided_picture_contiguous_with_the_same_pixels(strided: str) -> None:
    whole = np.random.default_rng(1).integers(0, 256, (8, 12, 3), np.uint8)
    image = {
        "columns": whole[:, ::2],
        "flipped": whole[::-1],
        "channels": whole[:, :, ::-1],
        "fortran": np.asfortranarray(whole),
    }[strided]
    assert not image.flags.c_contiguous
    frame = Frame(image, 0.0, 0)
    assert frame.image.flags.c_contiguous
    assert np.array_equal(frame.image, image)


def test_a_frame_does_not_copy_a_picture_that_is_contiguous() -> None:
    image = black()
    assert Frame(image, 0.0, 0).image is image


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 6), np.uint8),
        np.zeros((4, 6, 4), np.uint8),
        np.zeros((3, 4, 6), np.uint8),
        np.zeros((4, 6, 3), np.float32),
        np.zeros((4, 6, 3), np.int8),
        np.zeros((0, 6, 3), np.uint8),
    ],
    ids=["grey", "rgba", "channels first", "float", "signed", "empty"],
)
def test_a_frame_refuses_what_is_no_picture(image: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"\(H, W, 3\) and uint8"):
        Frame(image, 0.0, 0)


@pytest.mark.parametrize(("time", "index"), [(np.nan, 0), (np.inf, 0), (0.0, -1)])
def test_a_frame_refuses_a_time_that_is_none(time: float, index: int) -> None:
    with pytest.raises(ValueError, match="finite time"):
        Frame(black(), time, index)


def test_a_frame_knows_its_size() -> None:
    frame = Frame(black(480, 640), 0.0, 0)
    assert (frame.height, frame.width, frame.aspect) == (480, 640, 640 / 480)


# --- Pose


def test_a_pose_keeps_nothing_of_the_caller() -> None:
    points, visibility = np.ones((33, 3), np.float32), np.ones(33, np.float32)
    pose = Pose(points, visibility)
    points[:], visibility[:] = 7, 0.5
    assert (pose.points == 1).all()
    assert (pose.visibility == 1).all()


def test_a_pose_cannot_be_changed() -> None:
    pose = stick_figure()
    with pytest.raises(ValueError, match="read-only"):
        pose.points[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        pose.visibility[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        pose["nose"][0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        pose.points = np.zeros((33, 3), np.float32)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("points", "visibility"), [((32, 3), 33), ((33, 2), 33), ((33, 4), 33), ((33, 3), 32), ((1, 33, 3), 33)]
)
def test_a_pose_refuses_other_shapes(points: tuple[int, ...], visibility: int) -> None:
    with pytest.raises(ValueError, match=r"shape \(33, 3\)"):
        Pose(np.zeros(points, np.float32), np.zeros(visibility, np.float32))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["points", "visibility"])
def test_a_pose_refuses_numbers_that_are_not_finite(number: float, where: str) -> None:
    points, visibility = np.zeros((33, 3), np.float32), np.ones(33, np.float32)
    (points[5] if where == "points" else visibility[5:])[0] = number
    with pytest.raises(ValueError, match="finite"):
        Pose(points, visibility)


def test_poses_are_equal_by_their_numbers_and_have_no_hash() -> None:
    assert stick_figure() == stick_figure()
    assert stick_figure() != stick_figure(arms=11)
    assert stick_figure() != stick_figure(visibility=0.5)
    assert stick_figure() != "a pose"
    with pytest.raises(TypeError):
        hash(stick_figure())


def test_a_keypoint_is_found_by_its_name() -> None:
    pose = Pose(np.arange(99, dtype=np.float32).reshape(33, 3), np.ones(33, np.float32))
    assert pose["right_wrist"].tolist() == [48, 49, 50]
    with pytest.raises(ValueError, match="no keypoint is called 'wrist'"):
        pose["wrist"]


def test_flat_is_x_y_z_visibility_of_each_keypoint_after_the_other() -> None:
    pose = Pose(np.arange(99, dtype=np.float32).reshape(33, 3), np.linspace(0, 1, 33, dtype=np.float32))
    assert pose.flat().shape == (132,)
    assert pose.flat().dtype == np.float32
    assert pose.flat()[4:8].tolist() == [3, 4, 5, 0.03125]


def test_changing_flat_does_not_change_the_pose() -> None:
    pose = stick_figure()
    before = pose.flat()
    pose.flat()[:] = 9
    assert np.array_equal(pose.flat(), before)


@pytest.mark.parametrize("length", [0, 99, 131, 133])
def test_a_flat_pose_has_132_numbers(length: int) -> None:
    with pytest.raises(ValueError, match="132 numbers"):
        Pose.from_flat(np.zeros(length))


def test_points_without_visibility_are_seen() -> None:
    assert (Pose.from_points(np.zeros((33, 3))).visibility == 1).all()


@pytest.mark.parametrize("column", range(4))
def test_a_keypoint_with_a_nan_anywhere_is_missing_and_no_other_is(column: int) -> None:
    points = np.random.default_rng(2).uniform(0.1, 1, (33, 4)).astype(np.float32)
    points[13, column] = np.nan
    given = points.copy()
    pose = Pose.from_points(points)
    assert np.array_equal(points, given, equal_nan=True)
    assert pose.points[13].tolist() == [0, 0, 0]
    assert pose.visibility[13] == 0
    others = np.arange(33) != 13
    assert np.array_equal(pose.points[others], points[others, :3])
    assert np.array_equal(pose.visibility[others], points[others, 3])


@pytest.mark.parametrize("shape", [(33, 2), (33, 5), (99,), (132,), (1, 33, 4)])
def test_points_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not "):
        Pose.from_points(np.zeros(shape))


def test_a_mirror_shows_left_as_right() -> None:
    pose = stick_figure(left_arm=170, right_arm=10, at=(0.3, 0.5))
    mirrored = pose.mirrored()
    assert mirrored["right_wrist"].tolist() == [-pose["left_wrist"][0], *pose["left_wrist"][1:].tolist()]
    assert mirrored["nose"].tolist() == [-pose["nose"][0], *pose["nose"][1:].tolist()]


def test_a_mirror_swaps_visibility_too() -> None:
    visibility = np.ones(33, np.float32)
    visibility[skeleton.index("left_knee")] = 0.25
    mirrored = Pose(stick_figure().points, visibility).mirrored()
    assert mirrored.visibility[skeleton.index("right_knee")] == 0.25
    assert mirrored.visibility[skeleton.index("left_knee")] == 1


def test_a_mirrored_pose_stays_in_the_picture_when_the_width_is_told() -> None:
    pose = stick_figure(at=(0.4, 0.5))
    hips = pose.mirrored(width=16 / 9)
    assert np.isclose((hips["left_hip"][0] + hips["right_hip"][0]) / 2, 16 / 9 - 0.4)


# --- Prediction, Result, Segment


def test_the_confidence_is_that_of_the_label() -> None:
    assert Prediction("down", {"up": 0.7, "down": 0.3}).confidence == 0.3


def test_without_a_label_the_confidence_is_the_greatest() -> None:
    assert Prediction(None, {"up": 0.7, "down": 0.3}).confidence == 0.7
    assert Prediction(None).confidence == 0
    assert Prediction("up").confidence == 0


def test_confidences_are_numbered_in_order_when_left_out() -> None:
    assert Prediction("up", {"down": 0.25, "up": 0.75}).confidences == {0: 0.25, 1: 0.75}
    assert Prediction("up", {"down": 0.25, "up": 0.75}, confidences={3: 0.25, 9: 0.75}).confidences == {
        3: 0.25,
        9: 0.75,
    }


def test_5_and_the_word_5_are_two_labels() -> None:
    assert Prediction("5", {5: 0.25, "5": 0.75}).confidence == 0.75


def test_a_result_speaks_of_its_first_person() -> None:
    frame = Frame(black(), 0.0, 0)
    first, second = (
        Person(7, stick_figure(), Prediction("up", {"up": 1.0})),
        Person(2, stick_figure(), Prediction("down")),
    )
    assert Result(frame, (first, second)).person is first
    assert Result(frame, (first, second)).label == "up"
    assert Result(frame, (Person(1, stick_figure()),)).label is None
    assert Result(frame).person is None
    assert Result(frame).label is None


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (-0.1, 1), (np.nan, 1), (0, np.nan), (0, np.inf)])
def test_a_segment_is_a_stretch_of_time(start: float, end: float) -> None:
    with pytest.raises(ValueError, match="0 <= start < end"):
        Segment(start, end, "up")


# --- Recording


def test_a_recording_fills_the_columns_that_are_left_out() -> None:
    recording = Recording(np.zeros((3, 33, 4), np.float32), ("a", None, 5))
    assert len(recording) == 3
    assert recording.times.tolist() == [0, 1, 2]
    assert recording.frames.tolist() == [0, 1, 2]
    assert recording.people.tolist() == [0, 0, 0]
    assert recording.takes.tolist() == [0, 0, 0]
    kinds = {recording.points.dtype, recording.times.dtype, recording.frames.dtype, recording.takes.dtype}
    assert kinds == {np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)}


def test_a_recording_keeps_nothing_of_the_caller_and_cannot_be_changed() -> None:
    points, times = np.zeros((2, 33, 4), np.float32), np.array([0.5, 0.75])
    recording = Recording(points, ("a", "b"), times)
    points[:], times[:] = 1, 9
    assert (recording.points == 0).all()
    assert recording.times.tolist() == [0.5, 0.75]
    for column in (recording.points, recording.times, recording.frames, recording.people, recording.takes):
        with pytest.raises(ValueError, match="read-only"):
            column[:] = 0


def test_a_recording_of_nothing_is_one() -> None:
    assert len(Recording(np.zeros((0, 33, 4), np.float32), ())) == 0


@pytest.mark.parametrize("column", ["labels", "times", "frames", "people", "takes"])
def test_a_recording_needs_columns_of_one_length(column: str) -> None:
    columns = {"labels": ("a", "b"), column: ("a",) if column == "labels" else np.zeros(1)}
    with pytest.raises(ValueError, match=f"2 rows has 1 {column}"):
        Recording(np.zeros((2, 33, 4), np.float32), **columns)  # type: ignore[arg-type]


def test_a_recording_refuses_other_points_and_units() -> None:
    with pytest.raises(ValueError, match=r"\(n, 33, 4\)"):
        Recording(np.zeros((2, 33, 3), np.float32), ("a", "b"))
    with pytest.raises(ValueError, match="'metres'"):
        Recording(np.zeros((1, 33, 4), np.float32), ("a",), units="metres")


def test_times_of_a_recording_go_back_only_where_another_group_begins() -> None:
    points, labels = np.zeros((3, 33, 4), np.float32), ("a", "b", "c")
    with pytest.raises(ValueError, match=r"go back in row 2: 1\.0 comes after 2\.0 in 'monday'"):
        Recording(points, labels, np.array([0.0, 2.0, 1.0]), name="monday")
    told = {"groups": ["monday", "monday", "tuesday"]}
    assert Recording(points, labels, np.array([0.0, 2.0, 1.0]), provenance=told).times.tolist() == [0, 2, 1]
    with pytest.raises(ValueError, match="go back in row 1"):
        Recording(points, labels, np.array([3.0, 2.0, 1.0]), provenance=told)
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match="row 1 of a recording has a time that is no number"):
            Recording(points, labels, np.array([0.0, wrong, 1.0]))


def test_a_recording_is_its_own_group_unless_its_provenance_says_row_by_row() -> None:
    points = np.zeros((2, 33, 4), np.float32)
    assert Recording(points, ("a", "b"), name="monday").groups == ("monday", "monday")
    told = Recording(points, ("a", "b"), name="both", provenance={"groups": ["monday", "tuesday"]})
    assert told.groups == ("monday", "tuesday")
    assert Recording(points, ("a", "b"), name="m", provenance={"groups": ["of another length"]}).groups == ("m", "m")


@pytest.mark.parametrize(
    "value",
    [
        Frame(black(), 0.0, 0),
        stick_figure(),
        Prediction("up"),
        Event("rep", "up", 0, 1.0),
        Segment(0, 1, "up"),
        Recording(np.zeros((1, 33, 4), np.float32), ("a",)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen_and_slotted(value: object) -> None:
    field = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)
    assert not hasattr(value, "__dict__")
