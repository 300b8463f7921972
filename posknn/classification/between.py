"""Says how far a pose is on the way between taught poses, where votes of neighbours are all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.classifier import PoseClassifier
from posknn.classification.embedding import Embedding, NormalisedPoints, as_points, completed_points, mirrored_points
from posknn.errors import UnknownLabelError
from posknn.values import Label, Pose, Prediction, Recording

__all__ = ["Between"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_NEAREST: Final = 5
_MOST: Final = 1000
"""Examples of a label that are compared with, evenly chosen: the way between two poses needs no more."""
_NEARER: Final = 1.3
"""How many times nearer another pose has to be: people on the way resemble many things a little."""


class Between:
    """A classifier whose confidences say how a pose is mixed of some labels: halfway down is half "down".

    The pose is compared with the nearest examples of each label, their mean, and the confidences are the shares of
    the mixture of those means that comes closest to it; in between two labels, its foot on the line from one to the
    other. What two people or two cameras differ in lies mostly across that line, so shares carry over where distances
    do not. For counting: the depth of a repetition is the greatest share of its far pose.

    labels: those to mix; a pose that is clearly nearer to an example of another label is unknown, if that example is
    another pose: standing is standing, whichever exercise it was taught for. strange: a pose is unknown as well when
    it is farther from any example than this times the limit of its label; repetitions are counted in motion and on
    people who were never taught, so it is more than 1.
    UnknownLabelError when one of the labels has no examples with hips or shoulders to measure from.
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
        taught = classifier.recording()
        for label in self.labels:
            if label not in taught.labels:
                raise UnknownLabelError(f"{label!r} was never taught; there are {list(classifier.labels)}")
        self._taught = [self._rows(taught, [label]) for label in self.labels]
        for label, own in zip(self.labels, self._taught, strict=True):
            if len(own.vectors) == 0:
                raise UnknownLabelError(
                    f"too little is seen of any example of {label!r} to tell how far a pose is on the way"
                )
        others = [label for label in classifier.labels if label not in self.labels]
        self._others = self._unlike(self._rows(taught, others)) if others else None

    def __call__(self, pose: Pose, nearest: Prediction | None = None) -> Prediction:
        """Mix a pose; the label is the one with the greatest share, distance and neighbours are the classifier's.

        nearest: what the classifier says of the pose, smoothed or not, where it was asked already.
        """
        if nearest is None:
            nearest = self._classifier(pose)
        votes = nearest.confidences_by_label
        vector = self._embedding(completed_points(as_points(pose)[None]))[0]
        shares, distance = self._shares(vector)
        confidences = {label: shares.get(label, 0.0) for label in votes}
        label = max(shares, key=lambda name: shares[name])
        other = self._others is not None and _NEARER * self._others.near(vector)[1] < distance
        # Limits are those of the label that was voted for; another label's say nothing about these.
        voted = Counter(near.label for near in nearest.neighbors).most_common(1)
        limit = nearest.limit if voted and voted[0][0] in shares else None
        far = limit is not None and (nearest.distance or 0.0) > self._strange * limit
        known = bool(votes) and not other and not far
        return replace(
            nearest,
            label=label if known else None,
            class_index=list(votes).index(label) if known else None,
            confidences_by_label=confidences,
            confidences=dict(zip(nearest.confidences or {}, confidences.values(), strict=False)),
            probability=None,  # that is known of votes
        )

    def _rows(self, taught: Recording, labels: Sequence[Label]) -> _Rows:
        wanted = set(labels)
        rows = [row for row, name in enumerate(taught.labels) if name in wanted]
        points = completed_points(taught.points[rows[:: -(-len(rows) // _MOST)]])
        if self._classifier.mirrors:
            points = np.concatenate([points, mirrored_points(points)])
        return _Rows(self._embedding(points))

    def _unlike(self, others: _Rows) -> _Rows | None:
        """Leave out what two people's tries at one of the mixed poses might be."""
        repeat = getattr(self._embedding, "repeat", 0.0)
        apart = [min(rows.near(vector)[1] for rows in self._taught) for vector in others.vectors]
        unlike = others.vectors[np.array(apart) > repeat]
        return _Rows(unlike) if len(unlike) else None

    def _shares(self, vector: Floats) -> tuple[dict[Label, float], float]:
        """Return the shares by label, and the distance to the nearest example of any of them."""
        near = [rows.near(vector) for rows in self._taught]
        means = np.stack([mean for mean, _ in near])
        known = ~np.isnan(vector) & ~np.isnan(means).any(axis=0)
        shares = mixture(means[:, known], vector[known].astype(np.float64))
        return dict(zip(self.labels, shares.tolist(), strict=True)), min(distance for _, distance in near)


class _Rows:
    """The vectors of one label's examples, ready to be compared with one that may lack other numbers."""

    def __init__(self, vectors: Floats) -> None:
        self.vectors = vectors = vectors[~np.isnan(vectors).all(axis=1)]
        self._seen = (~np.isnan(vectors)).astype(np.float32)
        self._values = np.where(self._seen > 0, vectors, np.float32(0))
        self._squares = self._values**2

    def near(self, vector: Floats) -> tuple[Doubles, float]:
        """Return the mean of the rows nearest to a vector (D,), NaN where none has a number, and the least distance."""
        seen = ~np.isnan(vector)
        known = np.where(seen, vector, np.float32(0))
        shared = np.maximum(self._seen @ seen.astype(np.float32), 1)
        far = self._squares @ seen.astype(np.float32) - 2 * self._values @ known + self._seen @ (known * known)
        apart = far / shared * len(vector)
        best = np.argsort(apart, kind="stable")[:_NEAREST]
        count = self._seen[best].sum(axis=0)
        total = self._values[best].sum(axis=0, dtype=np.float64)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return mean, float(np.sqrt(max(float(apart[best[0]]), 0.0)))


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
