"""Makes of taught poses the model that is asked: how to compare them, what votes are worth, how far labels reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from posknn.classification.knn import KNNClassifier
from posknn.classification.limits import learn_limits
from posknn.classification.model import PoseModel
from posknn.classification.sides import mirror_pairs
from posknn.classification.space import PoseSpace
from posknn.classification.study import study

__all__ = ["Distance", "learnt_model", "with_limits"]

Floats = npt.NDArray[np.float32]
Distance = Literal["auto", "plain", "learnt"]

_LEARNT: Final = {"auto": None, "plain": False, "learnt": True}


def learnt_model(model: PoseModel, poses: Floats, groups: Sequence[object], distance: Distance) -> PoseModel:
    """Return a model of the same examples with everything learnt anew from them, but the limits of before.

    poses: (n, 33, 4), those of the examples, in their order. groups: n of them, what belongs together.
    """
    state = model.knn.state
    plain = PoseSpace(model.space.embedding)
    ways = plain.ways(poses, mirrored=True)
    pairs = mirror_pairs(ways[:, 0], ways[:, 1], state.classes)
    named = tuple((state.labels[one], state.labels[other]) for one, other in pairs)
    found = study(
        ways if replace(model, pairs=named).sides is None else ways[:, :1],
        state.classes,
        np.unique([str(group) for group in groups], return_inverse=True)[1],
        k=state.k,
        weights=model.knn.weights,
        learnt=_LEARNT[distance],
    )
    space = PoseSpace(plain.embedding, found.discriminants)
    rows = space.extended(ways[:, 0])
    knn = KNNClassifier.from_state(replace(state, rows=rows, lengths=np.ones(len(rows), np.float32)))
    return replace(model, space=space, knn=knn, pairs=named, confidence=found.confidence)


def with_limits(model: PoseModel, poses: Floats, groups: Sequence[object], false_reject: float) -> PoseModel:
    """Return a model with limits learnt from its poses (n, 33, 4) and their groups: n of them."""
    state, ways = model.knn.state, model.ways(poses)
    limits, between = learn_limits(
        model.space.plain(ways),
        [state.labels[index] for index in state.classes],
        groups,
        false_reject=false_reject,
        repeat=getattr(model.space.embedding, "repeat", 0.0),
        found_by=None if model.space.discriminants is None else ways,
        k=model.voters,
    )
    return replace(model, limits=limits, between=between)
