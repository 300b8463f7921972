"""Two rendered people and the real tracker: one exercises, the other walks by in front of her."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import posknn
from posknn import Frame, ImageFolder, Person, Pipeline, PoseTracker, Result, VideoFile
from posknn.parts import people_for
from posknn.testing import stick_figure
from posknn.tracking.following import Follow
from posknn.tracking.people import People

CLIPS = Path(next(iter(posknn.__path__))) / "clips"
SAMPLE = CLIPS.parents[1] / "recordings" / "sample.parquet"
FPS = 10
WIDTH = 960
HER_PLACE = 0.55
"""Image heights from the left where she stands in the wide picture."""

OVERLAP = 0.15
"""Image heights between the two within which their poses cannot be told apart by place."""

Picture = npt.NDArray[np.uint8]


def cut_out() -> tuple[Picture, npt.NDArray[np.bool_]]:
    """Return the man standing, and where he is in the picture: his clip begins with the empty room."""
    pictures = [frame.image for frame in VideoFile(CLIPS / "poses.mp4") if frame.index in (5, 40)]
    difference = np.abs(pictures[1].astype(int) - pictures[0]).max(axis=2).astype(np.uint8)
    _, parts, facts, _ = cv2.connectedComponentsWithStats((cv2.medianBlur(difference, 7) > 18).astype(np.uint8))
    him = parts == 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    filled = cv2.morphologyEx(him.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0
    return pictures[1], filled


def his_place(time: float) -> float:
    """Return where he is, image heights: he comes in from the right at 1 s and walks out at the left."""
    return 1.6 - 0.36 * (time - 1.0)


def scene() -> Iterator[Frame]:
    """Yield her jumping jacks in a wider room while he walks by in front of her, closer to the camera."""
    man, mask = cut_out()
    columns = np.flatnonzero(mask.any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    size = ((right - left) * 6 // 5, 640 * 6 // 5)
    man = np.asarray(cv2.resize(man[:, left:right], size), np.uint8)[100:740]
    mask = cv2.resize(mask[:, left:right].astype(np.uint8), size)[100:740] > 0
    shift = round(HER_PLACE * 640) - 240
    for frame in VideoFile(CLIPS / "jumping_jacks.mp4"):
        if frame.index % (20 // FPS):
            continue
        number = frame.index * FPS // 20
        picture = np.asarray(
            cv2.copyMakeBorder(frame.image, 0, 0, shift, WIDTH - 480 - shift, cv2.BORDER_REPLICATE), np.uint8
        )
        start = round(his_place(number / FPS) * 640) - size[0] // 2
        if -size[0] < start < WIDTH and number / FPS >= 1.0:
            here = slice(max(0, start), min(WIDTH, start + size[0]))
            part = slice(here.start - start, here.stop - start)
            room = picture[:, here]
            room[mask[:, part]] = man[:, part][mask[:, part]]
        yield Frame(picture, number / FPS, number)


@pytest.fixture(scope="module")
def poses() -> list[tuple[Frame, Result]]:
    """What the real tracker sees, everybody followed."""
    pipeline = Pipeline(PoseTracker(2))
    found = [(frame, pipeline(frame)) for frame in scene() if frame.time < 6.5]
    pipeline.close()
    return found


def middle(person: Person) -> float:
    return float(
        np.mean([person.pose[f"{side}_{joint}"][0] for side in ("left", "right") for joint in ("hip", "shoulder")])
    )


def whose(person: Person, time: float) -> str:
    return "hers" if abs(middle(person) - HER_PLACE) < abs(middle(person) - his_place(time)) else "his"


def test_both_are_seen_and_no_id_is_ever_swapped(poses: list[tuple[Frame, Result]]) -> None:
    owners: dict[int, set[str]] = {}
    for frame, seen in poses:
        if abs(his_place(frame.time) - HER_PLACE) > OVERLAP:
            for person in seen.people:
                owners.setdefault(person.id, set()).add(whose(person, frame.time))
    assert owners == {0: {"hers"}, 1: {"his"}}
    both = [frame.time for frame, seen in poses if len(seen.people) == 2]
    assert min(both) < 2.5
    assert max(both) > 5.0  # before and after he hid her
    assert all(seen.people[0].id == 0 for frame, seen in poses if abs(his_place(frame.time) - HER_PLACE) > 0.4)


@pytest.mark.parametrize("follow", ["first", "largest", "middle"])
def test_who_walks_by_does_not_take_over(poses: list[tuple[Frame, Result]], follow: Follow) -> None:
    people = People(follow)
    followed = [(frame, people([person.pose for person in seen.people], frame)) for frame, seen in poses]
    assert {person.id for _, persons in followed for person in persons} == {0}
    assert all(abs(middle(person) - HER_PLACE) < 0.03 for _, persons in followed for person in persons)
    assert sum(len(persons) for _, persons in followed) == sum(seen.people[0].id == 0 for _, seen in poses)


def test_in_a_folder_of_pictures_each_is_for_itself(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((48, 64, 3), np.uint8))
    pictures = ImageFolder(tmp_path)
    places = [[0.3, 1.0], [1.2], [0.6, 0.1]]
    for follow, expected in (("all", [[0, 1], [0], [0, 1]]), ("middle", [[1], [0], [0]])):
        people = people_for(pictures, follow)  # type: ignore[arg-type]
        found = [
            [person.id for person in people([stick_figure(at=(x, 0.5), size=0.1) for x in row], frame)]
            for row, frame in zip(places, pictures, strict=True)
        ]
        assert found == expected
