"""The classifiers as scikit-learn estimators: pip install 'posknn[sklearn]'."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.knn import KNNClassifier
from posknn.errors import MissingPackageError
from posknn.values import Label, Pose

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise MissingPackageError("posknn.sklearn needs scikit-learn: pip install 'posknn[sklearn]'") from None

__all__ = ["PoseKNN", "VectorKNN"]

Array = npt.NDArray[Any]


class VectorKNN(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """KNNClassifier as an estimator: any vectors (n, D), exact neighbours, ties to the first class in sorted order.

    k, metric, weights, balanced: as for KNNClassifier; more neighbours than examples means all. Under "nan_euclidean"
    NaN is a missing number. A query that cannot be compared, zeros under "cosine" for one, gets equal shares.
    Fitted: classes_ (C,), and knn_, the KNNClassifier; its labels are places in classes_, its ids the numbers of rows.
    """

    def __init__(
        self, k: int = 3, *, metric: Any = "euclidean", weights: str = "uniform", balanced: bool = False
    ) -> None:
        self.k = k
        self.metric = metric
        self.weights = weights
        self.balanced = balanced

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> VectorKNN:  # noqa: N803  # scikit-learn's names
        """Learn vectors (n, D) and their labels (n,); ValueError for what cannot be taught."""
        X, y = validate_data(self, X, y, dtype=[np.float32, np.float64], ensure_all_finite=self._finite())
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        self.knn_ = KNNClassifier(self.k, metric=self.metric, weights=self.weights, balanced=self.balanced)  # type: ignore[arg-type]
        self.knn_.add_examples(X, places.tolist())
        return self

    def predict(self, X: npt.ArrayLike) -> Array:  # noqa: N803
        """Return the labels of vectors (n, D): (n,)."""
        shares = self.predict_proba(X)
        return np.asarray(self.classes_[shares.argmax(axis=1)])

    def predict_proba(self, X: npt.ArrayLike) -> Array:  # noqa: N803
        """Return the share of each class in the votes: (n, C), in the order of classes_."""
        check_is_fitted(self)
        answers = self.knn_.classify_many(self._queries(X))
        order = [int(place) for place in self.knn_.labels]  # there classes are numbered by when they were first taught
        shares = np.empty((len(answers), len(self.classes_)))
        shares[:, order] = answers.shares
        shares[~answers.known] = 1 / len(self.classes_)
        return shares

    def kneighbors(
        self,
        X: npt.ArrayLike | None = None,  # noqa: N803
        n_neighbors: int | None = None,
        return_distance: bool = True,  # scikit-learn's signature
    ) -> Array | tuple[Array, Array]:
        """Return distances and row numbers of the nearest examples, both (n, k); only the latter without distances.

        X: None asks for the neighbours of each taught example, itself left out.
        """
        check_is_fitted(self)
        k = self.k if n_neighbors is None else n_neighbors
        own = X is None
        taught = self.knn_.state.rows if own else None
        answers = self.knn_.classify_many(taught if own else self._queries(X), k + own)  # type: ignore[arg-type]
        distances, rows = answers.distances, answers.examples
        if own:
            itself = rows == np.arange(len(rows))[:, None]
            itself[~itself.any(axis=1), -1] = True  # behind more equals than asked for
            distances, rows = (column[~itself].reshape(len(rows), -1) for column in (distances, rows))
        return (distances, rows) if return_distance else rows

    def _queries(self, X: npt.ArrayLike | None) -> Array:  # noqa: N803
        return np.asarray(
            validate_data(self, X, reset=False, dtype=[np.float32, np.float64], ensure_all_finite=self._finite())
        )

    def _finite(self) -> bool | str:
        return "allow-nan" if self.metric == "nan_euclidean" else True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.metric == "nan_euclidean"
        return tags


class PoseKNN(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """PoseClassifier as an estimator: poses (n, 33, 4) or flat (n, 132), x, y, z, visibility in image heights.

    k, weights, mirror: as for PoseClassifier. NaN is a keypoint not seen. The answer is the nearest label, however far.
    Fitted: classes_ (C,), classifier_ the PoseClassifier.
    """

    def __init__(self, k: int = 5, *, weights: str = "means", mirror: bool | None = None) -> None:
        self.k = k
        self.weights = weights
        self.mirror = mirror

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> PoseKNN:  # noqa: N803
        """Learn poses and their labels (n,). groups: (n,), which recording each pose comes from."""
        points = _poses(X)
        names = np.asarray(y)
        check_classification_targets(names)
        self.classes_, places = np.unique(names, return_inverse=True)
        self.n_features_in_ = int(np.prod(points.shape[1:]))
        words = self.classes_.dtype.kind in "US"
        self._labels: list[Label] = [str(name) for name in self.classes_] if words else [*range(len(self.classes_))]
        self.classifier_ = PoseClassifier(self.k, weights=self.weights, mirror=self.mirror)  # type: ignore[arg-type]
        whence = None if groups is None else np.asarray(groups).tolist()
        self.classifier_.fit(points, [self._labels[place] for place in places], whence)
        return self

    def predict(self, X: npt.ArrayLike) -> Array:  # noqa: N803
        """Return the labels of poses: (n,); the first label where too little is seen to tell."""
        check_is_fitted(self)
        places = {label: place for place, label in enumerate(self._labels)}
        found = self.classifier_.predict(_poses(X), unknown=False)
        return np.asarray(self.classes_[[0 if label is None else places[label] for label in found]])

    def predict_proba(self, X: npt.ArrayLike) -> Array:  # noqa: N803
        """Return the share of each class in the votes: (n, C); equal shares where too little is seen to tell."""
        check_is_fitted(self)
        answers = [self.classifier_.classify(Pose.from_points(points)).confidences_by_label for points in _poses(X)]
        shares = np.array([[answer[label] for label in self._labels] for answer in answers])
        shares[shares.sum(axis=1) == 0] = 1 / len(self._labels)
        return shares

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "classifier_" in state:
            state["classifier_"] = state["classifier_"].state  # plain values: a classifier holds a lock
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "classifier_" in state:
            self.classifier_ = PoseClassifier.from_state(state["classifier_"])


def _poses(X: npt.ArrayLike) -> npt.NDArray[np.float32]:  # noqa: N803
    points = np.asarray(X, np.float32)
    if points.shape[1:] not in ((33, 4), (132,)):
        raise ValueError(f"poses are points of shape (n, 33, 4) or (n, 132), not {points.shape}")
    return points.reshape(len(points), 33, 4)
