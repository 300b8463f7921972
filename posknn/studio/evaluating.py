"""Evaluates a project in the background, and remembers what it found until the project changes."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from posknn.classification.answers import Answers
from posknn.classification.evaluation import evaluate
from posknn.errors import OutputError
from posknn.studio.describe import described_example
from posknn.studio.snapshot import Snapshot

if TYPE_CHECKING:
    from posknn.studio.session import Session

__all__ = ["Evaluations"]

Described = dict[str, Any]
_MOST_SHOWN = 60
_NONE: Described = {"state": "none", "version": -1}


class Evaluations:
    """The evaluation of a session's project as it is now, worked out in a thread when somebody asks.

    It has the figures of `posknn evaluate FOLDER`. When the project changes meanwhile, the work is left.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._state = _NONE
        self._behind: tuple[Answers, Snapshot] | None = None
        self._over = False

    def begin(self) -> Described:
        """Begin, unless it is known or being worked out already; return how far it is."""
        snapshot = self._session.snapshot()
        with self._lock:
            if self._state["version"] != snapshot.version and not self._over:
                start = {"state": "running", "stage": "asking", "done": 0, "total": None}
                self._state, self._behind = {"version": snapshot.version, **start}, None
                threading.Thread(target=self._work, args=(snapshot,), daemon=True).start()
            return self._state

    def state(self) -> Described:
        """Return how far it is: state none, running with done of total, done with the figures, or nothing with why."""
        with self._lock:
            return self._state

    def cell(self, truth: int, answer: int) -> Described:
        """Return the examples behind a cell of the confusion matrix, those of which it was surest first.

        truth, answer: places among the labels; the last answer is none at all. Wrong ones come with the example that
        they are most like. OutputError when the figures are no longer those of the project.
        """
        with self._lock:
            behind = self._behind
        if behind is None or behind[1].version != self._session.version:
            raise OutputError("the examples have changed since: evaluate again")
        said, snapshot = behind
        wanted = -1 if answer == len(snapshot.labelled.distinct) else answer
        places = np.flatnonzero((said.truth == truth) & (said.closed == wanted))
        places = places[np.argsort(-said.confidences[places], kind="stable")]
        shown = (_shown(said, snapshot, place) for place in places[:_MOST_SHOWN].tolist())
        return {"count": len(places), "examples": [one for one in shown if one]}

    def close(self) -> None:
        """Leave what is being worked out."""
        self._over = True

    def _work(self, snapshot: Snapshot) -> None:
        answers: list[Answers] = []

        def progress(stage: str, done: float, total: float | None) -> None:
            if self._over or self._session.version != snapshot.version:
                raise _LeftError
            self._tell(snapshot, {"state": "running", "stage": stage, "done": done, "total": total})

        try:
            found = evaluate(snapshot.labelled, progress=progress, said=answers.append)
        except _LeftError:
            self._tell(snapshot, _NONE)
        except ValueError as error:
            self._tell(snapshot, {"state": "nothing", "why": str(error)})
        except Exception as error:  # whatever it is, the page must not wait for ever
            self._tell(snapshot, {"state": "nothing", "why": f"the evaluation failed: {error}"})
        else:
            self._tell(snapshot, {"state": "done", **asdict(found)}, answers[0])

    def _tell(self, snapshot: Snapshot, state: Described, answers: Answers | None = None) -> None:
        with self._lock:
            if self._state["version"] == snapshot.version:
                self._state = {"version": snapshot.version, **state}
                self._behind = (answers, snapshot) if answers is not None else None


class _LeftError(Exception):
    """The project has changed: what is being worked out is of no use."""


def _shown(said: Answers, snapshot: Snapshot, place: int) -> Described | None:
    example = snapshot.example(int(said.asked[place]))
    if example is None:
        return None
    nearest = snapshot.example(int(said.nearest[place]))
    return {
        **described_example(example),
        "confidence": round(float(said.confidences[place]), 4),
        "nearest": described_example(nearest) if nearest else None,
    }
