"""The k-nearest-neighbour classifier: any vectors in, labels with confidences and neighbours out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from posknn.classification.examples import Examples, check_label
from posknn.classification.search import METRICS, Metric, nearest, unit
from posknn.classification.state import KNNState
from posknn.classification.voting import unlike_anything, vote
from posknn.errors import NotTaughtError
from posknn.values import Label, Prediction

__all__ = ["KNNClassifier"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Weights = Literal["uniform", "distance"]


class KNNClassifier:
    """Learn labelled vectors one by one and name new ones by their nearest neighbours; ml5's KNNClassifier in Python.

    k: how many neighbours vote. metric: "cosine" (ml5's), "euclidean", "manhattan", "nan_euclidean" (NaN is a
    missing coordinate), or a callable that gives the (n,) distances of rows (n, D) to a query (D,).
    weights: "uniform", one neighbour one vote, or "distance", votes weigh 1 / distance.

    There is no training step. Answers are exact. Equal distances go to the class that comes first: labels that are
    whole numbers from 0 on, smallest first, then the others in order of their first examples, as in TF.js.
    Safe to query from any thread while one teaches.
    """

    def __init__(self, k: int = 3, *, metric: Metric = "cosine", weights: Weights = "uniform") -> None:
        if not callable(metric) and metric not in METRICS:
            raise ValueError(f"the metric is one of {', '.join(METRICS)}, or a callable, not {metric!r}")
        if weights not in ("uniform", "distance"):
            raise ValueError(f'the weights are "uniform" or "distance", not {weights!r}')
        self.k: Final = _check_k(k)
        self.metric: Final = metric
        self.weights: Final = weights
        self._lengths: dict[int, float] = {}
        self._examples = Examples(masked=metric == "nan_euclidean")

    def __len__(self) -> int:
        return len(self._examples.snapshot)

    def __repr__(self) -> str:
        return f"KNNClassifier(k={self.k}, {len(self)} examples, labels {list(self.labels)})"

    # --- teaching

    def add_example(
        self, vector: npt.ArrayLike, label: Label, *, recording: str | None = None, time: float | None = None
    ) -> int:
        """Learn one example and return its id.

        vector: any shape, flattened to (D,); all of one classifier have the same D. recording, time: where it was
        taught; neighbours tell them. ValueError for another length, a number that is not finite (but see
        nan_euclidean), or no direction under the cosine metric; nothing is changed then.
        """
        recordings = None if recording is None else [recording]
        times = None if time is None else [time]
        return self.add_examples(_numbers(vector).reshape(1, -1), [label], recordings=recordings, times=times)[0]

    def add_examples(
        self,
        vectors: npt.ArrayLike,
        labels: Sequence[Label],
        *,
        recordings: Sequence[str | None] | None = None,
        times: Sequence[float] | Doubles | None = None,
    ) -> list[int]:
        """Learn many examples, all or none, and return their ids.

        vectors: (n, ...), each flattened to (D,); labels, recordings and times: n each. ValueError as for one.
        """
        rows = _rows(vectors)
        names = [check_label(label) for label in labels]
        for what, column in (("labels", names), ("recordings", recordings), ("times", times)):
            if column is not None and len(column) != len(rows):
                raise ValueError(f"{len(rows)} vectors come with {len(column)} {what}")
        if len(rows) == 0:
            return []
        rows, lengths = self._check_new(rows)
        origins = None
        if recordings is not None or times is not None:
            places = [None] * len(rows) if recordings is None else recordings
            seconds = [None] * len(rows) if times is None else [float(time) for time in times]
            origins = list(zip(places, seconds, strict=True))
        ids = self._examples.add(rows, names, origins)
        if lengths is not None:
            self._lengths.update(zip(ids, lengths.tolist(), strict=True))
        return ids

    def forget(self, example: int) -> None:
        """Unlearn one example by its id; UnknownLabelError when there is none of that id."""
        self._examples.forget(example)
        self._lengths.pop(example, None)

    def relabel(self, example: int, label: Label) -> None:
        """Give an example another label, by its id, which it keeps; UnknownLabelError when there is none of that id."""
        self._examples.relabel(example, check_label(label))

    def clear_label(self, label: Label) -> None:
        """Unlearn all examples of one label; UnknownLabelError when it has none."""
        self._examples.clear_label(label)

    def clear_all_labels(self) -> None:
        """Unlearn everything, the length of the vectors too."""
        self._examples.clear()
        self._lengths = {}

    # --- asking

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that have examples, in order of first teaching."""
        snapshot = self._examples.snapshot
        return tuple(snapshot.labels[index] for index in sorted(snapshot.order))

    @property
    def width(self) -> int | None:
        """D, the length of a vector; None before the first example."""
        return self._examples.width

    @property
    def next_id(self) -> int:
        """The id that the next example gets."""
        return self._examples.next_id

    def get_count(self) -> dict[int, int]:
        """Return the number of examples by class index."""
        snapshot = self._examples.snapshot
        return {index: snapshot.counts[index] for index in sorted(snapshot.order)}

    def get_count_by_label(self) -> dict[Label, int]:
        """Return the number of examples by label."""
        snapshot = self._examples.snapshot
        return {snapshot.labels[index]: snapshot.counts[index] for index in sorted(snapshot.order)}

    def get_num_labels(self) -> int:
        """Return how many labels have examples."""
        return len(self._examples.snapshot.order)

    def classify(self, vector: npt.ArrayLike, k: int | None = None) -> Prediction:
        """Name a vector by its k nearest examples.

        vector: any shape of D numbers. k: instead of the classifier's own; more than there are examples means all.
        A vector that is all zeros (cosine) or not finite is like nothing: label None.
        NotTaughtError without examples; ValueError for another length or k < 1.
        """
        return self.classify_variants(_numbers(vector).reshape(1, -1), k)

    def classify_many(self, vectors: npt.ArrayLike, k: int | None = None) -> list[Prediction]:
        """Name many vectors (n, ...), each flattened to (D,)."""
        return [self.classify_variants(row[None], k) for row in _rows(vectors)]

    def classify_variants(self, vectors: npt.ArrayLike, k: int | None = None) -> Prediction:
        """Name one thing that is seen in several ways (V, D), as it is and mirrored say.

        The distance of an example is that to the nearest variant.
        """
        k = self.k if k is None else _check_k(k)
        snapshot = self._examples.snapshot
        if len(snapshot) == 0:
            raise NotTaughtError("nothing has been taught yet: add examples first")
        queries = _rows(vectors)
        if queries.shape[1] != snapshot.matrix.values.shape[1]:
            raise ValueError(_wrong_width(snapshot.matrix.values.shape[1], queries.shape[1]))
        queries = self._usable(queries)
        if len(queries) == 0:
            return unlike_anything(snapshot)
        rows, distances = nearest(
            snapshot.matrix,
            queries,
            min(k, len(snapshot)),
            self.metric,
            lambda found: snapshot.ranks[snapshot.classes[found]],
        )
        return vote(snapshot, rows, distances, self.weights)

    # --- files

    def save(self, path: str | Path = "myKNN.json") -> Path:
        """Write the classifier to a file and return its path.

        A name ending in .posknn keeps everything; any other is ml5's JSON, .json added when missing, which keeps
        labels and directions only. OutputError when the file cannot be written.
        """
        from posknn.storage import classifiers  # the verb lives on the class, as in ml5; the formats live in storage

        return classifiers.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> KNNClassifier:
        """Read a classifier from a .posknn file or from ml5's JSON. FileFormatError says what is wrong and where."""
        from posknn.storage import classifiers

        return classifiers.load_knn(path)

    @property
    def state(self) -> KNNState:
        """Everything the classifier consists of, as values. ValueError when the metric is the caller's own."""
        if not isinstance(self.metric, str):
            raise ValueError("a classifier with a metric of your own cannot be saved: a file cannot hold code")  # noqa: TRY004
        snapshot = self._examples.snapshot
        origins = [snapshot.origins.get(int(example), (None, None)) for example in snapshot.ids]
        return KNNState(
            k=self.k,
            metric=self.metric,
            weights=self.weights,
            rows=snapshot.matrix.raw(),
            lengths=np.array([self._lengths.get(int(example), 1.0) for example in snapshot.ids], np.float32),
            ids=snapshot.ids.copy(),
            next_id=self._examples.next_id,
            classes=snapshot.classes.copy(),
            labels=snapshot.labels,
            order=snapshot.order,
            recordings=tuple(name for name, _ in origins),
            times=np.array([np.nan if time is None else time for _, time in origins], np.float64),
        )

    @classmethod
    def from_state(cls, state: KNNState) -> KNNClassifier:
        """Make the classifier that `state` came from; rows are taken as they are."""
        made = cls(state.k, metric=state.metric, weights=state.weights)  # type: ignore[arg-type]
        made._examples.restore(state.rows, state.ids, state.next_id, state.classes, state.labels)
        made._lengths = dict(zip(state.ids.tolist(), state.lengths.tolist(), strict=True))
        made._annotate(state.ids, state.recordings, state.times)
        return made

    def restore(
        self,
        vectors: npt.ArrayLike,
        labels: Sequence[Label],
        ids: Ints,
        next_id: int,
        recordings: Sequence[str | None],
        times: Doubles,
    ) -> None:
        """Unlearn everything and learn vectors (n, D) under the ids (n,) they once had."""
        rows, names = _rows(vectors), [check_label(label) for label in labels]
        self._examples.clear()
        if len(rows):
            rows, lengths = self._check_new(rows)
            self._lengths = {} if lengths is None else dict(zip(ids.tolist(), lengths.tolist(), strict=True))
        distinct = list(dict.fromkeys((type(name), name) for name in names))
        classes = np.array([distinct.index((type(name), name)) for name in names], np.int64)
        self._examples.restore(rows, ids, next_id, classes, [name for _, name in distinct])
        self._annotate(ids, recordings, times)

    # --- inside

    def _annotate(self, ids: Ints, recordings: Sequence[str | None], times: Doubles) -> None:
        places = zip(ids.tolist(), recordings, times.tolist(), strict=True)
        self._examples.annotate({i: (name, None if np.isnan(time) else time) for i, name, time in places})

    def _check_new(self, rows: Floats) -> tuple[Floats, Floats | None]:
        """Return rows as they are stored and, for cosine, their lengths; ValueError for what cannot be taught."""
        if rows.shape[1] == 0:
            raise ValueError("an example needs at least one number")
        if self.width is not None and rows.shape[1] != self.width:
            raise ValueError(_wrong_width(self.width, rows.shape[1]))
        missing_allowed = self.metric == "nan_euclidean"
        wrong = np.isinf(rows) if missing_allowed else ~np.isfinite(rows)
        if wrong.any():
            row, place = np.argwhere(wrong)[0]
            raise ValueError(f"number {place} of example {row} is {rows[row, place]}: examples need finite numbers")
        if missing_allowed and np.isnan(rows).all(axis=1).any():
            raise ValueError("an example in which every number is missing cannot be taught")
        if self.metric != "cosine":
            return rows, None
        with np.errstate(over="ignore"):
            units, lengths = unit(rows)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise ValueError("an example of only zeros, or too small or large for float32, has no direction to compare")
        return units, lengths

    def _usable(self, queries: Floats) -> Floats:
        """Return those of the queries (V, D) that can be compared at all, ready for the metric."""
        if self.metric == "nan_euclidean":
            return queries[~np.isinf(queries).any(axis=1) & ~np.isnan(queries).all(axis=1)]
        queries = queries[np.isfinite(queries).all(axis=1)]
        if self.metric != "cosine":
            return queries
        with np.errstate(over="ignore"):
            units, lengths = unit(queries)
        return units[np.isfinite(lengths) & (lengths > 0)]


def _wrong_width(known: int, given: int) -> str:
    return f"this classifier knows vectors of {known} numbers, not of {given}"


def _check_k(k: object) -> int:
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be a whole number of 1 or more, not {k!r}")
    return int(k)


def _rows(vectors: npt.ArrayLike) -> Floats:
    """Return vectors as (n, D) float32."""
    array = _numbers(vectors)
    if array.ndim == 0:
        raise ValueError("vectors are given as rows, (n, D)")
    return array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0)


def _numbers(values: npt.ArrayLike) -> Floats:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError("a vector needs numbers in rows of equal length") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"a vector needs numbers, not {array.dtype}")
    with np.errstate(over="ignore"):
        return np.array(array, np.float32)
