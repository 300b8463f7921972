"""Writes each event as a line of JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from posknn.output.publishers.message import message_text
from posknn.output.publishers.publisher import Publisher, everything
from posknn.values import Event, Stop

__all__ = ["to_lines"]


def to_lines(
    file: TextIO,
    *,
    write: Callable[[Event], str] = message_text,
    wanted: Callable[[Event], bool] = everything,
    patience: float = 5.0,
) -> Publisher:
    """Return a sink that writes a line per event to an open text file, such as sys.stdout; it does not close it.

    write: makes the line; JSON when left out. Whoever reads too slowly loses the oldest events and does not hold up
    the loop; when nobody reads any more the run ends. wanted, patience: see `Publisher`.
    """

    def put(event: Event) -> None:
        try:
            file.write(write(event) + "\n")
            file.flush()
        except BrokenPipeError:  # to try again would not bring the reader back
            raise Stop from None

    return Publisher(put, wanted=wanted, name="output", patience=patience)
