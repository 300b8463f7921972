"""The values that flow through posknn, each checked once when it is made, and the seams between its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from posknn import skeleton

__all__ = [
    "UNITS",
    "Classifier",
    "Event",
    "Follower",
    "Frame",
    "Label",
    "Neighbor",
    "Person",
    "Pose",
    "Prediction",
    "Recording",
    "Result",
    "Segment",
    "Sink",
    "Smoother",
    "Source",
    "Stop",
    "Tally",
    "Tracker",
    "Watcher",
]

Label = str | int
"""What an example is called. 5 and "5" are two labels."""

Floats = npt.NDArray[np.float32]

UNITS = ("heights", "pixels", "fractions", "body")
"""What x and y of a recording can be measured in; see `Recording`."""

_K = len(skeleton.KEYPOINTS)
_FILLED_IN: Any = object()  # a column that was left out
_MIRROR = np.array(skeleton.MIRROR)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source.

    image: (H, W, 3) uint8 RGB, C-contiguous, as an unmirrored camera sees the world. The frame owns it.
    time: seconds since the source began, strictly increasing within a source.
    index: how many frames the source gave before this one.
    captured: reading of time.monotonic() when a live camera took it; None for recorded pictures.
    """

    image: npt.NDArray[np.uint8]
    time: float
    index: int
    captured: float | None = None

    def __post_init__(self) -> None:
        image = self.image
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
            raise ValueError(f"a frame needs an image of shape (H, W, 3) and uint8, not {image.shape} {image.dtype}")
        if not np.isfinite(self.time) or self.index < 0:
            raise ValueError(f"a frame needs a finite time and an index of 0 or more, not {self.time}, {self.index}")
        # MediaPipe reads the memory as one block and ignores strides: a padded picture gives wrong poses in silence.
        object.__setattr__(self, "image", np.ascontiguousarray(image))

    @property
    def height(self) -> int:
        """The height in pixels."""
        return int(self.image.shape[0])

    @property
    def width(self) -> int:
        """The width in pixels."""
        return int(self.image.shape[1])

    @property
    def aspect(self) -> float:
        """The width in image heights: the right edge of the picture in the units of a Pose."""
        return self.width / self.height


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The 33 keypoints of one person.

    points: (33, 3) float32 in image heights: x right, y down, z away from the camera with 0 at the hips.
    visibility: (33,) float32, 0..1; 0 for a keypoint that is missing.
    Both are copied and read-only. ValueError for another shape or a number that is not finite.
    """

    points: Floats
    visibility: Floats

    def __post_init__(self) -> None:
        points = np.array(self.points, np.float32)
        visibility = np.array(self.visibility, np.float32)
        if points.shape != (_K, 3) or visibility.shape != (_K,):
            raise ValueError(
                f"a pose needs points of shape ({_K}, 3) and visibility of shape ({_K},), "
                f"not {points.shape} and {visibility.shape}"
            )
        if not (np.isfinite(points).all() and np.isfinite(visibility).all()):
            raise ValueError("a pose needs finite numbers; for missing keypoints see Pose.from_points")
        points.flags.writeable = False
        visibility.flags.writeable = False
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "visibility", visibility)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pose):
            return NotImplemented
        return np.array_equal(self.points, other.points) and np.array_equal(self.visibility, other.visibility)

    __hash__ = None  # type: ignore[assignment]  # a value made of arrays has no cheap honest hash

    def __getitem__(self, name: str) -> Floats:
        """Return x, y, z of a keypoint by its name: (3,) float32, image heights."""
        point: Floats = self.points[skeleton.index(name)]
        return point

    def flat(self) -> Floats:
        """Return x, y, z, visibility of each keypoint after the other: (132,) float32."""
        return np.concatenate([self.points, self.visibility[:, None]], axis=1).ravel()

    @classmethod
    def from_flat(cls, vector: npt.ArrayLike) -> Pose:
        """Undo `flat` exactly. vector: (132,). ValueError for another length."""
        flat = np.asarray(vector, np.float32)
        if flat.shape != (4 * _K,):
            raise ValueError(f"a flat pose has {4 * _K} numbers, x, y, z, visibility per keypoint, not {flat.shape}")
        return cls.from_points(flat.reshape(_K, 4))

    @classmethod
    def from_points(cls, points: npt.ArrayLike) -> Pose:
        """Make a pose of (33, 3) x, y, z or (33, 4) with visibility; a keypoint with a NaN in it is missing.

        A missing keypoint gets visibility 0 and stands at the origin. ValueError for another shape.
        """
        array: Floats = np.array(points, np.float32)
        if array.shape not in ((_K, 3), (_K, 4)):
            raise ValueError(f"a pose needs points of shape ({_K}, 3) or ({_K}, 4), not {array.shape}")
        visibility: Floats = array[:, 3] if array.shape == (_K, 4) else np.ones(_K, np.float32)
        missing = np.asarray(np.isnan(array).any(axis=1))
        return cls(
            np.where(missing[:, None], np.float32(0), array[:, :3]), np.where(missing, np.float32(0), visibility)
        )

    def mirrored(self, width: float = 0.0) -> Pose:
        """Return what a mirror shows: x reflected and left swapped with right.

        width: of the picture in image heights, where the place in the picture matters; a pose mirrored twice
        is itself again, to the bit with the default of 0.
        """
        points = self.points[_MIRROR] * np.array([-1, 1, 1], np.float32)
        points[:, 0] += np.float32(width)
        return Pose(points, self.visibility[_MIRROR])


@dataclass(frozen=True, slots=True, eq=False)
class Neighbor:
    """One taught example that had a say in a prediction.

    example: its id, stable over save and load. distance: in the units of the classifier's metric.
    recording: where it was taught, time: its seconds there; None when not known.
    """

    example: int
    label: Label
    distance: float
    recording: str | None = None
    time: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a classifier says of one vector or pose.

    label: None means unlike anything taught.
    confidences_by_label: share per label, every taught label has one; a classifier's sum to 1.
    distance: to the nearest example of the label, of poses by the plain distance. limit: the distance up to which the
    nearest label accepts; None without limits.
    neighbors: the examples that decided, nearest first.
    class_index: the place of the label in order of first teaching; None without a label.
    confidences: the same shares by class index; numbered in order when left out.
    probability: how often a label with such votes was right of examples whose recording was left out; None without a
    label, and where that is not known. Unlike `confidence`, the share of the votes, it promises something.
    """

    label: Label | None
    confidences_by_label: Mapping[Label, float] = field(default_factory=dict)
    distance: float | None = None
    limit: float | None = None
    neighbors: tuple[Neighbor, ...] = ()
    class_index: int | None = None
    confidences: Mapping[int, float] | None = None
    probability: float | None = None

    def __post_init__(self) -> None:
        if self.confidences is None:
            object.__setattr__(self, "confidences", dict(enumerate(self.confidences_by_label.values())))

    @property
    def confidence(self) -> float:
        """The confidence of the label; of the most confident one when the label is None; 0 with none taught."""
        if self.label is not None and self.label in self.confidences_by_label:
            return self.confidences_by_label[self.label]
        return max(self.confidences_by_label.values(), default=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person in one frame. id: stays with the person through the stream. prediction: None without a classifier."""

    id: int
    pose: Pose
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that happened.

    kind: enter, exit, held, rep, partial, lost, found or gesture. label: of the pose, the pattern or the gesture; None
    for unknown and where there is none. person: an id; None where nobody is meant.
    time: seconds since the source began, of the frame that showed it. detail: what else is known, such as the start
    and the seconds of a hold or the count of a repetition; stream_end is 1 for what the end of the stream made happen.
    """

    kind: str
    label: Label | None
    person: int | None
    time: float
    detail: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """How far a person is with something that is watched: repetitions counted, or seconds held.

    label: of the pattern or pose; None for unknown. count: repetitions so far. held: seconds so far, goal: the
    seconds at which that is an event. What does not apply is None.
    """

    label: Label | None
    person: int
    count: int | None = None
    held: float | None = None
    goal: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a pipeline makes of one frame.

    people: those who are followed and seen, who came first first; empty when nobody is. events: what this frame made
    happen, in order. tallies: counts and holds of the people in the picture.
    """

    frame: Frame
    people: tuple[Person, ...] = ()
    events: tuple[Event, ...] = ()
    tallies: tuple[Tally, ...] = ()

    @property
    def person(self) -> Person | None:
        """The person followed: when all are, who of those seen came first; None when nobody followed is seen."""
        return self.people[0] if self.people else None

    @property
    def label(self) -> Label | None:
        """The label of the person followed; None when that one is not seen or is unlike anything taught."""
        person = self.person
        return person.prediction.label if person and person.prediction else None


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The poses of one source over time, some, all or none of them labelled; one row per person and frame.

    points: (n, 33, 4) float32, x, y, z in `units` and visibility; NaN for a missing keypoint, all NaN in the one row
    of a frame in which nobody was seen.
    labels: n of them, None for a row that is no example.
    times: (n,) float64 seconds, finite, going back only where another group begins; see `groups`. frames: (n,) int64
    index of the frame. people: (n,) int64 id of the person. takes: (n,) int64, which stretch of teaching a labelled row
    belongs to.
    name: where it comes from, in a word. units: "heights"; where the size of the picture is not known "pixels", or
    "fractions" of its width and height; "body" for lengths from the hips, as in MediaPipe's world landmarks.
    provenance: source, size, tracker, model hash and the like, as JSON could hold them.
    Missing columns are filled: time and frame count up, person and take are 0.
    """

    points: Floats
    labels: tuple[Label | None, ...]
    times: npt.NDArray[np.float64] = _FILLED_IN
    frames: npt.NDArray[np.int64] = _FILLED_IN
    people: npt.NDArray[np.int64] = _FILLED_IN
    takes: npt.NDArray[np.int64] = _FILLED_IN
    name: str = ""
    units: str = "heights"
    provenance: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = np.array(self.points, np.float32)
        n = len(points)
        if points.shape != (n, _K, 4):
            raise ValueError(f"a recording needs points of shape (n, {_K}, 4), not {points.shape}")
        if self.units not in UNITS:
            raise ValueError(f"the units of a recording are one of {', '.join(UNITS)}, not {self.units!r}")
        counting = np.arange(n)
        columns: dict[str, npt.NDArray[Any] | tuple[Label | None, ...]] = {
            "points": points,
            "labels": tuple(self.labels),
            "times": np.array(counting if self.times is _FILLED_IN else self.times, np.float64),
            "frames": np.array(counting if self.frames is _FILLED_IN else self.frames, np.int64),
            "people": np.array(counting * 0 if self.people is _FILLED_IN else self.people, np.int64),
            "takes": np.array(counting * 0 if self.takes is _FILLED_IN else self.takes, np.int64),
        }
        for column, value in columns.items():
            if len(value) != n:
                raise ValueError(f"a recording of {n} rows has {len(value)} {column}")
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, column, value)
        self._check_times()

    def __len__(self) -> int:
        return len(self.points)

    @property
    def groups(self) -> tuple[str, ...]:
        """Where each row was taken: the name, or what a provenance of {"groups": [...]} says row by row.

        Rows of one group are near copies of each other; a fair test never has a group on both of its sides.
        """
        groups = self.provenance.get("groups")
        if isinstance(groups, list | tuple) and len(groups) == len(self):
            return tuple(str(group) for group in groups)
        return (self.name,) * len(self)

    def _check_times(self) -> None:
        if not np.isfinite(self.times).all():
            raise ValueError(
                f"row {int(np.argmin(np.isfinite(self.times)))} of a recording has a time that is no number"
            )
        earlier = np.flatnonzero(self.times[1:] < self.times[:-1]) + 1
        groups = self.groups if len(earlier) else ()
        for row in earlier.tolist():
            if groups[row] == groups[row - 1]:
                times = f"{self.times[row]} comes after {self.times[row - 1]}"
                raise ValueError(f"the times of a recording go back in row {row}: {times} in {groups[row]!r}")


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A stretch of time in which one person showed one label.

    start, end: seconds, half-open: the segment ends where the next frame begins. person: None when anybody is meant.
    confidence: mean over its frames; None when it was set by hand. neighbors: ids of the examples that decided.
    """

    start: float
    end: float
    label: Label
    person: int | None = None
    confidence: float | None = None
    neighbors: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not (np.isfinite(self.start) and np.isfinite(self.end) and 0 <= self.start < self.end):
            raise ValueError(f"a segment needs 0 <= start < end in seconds, not {self.start} to {self.end}")


class Stop(Exception):  # noqa: N818  # a request, like StopIteration, not a fault
    """Raised by a sink that has seen enough: `run` ends as it does at the end of the source."""


Source = Iterable[Frame]
"""Yields frames. One that holds a device or file has close(); one that met damage lists it in `problems`."""

Tracker = Callable[[Frame], Sequence[Pose]]
"""Finds the people of one frame, most prominent first; empty when there is nobody."""

Follower = Callable[[Sequence[Pose], Frame], Sequence[Person]]
"""Says who is who of the poses of a frame, with ids that stay with the people, and gives out whom to follow."""

Classifier = Callable[[Pose], Prediction]
"""Names one pose."""

Smoother = Callable[[int, Prediction, float], Prediction]
"""Steadies the predictions of person `id` at `time` seconds."""

Watcher = Callable[[Result], Result]
"""Notices what happens over time: returns the result with its events and tallies. One to which the end of the stream
matters has end(), which returns the events of that."""

Sink = Callable[[Result], object]
"""Takes a result. One that holds a file or window has close(); one that ends the run raises `posknn.Stop`; one that
passes events on has tell(events), which is called with those of the end of the stream before it is closed."""
