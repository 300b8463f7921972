"""The unit of coordinates is told from them, and becomes image heights where the shape of the picture is known."""

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.embedding import as_points
from posknn.storage.formats.layout import Reading
from posknn.storage.formats.units import in_heights, to_heights, units_of, without_nobody
from posknn.testing import stick_figure
from posknn.values import Recording

Floats = npt.NDArray[np.float32]


def poses(scale: float = 1.0, *, centred: bool = False, depth: float = 1.0) -> Floats:
    """Return poses in fractions of a picture, times `scale`, with depths times `depth`."""
    points = np.stack([as_points(stick_figure(arms=angle)) for angle in (5, 60, 120, 175)]).astype(np.float32)
    points[..., 2] = 0.3 * np.sin(np.arange(33))
    if centred:
        points[..., :2] -= points[:, [23, 24], :2].mean(axis=1, keepdims=True)
    points[..., :3] *= scale
    points[..., 2] *= depth
    return points


@pytest.mark.parametrize(
    ("points", "units"),
    [
        (poses(), "fractions"),
        (poses(2), "fractions"),
        (poses(640), "pixels"),
        (poses(30), "pixels"),
        (poses(centred=True), "body"),
        (poses(1.7, centred=True), "body"),
        (poses(500, centred=True), "body"),
        (np.full((3, 33, 4), np.nan, np.float32), "fractions"),
        (np.empty((0, 33, 4), np.float32), "fractions"),
    ],
)
def test_the_unit_is_told(points: Floats, units: str) -> None:
    assert units_of(points) == units


def test_missing_keypoints_do_not_change_the_unit() -> None:
    for scale, units in ((1, "fractions"), (640, "pixels")):
        points = poses(scale)
        points[0] = np.nan
        points[1:, 23:] = np.nan
        assert units_of(points) == units


def test_fractions_become_heights() -> None:
    points = poses()
    units, said = to_heights(points, "fractions", Reading(size=(1280, 720)))
    assert (units, said) == ("heights", "fractions of pictures of 1280 x 720 became image heights")
    np.testing.assert_allclose(points, poses() * np.array([16 / 9, 1, 16 / 9, 1], np.float32), rtol=1e-6)
    points = poses()
    assert to_heights(points, "fractions", Reading(aspect=0.5))[0] == "heights"
    np.testing.assert_allclose(points, poses() * np.array([0.5, 1, 0.5, 1], np.float32), rtol=1e-6)


def test_without_a_shape_nothing_is_made_up() -> None:
    for units, points in (("fractions", poses()), ("pixels", poses(640)), ("body", poses(centred=True))):
        before = points.copy()
        after, said = to_heights(points, units, Reading())
        assert after == units
        np.testing.assert_array_equal(points, before)
        assert ("--size" in said) == (units == "fractions")


def test_pixels_become_heights_by_size_alone() -> None:
    points = poses(100)
    assert to_heights(points, "pixels", Reading(aspect=2))[0] == "pixels"
    assert to_heights(points, "pixels", Reading(size=(200, 100)))[0] == "heights"
    np.testing.assert_allclose(points, poses(), rtol=1e-5, atol=1e-6)


def test_depth_in_fractions_beside_pixels() -> None:
    points = poses(100, depth=1 / 200)
    assert "z is not" in to_heights(points, "pixels", Reading())[1]
    units, said = to_heights(points, "pixels", Reading(size=(200, 100)))
    assert (units, said.endswith("z from fractions of the width")) == ("heights", True)
    np.testing.assert_allclose(points, poses(), rtol=1e-5, atol=1e-6)


def test_each_row_can_have_a_shape_of_its_own() -> None:
    points = poses()
    shapes = np.array([[200, 100], [100, 100], [50, 100], [np.nan, np.nan]], np.float32)
    assert to_heights(points.copy(), "fractions", Reading(), shapes)[0] == "fractions"
    assert to_heights(points, "fractions", Reading(aspect=3), shapes)[0] == "heights"
    np.testing.assert_allclose(points[..., 0], poses()[..., 0] * np.array([[2], [1], [0.5], [3]]), rtol=1e-6)


def test_a_recording_of_ours_is_not_changed_itself() -> None:
    recording = Recording(poses(), ("a",) * 4, units="fractions", name="x")
    turned, _ = in_heights(recording, Reading(aspect=2))
    assert (turned.units, turned.name, recording.units) == ("heights", "x", "fractions")
    np.testing.assert_array_equal(recording.points, poses())
    assert in_heights(turned, Reading(aspect=2))[0] is turned


def test_zeros_are_nobody() -> None:
    points = poses()
    points[0] = 0
    points[1, :, :3] = 0
    points[2, 4] = 0
    points[3, 5, 0] = np.nan
    without_nobody(points)
    assert np.isnan(points).all(axis=2).sum(axis=1).tolist() == [33, 33, 1, 1]


@pytest.mark.parametrize(
    "wrong", [{"per_keypoint": 5}, {"size": (0, 5)}, {"aspect": 0.0}, {"aspect": float("nan")}, {"units": "miles"}]
)
def test_what_cannot_be_said(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not"):
        Reading(**wrong)  # type: ignore[arg-type]
