"""The pose classifier: an embedding, the nearest neighbours and a limit per label, over poses."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from posknn.classification.embedding import Embedding, NormalisedPoints, as_points, mirrored_points
from posknn.classification.examples import check_label
from posknn.classification.knn import KNNClassifier, Weights
from posknn.classification.limits import learn_limits
from posknn.classification.sides import names_sides
from posknn.classification.state import KNNState, PoseState
from posknn.errors import NotTaughtError
from posknn.values import Label, Pose, Prediction, Recording

__all__ = ["PoseClassifier"]

Floats = npt.NDArray[np.float32]
_K: Final = 33


class PoseClassifier:
    """Name poses by the most similar ones it was taught, or say that they are like none of them.

    k: how many neighbours vote, but no more than the rarest label has examples: it should not be outvoted by number
    alone. weights: "distance" or "uniform". embedding: poses to vectors; see Embedding.
    mirror: also recognise every taught pose mirrored; None means yes, unless the labels name sides ("left_arm_up").

    Called with a pose it answers a Prediction, so it serves a Pipeline as it is; before it was taught anything the
    prediction is empty.
    """

    def __init__(
        self,
        k: int = 5,
        *,
        weights: Weights = "distance",
        embedding: Embedding | None = None,
        mirror: bool | None = None,
    ) -> None:
        self._knn = KNNClassifier(k, metric="nan_euclidean", weights=weights)
        self._embedding: Embedding = NormalisedPoints() if embedding is None else embedding
        self._mirror = mirror
        self._points: dict[int, Floats] = {}
        self._limits: Mapping[Label, float] | None = None
        self._units: set[str] = set()
        self._lock = threading.RLock()  # poses and vectors change together; asking needs no lock

    def __len__(self) -> int:
        return len(self._knn)

    def __repr__(self) -> str:
        return f"PoseClassifier(k={self._knn.k}, {len(self)} examples, labels {list(self.labels)})"

    # --- teaching

    def add_example(self, pose: Pose, label: Label, *, recording: str | None = None, time: float | None = None) -> int:
        """Learn one pose and return the example's id. recording, time: where it was taught; neighbours tell them.

        The limits of the labels stay as they are: call `calibrate` when a lesson is over.
        ValueError when too little of the pose is seen to compare it.
        """
        points = as_points(pose)[None]
        times = None if time is None else [time]
        return self._add(points, self._check(points, [label]), [label], [recording], times)[0]

    def learn(
        self, recordings: Recording | Iterable[Recording], *, false_reject: float | None = 0.05
    ) -> PoseClassifier:
        """Learn every labelled row of some recordings and the limits of the labels; return the classifier itself.

        false_reject: see `calibrate`; None learns no limits. Rows in which too little is seen are passed over.
        """
        for recording in [recordings] if isinstance(recordings, Recording) else recordings:
            labelled = np.array([label is not None for label in recording.labels], bool)
            vectors = self._embed(recording.points)
            rows = np.flatnonzero(labelled & ~np.isnan(vectors).all(axis=1)).tolist()
            labels = [label for label in (recording.labels[row] for row in rows) if label is not None]
            groups = recording.groups
            names = [groups[row] or None for row in rows]
            self._add(recording.points[rows], vectors[rows], labels, names, recording.times[rows].tolist())
            self._units.add(recording.units)
        if false_reject is not None and len(self):
            self.calibrate(false_reject)
        return self

    def fit(
        self, points: npt.ArrayLike, labels: Sequence[Label], groups: Sequence[object] | None = None
    ) -> PoseClassifier:
        """Forget everything, learn poses and limits, and return the classifier itself, as in scikit-learn.

        points: (n, 33, 4), x, y, z, visibility in image heights; NaN for a keypoint not seen. groups: n of them, which
        recording each pose comes from. ValueError, with nothing forgotten, for no poses or one in which too little is
        seen.
        """
        poses = _check_points(points)
        names = [None] * len(poses) if groups is None else [str(group) for group in groups]
        if not 0 < len(poses) == len(labels) == len(names):
            raise ValueError(f"{len(poses)} poses come with {len(labels)} labels and {len(names)} groups")
        vectors = self._check(poses, labels)
        with self._lock:
            self.clear_all_labels()
            self._add(poses, vectors, labels, names, None)
            self.calibrate()
        return self

    def calibrate(self, false_reject: float = 0.05, groups: Mapping[int, object] | None = None) -> None:
        """Learn from how far the examples lie apart up to which distance each label accepts.

        false_reject: the share of a label's own poses that may be called unknown, 0..1. groups: by example id what
        belongs together; the recordings when left out.
        """
        if not 0 <= false_reject < 1:
            raise ValueError(f"false_reject is a share from 0 to below 1, not {false_reject}")
        with self._lock:
            state = self._knn.state
            poses = self._poses(state)
        if len(state.ids) == 0:
            raise NotTaughtError("nothing has been taught yet: there is nothing to calibrate with")
        of = state.recordings if groups is None else [groups.get(example) for example in state.ids.tolist()]
        ways = [state.rows, self._embedding(mirrored_points(poses))] if self.mirrors else [state.rows]
        self._limits = learn_limits(
            np.stack(ways, axis=1),
            [state.labels[index] for index in state.classes],
            of,
            false_reject=false_reject,
            repeat=getattr(self._embedding, "repeat", 0.0),
        )

    def forget(self, example: int) -> None:
        """Unlearn one example by its id; UnknownLabelError when there is none of that id."""
        with self._lock:
            self._knn.forget(example)
            self._points.pop(example, None)

    def relabel(self, example: int, label: Label) -> None:
        """Give an example another label; UnknownLabelError when there is none of that id."""
        self._knn.relabel(example, label)

    def clear_label(self, label: Label) -> None:
        """Unlearn all examples of one label; UnknownLabelError when it has none."""
        with self._lock:
            self._knn.clear_label(label)
            left = set(self._knn.state.ids.tolist())
            self._points = {example: points for example, points in self._points.items() if example in left}
            self._limits = self._limits and {name: limit for name, limit in self._limits.items() if name != label}

    def clear_all_labels(self) -> None:
        """Unlearn everything."""
        with self._lock:
            self._knn.clear_all_labels()
            self._points = {}
            self._limits = None
            self._units = set()

    # --- asking

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that have examples, in order of first teaching."""
        return self._knn.labels

    @property
    def limits(self) -> Mapping[Label, float] | None:
        """Per label the distance up to which it accepts; None before `calibrate`, which `learn` and `fit` call."""
        return self._limits

    @property
    def mirrors(self) -> bool:
        """Whether taught poses are recognised mirrored too."""
        return not names_sides(self.labels) if self._mirror is None else self._mirror

    def get_count_by_label(self) -> dict[Label, int]:
        """Return the number of examples by label."""
        return self._knn.get_count_by_label()

    def __call__(self, pose: Pose) -> Prediction:
        """Name a pose; an empty prediction before anything was taught."""
        try:
            return self.classify(pose)
        except NotTaughtError:
            return Prediction(None)

    def classify(self, pose: Pose) -> Prediction:
        """Name a pose. Its label is None beyond the limit of the nearest label. NotTaughtError without examples."""
        return self._classify(as_points(pose)[None], unknown=True)

    def predict(self, points: npt.ArrayLike, *, unknown: bool = True) -> list[Label | None]:
        """Return the labels of poses (n, 33, 4), image heights, NaN unseen; None where unlike anything taught.

        unknown: False answers with the nearest label however far it is.
        """
        return [self._classify(row[None], unknown=unknown).label for row in _check_points(points)]

    # --- files

    def save(self, path: str | Path) -> Path:
        """Write the classifier to a .posknn file and return its path. OutputError when it cannot be written."""
        from posknn.storage import classifiers  # the formats live in storage

        return classifiers.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> PoseClassifier:
        """Read a classifier from a .posknn file. FileFormatError says what is wrong and where."""
        from posknn.storage import classifiers

        return classifiers.load_poses(path)

    @property
    def state(self) -> PoseState:
        """Everything the classifier consists of, as values. ValueError when the embedding is the caller's own."""
        if not isinstance(self._embedding, NormalisedPoints):
            raise ValueError("a classifier with an embedding of your own cannot be saved: a file cannot hold code")  # noqa: TRY004
        with self._lock:
            knn = self._knn.state
            points = self._poses(knn)
        return PoseState(
            settings={
                "k": knn.k,
                "weights": knn.weights,
                "mirror": self._mirror,
                "embedding": {"name": "normalised_points", **asdict(self._embedding)},
            },
            points=points,
            ids=knn.ids,
            next_id=knn.next_id,
            labels=tuple(knn.labels[index] for index in knn.classes),
            recordings=knn.recordings,
            times=knn.times,
            limits=None if self._limits is None else dict(self._limits),
            provenance={"units": sorted(self._units)},
        )

    def recording(self) -> Recording:
        """Return the taught poses as one recording, in pixels if any of them are; a time not known becomes 0.

        They stand in order of teaching, and by time where several in a row come from one recording.
        """
        with self._lock:
            state = self._knn.state
            points = self._poses(state)
        groups = [name or "" for name in state.recordings]
        times = np.where(np.isfinite(state.times), state.times, 0.0)
        runs = np.cumsum([one != before for one, before in zip(groups, groups[:1] + groups, strict=False)])
        order = np.lexsort((times, runs))
        return Recording(
            points[order],
            tuple(state.labels[index] for index in state.classes[order]),
            times=times[order],
            name="+".join(dict.fromkeys(groups)) if len(set(groups)) < 4 else "examples",
            units="pixels" if "pixels" in self._units else "heights",
            provenance={"groups": groups},
        )

    @classmethod
    def from_state(cls, state: PoseState) -> PoseClassifier:
        """Make the classifier that `state` came from. ValueError for settings this posknn does not know."""
        settings: dict[str, Any] = dict(state.settings)
        embedding = dict(settings.pop("embedding"))
        if embedding.pop("name") != "normalised_points":
            raise ValueError("its embedding is not known to this posknn")
        made = cls(embedding=NormalisedPoints(**embedding), **settings)
        vectors = made._embedding(state.points)
        made._knn.restore(vectors, state.labels, state.ids, state.next_id, state.recordings, state.times)
        made._points = {int(example): points for example, points in zip(state.ids, state.points, strict=True)}
        made._limits = state.limits
        units = state.provenance.get("units", [])
        made._units = set(units) if isinstance(units, list) else set()
        return made

    # --- inside

    def _add(
        self,
        points: Floats,
        vectors: Floats,
        labels: Sequence[Label],
        recordings: Sequence[str | None],
        times: Sequence[float] | None,
    ) -> list[int]:
        if len(points) == 0:
            return []
        with self._lock:
            # Poses first: an interruption leaves one too many, which nobody asks for, and never one too few.
            self._points.update(enumerate(points.copy(), self._knn.next_id))
            return self._knn.add_examples(vectors, labels, recordings=recordings, times=times)

    def _poses(self, knn: KNNState) -> Floats:
        """Return the poses as they were taught, in the order of the vectors: (n, 33, 4)."""
        poses = [self._points[example] for example in knn.ids.tolist()]
        return np.stack(poses) if poses else np.empty((0, _K, 4), np.float32)

    def _check(self, points: Floats, labels: Sequence[Label]) -> Floats:
        """Return the vectors of poses; ValueError for a label that is none or a pose that cannot be compared."""
        for label in labels:
            check_label(label)
        vectors = self._embed(points)
        empty = np.isnan(vectors).all(axis=1)
        if empty.any():
            raise ValueError(f"too little is seen of pose {int(np.argmax(empty))} of {len(points)} to learn it")
        return vectors

    def _embed(self, points: Floats) -> Floats:
        return self._embedding(points) if len(points) else np.empty((0, 1), np.float32)

    def _classify(self, points: Floats, *, unknown: bool) -> Prediction:
        variants = np.concatenate([points, mirrored_points(points)]) if self.mirrors else points
        k = min([self._knn.k, *self._knn.get_count().values()])
        prediction = self._knn.classify_variants(self._embedding(variants), k)
        if prediction.label is None or not self._limits or not unknown:
            return prediction
        limit = self._limits.get(prediction.label)
        distance = next(near.distance for near in prediction.neighbors if near.label == prediction.label)
        beyond = limit is not None and distance > limit
        return replace(
            prediction,
            label=None if beyond else prediction.label,
            class_index=None if beyond else prediction.class_index,
            distance=distance,
            limit=limit,
        )


def _check_points(points: npt.ArrayLike) -> Floats:
    poses = np.array(points, np.float32)
    if poses.shape[1:] != (_K, 4):
        raise ValueError(f"poses are points of shape (n, {_K}, 4), x, y, z, visibility, not {poses.shape}")
    return poses
