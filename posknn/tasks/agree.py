"""Compares two sets of segments of the same videos: two files, or two folders matched by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from posknn.errors import FileFormatError, SourceError
from posknn.jobs.clips import clip_of
from posknn.jobs.writers import SEGMENTS
from posknn.storage.poses import POSE_FORMATS
from posknn.storage.segments import SEGMENT_ENDINGS, read_segments
from posknn.temporal.agreement import Agreement, agreement
from posknn.values import Segment

__all__ = ["Agreed", "agree"]

_OTHERS: Final = tuple(ending for ending, _ in POSE_FORMATS.values())


@dataclass(frozen=True, slots=True, eq=False)
class Agreed:
    """What came of a comparison. files: the names that both sides have. alone: files without a counterpart."""

    files: tuple[str, ...]
    overall: Agreement
    alone: tuple[Path, ...] = ()


def agree(ours: str | Path, theirs: str | Path, *, video: str | Path | None = None) -> Agreed:
    """Compare two files of segments, of whatever formats, or all files of two folders that have the same name.

    video: the video, its track, or the folder of the videos; needed for files that count frames (Label Studio). In a
    folder NAME.segments.csv goes before NAME.vtt and so on; tables of frames and poses are passed over.
    SourceError when one side is a file and the other a folder, or when nothing matches.
    """
    ours, theirs = Path(ours), Path(theirs)
    for path in (ours, theirs):
        if not path.exists():
            raise SourceError(f"there is no {path}")
    if ours.is_dir() != theirs.is_dir():
        raise SourceError(f"compare two files or two folders: {ours} and {theirs} are one of each")
    if not ours.is_dir():
        return Agreed((ours.name,), agreement([(_read(ours, video), _read(theirs, video))]))
    mine, others = dict(_files(ours)), dict(_files(theirs))
    names = sorted(set(mine) & set(others))
    if not names:
        raise SourceError(f"no file of segments in {ours} has the name of one in {theirs}")
    pairs = [(_read(mine[name], video), _read(others[name], video)) for name in names]
    alone = [files[name] for files in (mine, others) for name in files if name not in names]
    return Agreed(tuple(names), agreement(pairs), tuple(sorted(alone)))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of each video in a folder; of several formats the first in our order."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in SEGMENT_ENDINGS or path.name.endswith(_OTHERS):
            continue
        endings = [ending for ending in SEGMENTS.values() if path.name.lower().endswith(ending.lower())]
        rank = list(SEGMENTS.values()).index(endings[0]) if endings else len(SEGMENTS)
        name = path.name[: -len(endings[0])] if endings else path.stem
        found.setdefault(name, []).append((rank, path))
    for name, files in found.items():
        for _, path in sorted(files):
            if _holds_segments(path):
                yield name, path
                break


def _holds_segments(path: Path) -> bool:
    """Say whether a file is meant to hold segments: only of CSV and JSON there are other kinds in such folders."""
    if path.suffix.lower() == ".csv":
        try:
            read_segments(path)
        except FileFormatError as error:
            return "no column" not in str(error)  # wrong segments are named when they are read
    return True


def _read(path: Path, video: str | Path | None) -> list[Segment]:
    if video is None:
        return read_segments(path)
    return read_segments(path, lambda: clip_of(str(_video(path, Path(video)))))


def _video(path: Path, video: Path) -> Path:
    """Return the video of a file of segments."""
    if not video.is_dir():
        return video
    named = [one for one in sorted(video.iterdir()) if path.name.startswith(f"{one.stem}.")]
    if not named:
        raise SourceError(f"{video} has no video with the name of {path.name}")
    return max(named, key=lambda one: len(one.stem))
