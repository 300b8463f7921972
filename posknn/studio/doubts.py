"""Which examples look wrongly labelled, as the page shows them."""

from __future__ import annotations

from typing import Any

from posknn.studio.snapshot import Snapshot

__all__ = ["doubts_of"]


def doubts_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return which examples look wrongly labelled or like nothing else, the surest first, with what they look like.

    stretches: poses done so differently in one recording that only somebody who was there can tell.
    """
    from posknn.classification.curation import clean

    places = {int(row): place for place, row in enumerate(snapshot.labelled.rows)}
    found = clean(snapshot.labelled)
    suspects = []
    for one in found.suspects:
        example = snapshot.example(places[one.row])
        if example is not None:
            suspects.append({"id": example.id, "suggestion": one.suggestion, "factor": round(one.factor, 3)})
    stretches = [
        {"recording": one.recording, "label": one.label, "like": one.looks_like, "examples": one.examples}
        for one in found.stretches
    ]
    return {"suspects": suspects, "stretches": stretches}
