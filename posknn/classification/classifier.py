"""The pose classifier: an embedding, the nearest neighbours and a limit per label, over poses."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from posknn.classification.embedding import Embedding, as_points
from posknn.classification.examples import check_label
from posknn.classification.knn import KNNClassifier, Weights
from posknn.classification.lesson import Distance, learnt_model, with_limits
from posknn.classification.model import PoseModel
from posknn.classification.shape import PoseShape
from posknn.classification.space import PoseSpace
from posknn.classification.state import PoseState, embedding_of, options_of
from posknn.classification.taught import TaughtPoses
from posknn.classification.units import Scale, Size, in_heights
from posknn.classification.ways import Poses
from posknn.errors import NotTaughtError
from posknn.values import Label, Pose, Prediction, Recording

__all__ = ["PoseClassifier"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class PoseClassifier:
    """Name poses by the most similar ones it was taught, or say that they are like none of them.

    k: how many neighbours vote, but no more than a fifth of the examples of the rarest label, and at least one: it
    should not be outvoted by number alone, and of few examples the nearest knows best. weights: "means" (where they
    disagree, each label weighs by how near it comes, with its nearest example or the mean of its nearest few),
    "distance" or "uniform". embedding: poses to vectors; see Embedding and, for what the default can do, PoseShape.
    mirror: also recognise every taught pose mirrored; None means yes, unless the labels name sides ("left_arm_up"), the
    examples of two labels are each other's mirror image, or the place in the picture matters. distance: "plain" is that
    of the embedding; "learnt" adds to it what tells the labels apart in the examples; "auto" learns one where there are
    enough examples and it makes clearly fewer mistakes on recordings left out.

    Called with a pose it answers a Prediction, so it serves a Pipeline as it is; before it was taught anything the
    prediction is empty.
    """

    def __init__(
        self,
        k: int = 5,
        *,
        weights: Weights = "means",
        embedding: Embedding | None = None,
        mirror: bool | None = None,
        distance: Distance = "auto",
    ) -> None:
        if distance not in get_args(Distance):
            raise ValueError(f"the distance is one of {', '.join(get_args(Distance))}, not {distance!r}")
        knn = KNNClassifier(k, metric="nan_euclidean", weights=weights)
        self._model = PoseModel(PoseSpace(PoseShape() if embedding is None else embedding), knn, mirror)
        self._distance: Distance = distance
        self._taught = TaughtPoses()
        self._lock = threading.RLock()  # poses and vectors change together; asking needs no lock

    def __len__(self) -> int:
        return len(self._model.knn)

    def __repr__(self) -> str:
        return f"PoseClassifier(k={self._model.knn.k}, {len(self)} examples, labels {list(self.labels)})"

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
        """Learn every labelled row of some recordings, how to compare them and limits; return the classifier itself.

        false_reject: see `calibrate`; None learns no limits. Rows in which too little is seen are passed over.
        """
        for recording in [recordings] if isinstance(recordings, Recording) else recordings:
            self._add_recording(recording)
            del recording  # before the next one is read
        if len(self) and false_reject is not None:
            self.calibrate(false_reject)
        elif len(self):
            self._learn(None)
        return self

    def fit(
        self,
        points: npt.ArrayLike,
        labels: Sequence[Label],
        groups: Sequence[object] | None = None,
        *,
        scale: Scale = "heights",
        size: Size | None = None,
    ) -> PoseClassifier:
        """Forget everything, learn poses and limits, and return the classifier itself, as in scikit-learn.

        points: (n, 33, 4), x, y, z, visibility in image heights; NaN for a keypoint not seen. groups: n of them, which
        recording each pose comes from. scale, size: points in other units, and the width and height of the picture;
        see Scale. Poses in which too little is seen are passed over. ValueError, with nothing forgotten, when none is
        left.
        """
        poses = in_heights(points, scale, size)
        names = [None] * len(poses) if groups is None else [str(group) for group in groups]
        if not 0 < len(poses) == len(labels) == len(names):
            raise ValueError(f"{len(poses)} poses come with {len(labels)} labels and {len(names)} groups")
        for label in labels:
            check_label(label)
        rows, vectors = _comparable(PoseSpace(self._model.space.embedding)(poses))
        if len(rows) == 0:
            raise ValueError(f"too little is seen of any of the {len(poses)} poses to learn them")
        with self._lock:
            self.clear_all_labels()
            kept = rows.tolist()
            self._add(poses, vectors, [labels[row] for row in kept], [names[row] for row in kept], None, rows=rows)
            del poses, vectors
            self.calibrate()
        return self

    def calibrate(self, false_reject: float = 0.05, groups: Mapping[int, object] | None = None) -> None:
        """Learn from the examples how to compare poses, what votes are worth and how far each label reaches.

        That is: whether mirror images are different labels, the learnt distance, the probabilities and the limits.
        false_reject: the share of a label's own poses that may be called unknown, 0..1. groups: by example id what
        belongs together; the recordings when left out.
        """
        if not 0 <= false_reject < 1:
            raise ValueError(f"false_reject is a share from 0 to below 1, not {false_reject}")
        with self._lock:
            poses, together = self._learn(groups)
            self._model = with_limits(self._model, poses, together, false_reject)

    def forget(self, example: int) -> None:
        """Unlearn one example by its id; UnknownLabelError when there is none of that id."""
        with self._lock:
            self._model.knn.forget(example)
            self._taught.forget(example)

    def relabel(self, example: int, label: Label) -> None:
        """Give an example another label; UnknownLabelError when there is none of that id."""
        self._model.knn.relabel(example, label)

    def clear_label(self, label: Label) -> None:
        """Unlearn all examples of one label; UnknownLabelError when it has none."""
        with self._lock:
            self._model.knn.clear_label(label)
            self._taught.keep(self._model.knn.outline.ids.tolist())
            if self._model.limits is not None:
                left = {name: limit for name, limit in self._model.limits.items() if name != label}
                self._model = replace(self._model, limits=left)

    def clear_all_labels(self) -> None:
        """Unlearn everything."""
        with self._lock:
            self._model.knn.clear_all_labels()
            model = self._model
            self._model = PoseModel(PoseSpace(model.space.embedding), model.knn, model.mirror)
            self._taught.clear()

    # --- asking

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that have examples, in order of first teaching."""
        return self._model.knn.labels

    @property
    def limits(self) -> Mapping[Label, float] | None:
        """Per label the distance up to which it accepts; None before `calibrate`, which `learn` and `fit` call."""
        return self._model.limits

    @property
    def sides(self) -> str | None:
        """Why a pose and its mirror image are two things, in words; None when they are one."""
        return self._model.sides

    @property
    def mirrors(self) -> bool:
        """Whether taught poses are recognised mirrored too; `sides` tells why not."""
        return self.sides is None

    @property
    def learnt(self) -> bool:
        """Whether poses are compared by a distance learnt from the examples, else by the plain one."""
        return self._model.space.discriminants is not None

    def get_count_by_label(self) -> dict[Label, int]:
        """Return the number of examples by label."""
        return self._model.knn.get_count_by_label()

    def __call__(self, pose: Pose) -> Prediction:
        """Name a pose; an empty prediction before anything was taught."""
        try:
            return self.classify(pose)
        except NotTaughtError:
            return Prediction(None)

    def classify(self, pose: Pose) -> Prediction:
        """Name a pose. Its label is None beyond the limit of the nearest label. NotTaughtError without examples."""
        return self._model.classify(as_points(pose)[None])

    def classify_many(self, points: npt.ArrayLike) -> list[Prediction]:
        """Name many poses (n, 33, 4), image heights, NaN unseen, with the answers of `classify`."""
        return self._model.classify_many(in_heights(points))

    def predict(
        self, points: npt.ArrayLike, *, unknown: bool = True, scale: Scale = "heights", size: Size | None = None
    ) -> list[Label | None]:
        """Return the labels of poses (n, 33, 4), image heights, NaN unseen; None where unlike anything taught.

        unknown: False answers with the nearest label however far it is. scale, size: as in `fit`.
        """
        poses = in_heights(points, scale, size)
        return self._model.labels(poses) if unknown else self._model.votes(poses).labels

    def predict_proba(self, points: npt.ArrayLike, *, scale: Scale = "heights", size: Size | None = None) -> Doubles:
        """Return how likely each label is for poses (n, 33, 4): (n, labels), in the order of `labels`, rows sum to 1.

        As likely as it was for examples with such votes when their recording was left out; see Prediction.probability.
        A pose that cannot be compared is as likely to be one as another.
        """
        return self._model.probabilities(in_heights(points, scale, size))

    def decision_distance(
        self, points: npt.ArrayLike, *, scale: Scale = "heights", size: Size | None = None
    ) -> Doubles:
        """Return how unlike anything taught poses (n, 33, 4) are: (n,), smaller is more known.

        It is the distance to the two nearest examples, with the directions of limbs counted in full, and less where one
        label comes clearly nearer than all others. It ranks; what is called unknown is what lies beyond `limits`, by
        the plain distance alone.
        Infinite for a pose that cannot be compared.
        """
        return self._model.unlikeness(in_heights(points, scale, size))

    def vectors(self, points: npt.ArrayLike) -> Floats:
        """Return what poses (n, 33, 4) are compared by: (n, V, D), as they are and, where mirrors count, mirrored.

        NaN where not known, a whole row of NaN for a pose that cannot be compared.
        """
        return self._model.ways(in_heights(points))

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
        embedding = options_of(self._model.space.embedding)
        with self._lock:
            model = self._model
            knn = model.knn.outline
            points = self._taught.of(knn.ids)
        return PoseState(
            settings={
                "k": knn.k,
                "weights": knn.weights,
                "mirror": model.mirror,
                "distance": self._distance,
                "embedding": embedding,
            },
            points=points,
            ids=knn.ids,
            next_id=knn.next_id,
            labels=tuple(knn.labels[index] for index in knn.classes),
            recordings=knn.recordings,
            times=knn.times,
            limits=None if model.limits is None else dict(model.limits),
            between=dict(model.between),
            provenance={"units": sorted(self._taught.units)},
            discriminants=model.space.discriminants,
            confidence=model.confidence,
            pairs=model.pairs,
        )

    def recording(self) -> Recording:
        """Return the taught poses as one recording, in heights if all of them are; a time not known becomes 0.

        They stand in order of teaching, and by time where several in a row come from one recording.
        """
        with self._lock:
            return self._taught.recording(self._model.knn.outline)

    @classmethod
    def from_state(cls, state: PoseState) -> PoseClassifier:
        """Make the classifier that `state` came from. ValueError for settings this posknn does not know."""
        settings: dict[str, Any] = dict(state.settings)
        made = cls(embedding=embedding_of(settings.pop("embedding")), **settings)
        model = made._model
        space = PoseSpace(model.space.embedding, state.discriminants)
        model.knn.restore(space(state.points), state.labels, state.ids, state.next_id, state.recordings, state.times)
        made._model = replace(
            model,
            space=space,
            pairs=state.pairs,
            limits=state.limits,
            between=state.between,
            confidence=state.confidence,
        )
        made._taught.add(state.points, state.ids.tolist())
        units = state.provenance.get("units", [])
        made._taught.units.update(units if isinstance(units, list) else ())
        return made

    # --- inside

    def _add_recording(self, recording: Recording) -> None:
        """Keep every labelled row in which enough is seen."""
        labelled = np.flatnonzero([label is not None for label in recording.labels])
        clear, vectors = _comparable(self._model.space(recording.points[labelled]))
        rows = labelled[clear]
        labels = [label for label in (recording.labels[row] for row in rows.tolist()) if label is not None]
        groups = recording.groups
        names = [groups[row] or None for row in rows.tolist()]
        self._add(recording.points, vectors, labels, names, recording.times[rows], rows=rows)
        self._taught.units.add(recording.units)

    def _learn(self, groups: Mapping[int, object] | None) -> tuple[Poses, Sequence[object]]:
        """Learn everything but limits; return the poses (n, 33, 4) and what belongs together."""
        with self._lock:
            state = self._model.knn.outline
            if len(state.ids) == 0:
                raise NotTaughtError("nothing has been taught yet: there is nothing to calibrate with")
            poses = self._taught.those(state.ids)
            together = state.recordings if groups is None else [groups.get(example) for example in state.ids.tolist()]
            self._model = learnt_model(self._model, poses, together, self._distance)
            return poses, together

    def _add(
        self,
        points: Floats,
        vectors: Floats,
        labels: Sequence[Label],
        recordings: Sequence[str | None],
        times: Sequence[float] | Doubles | None,
        *,
        rows: Ints | None = None,
    ) -> list[int]:
        """Learn poses (n, 33, 4), or some rows of them, by their vectors (m, D)."""
        if len(vectors) == 0:
            return []
        with self._lock:
            # Poses first: an interruption leaves one too many, which nobody asks for, and never one too few.
            self._taught.add(points, count(self._model.knn.next_id), rows)
            return self._model.knn.add_examples(vectors, labels, recordings=recordings, times=times)

    def _check(self, points: Floats, labels: Sequence[Label]) -> Floats:
        """Return the vectors of poses; ValueError for a label that is none or a pose that cannot be compared."""
        for label in labels:
            check_label(label)
        vectors = self._model.space(points)
        empty = np.isnan(vectors).all(axis=1)
        if empty.any():
            raise ValueError(f"too little is seen of pose {int(np.argmax(empty))} of {len(points)} to learn it")
        return vectors


def _comparable(vectors: Floats) -> tuple[Ints, Floats]:
    """Return the rows of vectors (n, D) that hold any number: their places (m,), and the vectors (m, D)."""
    known = ~np.isnan(vectors).all(axis=1)
    return np.flatnonzero(known), vectors if known.all() else vectors[known]
