"""Puts an event into words and into a message."""

from __future__ import annotations

import json

from posknn.values import Event

__all__ = ["describe", "message", "message_text", "subject"]

_WHOLE = ("count",)
_YES = ("stream_end",)


def subject(event: Event) -> str:
    """Return who or what an event is about in a word: the label, "unknown", "nobody" or "person"."""
    if event.kind in ("lost", "found"):
        return "person"
    if event.label is not None:
        return str(event.label)
    return "nobody" if event.person is None else "unknown"


def describe(event: Event) -> str:
    """Return an event in words, such as "slouch held 10 s", "squat rep 3" or "person lost"."""
    words = [subject(event), "for" if event.person is None and event.kind == "held" else event.kind]
    if event.kind == "held" and "seconds" in event.detail:
        words.append(f"{event.detail['seconds']:g} s")
    if event.kind == "rep" and "count" in event.detail:
        words.append(f"{event.detail['count']:g}")
    return " ".join(words) + (", end of stream" if event.detail.get("stream_end") else "")


def message(event: Event) -> dict[str, object]:
    """Return an event as JSON can hold it: kind, label, person, time and what its detail says, all at one level.

    label and person are null where there is none; times are seconds. No two events have the same message.
    """
    detail = {name: _readable(name, value) for name, value in event.detail.items()}
    return {
        "kind": event.kind,
        "label": event.label,
        "person": event.person,
        "time": round(event.time, 6),
        **detail,
    }


def _readable(name: str, value: float) -> float | bool:
    if name in _YES:
        return bool(value)
    return round(value) if name in _WHOLE else round(value, 6)


def message_text(event: Event) -> str:
    """Return the message as one line of JSON."""
    return json.dumps(message(event), ensure_ascii=False)
