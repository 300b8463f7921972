"""The CSV of the tutorials is written for those who read it with pandas or the csv module."""

import csv
from pathlib import Path

import numpy as np

from posknn.storage.formats import coords_csv, keypoint_table
from posknn.storage.formats.layout import Reading
from posknn.values import Recording

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"


def recording() -> Recording:
    points = (np.arange(3 * 132, dtype=np.float32) / np.float32(400)).reshape(3, 33, 4)
    points[2, 7] = np.nan
    return Recording(points, ('say "up", please', None, 5))


def test_the_bytes_are_the_golden_ones(tmp_path: Path) -> None:
    coords_csv.write(recording(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (GOLDEN / "coords.csv").read_bytes()


def test_the_csv_module_reads_it(tmp_path: Path) -> None:
    coords_csv.write(recording(), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["class"], second["class"]) == ('say "up", please', "5")
    assert np.float32(first["y2"]) == recording().points[0, 1, 1]
    assert np.float32(second["v33"]) == recording().points[2, 32, 3]
    assert second["x8"] == ""
    assert list(first)[:6] == ["class", "x1", "y1", "z1", "v1", "x2"]


def test_it_comes_back(tmp_path: Path) -> None:
    coords_csv.write(recording(), tmp_path / "a.csv")
    read = keypoint_table.read(tmp_path / "a.csv", Reading(units="heights"))
    assert (read.labels, read.units) == (('say "up", please', "5"), "heights")
    np.testing.assert_array_equal(read.points, recording().points[[0, 2]])
