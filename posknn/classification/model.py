"""What asking for poses needs, as one value: how they are compared, the examples, and what was learnt of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn.classification.confidence import Confidence
from posknn.classification.knn import KNNClassifier
from posknn.classification.leaving_out import neighbors_that_vote
from posknn.classification.pairwise import least_distances
from posknn.classification.sides import why_sides
from posknn.classification.space import PoseSpace, plain_distances
from posknn.classification.unlike import unlikeness
from posknn.classification.voting import Predictions
from posknn.errors import NotTaughtError
from posknn.values import Label, Prediction

__all__ = ["PoseModel"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BLOCK: Final = 256
_OTHERS: Final = 400
_AS_NEAR: Final = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class PoseModel:
    """Poses in, predictions out. It is replaced as a whole: vectors and examples of one distance belong together.

    Neighbours are the nearest by the learnt distance, where there is one, and vote. Whether a pose is known at all is
    judged by the plain distance: a learnt one knows only what tells the taught labels apart.

    mirror: as in PoseClassifier. pairs: labels whose examples are each other's mirror image. limits: per label the
    plain distance up to which it accepts; None without. between: the same where the nearest example of another label is
    about as near, for what lies between two poses is neither. confidence: what votes are worth; None where not known.
    """

    space: PoseSpace
    knn: KNNClassifier
    mirror: bool | None = None
    pairs: tuple[tuple[Label, Label], ...] = ()
    limits: Mapping[Label, float] | None = None
    between: Mapping[Label, float] = field(default_factory=dict)
    confidence: Confidence | None = None

    @property
    def sides(self) -> str | None:
        """Why a pose and its mirror image are two things, in words; None when they are one."""
        keeps_place = getattr(self.space.embedding, "keeps_place", False)
        return why_sides(self.mirror, self.knn.labels, self.pairs, keeps_place=keeps_place)

    @property
    def voters(self) -> int:
        """How many neighbours vote."""
        return neighbors_that_vote(self.knn.k, self.knn.get_count().values())

    def ways(self, points: Floats) -> Floats:
        """Return what poses (n, 33, 4) are compared by, as they are and, where mirrors count, mirrored: (n, V, D)."""
        return self.space.ways(points, mirrored=self.sides is None)

    def classify(self, points: Floats) -> Prediction:
        """Name one pose (1, 33, 4); NotTaughtError without examples."""
        ways = self.ways(points)
        vote = self.knn.classify_variants(ways[0], self.voters)
        if vote.label is None:
            return vote
        if self.space.discriminants is None:
            far = np.array([[near.distance for near in vote.neighbors]])
        else:
            far = self._plain(ways, np.array([[near.example for near in vote.neighbors]], np.int64))
        own = [near.label == vote.label for near in vote.neighbors]
        distances = far[:, own].min(axis=1)
        return self._judge(vote, float(distances[0]), self._reach(ways, [vote.label], distances)[0])

    def classify_many(self, points: Floats) -> list[Prediction]:
        """Name many poses (n, 33, 4), with the answers of `classify`."""
        votes, distances, reach = self._measured(points)
        return [self._judge(*told) for told in zip(votes, distances.tolist(), reach, strict=True)]

    def labels(self, points: Floats) -> list[Label | None]:
        """Return the labels of poses (n, 33, 4); None beyond the limit of the nearest label."""
        votes, distances, reach = self._measured(points)
        told = zip(votes.labels, distances.tolist(), reach, strict=True)
        return [label if limit is None or distance <= limit else None for label, distance, limit in told]

    def votes(self, points: Floats) -> Predictions:
        """Return what the neighbours of poses (n, 33, 4) say, however far they are."""
        return self._ask(points)[1]

    def probabilities(self, points: Floats) -> Doubles:
        """Return how likely each label is for poses (n, 33, 4): (n, labels), rows sum to 1."""
        votes = self.votes(points)
        likely = (self.confidence or Confidence())(votes.shares[:, list(self.knn.get_count())])
        return np.where(votes.known[:, None], likely, 1 / max(1, likely.shape[1]))

    def unlikeness(self, points: Floats) -> Doubles:
        """Return how unlike anything taught poses (n, 33, 4) are: (n,), smaller is more known."""
        state = self.knn.state
        if len(state.rows) == 0:
            raise NotTaughtError("nothing has been taught yet: add examples first")
        return unlikeness(self.space.unlike(self.ways(points)), self.space.unlike(state.rows), state.classes)

    def _ask(self, points: Floats) -> tuple[Floats, Predictions]:
        ways = self.ways(points)
        return ways, self.knn.classify_many_variants(ways, self.voters)

    def _measured(self, points: Floats) -> tuple[Predictions, Doubles, list[float | None]]:
        """Return what the neighbours of poses (n, 33, 4) say, and their distances (n,) and limits."""
        ways, votes = self._ask(points)
        own = votes.classes == votes.class_indices[:, None]
        distances = np.where(own, self._far(ways, votes), np.inf).min(axis=1)
        return votes, distances, self._reach(ways, votes.labels, distances)

    def _reach(self, ways: Floats, labels: Sequence[Label | None], distances: Doubles) -> list[float | None]:
        """Return the limits of labels for things (n, V, D) at plain distances (n,) from them; None without."""
        limits = self.limits or {}
        reach = [None if label is None else limits.get(label) for label in labels]
        doubtful: dict[Label, list[int]] = {}
        for place, (label, limit, distance) in enumerate(zip(labels, reach, distances.tolist(), strict=True)):
            if label is not None and limit is not None and self.between.get(label, limit) < distance <= limit:
                doubtful.setdefault(label, []).append(place)
        for label, places in doubtful.items():
            others = self.space.plain(self.knn.others(label, _OTHERS))
            nearest = least_distances(self.space.plain(ways[places]), others)
            for place in np.array(places)[distances[places] > _AS_NEAR * nearest].tolist():
                reach[place] = self.between[label]
        return reach

    def _far(self, ways: Floats, votes: Predictions) -> Doubles:
        """Return the plain distances of things (n, V, D) to their neighbours: (n, k)."""
        return votes.distances if self.space.discriminants is None else self._plain(ways, votes.examples)

    def _plain(self, ways: Floats, examples: Ints) -> Doubles:
        """Return the plain distances of things (n, V, D) to some examples each, by id (n, k): (n, k)."""
        found = np.empty(examples.shape)
        for start in range(0, len(ways), _BLOCK):
            part = slice(start, start + _BLOCK)
            near = examples[part]
            vectors = self.knn.vectors(near.ravel()).reshape(*near.shape, -1)
            found[part] = plain_distances(self.space.plain(ways[part]), self.space.plain(vectors))
        return found

    def _judge(self, vote: Prediction, distance: float, limit: float | None) -> Prediction:
        """Return a vote with probability, limit and plain distance; the label becomes None beyond the limit."""
        if vote.label is None:
            return vote
        if limit is not None and distance > limit:
            return replace(vote, label=None, class_index=None, distance=distance, limit=limit)
        probability = None
        if self.confidence:
            probability = self.confidence.greatest(list(vote.confidences_by_label.values()))
        return replace(vote, distance=distance, limit=limit, probability=probability)
