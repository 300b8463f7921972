"""Notices for one page what its rules ask for, and counts repetitions, as `posknn live` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from posknn.output.publishers.message import describe, message
from posknn.parts import Named
from posknn.tasks.events import parse_named_pattern, watcher_of
from posknn.temporal.events import Events
from posknn.temporal.rules import Rule, parse_rule
from posknn.values import Event, Result

__all__ = ["Watch"]


class Watch:
    """What a page wants to be told; a Watcher for the pipeline. Without rules all events but holds are told.

    classifier: asked for when rules or a pattern are set; counting goes by what is taught then. tell: called with
    each event. repetitions: of the person followed so far; None without a pattern.
    """

    def __init__(self, classifier: Callable[[], Named], tell: Callable[[Event], object]) -> None:
        self._classifier = classifier
        self._tell = tell
        self._rules: tuple[Rule, ...] = ()
        self._events = Events()
        self.repetitions: int | None = None

    def ask(self, rules: Sequence[str], pattern: str | None) -> None:
        """Begin to watch for other things. PosknnError or ValueError, with nothing changed, for what is no rule.

        rules: such as "slouch held 10s". pattern: such as "up > down > up".
        """
        wanted = tuple(parse_rule(rule) for rule in rules)
        patterns = dict([parse_named_pattern(pattern)]) if pattern else {}
        self._events = watcher_of(wanted, patterns, self._classifier())
        self._rules = wanted
        self.repetitions = 0 if pattern else None

    def __call__(self, result: Result) -> Result:
        """Return the result with its events, which are told to all who listen."""
        result = self._events(result)
        for event in result.events:
            self._tell(event)
        if self.repetitions is not None and result.person:
            own = [tally.count for tally in result.tallies if tally.person == result.person.id]
            self.repetitions = max((count for count in own if count is not None), default=self.repetitions)
        return result

    def described(self, result: Result) -> list[dict[str, Any]]:
        """Return the events of a result: the message, its words, and the places of the rules that asked for it."""
        return [
            {
                **message(event),
                "text": describe(event),
                "rules": [place for place, rule in enumerate(self._rules) if rule(event)],
            }
            for event in result.events
        ]
