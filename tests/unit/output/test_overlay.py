"""The overlay: what it draws, where, and that nothing breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posknn.output.overlay import Panel, PanelRow, draw
from posknn.values import Frame, Person, Pose, Prediction, Result, Tally

Picture = npt.NDArray[np.uint8]
Figure = Callable[..., Pose]
ResultOf = Callable[..., Result]

GOLDEN = Path(__file__).parents[2] / "golden" / "overlay"
LEFT, RIGHT = (230, 159, 0), (86, 180, 233)
ROWS = (PanelRow("1", "upright", 42), PanelRow("2", "slouch", 17, active=True))


def near(picture: Picture, color: tuple[int, int, int], within: int = 30) -> npt.NDArray[np.intp]:
    """Return y, x of the pixels about that colour."""
    return np.argwhere((np.abs(picture.astype(int) - color) <= within).all(axis=2))


def same(picture: Picture, name: str, folder: Path) -> None:
    """Compare with the golden picture; where they differ, leave the new one to look at."""
    path, new = GOLDEN / f"{name}.png", folder / f"{name}.png"
    cv2.imwrite(str(new), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert path.exists(), f"no golden picture: look at {new} and copy it to {path}"
    golden = cv2.cvtColor(np.asarray(cv2.imread(str(path))), cv2.COLOR_BGR2RGB)
    assert picture.shape == golden.shape
    difference = float(np.abs(picture.astype(int) - golden).mean())
    assert difference < 0.5, f"{name} differs by {difference:.2f}: look at {new} and copy it if it is right"


class TestGolden:
    def test_bars(self, figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path) -> None:
        same(draw(result_of([(figure(), down)]), status="30 fps  24 ms"), "bars", tmp_path)

    def test_mirrored(self, figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path) -> None:
        picture = draw(result_of([(figure(x=0.9), down)]), status="30 fps  24 ms", mirrored=True)
        same(picture, "mirrored", tmp_path)

    def test_people(self, figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path) -> None:
        crowd = [
            (figure(x=0.45, y=0.55), down),
            (figure(x=0.6, y=0.55), Prediction(None, {"up": 1.0})),
            (figure(x=1.1, y=0.6, scale=0.8), Prediction("up", {"up": 0.999})),
        ]
        same(draw(result_of(crowd)), "people", tmp_path)

    def test_panel(self, figure: Figure, result_of: ResultOf, tmp_path: Path) -> None:
        slouch = Prediction("slouch", {"upright": 0.2, "slouch": 0.8})
        picture = draw(result_of([(figure(x=0.95), slouch)]), panel=Panel(ROWS, "upright in 2"))
        same(picture, "panel", tmp_path)

    def test_tallies(self, figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path) -> None:
        tallies = (Tally("squat", 0, count=12), Tally("down", 0, held=4.23, goal=10), Tally(None, 0, held=5, goal=5))
        result = replace(result_of([(figure(), down)], width=640, height=480), tallies=tallies)
        same(draw(result), "tallies", tmp_path)

    def test_scripts(self, figure: Figure, result_of: ResultOf, tmp_path: Path) -> None:
        words = ("스쿼트", "קום 12", "وقوف", "Приседание", "Κάθισμα", "深蹲", "しゃがむ", "Größe")
        shares: dict[str | int, float] = dict.fromkeys(words, 1 / 8)
        result = result_of([(figure(x=0.6), Prediction("스쿼트", shares))], height=420)
        same(draw(result), "scripts", tmp_path)

    def test_tiny_picture_is_enlarged(
        self, figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path
    ) -> None:
        picture = draw(result_of([(figure(x=0.28, scale=0.7), down)], width=64, height=114), status="30 fps")
        assert picture.shape == (456, 256, 3)
        same(picture, "tiny", tmp_path)

    def test_goldens_tell_pictures_apart(
        self, figure: Figure, result_of: ResultOf, down: Prediction, tmp_path: Path
    ) -> None:
        with pytest.raises(AssertionError, match="differs by"):
            same(draw(result_of([(figure(x=0.67), down)]), status="30 fps  24 ms"), "bars", tmp_path)


class TestPicture:
    def test_frame_is_left_alone(self, figure: Figure, result_of: ResultOf, down: Prediction) -> None:
        for width, height in ((320, 240), (64, 114)):
            for mirrored in (False, True):
                result = result_of([(figure(), down)], width=width, height=height)
                before = result.frame.image.copy()
                result.frame.image.flags.writeable = False
                picture = draw(result, mirrored=mirrored, panel=Panel(ROWS, "now"))
                assert np.array_equal(result.frame.image, before)
                assert not np.shares_memory(picture, result.frame.image)
                assert picture.dtype == np.uint8

    def test_who_came_later_is_numbered_alone_too(self, figure: Figure, down: Prediction) -> None:
        image = np.zeros((240, 320, 3), np.uint8)
        first, second, ninth = (
            draw(Result(Frame(image, 1.0, 0), (Person(number, figure(), down),))) for number in (0, 1, 9)
        )
        assert not np.array_equal(first, second)
        assert not np.array_equal(second, ninth)

    def test_tallies_stay_inside_and_leave_the_bars_alone(
        self, figure: Figure, result_of: ResultOf, down: Prediction
    ) -> None:
        tallies = tuple(Tally("a name that is long " * 3, 0, count=number) for number in range(9))
        for width, height in ((240, 427), (320, 240), (1280, 720)):
            result = result_of([(figure(x=0.3), down)], width=width, height=height)
            plain, counted = draw(result), draw(replace(result, tallies=tallies))
            places = np.argwhere((plain != counted).any(axis=2))
            (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)
            assert min(top, left, height - 1 - bottom, width - 1 - right) > 0
            if (width, height) != (320, 240):  # there is no room for both there
                assert np.array_equal(plain[:60, :100], counted[:60, :100])

    def test_tallies_are_not_shown_beside_the_teaching_buttons(
        self, figure: Figure, result_of: ResultOf, down: Prediction
    ) -> None:
        result = result_of([(figure(), down)])
        counted = replace(result, tallies=(Tally("squat", 0, count=1),))
        assert np.array_equal(draw(counted, panel=Panel(ROWS)), draw(result, panel=Panel(ROWS)))

    def test_nobody_gets_the_time_only(self, result_of: ResultOf) -> None:
        result = result_of()
        changed = np.argwhere((draw(result) != result.frame.image).any(axis=2))
        top, left = changed.min(axis=0)
        assert top > 200
        assert left > 220

    def test_sides_keep_their_colour_in_the_mirror(self, figure: Figure, result_of: ResultOf) -> None:
        result = result_of([(figure(), None)])
        straight, mirrored = draw(result), draw(result, mirrored=True)
        assert near(straight, LEFT)[:, 1].mean() > near(straight, RIGHT)[:, 1].mean()
        assert near(mirrored, LEFT)[:, 1].mean() < near(mirrored, RIGHT)[:, 1].mean()

    def test_mirrored_skeleton_is_the_mirrored_drawing(self, figure: Figure, result_of: ResultOf) -> None:
        result = result_of([(figure(x=0.4), None)])
        top = slice(0, 200)  # without the time at the foot, which is not mirrored
        difference = np.abs(draw(result)[top, ::-1].astype(int) - draw(result, mirrored=True)[top])
        assert difference.mean() < 1.0  # half a pixel of antialiasing

    def test_unseen_keypoints_are_left_out(self, figure: Figure, result_of: ResultOf) -> None:
        result = result_of([(figure(visibility=0.4), None)])
        assert np.array_equal(draw(result), draw(result_of()))

    def test_drawing_grows_with_the_picture(self, figure: Figure, result_of: ResultOf, down: Prediction) -> None:
        inks = []
        for width, height in ((640, 480), (1280, 960), (2560, 1920)):
            result = result_of([(figure(), down)], width=width, height=height)
            inks.append((draw(result) != result.frame.image).any(axis=2).mean())
        assert max(inks) < 2 * min(inks)

    def test_unknown_is_grey_and_without_percent(self, figure: Figure, result_of: ResultOf) -> None:
        pose = figure(x=1.0)
        known = draw(result_of([(pose, Prediction("up", {"up": 1.0}))]))
        unknown = draw(result_of([(pose, Prediction(None, {"up": 1.0}))]))
        green = (0, 118, 86)
        assert len(near(known, green, 40)) > 200
        assert len(near(unknown, green, 40)) == 0


class TestLabels:
    @pytest.mark.parametrize(("x", "y"), [(0.02, 0.02), (1.3, 0.1), (0.66, -0.3), (0.66, 1.3), (-0.5, 0.5), (9, 9)])
    def test_label_stays_inside_wherever_the_head_is(
        self, x: float, y: float, figure: Figure, result_of: ResultOf
    ) -> None:
        places = near(draw(result_of([(figure(x=x, y=y), Prediction("up", {"up": 1.0}))])), (4, 121, 91), 28)
        (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)
        assert min(top, left, 239 - bottom, 319 - right) > 0
        assert bottom - top > 15
        assert right - left > 60

    def test_twelve_labels_show_eight(self, figure: Figure, result_of: ResultOf) -> None:
        def bars(count: int) -> int:
            shares: dict[str | int, float] = dict.fromkeys(range(count), 1 / count)
            result = result_of([(figure(x=1.0), Prediction(0, shares))], width=640, height=480)
            column = (draw(result)[:, 12] != result.frame.image[:, 12]).any(axis=1)
            return int(column[:400].sum())

        assert bars(4) < bars(8) < bars(9) == bars(12) == bars(200)

    def test_label_and_number_of_the_same_name_are_two(self, figure: Figure, result_of: ResultOf) -> None:
        draw(result_of([(figure(), Prediction(5, {5: 0.7, "5": 0.3}))]))

    @pytest.mark.parametrize(
        "label",
        [
            "",
            " ",
            "\n",
            "a\nb\tc\x00d",
            "\ud800",
            "e\u0301",
            "स्क्वाट",
            "นั่ง",
            "🤸‍♀️",
            "\u200f\u200e",
            "(א)",
            "אב cd 12",
            "x" * 5000,
        ],
    )
    def test_any_text_can_be_a_label(self, label: str, figure: Figure, result_of: ResultOf) -> None:
        result = result_of([(figure(), Prediction(label, {label: 0.5, "b": 0.5}))])
        picture = draw(result, status=label, panel=Panel((PanelRow(label, label, 1),), label))
        assert not np.array_equal(picture, draw(result_of()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_breaks_the_drawing(data: Any) -> None:
    number = st.one_of(
        st.floats(-3, 3, width=32), st.sampled_from([0.0, 1e30, -1e30, 3.4e38]), st.floats(-50, 50, width=32)
    )
    seed = data.draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    points = random.normal(0.5, 0.5, (33, 3)).astype(np.float32)
    points[data.draw(st.integers(0, 32)), data.draw(st.integers(0, 1))] = data.draw(number)
    visibility = random.random(33).astype(np.float32)
    share = data.draw(st.floats(-0.5, 1.5))
    label = data.draw(st.text(max_size=20))
    prediction = Prediction(data.draw(st.sampled_from([label, None])), {label: share, 3: 1 - share})
    height, width = data.draw(st.integers(1, 300)), data.draw(st.integers(1, 300))
    frame = Frame(np.zeros((height, width, 3), np.uint8), data.draw(st.floats(-10, 1e6)), 0)
    rows = tuple(PanelRow("k", label, 3, True) for _ in range(data.draw(st.integers(0, 30))))
    panel = data.draw(st.sampled_from([None, Panel(rows, label)]))
    tallies = (Tally(label, 0, count=data.draw(st.integers(0, 10**9))), Tally(None, 1, held=share, goal=1.0))
    people = (Person(0, Pose(points, visibility), prediction),) * data.draw(st.integers(0, 3))
    result = Result(frame, people, tallies=tallies[: data.draw(st.integers(0, 2))])
    picture = draw(result, panel=panel, status=label, mirrored=data.draw(st.booleans()))
    assert picture.shape[0] % height == 0
    assert picture.shape[1] % width == 0
    assert picture.flags.c_contiguous
