"""Columns are understood in the many spellings that people use."""

import pytest

from posknn import skeleton
from posknn.storage.formats.keypoint_names import number_columns, role_of

ALL = range(33)


def header(spelling: str, points: range = ALL, parts: str = "xyzv") -> list[str]:
    return [
        spelling.format(
            n=point, one=point + 1, name=name, upper=name.upper(), part=part, long={"v": "visibility"}.get(part, part)
        )
        for point in points
        for name in [skeleton.KEYPOINTS[point % 33]]
        for part in parts
    ]


@pytest.mark.parametrize(
    "spelling",
    [
        *("{part}{n}", "{part}{one}", "{long}{one}", "{long}_{n}", "{n}_{part}", "landmark_{n:02}_{part}"),
        *("{part}[{n}]", "{name}_{part}", "{upper}_{long}", "{long}_{name}", "{n}_{name}_{part}", "{name}.{part}"),
        *("pose_{n}_{part}", "kp{n}_{part}", "world_{part}{n}", "{name} {part}", "keypoint_{n}_{long}"),
    ],
)
def test_spellings(spelling: str) -> None:
    found = number_columns(["label", *header(spelling)])
    assert found is not None
    assert found.columns == tuple(range(1, 133))
    assert found.places == tuple(range(132))
    assert found.left_out == ()


def test_camel_case() -> None:
    names = [
        "".join(word.title() for word in f"{name}_{part}".split("_")) for name in skeleton.KEYPOINTS for part in "xy"
    ]
    found = number_columns([name[0].lower() + name[1:] for name in names])
    assert found is not None
    assert found.places == tuple(4 * point + part for point in ALL for part in (0, 1))


def test_columns_in_any_order() -> None:
    names = header("{part}{n}")
    found = number_columns(names[::-1])
    assert found is not None
    assert found.columns == tuple(range(131, -1, -1))


def test_some_named_keypoints_are_enough() -> None:
    found = number_columns(["label", *header("{name}_{part}", range(11, 17), "xyv")])
    assert found is not None
    assert found.places[:4] == (44, 45, 47, 48)


def test_the_body_is_taken_of_body_and_face() -> None:
    found = number_columns(["class", *header("{part}{one}", range(501))])
    assert found is not None
    assert found.columns == tuple(range(1, 133))
    assert len(found.left_out) == 4 * (501 - 33)


def test_world_landmarks_stand_back() -> None:
    found = number_columns([*header("world_{part}{n}"), *header("{part}{n}")])
    assert found is not None
    assert found.columns == tuple(range(132, 264))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (header("{part}{one}", range(17)), "numbered 1 to 17, but posknn knows poses of MediaPipe's 33"),
        (header("{part}{n}", range(21)), "numbered 0 to 20"),
        (header("{part}{n}", range(40)), "numbered 0 to 39"),
        (header("{name}_{part}")[:-3], "there is no column for y of right_foot_index"),
        ([*header("{name}_{part}"), "NOSE_X"], "nose_x stands in two columns"),
        ([name for name in header("{part}{n}") if not name.endswith("7")], "numbered 0 to 32"),
    ],
)
def test_columns_that_cannot_make_a_pose(names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        number_columns(names)


@pytest.mark.parametrize("names", [[], ["a", "b"], ["x", "y"], ["start", "end", "label"], ["", "0"], ["x1", "y1"]])
def test_other_columns(names: list[str]) -> None:
    assert number_columns(names) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Label", "label"),
        ("class", "label"),
        ("asana", "label"),
        ("Image_ID", "picture"),
        ("file name", "picture"),
        ("frame_no", "frame"),
        ("time_s", "time"),
        ("timestamp_ms", "time"),
        ("img_width", "width"),
        ("H", "height"),
        ("detected", "detected"),
        ("source_video", "group"),
        ("near_dup", None),
        ("", None),
    ],
)
def test_roles(name: str, role: str | None) -> None:
    found = role_of(name)
    assert (found and found[0]) == role


def test_of_several_labels_the_plainest_counts() -> None:
    assert (
        (role_of("class_no") or ("", 0))[1] > (role_of("class_name") or ("", 0))[1] > (role_of("label") or ("", 9))[1]
    )
