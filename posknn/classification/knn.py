"""The k-nearest-neighbour classifier: any vectors in, labels with confidences and neighbours out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from posknn.classification.asking import Rules, ask_many, ask_one
from posknn.classification.examples import Examples
from posknn.classification.labels import check_label, key_of
from posknn.classification.means import METRICS_WITH_MEANS
from posknn.classification.search import METRICS, Metric
from posknn.classification.snapshot import Snapshot
from posknn.classification.state import KNNState
from posknn.classification.vectors import given_rows, numbers, ready_to_learn, rows_of
from posknn.classification.voting import Predictions
from posknn.errors import NotTaughtError
from posknn.values import Label, Prediction

__all__ = ["KNNClassifier"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Weights = Literal["uniform", "distance", "means"]

_BLOCK: Final = 2048
"""Examples that are converted and checked at a time, so that learning many needs little memory beside them."""
_NO_ROWS: Final = np.empty((0, 0), np.float32)


class KNNClassifier:
    """Learn labelled vectors one by one and name new ones by their nearest neighbours; ml5's KNNClassifier in Python.

    k: how many neighbours vote. metric: "cosine" (ml5's), "euclidean", "manhattan", "nan_euclidean" (NaN is a
    missing coordinate), or a callable that gives the (n,) distances of rows (n, D) to a query (D,).
    weights: "uniform", one neighbour one vote; "distance", votes weigh 1 / distance; "means": where neighbours have
    several labels, each label weighs by how near it comes, with its nearest example or the mean of its nearest few;
    for the Euclidean metrics.
    balanced: divide each vote by the number of examples of its label, so that a label is not favoured for being taught
    more often.

    There is no training step. Answers are exact. Equal distances go to the class that comes first: labels that are
    whole numbers from 0 on, smallest first, then the others in order of their first examples, as in TF.js.
    Safe to query from any thread while one teaches.
    """

    def __init__(
        self, k: int = 3, *, metric: Metric = "cosine", weights: Weights = "uniform", balanced: bool = False
    ) -> None:
        if not callable(metric) and metric not in METRICS:
            raise ValueError(f"the metric is one of {', '.join(METRICS)}, or a callable, not {metric!r}")
        if weights not in get_args(Weights):
            raise ValueError(f"the weights are one of {', '.join(get_args(Weights))}, not {weights!r}")
        if weights == "means" and metric not in METRICS_WITH_MEANS:
            known = " or ".join(METRICS_WITH_MEANS)
            raise ValueError(f'the weights "means" go with the metric {known}, not {metric!r}')
        self.k: Final = _check_k(k)
        self.metric: Final = metric
        self.weights: Final = weights
        self.balanced: Final = bool(balanced)
        self._rules: Final = Rules(self.metric, self.weights, self.balanced)
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
        label = check_label(label)
        rows, lengths = self._check_new(numbers(vector).reshape(1, -1))
        recordings = None if recording is None else [recording]
        times = None if time is None else [time]
        return self._examples.add([(rows, lengths)], [label], recordings, times)[0]

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
        given = given_rows(vectors)
        names = [check_label(label) for label in labels]
        for what, column in (("labels", names), ("recordings", recordings), ("times", times)):
            if column is not None and len(column) != len(given):
                raise ValueError(f"{len(given)} vectors come with {len(column)} {what}")
        if len(given) == 0:
            return []
        return self._examples.add(self._parts(given), names, recordings, times)

    def forget(self, example: int) -> None:
        """Unlearn one example by its id; UnknownLabelError when there is none of that id."""
        self._examples.forget(example)

    def relabel(self, example: int, label: Label) -> None:
        """Give an example another label, by its id, which it keeps; UnknownLabelError when there is none of that id."""
        self._examples.relabel(example, check_label(label))

    def clear_label(self, label: Label) -> None:
        """Unlearn all examples of one label; UnknownLabelError when it has none."""
        self._examples.clear_label(label)

    def clear_all_labels(self) -> None:
        """Unlearn everything, the length of the vectors too."""
        self._examples.clear()

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

    def vectors(self, examples: npt.ArrayLike) -> Floats:
        """Return what examples are compared by: (m, D), for cosine of length 1; a row of NaN for one that is gone.

        examples: their ids (m,). NotTaughtError without any examples.
        """
        wanted = np.asarray(examples, np.int64)
        snapshot, _ = self._ready(None, None)
        rows = np.minimum(np.searchsorted(snapshot.ids, wanted), len(snapshot) - 1)
        values = _rows(snapshot, rows)
        values[snapshot.ids[rows] != wanted] = np.nan
        return values

    def others(self, label: Label, most: int) -> Floats:
        """Return what at most so many examples of all other labels are compared by, evenly spread: (m, D)."""
        snapshot, _ = self._ready(None, None)
        own = next((index for index, name in enumerate(snapshot.labels) if key_of(name) == key_of(label)), -1)
        rows = np.flatnonzero(snapshot.classes != own)
        return self.vectors(snapshot.ids[rows[:: max(1, -(-len(rows) // most))]])

    def classify(self, vector: npt.ArrayLike, k: int | None = None) -> Prediction:
        """Name a vector by its k nearest examples.

        vector: any shape of D numbers. k: instead of the classifier's own; more than there are examples means all.
        A vector that is all zeros (cosine) or not finite is like nothing: label None.
        NotTaughtError without examples; ValueError for another length or k < 1.
        """
        variants = numbers(vector).reshape(1, -1)
        return ask_one(*self._ready(variants.shape[1], k), self._rules, variants)

    def classify_many(self, vectors: npt.ArrayLike, k: int | None = None) -> Predictions:
        """Name many vectors (n, ...), each flattened to (D,); quicker than one by one, with the same answers."""
        return self._ask(rows_of(vectors)[:, None], k)

    def classify_variants(self, vectors: npt.ArrayLike, k: int | None = None) -> Prediction:
        """Name one thing that is seen in several ways (V, D), as it is and mirrored say.

        The distance of an example is that to the nearest variant.
        """
        variants = rows_of(vectors)
        return ask_one(*self._ready(variants.shape[1], k), self._rules, variants)

    def classify_many_variants(self, vectors: npt.ArrayLike, k: int | None = None) -> Predictions:
        """Name many things (n, V, D), each seen in V ways; quicker than one by one, with the same answers."""
        things = numbers(vectors)
        if things.ndim != 3 or things.shape[1] == 0:
            raise ValueError(f"things seen in several ways are given as (n, V, D), not {things.shape}")
        return self._ask(things, k)

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
        snapshot = self._examples.snapshot
        return self._described(snapshot, snapshot.matrix.raw())

    @property
    def outline(self) -> KNNState:
        """The `state` without the vectors, which are what takes memory: its rows are (0, 0)."""
        return self._described(self._examples.snapshot, _NO_ROWS)

    @classmethod
    def from_state(cls, state: KNNState) -> KNNClassifier:
        """Make the classifier that `state` came from; rows are taken as they are."""
        made = cls(state.k, metric=state.metric, weights=state.weights, balanced=state.balanced)  # type: ignore[arg-type]
        made._examples.restore(state)
        return made

    def changed(self, change: Callable[[Floats], Floats], block: int = _BLOCK) -> KNNClassifier:
        """Return a classifier of the same examples with other vectors.

        change: makes them of a block of theirs at most, (m, E) of (m, D).
        """
        snapshot = self._examples.snapshot
        made = KNNClassifier(self.k, metric=self.metric, weights=self.weights, balanced=self.balanced)
        rows = (np.arange(start, min(start + block, len(snapshot))) for start in range(0, len(snapshot), block))
        parts = (ready_to_learn(change(_rows(snapshot, part)), self.metric) for part in rows)
        made._examples.restore(self._described(snapshot, _NO_ROWS), parts)
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
        rows, names = given_rows(vectors), [check_label(label) for label in labels]
        places: dict[tuple[type, Label], int] = {}
        classes = [places.setdefault(key_of(name), len(places)) for name in names]
        self._examples.clear()
        self._examples.restore(
            KNNState(
                k=self.k,
                metric=str(self.metric),
                weights=self.weights,
                rows=rows,
                lengths=np.broadcast_to(np.float32(1), len(rows)),  # and those of the parts
                ids=ids,
                next_id=next_id,
                classes=np.array(classes, np.int64),
                labels=tuple(name for _, name in places),
                order=(),  # follows from the rest
                recordings=tuple(recordings),
                times=times,
            ),
            self._parts(rows),
        )

    # --- inside

    def _described(self, snapshot: Snapshot, rows: Floats) -> KNNState:
        """Return the state at one moment. ValueError when the metric is the caller's own."""
        if not isinstance(self.metric, str):
            raise ValueError("a classifier with a metric of your own cannot be saved: a file cannot hold code")  # noqa: TRY004
        return snapshot.state(
            rows,
            next_id=self._examples.next_id,
            k=self.k,
            metric=self.metric,
            weights=self.weights,
            balanced=self.balanced,
        )

    def _parts(self, rows: npt.NDArray[Any]) -> Iterator[tuple[Floats, Floats | float]]:
        """Check rows (n, D) and return them as they are stored, with their lengths, some at a time."""
        for start in range(0, len(rows), _BLOCK):
            yield self._check_new(numbers(rows[start : start + _BLOCK]), start)

    def _check_new(self, rows: Floats, first: int = 0) -> tuple[Floats, Floats | float]:
        """Return rows as they are stored and their lengths; ValueError for what cannot be taught."""
        width = self._examples.width
        if width is not None and rows.shape[1] != width:
            raise ValueError(_wrong_width(width, rows.shape[1]))
        return ready_to_learn(rows, self.metric, first)

    def _ready(self, width: int | None, k: int | None) -> tuple[Snapshot, int]:
        """Return what can be asked now and how many neighbours vote. width: of the vectors, None for no vectors."""
        k = self.k if k is None else _check_k(k)
        snapshot = self._examples.snapshot
        if len(snapshot) == 0:
            raise NotTaughtError("nothing has been taught yet: add examples first")
        if width is not None and width != snapshot.matrix.width:
            raise ValueError(_wrong_width(snapshot.matrix.width, width))
        return snapshot, min(k, len(snapshot))

    def _ask(self, things: Floats, k: int | None) -> Predictions:
        """Name many things (n, V, D)."""
        return ask_many(*self._ready(things.shape[2] if len(things) else None, k), self._rules, things)


def _rows(snapshot: Snapshot, rows: Ints) -> Floats:
    """Return what some rows (m,) are compared by: (m, D), NaN where missing."""
    values, there = snapshot.matrix.take(rows), snapshot.matrix.mask(rows)
    if there is not None:
        values[~there] = np.nan
    return values


def _wrong_width(known: int, given: int) -> str:
    return f"this classifier knows vectors of {known} numbers, not of {given}"


def _check_k(k: object) -> int:
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be a whole number of 1 or more, not {k!r}")
    return int(k)
