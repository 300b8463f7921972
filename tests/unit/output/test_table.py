"""The table: read back with csv, and whole or not there."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posknn.errors import OutputError
from posknn.output.table import TableWriter
from posknn.values import Label, Pose, Prediction, Result

Figure = Callable[..., Pose]
ResultOf = Callable[..., Result]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(writer: TableWriter, results: Sequence[Result]) -> None:
    for result in results:
        writer(result)
    writer.close()


def test_a_row_per_person_and_frame(figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    writer = TableWriter(path, labels=("down", "up", "never taught"))
    unknown = Prediction(None, {"up": 2 / 3, "down": 1 / 3}, 1.23456789, 0.5)
    writer(result_of([(figure(), down), (figure(), unknown), (figure(), None)], time=1 / 3, index=10))
    writer(result_of([], time=0.5, index=11))
    writer.close()
    assert path.read_text(encoding="utf-8") == (
        "frame,time,person,label,confidence,distance,limit,neighbors,"
        "confidence:down,confidence:up,confidence:never taught\n"
        "10,0.333333,0,down,0.83,0.25,0.5,7 3,0.83,0.12,\n"
        "10,0.333333,1,,0.666667,1.23457,0.5,,0.333333,0.666667,\n"
        "10,0.333333,2,,,,,,,,\n"
        "11,0.5,,,,,,,,,\n"
    )


def test_json_lines_and_parquet_say_the_same(
    figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path
) -> None:
    unknown = Prediction(None, {"up": 2 / 3, "down": 1 / 3}, 1.25, 0.5)
    results = [
        result_of([(figure(), down), (figure(), unknown), (figure(), None)], time=1 / 3, index=10),
        result_of([], time=0.5, index=11),
    ]
    for ending in (".jsonl", ".parquet"):
        write(TableWriter(tmp_path / f"out{ending}", labels=("down", "up")), results)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    empty = dict.fromkeys(("label", "confidence", "distance", "limit", "neighbors"))
    shares = {"down": None, "up": None}
    assert lines == [
        {
            "frame": 10,
            "time": 0.333333,
            "person": 0,
            "label": "down",
            "confidence": 0.83,
            "distance": 0.25,
            "limit": 0.5,
            "neighbors": [7, 3],
            "confidences": {"down": 0.83, "up": 0.12},
        },
        {
            "frame": 10,
            "time": 0.333333,
            "person": 1,
            "label": None,
            "confidence": 0.666667,
            "distance": 1.25,
            "limit": 0.5,
            "neighbors": [],
            "confidences": {"down": 0.333333, "up": 0.666667},
        },
        {"frame": 10, "time": 0.333333, "person": 2, **empty, "confidences": shares},
        {"frame": 11, "time": 0.5, "person": None, **empty, "confidences": shares},
    ]
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert table["person"].tolist()[:3] == [0, 1, 2]
    assert table["label"].tolist()[0] == "down"
    assert table["label"].isna().tolist() == [False, True, True, True]
    assert table["neighbors"].tolist()[0].tolist() == [7, 3]
    assert table["confidence:up"].tolist()[:2] == [0.12, 2 / 3]
    assert table["time"].tolist() == [1 / 3] * 3 + [0.5]


def test_parquet_of_many_frames_and_of_labels_that_are_numbers(
    figure: Figure, result_of: ResultOf, tmp_path: Path
) -> None:
    five = Prediction(5, {5: 1.0})
    write(
        TableWriter(tmp_path / "out.parquet", labels=(5,)),
        [result_of([(figure(), five)], time=n / 30, index=n) for n in range(5000)],
    )
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert table["frame"].tolist() == list(range(5000))
    assert set(table["label"]) == {"5"}


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a table ends in \.csv, \.jsonl, \.parquet, not in '\.xls'"):
        TableWriter(tmp_path / "out.xls")


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0.0, "0"),
        (-1e-9, "0"),
        (12.0, "12"),
        (100.0, "100"),
        (0.1 + 0.2, "0.3"),
        (3599.9999996, "3600"),
        (1e-6, "0.000001"),
    ],
)
def test_time_is_short(time: float, text: str, result_of: ResultOf, tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "out.csv")
    writer(result_of(time=time))
    writer.close()
    assert read(tmp_path / "out.csv")[0]["time"] == text


@pytest.mark.parametrize("label", ["a,b", 'say "hi"', "two\nlines", "스쿼트", " ", 7])
def test_any_label_comes_back(label: Label, figure: Figure, result_of: ResultOf, tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "out.csv", labels=[label])
    writer(result_of([(figure(), Prediction(label, {label: 1.0}))]))
    writer.close()
    (row,) = read(tmp_path / "out.csv")
    assert row["label"] == str(label)
    assert row["confidence"] == row[f"confidence:{label}"] == "1"


def test_numbers_of_numpy_are_numbers(figure: Figure, result_of: ResultOf, tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "out.csv")
    share = float(np.float32(0.1))
    writer(result_of([(figure(), Prediction("a", {"a": share}, np.float32(0.25), None))]))  # type: ignore[arg-type]
    writer.close()
    (row,) = read(tmp_path / "out.csv")
    assert (row["confidence"], row["distance"], row["limit"]) == ("0.1", "0.25", "")


def test_labels_that_read_alike(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read alike"):
        TableWriter(tmp_path / "out.csv", labels=(5, "5"))


def test_no_frame_no_file(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("before")
    writer = TableWriter(tmp_path / "out.csv")
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "before"


def test_file_appears_when_closed(result_of: ResultOf, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before")
    writer = TableWriter(path)
    writer(result_of())
    assert path.read_text() == "before"
    writer.close()
    writer.close()
    assert [found.name for found in tmp_path.iterdir()] == ["out.csv"]
    assert len(read(path)) == 1
    with pytest.raises(ValueError, match="is closed"):
        writer(result_of())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("frames", [1, 5000])
def test_full_disk_leaves_nothing(frames: int, result_of: ResultOf, tmp_path: Path) -> None:
    import resource

    writer = TableWriter(tmp_path / "out.csv")
    result = result_of()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
        with pytest.raises(OutputError, match=r"cannot write .*out\.csv: File too large"):
            write(writer, [result] * frames)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        TableWriter(tmp_path / "no" / "out.csv")
