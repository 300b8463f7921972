"""Says how far a pose is on the way between taught poses, where votes of neighbours are all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import Embedding, NormalisedPoints, as_points, mirrored_points
from posknn.errors import UnknownLabelError
from posknn.values import Label, Pose, Prediction

__all__ = ["Between"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_NEAREST: Final = 5


class Between:
    """A classifier whose confidences say how a pose is mixed of some labels: halfway down is half "down".

    The pose is compared with the nearest examples of each label, their mean, and the confidences are the shares of
    the mixture of those means that comes closest to it; in between two labels, its foot on the line from one to the
    other. What two people or two cameras differ in lies mostly across that line, so shares carry over where distances
    do not. For counting: the depth of a repetition is the greatest share of its far pose.

    labels: those to mix; poses that all of the classifier's examples call something else are unknown. strange: a pose
    is unknown as well when it is farther from any example than this times the limit of its label; repetitions are
    counted in motion and on people who were never taught, so it is more than 1.
    UnknownLabelError when one of the labels has no examples.
    """

    def __init__(
        self,
        classifier: PoseClassifier,
        labels: Sequence[Label],
        *,
        strange: float = 2.0,
        embedding: Embedding | None = None,
    ) -> None:
        self._classifier = classifier
        self._embedding: Embedding = NormalisedPoints() if embedding is None else embedding
        self._strange = strange
        self.labels = tuple(dict.fromkeys(labels))
        self._taught: dict[Label, _Rows] = {}
        taught = classifier.recording()
        for label in self.labels:
            points = taught.points[[row for row, name in enumerate(taught.labels) if name == label]]
            if len(points) == 0:
                raise UnknownLabelError(f"{label!r} was never taught; there are {list(classifier.labels)}")
            if classifier.mirrors:
                points = np.concatenate([points, mirrored_points(points)])
            self._taught[label] = _Rows(self._embedding(points))

    def __call__(self, pose: Pose) -> Prediction:
        """Mix a pose; the label is the one with the greatest share, distance and neighbours are the classifier's."""
        nearest = self._classifier(pose)
        votes = nearest.confidences_by_label
        shares = self._shares(self._embedding(as_points(pose)[None])[0])
        confidences = {label: shares.get(label, 0.0) for label in votes}
        label = max(shares, key=lambda name: shares[name])
        other = votes and max(votes, key=lambda name: votes[name]) not in shares
        far = nearest.limit is not None and (nearest.distance or 0.0) > self._strange * nearest.limit
        known = bool(votes) and not other and not far
        return replace(
            nearest,
            label=label if known else None,
            class_index=list(votes).index(label) if known else None,
            confidences_by_label=confidences,
            confidences=dict(zip(nearest.confidences or {}, confidences.values(), strict=False)),
        )

    def _shares(self, vector: Floats) -> dict[Label, float]:
        means = np.stack([rows.mean_near(vector) for rows in self._taught.values()])
        known = ~np.isnan(vector) & ~np.isnan(means).any(axis=0)
        shares = mixture(means[:, known], vector[known].astype(np.float64))
        return dict(zip(self.labels, shares.tolist(), strict=True))


class _Rows:
    """The vectors of one label's examples, ready to be compared with one that may lack other numbers."""

    def __init__(self, vectors: Floats) -> None:
        vectors = vectors[~np.isnan(vectors).all(axis=1)]
        self._seen = (~np.isnan(vectors)).astype(np.float32)
        self._values = np.where(self._seen > 0, vectors, np.float32(0))
        self._squares = self._values**2

    def mean_near(self, vector: Floats) -> Doubles:
        """Return the mean of the rows nearest to a vector (D,), NaN where none of them has a number: (D,)."""
        seen = ~np.isnan(vector)
        known = np.where(seen, vector, np.float32(0))
        shared = np.maximum(self._seen @ seen.astype(np.float32), 1)
        far = self._squares @ seen.astype(np.float32) - 2 * self._values @ known + self._seen @ (known * known)
        best = np.argsort(far / shared, kind="stable")[:_NEAREST]
        count = self._seen[best].sum(axis=0)
        total = self._values[best].sum(axis=0, dtype=np.float64)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def mixture(means: Doubles, vector: Doubles) -> Doubles:
    """Return the shares (L,), none below 0 and 1 together, of the mixture of means (L, D) nearest to a vector (D,).

    Least squares with the negative shares taken out one by one; exact for two means.
    """
    taken = list(range(len(means)))
    shares = np.zeros(len(means))
    while len(taken) > 1:
        origin, axes = means[taken[0]], means[taken[1:]] - means[taken[0]]
        others = np.linalg.lstsq(axes.T, vector - origin, rcond=None)[0]
        found = np.concatenate([[1 - others.sum()], others])
        if found.min() >= 0:
            shares[taken] = found
            return shares
        taken.pop(int(found.argmin()))
    shares[taken] = 1.0
    return shares
