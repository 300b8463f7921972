"""Segments as Label Studio tasks, and the exports of Label Studio read by us."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posknn.errors import FileFormatError, OutputError
from posknn.storage.clip import Clip
from posknn.storage.formats import label_studio
from posknn.values import Segment

GOLDEN = Path(__file__).parents[2] / "golden" / "storage" / "segments.json"
Fields = Callable[[Segment], tuple[object, ...]]


def region(first: Any, last: Any, *labels: Any, **more: Any) -> dict[str, Any]:
    value = {"ranges": [{"start": first, "end": last}], "timelinelabels": list(labels)}
    return {"type": "timelinelabels", "from_name": "tl", "to_name": "v", "value": value, **more}


def write(path: Path, *tasks: Any) -> Path:
    path.write_text(json.dumps(list(tasks)))
    return path


def test_the_bytes_are_the_golden_ones(segments: list[Segment], clip: Clip, tmp_path: Path) -> None:
    label_studio.write(reversed(segments), tmp_path / "a.json", clip)
    assert (tmp_path / "a.json").read_bytes() == GOLDEN.read_bytes()


def test_segments_come_back_to_the_frame(clip: Clip, fields: Fields) -> None:
    read = label_studio.read(GOLDEN, lambda: clip)
    assert [fields(segment) for segment in read] == [
        (0.0, 1.5, "up", 0),
        (1.5, 2.25, 'say "R&D" <now>', 0),  # the frame at 1.75 lasts until 2.25
        (1.75, 2.25, "zurück 人", 1),
        (3.0, 3.5, "5", None),
    ]
    assert [segment.confidence for segment in read] == [0.75, 0.5, None, None]


def test_it_is_what_label_studio_asks_of_predictions() -> None:
    (task,) = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert set(task) == {"data", "predictions"}
    assert task["data"]["video"] == "my clip.mp4"
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "posknn 1 abc"
    assert prediction["score"] == 0.625
    ids = [one["id"] for one in prediction["result"]]
    assert len(set(ids)) == 4
    for one in prediction["result"]:
        assert {"id", "from_name", "to_name", "type", "value"} <= set(one)
        assert one["type"] == "timelinelabels"
        (stretch,) = one["value"]["ranges"]
        assert 1 <= stretch["start"] <= stretch["end"] <= 15


def test_annotations_go_before_predictions_and_the_first_person_before_others(
    clip: Clip, tmp_path: Path, fields: Fields
) -> None:
    path = write(
        tmp_path / "a.json",
        {
            "data": {"video": "/data/upload/1/ab12-my clip.mp4"},
            "annotations": [
                {"was_cancelled": True, "result": [region(1, 1, "skipped")]},
                {"result": [region(1, 2, "up"), {"type": "choices", "value": {}}, region(3, 3, "a", "b")]},
                {"result": [region(5, 6, "second opinion")]},
            ],
            "predictions": [{"result": [region(9, 9, "guess")]}],
        },
    )
    read = [fields(segment) for segment in label_studio.read(path, lambda: clip)]
    assert read == [(0, 0.5, "up", None), (0.5, 0.75, "a", None), (0.5, 0.75, "b", None)]


def test_of_several_tasks_the_one_of_the_video_is_read(clip: Clip, tmp_path: Path) -> None:
    tasks = [
        {"data": {"video": f"/data/upload/1/{name}"}, "annotations": [{"result": [region(1, 2, name)]}]}
        for name in ("ab-my clip.mp4", "cd-other.mp4")
    ]
    path = write(tmp_path / "a.json", *tasks)
    assert [one.label for one in label_studio.read(path, lambda: clip)] == ["ab-my clip.mp4"]
    with pytest.raises(FileFormatError, match="holds 2 tasks"):
        label_studio.read(write(tmp_path / "b.json", tasks[1], tasks[1]), lambda: clip)


def test_none_at_all_comes_back(clip: Clip, tmp_path: Path) -> None:
    label_studio.write([], tmp_path / "a.json", clip)
    assert label_studio.read(tmp_path / "a.json", lambda: clip) == []
    assert label_studio.read(write(tmp_path / "b.json")) == []


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (5, "task 0: expected a Label Studio task"),
        ({"data": {}}, "task 0: expected a Label Studio task"),
        ({"annotations": 5}, "task 0: expected a list of annotations"),
        ({"annotations": [{"result": {}}]}, "task 0, annotations: expected a list of regions"),
        ({"result": [region(0, 1, "a")]}, "task 0, region 0: there are no frames 0 to 1"),
        ({"result": [region(1, 16, "a")]}, "task 0, region 0: there are no frames 1 to 16: my clip.mp4 has 15 frames"),
        ({"result": [region(1.5, 2, "a")]}, "task 0, region 0: expected whole frames, not 1.5 to 2"),
        ({"result": [region(1, 2, "")]}, "task 0, region 0: expected a label, not ''"),
        ({"result": [{"type": "timelinelabels", "value": 3}]}, "task 0, region 0: expected ranges and timelinelabels"),
    ],
)
def test_a_wrong_place_is_named(clip: Clip, tmp_path: Path, task: Any, message: str) -> None:
    with pytest.raises(FileFormatError, match=rf"a\.json, {message}"):
        label_studio.read(write(tmp_path / "a.json", task), lambda: clip)


def test_frames_need_the_video(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="counts frames"):
        label_studio.read(GOLDEN)
    with pytest.raises(OutputError, match="counts frames"):
        label_studio.write([], tmp_path / "a.json")
