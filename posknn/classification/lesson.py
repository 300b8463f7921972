"""Makes of taught poses the model that is asked: how to compare them, what votes are worth, how far labels reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from posknn.classification.labels import numbered
from posknn.classification.limits import learn_limits
from posknn.classification.model import PoseModel
from posknn.classification.sides import looked_at, mirror_pairs
from posknn.classification.space import BLOCK, PoseSpace
from posknn.classification.study import study
from posknn.classification.ways import ExampleWays, Poses

__all__ = ["Distance", "learnt_model", "with_limits"]

Distance = Literal["auto", "plain", "learnt"]

_LEARNT: Final = {"auto": None, "plain": False, "learnt": True}


def learnt_model(model: PoseModel, poses: Poses, groups: Sequence[object], distance: Distance) -> PoseModel:
    """Return a model of the same examples with everything learnt anew from them, but the limits of before.

    poses: (n, 33, 4), those of the examples, in their order. groups: n of them, what belongs together.
    """
    state = model.knn.outline
    few = looked_at(state.classes)
    both = PoseSpace(model.space.embedding).ways(poses[few], mirrored=True)
    pairs = mirror_pairs(both[:, 0], both[:, -1], state.classes[few])
    model = replace(model, pairs=tuple((state.labels[one], state.labels[other]) for one, other in pairs))
    found = study(
        ExampleWays(model, poses, state.ids, plain=True),
        state.classes,
        numbered(groups),
        k=state.k,
        weights=model.knn.weights,
        learnt=_LEARNT[distance],
    )
    space = PoseSpace(model.space.embedding, found.discriminants)
    # As many at a time as when the poses are read from a file: that gives the same vectors to the bit.
    knn = model.knn.changed(lambda vectors: space.extended(model.space.plain(vectors)), BLOCK)
    return replace(model, space=space, knn=knn, confidence=found.confidence)


def with_limits(model: PoseModel, poses: Poses, groups: Sequence[object], false_reject: float) -> PoseModel:
    """Return a model with limits learnt from its poses (n, 33, 4) and their groups: n of them."""
    state = model.knn.outline
    limits, between = learn_limits(
        ExampleWays(model, poses, state.ids, plain=True),
        [state.labels[index] for index in state.classes],
        groups,
        false_reject=false_reject,
        repeat=getattr(model.space.embedding, "repeat", 0.0),
        found_by=None if model.space.discriminants is None else ExampleWays(model, poses, state.ids, plain=False),
        k=model.voters,
    )
    return replace(model, limits=limits, between=between)
