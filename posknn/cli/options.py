"""Options that several commands share."""

from __future__ import annotations

import click

__all__ = ["as_json_option", "mirrored_option", "people_option"]

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts instead of sentences.")
mirrored_option = click.option("--mirrored", is_flag=True, help="The source shows a mirror image, as some webcams do.")
people_option = click.option(
    "--people", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="How many people to look for."
)
