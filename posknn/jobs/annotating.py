"""Makes the annotated copy of a video: drawn over its pictures, with its timestamps and its sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from posknn.output.canvas import Picture
from posknn.output.faces import Head, heads_of, without_faces
from posknn.output.overlay import draw
from posknn.output.sound import Original, container_for
from posknn.output.video import VideoWriter
from posknn.tracking.video import VideoFile
from posknn.values import Result, Source

__all__ = ["annotated_copy", "drawn"]


def annotated_copy(source: Source, stem: Path, heads: Mapping[int, tuple[Head, ...]] | None = None) -> VideoWriter:
    """Return the sink that writes the copy, NAME.labelled.mp4; .mkv or .mov where MP4 cannot hold the sound.

    heads: of each frame by its index, to be made unrecognisable; None to show them.
    """
    original, ending = None, ".mp4"
    if isinstance(source, VideoFile):
        original = Original(source.path, source.origin, source.time_base)
        ending = container_for(source.path)
    paint = draw if heads is None else partial(_drawn_blurred, heads)
    return VideoWriter(stem.with_name(f"{stem.name}.labelled{ending}"), draw=paint, original=original)


def drawn(result: Result, heads: tuple[Head, ...]) -> Picture:
    """Return the picture of a result with heads made unrecognisable, those of the people in it too."""
    known = [head for person in result.people for head in heads_of(person.pose)]
    image = without_faces(result.frame.image, [*heads, *known])
    return draw(replace(result, frame=replace(result.frame, image=image)))


def _drawn_blurred(heads: Mapping[int, tuple[Head, ...]], result: Result) -> Picture:
    return drawn(result, heads[result.frame.index])
