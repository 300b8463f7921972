"""Options that say how a table of poses is to be read."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import click

__all__ = ["reading_options"]

_OF_A_TABLE = (
    click.option("--label", metavar="COLUMN", help="The column of the labels: its name, or its number from 1."),
    click.option("--label-is-file", is_flag=True, help="Each file is called as the pose in it: squat_up.csv."),
    click.option("--header/--no-header", default=None, help="The first line has names, or it is a pose already."),
    click.option(
        "--per-keypoint", type=click.IntRange(2, 4), metavar="N", help="2, 3 or 4 numbers a keypoint, if unnamed."
    ),
    click.option(
        "--units",
        type=click.Choice(["fractions", "pixels", "heights", "body"]),
        help="What x and y are: fractions of width and height, pixels, image heights, or lengths from the hips.",
    ),
    click.option("--size", metavar="WxH", help="The size of the pictures in pixels, such as 1280x720."),
    click.option("--aspect", metavar="W:H", help="The shape of the pictures, such as 16:9, where the size is unknown."),
)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say how a table is to be read, as its argument `reading`; None without any."""

    @functools.wraps(command)
    def with_reading(
        *,
        label: str | None,
        label_is_file: bool,
        header: bool | None,
        per_keypoint: int | None,
        units: str | None,
        size: str | None,
        aspect: str | None,
        **others: object,
    ) -> None:
        from posknn.storage.formats.layout import Reading

        if label and label_is_file:
            raise click.UsageError("--label names a column: give it or --label-is-file, not both")
        if size and aspect:
            raise click.UsageError("--size says the shape too: give it or --aspect, not both")
        sides = None if size is None else _two(size, "x", "--size", "1280x720")
        shape = None if aspect is None else _two(aspect, ":", "--aspect", "16:9")
        reading = Reading(
            label=label,
            file_is_label=label_is_file,
            header=header,
            per_keypoint=per_keypoint,
            units=units,
            size=sides,
            aspect=None if shape is None else shape[0] / shape[1],
        )
        command(reading=None if reading == Reading() else reading, **others)

    for option in reversed(_OF_A_TABLE):
        with_reading = option(with_reading)
    return with_reading


def _two(text: str, sign: str, option: str, example: str) -> tuple[int, int]:
    found = re.fullmatch(rf"([0-9]{{1,6}}){sign}([0-9]{{1,6}})", text.strip().lower())
    if not found or not int(found[1]) or not int(found[2]):
        raise click.BadParameter(f"expected two numbers such as {example}, not {text!r}", param_hint=option)
    return int(found[1]), int(found[2])
