"""Options of events: which there are, and who is told of them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from posknn.cli.terminal import plural
from posknn.temporal.rules import parse_rule

if TYPE_CHECKING:
    from posknn.tasks.events import Told

__all__ = ["event_options", "print_told", "warn"]


def _checked(_context: click.Context, _option: click.Parameter, rules: tuple[str, ...]) -> tuple[str, ...]:
    for rule in rules:
        try:
            parse_rule(rule)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return rules


def _address(host: str | None) -> Callable[[click.Context, click.Parameter, str | None], tuple[str, int] | None]:
    """Read HOST:PORT, or PORT where a host is given here; [::1]:PORT for IPv6."""

    def read(_context: click.Context, option: click.Parameter, text: str | None) -> tuple[str, int] | None:
        if text is None:
            return None
        left, _, port = text.rpartition(":")
        place = left.removeprefix("[").removesuffix("]") or host
        if not place or not port.isdecimal() or not 0 < int(port) < 65536:
            raise click.BadParameter(
                f"{text!r} is not {option.metavar}, such as {'127.0.0.1:9000' if host is None else 8765}"
            )
        return place, int(port)

    return read


_OPTIONS = (
    click.option(
        "--on",
        metavar="RULE",
        multiple=True,
        callback=_checked,
        help='Tell of this: "slouch held 10s", "squat rep", "nobody for 5s", ...; may be repeated.',
    ),
    click.option(
        "--pattern",
        "patterns",
        metavar="PATTERN",
        multiple=True,
        help='Count repetitions of it, such as "squat: stand > down > stand"; may be repeated.',
    ),
    click.option(
        "--gestures",
        metavar="RECORDINGS",
        type=click.Path(path_type=Path),
        help="Also spot moving gestures, taught in this recording or folder in one to five takes each.",
    ),
    click.option(
        "--exec",
        "commands",
        metavar="COMMAND",
        multiple=True,
        help="Run this for each event, without a shell; {label}, {person}, {time}, {seconds}, {count}, {kind} and "
        "{text} are filled in. One for all rules, or one after each --on.",
    ),
    click.option(
        "--ws",
        metavar="[HOST:]PORT",
        callback=_address("127.0.0.1"),
        help="Serve events over WebSocket, to this machine alone unless HOST says otherwise.",
    ),
    click.option(
        "--ws-origin",
        "origins",
        metavar="URL",
        multiple=True,
        help="A web site whose pages may read --ws, besides those of this machine; may be repeated.",
    ),
    click.option("--osc", metavar="HOST:PORT", callback=_address(None), help="Send events to an OSC receiver."),
    click.option("--mqtt", metavar="URL", help="Send events to an MQTT broker: mqtt://HOST/TOPIC."),
    click.option(
        "--settle",
        metavar="SECONDS",
        type=click.FloatRange(0),
        default=0.3,
        show_default=True,
        help="A change of pose that is shorter is no event and ends no hold.",
    ),
    click.option(
        "--lost",
        metavar="SECONDS",
        type=click.FloatRange(0, min_open=True),
        default=1.0,
        show_default=True,
        help="Somebody not seen for so long is lost.",
    ),
)


def event_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of events to a command; it gets them as one argument `events`, the keywords for its task."""

    @functools.wraps(command)
    def bundled(**given: Any) -> None:
        from posknn.tasks.events import Addresses

        to = Addresses(**{name: given.pop(name) for name in ("commands", "osc", "ws", "origins", "mqtt")})
        own = {name: given.pop(name) for name in ("on", "patterns", "gestures", "settle", "lost")}
        command(events={**own, "to": to, "report": warn}, **given)

    for option in reversed(_OPTIONS):
        bundled = option(bundled)
    return bundled


def warn(line: str) -> None:
    """Say at once that a receiver fails, or works again."""
    print(f"warning: {line}", file=sys.stderr, flush=True)


def print_told(told: Sequence[Told]) -> None:
    """Say what each receiver got."""
    for each in told:
        missed = f", {each.dropped} not delivered" if each.dropped else ""
        print(f"  {each.name}: {plural(each.delivered, 'event')}{missed}")
