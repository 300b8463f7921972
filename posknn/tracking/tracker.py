"""Finds people in pictures with MediaPipe's PoseLandmarker: the only module that knows MediaPipe."""

from __future__ import annotations

import ctypes
import warnings
import weakref
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal

import numpy as np

from posknn.errors import PrivacyWarning, TrackerError
from posknn.interrupts import undisturbed
from posknn.tracking.model_files import model_file
from posknn.tracking.native_log import hushed
from posknn.tracking.plausibility import shows_limbs
from posknn.values import Frame, Pose

__all__ = ["PoseTracker", "contacts_its_maker"]

_FIRST_WITH_METRICS: Final = (0, 10, 34)
_NOWHERE: Final = b"http://127.0.0.1:9"


class PoseTracker:
    """Find the people of each frame: called with a Frame, returns their poses, an empty tuple for nobody.

    max_people: how many to look for. model: "full", or the path of a .task bundle.
    mode: "video" follows people from frame to frame; "image" looks at each picture by itself.
    detection, presence, tracking: MediaPipe's confidences. Detection stands at 0.7: at MediaPipe's 0.5 an empty room
    with a round table was a person in 44 % of its frames.
    accept: says of a pose and the picture's width (image heights) whether it is a person; None takes all.
    Frames may come at any pace; one that goes back in time starts the tracker afresh.
    ModelFileError, TrackerError when it cannot start. Close it, or use it in a with statement.
    """

    def __init__(
        self,
        max_people: int = 1,
        *,
        model: str | Path = "full",
        mode: Literal["video", "image"] = "video",
        detection: float = 0.7,
        presence: float = 0.5,
        tracking: float = 0.5,
        accept: Callable[[Pose, float], bool] | None = shows_limbs,
    ) -> None:
        if max_people < 1:
            raise ValueError(f"max_people must be 1 or more, not {max_people}")
        if mode not in ("video", "image"):
            raise ValueError(f'the mode of a tracker is "video" or "image", not {mode!r}')
        self._mode = mode
        self._accept = accept
        self._mediapipe = _import_mediapipe()
        vision = self._mediapipe.tasks.vision
        self._options = vision.PoseLandmarkerOptions(
            base_options=self._mediapipe.tasks.BaseOptions(model_asset_path=str(model_file(model))),
            running_mode=vision.RunningMode.VIDEO if mode == "video" else vision.RunningMode.IMAGE,
            num_poses=max_people,
            min_pose_detection_confidence=detection,
            min_pose_presence_confidence=presence,
            min_tracking_confidence=tracking,
        )
        self._landmarker: Any = None
        self._close: weakref.finalize[[Any], PoseTracker] | None = None
        self._time: float | None = None
        self._clock = -1
        self._met_somebody = False
        self._open()

    def __call__(self, frame: Frame) -> tuple[Pose, ...]:
        """Return the poses of a frame, in image heights; TrackerError when MediaPipe fails or the tracker is closed."""
        width = frame.aspect
        poses = (_pose(landmarks, width) for landmarks in self.detect(frame))
        return tuple(pose for pose in poses if self._accept is None or self._accept(pose, width))

    def detect(self, frame: Frame) -> Any:
        """Return MediaPipe's own landmarks of a frame, untouched: a list per person; errors as for a call."""
        if self._close is None:
            raise TrackerError("this pose tracker is closed: make a new one")
        if self._time is not None and frame.time < self._time:
            self.close()
            self._open()
        self._time = frame.time
        if self._met_somebody:
            return self._detect(frame)
        # MediaPipe still logs a line when it meets its first person; after that it is quiet by itself.
        with hushed():
            found = self._detect(frame)
        self._met_somebody = bool(found)
        return found

    def close(self) -> None:
        """Give the native tracker back; more than once does no harm."""
        if self._close is not None:
            with hushed():
                self._close()
            self._close = None

    def __enter__(self) -> PoseTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        landmarker_type = self._mediapipe.tasks.vision.PoseLandmarker
        try:
            # Its thread pool, cut off while it starts, would keep the process from ever ending.
            with undisturbed(), hushed():
                landmarker = landmarker_type.create_from_options(self._options)
        except (RuntimeError, ValueError, OSError) as error:
            raise TrackerError(
                f"MediaPipe cannot start: {_one_line(error)}; `posknn doctor` says what is missing"
            ) from error
        self._landmarker = landmarker
        # Runs at the interpreter's end too, where MediaPipe would print a traceback for one left open.
        self._close = weakref.finalize(self, _give_back, landmarker)
        self._time = None
        self._clock = -1
        self._met_somebody = False

    def _detect(self, frame: Frame) -> Any:
        mediapipe = self._mediapipe
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)
        try:
            if self._mode == "image":
                return self._landmarker.detect(image).pose_landmarks
            # MediaPipe wants whole milliseconds that rise with every frame, whatever the source's clock does.
            self._clock = max(self._clock + 1, round(frame.time * 1000))
            return self._landmarker.detect_for_video(image, self._clock).pose_landmarks
        except (RuntimeError, ValueError) as error:
            raise TrackerError(f"MediaPipe failed at {frame.time:.2f} s: {_one_line(error)}") from error


def contacts_its_maker() -> bool:
    """Say whether the installed MediaPipe contains the code that sends usage figures (0.10.35 and later)."""
    numbers = [int(part) for part in version("mediapipe").split(".")[:3] if part.isdigit()]
    return tuple(numbers) >= _FIRST_WITH_METRICS


def _pose(landmarks: Any, width: float) -> Pose:
    # x and z are fractions of the width, y of the height: this is the one place that makes them image heights.
    flat = [number for mark in landmarks for number in (mark.x * width, mark.y, mark.z * width, mark.visibility)]
    numbers = np.array(flat, np.float32).reshape(-1, 4)
    return Pose(numbers[:, :3], numbers[:, 3])


def _give_back(landmarker: Any) -> None:
    try:
        landmarker.close()
    except RuntimeError:  # at the interpreter's end its threads are gone before us, and the memory with them
        landmarker._handle = None  # or its __del__ would try again, and print a traceback


def _import_mediapipe() -> Any:
    try:
        with hushed():
            import mediapipe
            import mediapipe.tasks.python.vision
    except (ImportError, OSError) as error:
        raise TrackerError(
            f"MediaPipe cannot be loaded: {_one_line(error)}; `posknn doctor` says what is missing"
        ) from error
    if contacts_its_maker():
        _block_metrics()
    return mediapipe


def _block_metrics() -> None:
    """Send MediaPipe's usage figures nowhere.

    Its uploader honours the proxy variables of the C environment, and only those: set there, they stop it and leave
    os.environ and Python's own networking alone. They must stay for the life of the process. Not http_proxy: the
    uploader speaks https, and the FFmpeg that reads network cameras would go the same way to nowhere.
    """
    how = "its native code is pointed at a closed port instead"
    try:
        c = ctypes.CDLL(None)
        for name in (b"https_proxy", b"HTTPS_PROXY"):
            c.setenv(name, _NOWHERE, 1)
        for name in (b"no_proxy", b"NO_PROXY"):
            c.unsetenv(name)
    except (OSError, AttributeError, TypeError):
        how = "on this system posknn cannot stop it"
    warnings.warn(
        f"mediapipe {version('mediapipe')} contacts its maker's servers with usage figures; {how}. "
        'posknn is meant for "mediapipe>=0.10.30,<0.10.34", which does not.',
        PrivacyWarning,
        stacklevel=4,
    )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
