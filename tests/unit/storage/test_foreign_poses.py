"""Poses of another program become a recording: groups, labels, units and what is missing as ours."""

from __future__ import annotations

import math

import numpy as np
import pytest

from posknn.classification.embedding import as_points
from posknn.storage.formats.foreign_poses import Found, labels_of, recording_of
from posknn.storage.formats.layout import Cell, Reading
from posknn.testing import stick_figure
from posknn.values import Label

POINTS = np.stack([as_points(stick_figure(arms=angle)) for angle in (5, 60, 120, 170)]).astype(np.float32)
POINTS[np.isnan(POINTS)] = 0.3


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["1", "2.0", None], [1, 2, None]),
        ([1, 2.0, math.nan], [1, 2, None]),
        (["a ", "1", ""], ["a", "1", None]),
        (["1", "1.5", "1"], ["1", "1.5", "1"]),
        ([True, False, True], ["True", "False", "True"]),
        ([], []),
    ],
)
def test_labels(cells: list[Cell], labels: list[Label | None]) -> None:
    found = labels_of(cells)
    assert found == labels
    assert list(map(type, found)) == list(map(type, labels))


def test_what_is_not_there_is_filled_in_and_said() -> None:
    points = POINTS.copy()
    points[..., 2:] = np.nan
    points[1, 3, :2] = np.nan
    recording = recording_of(points, Found(("a",) * 4, said=["found"]), "poses.csv", Reading())
    assert (recording.points[0, :, 2:] == [0, 1]).all()
    assert np.isnan(recording.points[1, 3]).all()
    assert recording.provenance["read_as"][:3] == ["found", "no z: taken as 0", "no visibility: taken as 1"]  # type: ignore[index]
    assert (recording.name, recording.groups, recording.units) == ("poses", ("poses",) * 4, "fractions")


def test_a_clock_that_goes_back_begins_another_group() -> None:
    found = Found(("a",) * 4, groups=["x", "x", "x", "y"], times=[1.0, 0.5, 0.2, 0.1])
    recording = recording_of(POINTS.copy(), found, "poses.csv", Reading())
    assert recording.groups == ("x", "x-2", "x-3", "y")
    assert np.asarray(recording.times).tolist() == [1.0, 0.5, 0.2, 0.1]
    found = Found(("a",) * 4, frames=[5, 6, 0, 1])
    recording = recording_of(POINTS.copy(), found, "poses.csv", Reading())
    assert recording.groups == ("poses", "poses", "poses-2", "poses-2")


def test_what_is_known_of_the_picture_is_used() -> None:
    recording = recording_of(POINTS.copy(), Found((None,) * 4), "poses.csv", Reading(aspect=2))
    assert recording.units == "heights"
    np.testing.assert_array_equal(recording.points[..., 0], POINTS[..., 0] * 2)
    recording = recording_of(POINTS.copy(), Found((None,) * 4), "poses.csv", Reading(units="heights", aspect=2))
    np.testing.assert_array_equal(recording.points, POINTS)


def test_no_pose_at_all() -> None:
    recording = recording_of(np.empty((0, 33, 4), np.float32), Found(()), "poses.csv", Reading())
    assert len(recording) == 0
