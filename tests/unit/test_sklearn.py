"""The estimators keep scikit-learn's contract, find what scikit-learn finds, and work where estimators work."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from posknn import Pose, PoseClassifier
from posknn.classification.embedding import as_points
from posknn.sklearn import PoseKNN, VectorKNN
from posknn.testing import stick_figure

Floats = npt.NDArray[np.float32]


def blobs(random: np.random.Generator, count: int = 90) -> tuple[Floats, npt.NDArray[np.str_]]:
    """Return vectors around three places, and which."""
    kinds = random.integers(0, 3, count)
    vectors = np.eye(3, 5)[kinds] * 3 + random.normal(size=(count, 5))
    return vectors.astype(np.float32), np.array(["c", "a", "b"])[kinds]


@pytest.mark.parametrize(
    "estimator", [VectorKNN(), VectorKNN(5, metric="nan_euclidean", weights="distance", balanced=True)]
)
def test_scikit_learn_finds_no_fault(estimator: VectorKNN) -> None:
    told = check_estimator(estimator, on_skip=None, on_fail=None)
    assert [one["check_name"] for one in told if one["status"] == "failed"] == []
    assert sum(one["status"] == "passed" for one in told) > 45


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_it_finds_what_scikit_learn_finds(metric: str, weights: str) -> None:
    random = np.random.default_rng(1)
    vectors, labels = blobs(random)
    queries, _ = blobs(random)
    ours = VectorKNN(7, metric=metric, weights=weights).fit(vectors, labels)
    theirs = KNeighborsClassifier(7, metric=metric, weights=weights, algorithm="brute")
    theirs.fit(vectors.astype(np.float64), labels)
    assert ours.classes_.tolist() == theirs.classes_.tolist() == ["a", "b", "c"]
    assert ours.predict_proba(queries) == pytest.approx(theirs.predict_proba(queries.astype(np.float64)), abs=1e-5)
    assert ours.predict(queries).tolist() == theirs.predict(queries.astype(np.float64)).tolist()
    for asked in (queries, None):
        wanted = theirs.kneighbors(None if asked is None else asked.astype(np.float64))
        distances, rows = ours.kneighbors(asked)
        assert rows.tolist() == wanted[1].tolist()
        assert distances == pytest.approx(wanted[0], abs=1e-5)
        assert np.array_equal(ours.kneighbors(asked, 3, return_distance=False), rows[:, :3])


def test_an_example_is_no_neighbour_of_its_own_not_even_among_equals() -> None:
    knn = VectorKNN(2).fit(np.zeros((6, 2)), [0, 0, 0, 1, 1, 1])
    rows = knn.kneighbors(return_distance=False)
    assert isinstance(rows, np.ndarray)
    assert not (rows == np.arange(6)[:, None]).any()
    assert rows.shape == (6, 2)


def test_labels_of_any_kind_come_back_as_they_were() -> None:
    vectors = np.array([[0.0], [1.0], [5.0]])
    for labels in ([2.0, -1.0, 7.0], [True, True, False], ["b", "a", ""], [3, -3, 0]):
        knn = VectorKNN(1).fit(vectors, np.array(labels))
        assert knn.predict(vectors).tolist() == labels
        assert knn.predict(vectors).dtype == np.array(labels).dtype


def test_a_query_without_direction_gets_equal_shares_and_an_example_is_refused() -> None:
    knn = VectorKNN(1, metric="cosine").fit([[0, 1], [1, 0]], ["a", "b"])
    assert knn.predict_proba([[0, 0], [2, 0]]).tolist() == [[0.5, 0.5], [0, 1]]
    with pytest.raises(ValueError, match="no direction"):
        VectorKNN(metric="cosine").fit([[0, 1], [0, 0]], ["a", "b"])


def test_it_is_searched_scored_cloned_and_put_in_pipelines() -> None:
    vectors, labels = blobs(np.random.default_rng(2))
    groups = np.arange(len(labels)) % 6
    search = GridSearchCV(
        make_pipeline(StandardScaler(), VectorKNN()),
        {"vectorknn__k": [1, 5], "vectorknn__metric": ["euclidean", "cosine"], "vectorknn__balanced": [False, True]},
        cv=GroupKFold(3),
        error_score="raise",
    )
    search.fit(vectors, labels, groups=groups)
    assert search.best_score_ > 0.8
    scores = cross_val_score(VectorKNN(5), vectors, labels, groups=groups, cv=GroupKFold(3), error_score="raise")
    assert scores.min() > 0.7
    assert clone(VectorKNN(9, metric="manhattan", weights="distance", balanced=True)).get_params() == {
        "k": 9,
        "metric": "manhattan",
        "weights": "distance",
        "balanced": True,
    }


def poses(count: int = 24) -> tuple[Floats, list[str], list[str]]:
    """Return stick figures with arms down or up, in four sessions."""
    random = np.random.default_rng(3)
    figures: list[Pose] = []
    labels = []
    for _ in range(count):
        up = bool(random.integers(2))
        figures.append(
            stick_figure(arms=float(random.normal(160 if up else 20, 8)), size=float(random.uniform(0.1, 0.3)))
        )
        labels.append("up" if up else "down")
    return np.stack([as_points(pose) for pose in figures]), labels, [f"session {row % 4}" for row in range(count)]


def test_poses_are_named_as_the_pose_classifier_names_them() -> None:
    points, labels, sessions = poses()
    points[3, 15:] = np.nan
    knn = PoseKNN(3).fit(points[:16], labels[:16], sessions[:16])
    alone = PoseClassifier(3).fit(points[:16], labels[:16], sessions[:16])
    assert knn.predict(points[16:]).tolist() == alone.predict(points[16:], unknown=False) == labels[16:]
    assert knn.predict(points[16:].reshape(8, 132)).tolist() == labels[16:]
    shares = knn.predict_proba(points)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert knn.classes_[shares.argmax(axis=1)].tolist() == knn.predict(points).tolist()
    again = pickle.loads(pickle.dumps(knn))  # our own
    assert again.predict_proba(points).tolist() == shares.tolist()


def test_poses_are_searched_and_scored_by_session() -> None:
    points, labels, sessions = poses()
    search = GridSearchCV(PoseKNN(), {"k": [1, 3], "mirror": [True, False]}, cv=GroupKFold(2), error_score="raise")
    assert search.fit(points, labels, groups=sessions).best_score_ > 0.9
    flat = points.reshape(len(points), -1)
    assert cross_val_score(PoseKNN(), flat, labels, groups=sessions, cv=GroupKFold(2), error_score="raise").min() > 0.9


def test_what_is_no_pose_is_told() -> None:
    with pytest.raises(ValueError, match=r"\(n, 33, 4\) or \(n, 132\), not \(2, 99\)"):
        PoseKNN().fit(np.zeros((2, 99)), ["a", "b"])


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = "import sys; sys.modules['sklearn'] = None; import posknn.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.endswith("MissingPackageError: posknn.sklearn needs scikit-learn: pip install 'posknn[sklearn]'")
