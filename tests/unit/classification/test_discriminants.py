"""What tells labels apart is found, weighed against the rest, and asked of incomplete vectors too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from posknn.classification.discriminants import Discriminants, learn_discriminants

Floats = npt.NDArray[np.float32]


def two_classes(count: int = 200, width: int = 8, gap: float = 1.0) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return vectors that differ by class in the last number alone, which the first one half tells."""
    random = np.random.default_rng(0)
    classes = np.arange(count) % 2
    vectors = random.normal(0, 1, (count, width))
    vectors[:, -1] = gap * classes + random.normal(0, 0.1, count)
    vectors[:, 0] = 2 * vectors[:, -1] + random.normal(0, 0.01, count)
    return vectors.astype(np.float32), classes


def learnt(vectors: Floats, classes: npt.NDArray[np.int64]) -> Discriminants:
    found = learn_discriminants(vectors, classes, np.arange(len(classes)) % 5)
    assert found is not None
    return found


def test_one_direction_fewer_than_classes_is_found_and_tells_them_apart() -> None:
    vectors, classes = two_classes()
    along = learnt(vectors, classes)(vectors)
    assert along.shape == (len(vectors), 1)
    assert along.dtype == np.float32
    low, high = sorted([along[classes == 0, 0], along[classes == 1, 0]], key=lambda part: float(part.mean()))
    assert low.max() < high.min()


def test_a_missing_number_is_taken_as_the_others_let_expect() -> None:
    vectors, classes = two_classes()
    discriminants = learnt(vectors, classes)
    partly = vectors.copy()
    partly[:, -1] = np.nan
    gap = abs(np.diff([discriminants(vectors)[classes == kind].mean() for kind in (0, 1)]))
    assert np.abs(discriminants(partly) - discriminants(vectors)).mean() < 0.1 * gap
    flat = Discriminants(discriminants.mean, discriminants.directions, np.eye(8, dtype=np.float32))
    lost = [float(np.abs(one(partly) - one(vectors)).mean()) for one in (discriminants, flat)]
    assert lost[0] < 0.7 * lost[1], "independent numbers tell nothing of each other"


def test_asked_one_by_one_or_together_and_again_the_answer_is_the_same() -> None:
    vectors, classes = two_classes()
    discriminants = learnt(vectors, classes)
    holes = np.random.default_rng(1).random(vectors.shape) < 0.3
    partly = np.where(holes, np.float32(np.nan), vectors)
    together = discriminants(partly)
    assert np.allclose(
        together, np.concatenate([discriminants(row[None]) for row in partly]), atol=1e-5, equal_nan=True
    )
    assert np.array_equal(together, discriminants(partly), equal_nan=True)


def test_a_vector_without_any_number_has_no_coordinates() -> None:
    vectors, classes = two_classes()
    assert np.isnan(learnt(vectors, classes)(np.full((1, 8), np.nan, np.float32))).all()


def test_it_is_learnt_from_incomplete_vectors() -> None:
    vectors, classes = two_classes()
    partly = vectors.copy()
    partly[::3, -1] = np.nan
    partly[:, 3] = np.nan  # a number that nobody ever has
    along = learnt(partly, classes)(vectors)
    assert np.isfinite(along).all()
    assert abs(np.corrcoef(along[:, 0], classes)[0, 1]) > 0.9


def test_what_was_learnt_weighs_seven_tenths_of_the_rest() -> None:
    vectors, classes = two_classes()
    groups = np.arange(len(classes)) % 5

    def nearest(of: Floats) -> float:
        apart = np.linalg.norm(of[:, None] - of[None], axis=2)
        apart[(classes[:, None] != classes) | (groups[:, None] == groups)] = np.inf
        return float(np.median(apart.min(axis=1)))

    assert nearest(learnt(vectors, classes)(vectors)) == pytest.approx(0.7 * nearest(vectors), rel=0.05)


@pytest.mark.parametrize("classes", [np.zeros(6, np.int64), np.arange(6)])
def test_one_class_or_one_example_each_has_no_direction(classes: npt.NDArray[np.int64]) -> None:
    vectors = np.random.default_rng(2).normal(size=(6, 3)).astype(np.float32)
    assert learn_discriminants(vectors, classes, np.zeros(6, np.int64)) is None
