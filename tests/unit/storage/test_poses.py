"""Tracked poses in the formats of other tools, each read back by a library that is not ours."""

import importlib.util
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pose_format import Pose

from posknn import skeleton
from posknn.errors import FileFormatError, MissingPackageError
from posknn.storage.clip import Clip
from posknn.storage.poses import POSE_FORMATS, write_poses
from posknn.testing import stick_figure
from posknn.values import Recording

GOLDEN = Path(__file__).parents[2] / "golden" / "storage"
NOSE, LEFT_HIP, LEFT_WRIST, RIGHT_HEEL = (
    skeleton.index(name) for name in ("nose", "left_hip", "left_wrist", "right_heel")
)
Write = Callable[[str], Path]


@pytest.fixture
def short() -> Clip:
    return Clip("my clip.mp4", np.array([0.0, 0.04, 0.12, 0.16]), (640, 480), made_by="posknn 1 abc")


@pytest.fixture
def recording() -> Recording:
    """Person 0 in the frames 0 and 1, person 3 in frame 1, nobody in frame 2, person 0 in frame 3."""
    figures = [stick_figure(at=(0.5, 0.5)), stick_figure(at=(0.25, 0.5)), stick_figure(at=(1, 0.5), arms=90), None]
    figures.append(stick_figure(at=(0.5, 0.5), visibility=0.25))
    points = np.stack(
        [np.full((33, 4), np.nan) if one is None else one.flat().reshape(33, 4) for one in figures]
    ).astype(np.float32)
    points[0, LEFT_WRIST] = np.nan
    return Recording(
        points,
        ("up", "a & <b>", 5, None, None),
        times=np.array([0, 0.04, 0.04, 0.12, 0.16]),
        frames=np.array([0, 1, 1, 2, 3]),
        people=np.array([0, 0, 3, 0, 0]),
    )


@pytest.fixture
def write(recording: Recording, short: Clip, tmp_path: Path) -> Write:
    def written(format: str) -> Path:  # noqa: A002
        path = tmp_path / f"out{POSE_FORMATS[format][0]}"
        write_poses(recording, path, short, format=format)
        return path

    return written


def pixels(recording: Recording, row: int) -> np.ndarray:
    return recording.points[row, :, :2] * 480


@pytest.mark.parametrize("format", [one for one in POSE_FORMATS if one != "rrd"])
def test_the_bytes_are_the_golden_ones(format: str, write: Write) -> None:  # noqa: A002
    assert write(format).read_bytes() == (GOLDEN / f"poses{POSE_FORMATS[format][0]}").read_bytes()


@pytest.mark.parametrize("format", ["coco", "coco17"])
def test_coco_is_read_by_its_own_library(format: str, write: Write, recording: Recording) -> None:  # noqa: A002
    from pycocotools.coco import COCO

    with redirect_stdout(StringIO()):
        coco = COCO(str(write(format)))
    (category,) = coco.loadCats(coco.getCatIds())
    names = category["keypoints"]
    assert len(names) == (33 if format == "coco" else 17)
    bones = {frozenset((names[a - 1], names[b - 1])) for a, b in category["skeleton"]}
    assert frozenset(("left_shoulder", "left_elbow")) in bones
    assert not any({"left_elbow", "right_wrist"} == bone for bone in bones)
    images = coco.loadImgs(coco.getImgIds())
    assert [(one["frame"], one["time"], one["width"]) for one in images] == [
        (0, 0.0, 640),
        (1, 0.04, 640),
        (2, 0.12, 640),
        (3, 0.16, 640),
    ]
    people = [coco.loadAnns(coco.getAnnIds(imgIds=[one["id"]])) for one in images]
    assert [[one["track_id"] for one in frame] for frame in people] == [[0], [0, 3], [], [0]]
    assert [one["attributes"]["pose"] for frame in people for one in frame] == ["up", "a & <b>", "5", ""]
    first = people[0][0]
    points = dict(zip(names, np.reshape(first["keypoints"], (-1, 3)).tolist(), strict=True))
    assert points["left_wrist"] == [0, 0, 0]
    assert points["left_hip"] == pytest.approx([*pixels(recording, 0)[LEFT_HIP], 2], abs=0.006)
    assert first["num_keypoints"] == len(names) - 1
    assert {flag for _, _, flag in np.reshape(people[3][0]["keypoints"], (-1, 3)).tolist()} == {1}
    left, top, wide, tall = first["bbox"]
    assert 0 <= left <= left + wide <= 640
    assert 0 <= top <= top + tall <= 480


def test_coco_results_are_taken_by_its_evaluation(write: Write) -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    path = write("coco17")
    with redirect_stdout(StringIO()):
        truth = COCO(str(path))
        found = [one | {"score": 1.0} for one in json.loads(path.read_text())["annotations"]]
        scored = COCOeval(truth, truth.loadRes(found), "keypoints")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    assert scored.stats[0] == pytest.approx(1)


def test_deeplabcut_of_several_people_is_read_by_pandas(write: Write, recording: Recording) -> None:
    table = pd.read_csv(write("dlc"), header=[0, 1, 2, 3], index_col=0)
    assert table.columns.names == ["scorer", "individuals", "bodyparts", "coords"]
    assert table.index.tolist() == [0, 1, 2, 3]
    posknn = table["posknn"]
    assert list(dict.fromkeys(posknn.columns.get_level_values("individuals"))) == ["person0", "person3"]
    nose = posknn["person0"]["nose"]
    assert nose["x"].isna().tolist() == [False, False, True, False]
    assert nose.loc[0, ["x", "y"]].tolist() == pytest.approx(pixels(recording, 0)[NOSE].tolist(), abs=0.006)
    assert nose["likelihood"].tolist()[3] == 0.25
    assert posknn["person0"]["left_wrist"].loc[0].isna().all()
    assert posknn["person3"]["nose"]["x"].notna().tolist() == [False, True, False, False]


def test_deeplabcut_of_one_person_has_three_lines_of_header(recording: Recording, short: Clip, tmp_path: Path) -> None:
    alone = Recording(recording.points[[0, 3]], ("up", None), times=np.array([0, 0.04]), frames=np.array([0, 1]))
    write_poses(alone, tmp_path / "a.csv", short, format="dlc")
    table = pd.read_csv(tmp_path / "a.csv", header=[0, 1, 2], index_col=0)
    assert table.columns.names == ["scorer", "bodyparts", "coords"]
    assert table.shape == (4, 99)


def test_cvat_shows_everybody_just_while_they_are_seen(write: Write, recording: Recording) -> None:
    root = ET.parse(write("cvat")).getroot()
    assert root.findtext("version") == "1.1"
    assert root.findtext("meta/task/original_size/width") == "640"
    assert root.findtext("meta/task/size") == "4"
    labels = root.findall("meta/task/labels/label")
    assert [one.findtext("name") for one in labels] == ["person", *skeleton.KEYPOINTS]
    drawn = ET.fromstring(f"<svg>{labels[0].findtext('svg')}</svg>")
    assert [one.attrib["data-label-name"] for one in drawn.iter("circle")] == list(skeleton.KEYPOINTS)
    assert all(0 < float(one.attrib[at]) < 100 for one in drawn.iter("circle") for at in ("cx", "cy"))
    tracks = root.findall("track")
    shown = [[(one.attrib["frame"], one.attrib["outside"]) for one in track] for track in tracks]
    assert shown == [[("0", "0"), ("1", "0"), ("2", "1"), ("3", "0")], [("1", "0"), ("2", "1")]]
    assert [one.findtext("attribute") for one in tracks[0]] == ["up", "a & <b>", "a & <b>", ""]
    first = {one.attrib["label"]: one.attrib for one in tracks[0][0].iter("points")}
    assert len(first) == 33
    assert first["left_wrist"]["outside"] == "1"
    x, y = map(float, first["right_heel"]["points"].split(","))
    assert [x, y] == pytest.approx(pixels(recording, 0)[RIGHT_HEEL].tolist(), abs=0.006)
    assert {one.attrib["occluded"] for one in tracks[0][3].iter("points")} == {"1"}
    assert {one.attrib["outside"] for one in tracks[0][2].iter("points")} == {"1"}


def test_pose_is_read_by_its_own_library(write: Write, recording: Recording, short: Clip) -> None:
    pose = Pose.read(write("pose").read_bytes())
    (component,) = pose.header.components
    assert (component.name, component.format) == ("POSE_LANDMARKS", "XYZC")
    assert component.points == [name.upper() for name in skeleton.KEYPOINTS]
    assert (pose.header.dimensions.width, pose.header.dimensions.height) == (640, 480)
    assert pose.body.fps == pytest.approx(short.rate)
    assert pose.body.data.shape == (4, 2, 33, 3)
    theirs = np.asarray(pose.body.data.data)
    np.testing.assert_array_equal(theirs[0, 0, NOSE], recording.points[0, NOSE, :3] * np.float32(480))
    np.testing.assert_array_equal(theirs[1, 1], recording.points[2, :, :3] * np.float32(480))
    confidence = np.asarray(pose.body.confidence)
    assert confidence[0, 0, LEFT_WRIST] == 0
    assert confidence[2].max() == 0
    assert (confidence[3, 0] == 0.25).all()


@pytest.mark.skipif(importlib.util.find_spec("rerun") is None, reason="rerun-sdk (700 MB) is not installed")
def test_rerun_reads_what_is_written(write: Write) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "rerun", "rrd", "stats", str(write("rrd"))], capture_output=True, text=True, check=True
    )
    assert "num_entity_paths = " in said.stdout


@pytest.mark.skipif(importlib.util.find_spec("rerun") is not None, reason="rerun-sdk is installed")
def test_without_rerun_the_way_out_is_told(write: Write) -> None:
    with pytest.raises(MissingPackageError, match=r"pip install 'posknn\[rerun\]'"):
        write("rrd")


@pytest.mark.parametrize("format", [one for one in POSE_FORMATS if one != "rrd"])
def test_nobody_at_all_is_a_file_too(format: str, short: Clip, tmp_path: Path) -> None:  # noqa: A002
    nobody = Recording(np.full((4, 33, 4), np.nan, np.float32), (None,) * 4, times=short.times)
    write_poses(nobody, tmp_path / "a", short, format=format)
    assert (tmp_path / "a").stat().st_size > 0


@pytest.mark.parametrize("format", ["coco", "dlc", "cvat", "pose"])
def test_pixels_need_the_size(format: str, recording: Recording, short: Clip, tmp_path: Path) -> None:  # noqa: A002
    with pytest.raises(FileFormatError, match=r"cannot write .*a: the size of the pictures is not known"):
        write_poses(recording, tmp_path / "a", Clip("a.mp4", short.times), format=format)
    with pytest.raises(ValueError, match="has 2 frames, the recording goes to 3"):
        write_poses(recording, tmp_path / "a", Clip("a.mp4", short.times[:2], (9, 9)), format=format)


def test_another_format_is_refused(recording: Recording, short: Clip, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no format of poses is called 'x'; there are cvat, coco"):
        write_poses(recording, tmp_path / "a", short, format="x")
