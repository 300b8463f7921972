"""Limits come from other recordings where there are some, and leave room where little is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from posknn import Label
from posknn.classification.limits import learn_limits
from posknn.classification.pairwise import distances

Floats = npt.NDArray[np.float32]


def cloud(centre: float, recordings: int, each: int, *, between: float = 0.3, within: float = 0.01) -> Floats:
    """Return vectors (recordings * each, 4) that lie close within a recording and farther apart between them."""
    random = np.random.default_rng(int(10 * centre) + recordings)
    middles = centre + random.normal(0, between, (recordings, 1, 4))
    return (middles + random.normal(0, within, (recordings, each, 4))).reshape(-1, 4).astype(np.float32)


def groups(recordings: int, each: int) -> list[int]:
    return [number // each for number in range(recordings * each)]


def learn(
    vectors: Floats, labels: Sequence[Label], of: list[int], *, false_reject: float = 0.05, repeat: float = 0.0
) -> dict[Label, float]:
    return dict(learn_limits(vectors[:, None], labels, of, false_reject=false_reject, repeat=repeat)[0])


def test_examples_are_compared_with_those_of_other_recordings_only() -> None:
    vectors = cloud(0, 6, 20)
    limit = learn(vectors, ["a"] * 120, groups(6, 20))["a"]
    alone = learn(vectors, ["a"] * 120, list(range(120)))["a"]  # as if every frame were a recording
    assert alone < 0.1
    assert limit > 0.2


@pytest.mark.parametrize("false_reject", [0.0, 0.05, 0.2, 0.5])
def test_the_share_of_own_examples_beyond_the_limit_is_as_told(false_reject: float) -> None:
    vectors, of = cloud(0, 10, 20), np.array(groups(10, 20))
    limit = learn(vectors, ["a"] * 200, of.tolist(), false_reject=false_reject)["a"]
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    apart[of[:, None] == of[None]] = np.inf
    assert (apart.min(axis=1) > limit * (1 + 1e-6)).mean() <= false_reject
    assert limit == pytest.approx((1 + 0.5 / 10**0.5) * np.quantile(apart.min(axis=1), 1 - false_reject), rel=1e-5)


@pytest.mark.parametrize("recordings", [4, 8, 16, 60])
def test_new_people_are_refused_about_as_often_as_told(recordings: int) -> None:
    random, refused = np.random.default_rng(recordings), []
    for _ in range(30):
        people = random.normal(0, 1, (recordings + 40, 1, 12)).astype(np.float32)
        taught = people[:recordings] + random.normal(0, 0.03, (recordings, 8, 12)).astype(np.float32)
        vectors = taught.reshape(-1, 12)
        limit = learn(vectors, ["a"] * len(vectors), groups(recordings, 8))["a"]
        far = np.linalg.norm(people[recordings:] - vectors[None], axis=2).min(axis=1)
        refused.append((far > limit).mean())
    assert 0.01 < np.mean(refused) < 0.08


def test_one_recording_gets_room_to_repeat_the_pose() -> None:
    vectors = cloud(0, 1, 40)
    assert learn(vectors, ["a"] * 40, [0] * 40, repeat=0.7)["a"] == 0.7


@pytest.mark.parametrize("gap", [0.3, 1.2, 5])
def test_one_recording_reaches_as_far_as_people_repeat_a_pose(gap: float) -> None:
    vectors = np.concatenate([cloud(0, 1, 40, between=0), cloud(gap, 1, 40, between=0)])
    labels = "a" * 40 + "b" * 40
    reach, between = learn_limits(vectors[:, None], labels, [0] * 40 + [1] * 40, false_reject=0.05, repeat=0.7)
    assert reach == {"a": 0.7, "b": 0.7}
    assert between == pytest.approx({"a": 0.49, "b": 0.49})


def test_several_recordings_tell_themselves_how_far_a_label_reaches() -> None:
    reach, between = learn_limits(cloud(0, 6, 20)[:, None], ["a"] * 120, groups(6, 20), false_reject=0.05, repeat=9)
    assert between == reach
    assert reach["a"] < 2


def test_what_one_recording_shows_itself_is_never_refused_for_another_label() -> None:
    wide = np.linspace(0, 8, 40, dtype=np.float32)[:, None] * np.ones(4, np.float32)
    vectors = np.concatenate([wide, wide + 0.1])
    limits = learn(vectors, ["a"] * 40 + ["b"] * 40, [0] * 80, repeat=0.7, false_reject=0)
    assert limits["a"] > 3  # a fifth of the way, left out, lies this far from the rest


def test_many_recordings_know_for_themselves_however_near_another_label_is() -> None:
    alone = learn(cloud(0, 20, 10), ["a"] * 200, groups(20, 10), repeat=0.7)["a"]
    beside = np.concatenate([cloud(0, 20, 10), cloud(0.1, 1, 10)])
    assert learn(beside, ["a"] * 200 + ["b"] * 10, [*groups(20, 10), *[99] * 10], repeat=0.7)["a"] == alone


def test_more_recordings_tighten_the_limit() -> None:
    found = []
    for recordings in (1, 2, 3, 20):
        vectors = np.concatenate([cloud(0, 20, 10, between=0.05)[: recordings * 10], cloud(9, 1, 10)])
        of = [*groups(recordings, 10), *[99] * 10]
        found.append(learn(vectors, ["a"] * recordings * 10 + ["b"] * 10, of, repeat=0.7)["a"])
    assert found[0] == found[1] == 0.7
    assert found[1] > 2 * max(found[2:])
    assert min(found) > 0


def test_the_distance_is_that_to_the_neighbours_that_are_found() -> None:
    vectors = cloud(0, 4, 10)
    of = groups(4, 10)
    misled = np.random.default_rng(5).normal(size=vectors.shape).astype(np.float32)
    own = learn(vectors, ["a"] * 40, of)["a"]

    def found(by: Floats, k: int) -> float:
        ways = vectors[:, None]
        return learn_limits(ways, ["a"] * 40, of, false_reject=0.05, repeat=0, found_by=by[:, None], k=k)[0]["a"]

    assert found(vectors, 1) == found(vectors, 5) == own
    assert found(misled, 1) > found(misled, 5) > own
    assert found(misled, 40) == own


@pytest.mark.parametrize("recordings", [1, 2, 3, 4])
def test_a_handful_of_examples_gets_room_however_many_recordings_they_come_from(recordings: int) -> None:
    vectors = cloud(0, recordings, 1)
    assert learn(vectors, ["a"] * recordings, list(range(recordings)), repeat=0.7)["a"] >= 0.7


def test_a_label_alone_has_a_limit() -> None:
    vectors = cloud(0, 4, 10)
    assert 0 < learn(vectors, ["a"] * 40, groups(4, 10))["a"] < 2


def test_numbers_and_words_have_limits_of_their_own() -> None:
    vectors = np.concatenate([cloud(0, 3, 10), cloud(9, 3, 10, between=0.01)])
    limits = learn(vectors, [5] * 30 + ["5"] * 30, [*groups(3, 10), *groups(3, 10)])
    assert set(limits) == {5, "5"}
    assert limits[5] > 3 * limits["5"]


def test_an_example_counts_as_near_when_its_mirror_image_is() -> None:
    vectors = cloud(0, 4, 10, between=0.01)
    of = groups(4, 10)
    vectors[:20, 0] += 3  # two recordings one way round, two the other
    mirrored = vectors.copy()
    mirrored[:20, 0] -= 3
    mirrored[20:, 0] += 3
    ways = np.stack([vectors, mirrored], axis=1)
    vectors[:10] += 0.5
    plain = learn_limits(vectors[:, None], ["a"] * 40, of, false_reject=0, repeat=0)[0]["a"]
    both = learn_limits(ways, ["a"] * 40, of, false_reject=0, repeat=0)[0]["a"]
    assert both < plain


def test_missing_numbers_do_not_spoil_the_limit() -> None:
    vectors = cloud(0, 6, 20)
    whole = learn(vectors, ["a"] * 120, groups(6, 20))["a"]
    holes = vectors.copy()
    holes[np.random.default_rng(1).random(holes.shape) < 0.15] = np.nan
    holes[np.isnan(holes).all(axis=1), 0] = 0
    limit = learn(holes, ["a"] * 120, groups(6, 20))["a"]
    assert np.isfinite(limit)
    assert 0.3 * whole < limit < 3 * whole


def test_recordings_that_share_no_number_leave_the_floor() -> None:
    vectors = np.full((30, 4), np.nan, np.float32)
    for group in range(3):
        vectors[group * 10 : group * 10 + 10, group] = 1
    assert learn(vectors, ["a"] * 30, groups(3, 10), repeat=0.7)["a"] == 0.7


def test_thousands_of_examples_are_sampled_and_the_limit_stays() -> None:
    vectors = cloud(0, 6, 400)
    some = learn(vectors[::20], ["a"] * 120, groups(6, 20))["a"]
    assert learn(vectors, ["a"] * 2400, groups(6, 400))["a"] == pytest.approx(some, rel=0.3)


def test_the_order_of_teaching_across_recordings_does_not_matter() -> None:
    vectors, of = cloud(0, 4, 10), np.array(groups(4, 10))
    mixed = np.random.default_rng(2).permutation(40)
    assert learn(vectors[mixed], ["a"] * 40, of[mixed].tolist())["a"] == pytest.approx(
        learn(vectors, ["a"] * 40, of.tolist())["a"]
    )


def test_many_examples_are_compared_some_at_a_time_with_the_same_limits() -> None:
    random = np.random.default_rng(3)
    ways, by = (random.normal(size=(2500, 2, 4)).astype(np.float32) for _ in range(2))
    codes, few = np.arange(2500) % 9, np.linspace(0, 2499, 300).round().astype(int)
    apart, finding = distances(ways[few], ways[:, 0]), distances(by[few], by[:, 0])
    apart[codes[few][:, None] == codes] = finding[codes[few][:, None] == codes] = np.inf
    near = np.take_along_axis(apart, finding.argsort(axis=1)[:, :5], axis=1)
    for found_by, among in ((None, apart), (by, near)):
        limits, _ = learn_limits(
            ways, ["a"] * 2500, codes.tolist(), false_reject=0.05, repeat=0, found_by=found_by, k=5
        )
        assert limits["a"] == np.quantile(among.min(axis=1).astype(np.float64), 0.95) * (1 + 0.5 / 3)
