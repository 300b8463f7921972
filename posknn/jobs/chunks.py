"""Cuts the tracking of a long video into chunks that several processes share, and joins what they found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from posknn.jobs.tracking import Seen, frames_of, result_of, seen_in
from posknn.storage.tracks import TrackWriter
from posknn.tracking.video import VideoFile
from posknn.values import Pose

__all__ = ["Chunk", "SeamError", "cut", "joined", "track_chunk"]

WARM_UP: Final = 1.0
"""Seconds before its start from which a chunk is tracked: by then the tracker has found everybody and its own
smoothing has settled. Over six clips the keypoints then lay 0.001 image heights, on average, from those of a tracker
that saw all of the video, and no nearer after that."""

_SEAM: Final = 0.5
_ALIKE: Final = 0.1
_VISIBLE: Final = 0.5


class SeamError(Exception):
    """The chunks of a video do not fit together: track it in one piece."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a video, start to end in seconds, half-open, tracked from `begin` on.

    index: of the first frame read, at `begin`. count: how many frames are read. last: the time of the last one.
    """

    number: int
    begin: float
    start: float
    end: float
    index: int
    count: int
    last: float


def cut(video: VideoFile, length: float) -> list[Chunk]:
    """Cut a video at multiples of `length` seconds; an empty list for one that is best tracked in one piece.

    That is a short one, and one of which it is not known for sure what frames it has. The cuts depend on nothing but
    the video and the length. The last chunk is half as long as the others at least.
    """
    if not length or video.duration is None or video.duration < 1.5 * length:
        return []
    times = video.moments()
    if times is None or times[-1] < 1.5 * length:
        return []
    starts = [number * length for number in range(int(times[-1] / length + 0.5))]
    chunks = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], float("inf")], strict=True)):
        first = bisect_left(times, start - WARM_UP) if number else 0
        after = bisect_left(times, end)
        if after <= first or bisect_left(times, start) >= after:  # a gap in the film longer than a chunk
            return []
        begin = times[first] if number else 0.0
        chunks.append(Chunk(number, begin, start, end, first, after - first, times[after - 1]))
    return chunks


def track_chunk(
    path: Path,
    chunk: Chunk,
    file: Path,
    *,
    max_people: int,
    mirrored: bool,
    told: Callable[[float, int], object] = lambda done, frames: None,
) -> None:
    """Track a chunk and write what was found, warm-up included, as a track of its own.

    SeamError when the frames are not those that were planned, or some are damaged.
    """
    video = VideoFile(path, mirrored=mirrored, begin=chunk.begin)
    count, last = 0, 0.0
    with TrackWriter(file) as writer, closing(seen_in(video, max_people)) as found:
        for index, last, poses in found:
            count += 1
            told(max(0.0, last - chunk.start), count)
            writer(result_of((chunk.index + index, last, poses)))
            if count == chunk.count:
                break
        if count != chunk.count or last != chunk.last or video.problems:
            raise SeamError(f"{path}: chunk {chunk.number} has other frames than its index says")


def joined(chunks: Sequence[Chunk], files: Sequence[Path]) -> Iterator[Seen]:
    """Yield the frames of all chunks, each once; SeamError where the people of two chunks are not the same."""
    tail: list[Seen] = []
    for chunk, file in zip(chunks, files, strict=True):
        warm: list[Seen] = []
        for seen in frames_of(file):
            if seen[1] < chunk.start:
                warm.append(seen)
                continue
            if warm:
                _check_seam(tail, warm, chunk)
                warm, tail = [], []
            tail = [one for one in tail if one[1] > seen[1] - WARM_UP]
            tail.append(seen)
            yield seen


def _check_seam(tail: Sequence[Seen], warm: Sequence[Seen], chunk: Chunk) -> None:
    """Raise SeamError unless both chunks saw the same people in most frames of the last half second before a cut."""
    before = {index: poses for index, _, poses in tail}
    late = [seen for seen in warm if seen[1] >= chunk.start - _SEAM] or list(warm[-1:])
    fitting = sum(index in before and _same(before[index], poses) for index, _, poses in late)
    if 2 * fitting < len(late):
        raise SeamError(f"different people are tracked before and after {chunk.start:.1f} s")


def _same(ours: Sequence[Pose], theirs: Sequence[Pose]) -> bool:
    left = list(theirs)
    for pose in ours:
        match = next((one for one in left if _alike(pose, one)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _alike(one: Pose, other: Pose) -> bool:
    """Say whether two poses of one frame are of one person: apart by less than a tenth of the person's extent."""
    seen = (one.visibility >= _VISIBLE) & (other.visibility >= _VISIBLE)
    if not seen.any():
        seen = np.ones_like(seen)
    extent = float(np.ptp(one.points[:, :2], axis=0).max())
    apart = np.linalg.norm(one.points[seen, :2] - other.points[seen, :2], axis=1).mean()
    return bool(apart < _ALIKE * extent)
