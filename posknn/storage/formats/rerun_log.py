"""Write poses as a rerun recording (.rrd), to scrub through in its viewer: https://rerun.io."""

from __future__ import annotations

import os
from typing import Any, Final

from posknn import skeleton
from posknn.errors import MissingPackageError, OutputError
from posknn.files import WholeFile
from posknn.storage.clip import Clip
from posknn.storage.formats.tracked import VISIBLE, tracked
from posknn.values import Recording

__all__ = ["write"]

_PERSON: Final = 0


def write(recording: Recording, path: str | os.PathLike[str], clip: Clip) -> None:
    """Write the keypoints that are seen of each person, in pixels, and the label, at the time and index of the frame.

    The bytes are not the same twice: rerun puts the time of writing into the file. MissingPackageError without
    rerun-sdk; OutputError when it cannot be written.
    """
    try:
        import rerun as rr
    except ImportError:
        raise MissingPackageError("a .rrd file needs rerun: pip install 'posknn[rerun]' (700 MB)") from None
    found, _, _ = tracked(recording, clip, path)
    there = set(zip(found.people.tolist(), found.frames.tolist(), strict=True))
    with WholeFile(path) as partial:
        log = rr.RecordingStream("posknn", recording_id=clip.name)
        try:
            log.save(partial)
            log.log("people", _context(rr), static=True)
            for row in range(len(found)):
                frame = int(found.frames[row])
                log.set_time("frame", sequence=frame)
                log.set_time("time", duration=float(clip.times[frame]))
                seen = [place for place, sure in enumerate(found.visibility[row]) if sure >= VISIBLE]
                entity = f"people/{int(found.people[row])}"
                points = found.points[row, seen, :2]
                log.log(entity, rr.Points2D(points, class_ids=_PERSON, keypoint_ids=seen))
                log.log(f"{entity}/pose", rr.TextLog("" if found.labels[row] is None else str(found.labels[row])))
                if frame + 1 < len(clip.times) and (found.people[row], frame + 1) not in there:
                    log.set_time("frame", sequence=frame + 1)
                    log.set_time("time", duration=float(clip.times[frame + 1]))
                    log.log(entity, rr.Clear(recursive=True))
            log.flush()
            log.disconnect()
        except RuntimeError as error:
            raise OutputError(f"cannot write {path}: {str(error).splitlines()[0]}") from error


def _context(rr: Any) -> Any:
    return rr.AnnotationContext(
        rr.ClassDescription(
            info=rr.AnnotationInfo(id=_PERSON, label="person"),
            keypoint_annotations=[rr.AnnotationInfo(id=at, label=name) for at, name in enumerate(skeleton.KEYPOINTS)],
            keypoint_connections=list(skeleton.BONES),
        )
    )
