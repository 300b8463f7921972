"""Options that several commands share."""

from __future__ import annotations

import click

__all__ = [
    "as_json_option",
    "follow_option",
    "mirrored_option",
    "people_option",
    "taught_option",
]

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts instead of sentences.")
mirrored_option = click.option("--mirrored", is_flag=True, help="The source shows a mirror image, as some webcams do.")
people_option = click.option(
    "--people",
    metavar="N",
    type=click.IntRange(1, 5),
    default=1,
    show_default=True,
    help="How many people to look for, up to 5.",
)
follow_option = click.option(
    "--follow",
    type=click.Choice(["all", "first", "largest", "middle"]),
    default="all",
    show_default=True,
    help="With --people: everybody, or one person only, whom nobody walking by replaces.",
)
taught_option = click.option(
    "--follow",
    type=click.Choice(["first", "largest", "middle"]),
    default="first",
    show_default=True,
    help="With --people: whom to learn from; nobody walking by replaces that person.",
)
