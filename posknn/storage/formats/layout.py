"""Find out what stands in which column of somebody's table of poses, and say what was found."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from posknn import skeleton
from posknn.storage.formats.keypoint_names import PARTS, Numbers, number_columns, role_of
from posknn.values import UNITS

__all__ = ["Cell", "Layout", "Reading", "are_visibilities", "find_layout", "number"]

Cell = str | float | int | None
"""What stands in a table: text, where it comes from a CSV file."""

_K: Final = len(skeleton.KEYPOINTS)
_OTHERS: Final = 8
"""Without names for the keypoints, a table has at most so many columns beside them."""

_FEW: Final = 10
_HIGH: Final = 0.8
_COUNTED: Final = frozenset(["frame", "time", "person", "width", "height", "detected"])
_NOTHING: Final = frozenset(["", "nan", "none", "null", "na", "n/a"])


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody knows of a table of poses better than we can see; None: find out.

    label: the column of the label, its name or its number from 1. file_is_label: each file is called as the pose in it
    is, whatever columns it has. header: whether the first line has names.
    per_keypoint: 2, 3 or 4 numbers for each keypoint, for columns without names. units: of x and y, see `Recording`.
    size: width and height of the pictures in pixels. aspect: width over height, where the size is not known.
    """

    label: str | int | None = None
    file_is_label: bool = False
    header: bool | None = None
    per_keypoint: int | None = None
    units: str | None = None
    size: tuple[int, int] | None = None
    aspect: float | None = None

    def __post_init__(self) -> None:
        if self.per_keypoint not in (None, 2, 3, 4):
            raise ValueError(f"a keypoint has 2, 3 or 4 numbers, not {self.per_keypoint}")
        if self.units not in (None, *UNITS):
            raise ValueError(f"units are one of {', '.join(UNITS)}, not {self.units!r}")
        if self.size is not None and min(self.size) < 1:
            raise ValueError(f"the size of a picture is two numbers of 1 or more, not {self.size}")
        if self.aspect is not None and not (math.isfinite(self.aspect) and self.aspect > 0):
            raise ValueError(f"the aspect of a picture is its width over its height, not {self.aspect}")

    @property
    def of_columns(self) -> bool:
        """Whether anything is said of the columns, not of the pictures alone."""
        return self.file_is_label or (self.label, self.header, self.per_keypoint, self.units) != (None,) * 4


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What stands in which column.

    names: of the columns, made up where there is no header. header: whether the first line is one.
    numbers: where the numbers of the keypoints are. roles: the column of "label", "picture", "frame", "time", "person",
    "group", "width", "height", "detected" and "units", as far as they are there.
    """

    names: tuple[str, ...]
    header: bool
    numbers: Numbers
    roles: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> tuple[str, ...]:
        """What was found, in sentences for the user."""
        columns, places = self.numbers.columns, self.numbers.places
        points = len({place // 4 for place in places})
        parts = ", ".join(PARTS[part] for part in sorted({place % 4 for place in places}))
        span = f"columns {min(columns) + 1} to {max(columns) + 1}"
        said = [
            f"{points} keypoints of {parts} in {span}, {'named in a header' if self.header else 'without a header'}"
        ]
        said += [f"{role}: {self._called(column)}" for role, column in self.roles.items()]
        if "label" not in self.roles:
            said.append("no column of labels: every row is without a label")
        if self.numbers.left_out:
            said.append(f"not used: {len(self.numbers.left_out)} columns of face and hands after the 33 keypoints")
        used = {*columns, *self.roles.values(), *self.numbers.left_out}
        unused = [self._called(column) for column in range(len(self.names)) if column not in used]
        return (*said, *([f"not used: {', '.join(unused[:_OTHERS])}"] if unused else []))

    def _called(self, column: int) -> str:
        return f"column {column + 1}" + (f" ({self.names[column]!r})" if self.header and self.names[column] else "")


def number(cell: Cell) -> float | None:
    """Return the number in a cell, NaN for nothing; None when it is no finite number."""
    if cell is None or (isinstance(cell, str) and cell.strip().lower() in _NOTHING):
        return math.nan
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    # Python alone takes 1_000 for a number.
    return None if math.isinf(value) or (isinstance(cell, str) and "_" in cell) else value


def are_visibilities(numbers: npt.ArrayLike) -> bool:
    """Say whether the third numbers of keypoints must be visibilities: 0 to 1 and mostly high, as no z ever is."""
    known = np.asarray(numbers, np.float64).ravel()
    known = known[np.isfinite(known)]
    return len(known) > 0 and bool((known >= 0).all() and (known <= 1).all() and np.median(known) > _HIGH)


def find_layout(first: Sequence[Sequence[Cell]], reading: Reading) -> Layout:
    """Return the layout of a table whose first lines are `first`, up to some hundred, all of one length.

    ValueError, which does not know the file, when it is no table of poses or cannot be told; it says what to do.
    """
    header = _is_header(first[0]) if reading.header is None else reading.header
    names = tuple("" if cell is None else str(cell).strip() for cell in first[0]) if header else ()
    rows = first[1:] if header else first
    numbers = number_columns(names) if header else None
    names = names or tuple(f"{column + 1}" for column in range(len(first[0])))
    roles = {
        role: column
        for role, column in (_roles(names, numbers) if header else {}).items()
        if role not in _COUNTED or _holds_numbers(rows, column, mostly=True)
    }
    label = _label_column(reading.label, names)
    if label is not None:
        roles = {role: column for role, column in roles.items() if column != label} | {"label": label}
    if numbers is None:
        numbers = _block(rows, len(names), set(roles.values()), reading.per_keypoint)
    if label is not None and label in numbers.columns:
        raise ValueError(f"column {label + 1} is said to be the label, but it holds a keypoint")
    taken = {*numbers.columns, *numbers.left_out, *roles.values()}
    rest = [column for column in range(len(names)) if column not in taken]
    return Layout(names, header, numbers, roles | _guessed(rows, rest, roles, certain=not header))


def _is_header(cells: Sequence[Cell]) -> bool:
    values = [number(cell) for cell in cells]
    counted = [value for value in values if value is not None and not math.isnan(value)]
    # pandas calls columns without names 0, 1, 2 and so on.
    counts = len(counted) > _K and all(after - before == 1 for before, after in itertools.pairwise(counted))
    return counts or len(counted) < len(cells) / 2


def _roles(names: Sequence[str], numbers: Numbers | None) -> dict[str, int]:
    taken = {*numbers.columns, *numbers.left_out} if numbers else set()
    best: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        role = None if column in taken else role_of(name)
        if role and (role[1], column) < best.get(role[0], (math.inf, 0)):
            best[role[0]] = (role[1], column)
    return {role: column for role, (_, column) in best.items()}


def _label_column(said: str | int | None, names: Sequence[str]) -> int | None:
    if said is None:
        return None
    if isinstance(said, str):
        if names.count(said) == 1:
            return names.index(said)
        if not said.isdecimal():
            raise ValueError(
                f"no column is called {said!r}" if said not in names else f"two columns are called {said!r}"
            )
    column = int(said) - 1
    if not 0 <= column < len(names):
        raise ValueError(f"there is no column {said}: there are {len(names)}")
    return column


def _block(rows: Sequence[Sequence[Cell]], width: int, named: set[int], per_keypoint: int | None) -> Numbers:
    """Find the numbers of the keypoints where no name tells them: one stretch of 132, 99 or 66 columns."""
    numeric = [column not in named and _holds_numbers(rows, column) for column in range(width)]
    mostly = [column not in named and _holds_numbers(rows, column, mostly=True) for column in range(width)]
    # A cell that is wrong is named when it is read; it does not make another table of this one.
    for per, sure in itertools.product((per_keypoint,) if per_keypoint else (4, 3, 2), (numeric, mostly)):
        length = per * _K
        starts = [s for s in range(width - length + 1) if all(sure[s : s + length])]
        if width - length > _OTHERS or not starts:
            continue
        starts = _without_counts(rows, starts, length) if len(starts) > 1 else starts
        if len(starts) > 1:
            raise ValueError(
                f"which of the {width} columns are the {length} numbers of the keypoints cannot be told: "
                "say which column holds the label (--label)"
            )
        columns = tuple(range(starts[0], starts[0] + length))
        thirds = [number(row[column]) for row in rows for column in columns[2::per]] if per == 3 else []
        parts = (
            (0, 1, 3) if are_visibilities([math.nan if third is None else third for third in thirds]) else range(per)
        )
        return Numbers(columns, tuple(4 * point + part for point in range(_K) for part in parts))
    wanted = f"{per_keypoint} times {_K}" if per_keypoint else "66, 99 or 132"
    raise ValueError(
        f"no table of poses: {sum(numeric)} of {width} columns hold numbers, and {wanted} of them in a row were "
        "expected (x, y or x, y, z or x, y, z, visibility of MediaPipe's 33 keypoints), or names such as x1 or nose_x"
    )


def _holds_numbers(rows: Sequence[Sequence[Cell]], column: int, *, mostly: bool = False) -> bool:
    wrong = sum(number(row[column]) is None for row in rows)
    return 2 * wrong < len(rows) or not wrong if mostly else not wrong


def _without_counts(rows: Sequence[Sequence[Cell]], starts: list[int], length: int) -> list[int]:
    """Keep the starts that leave out columns of whole numbers: classes, counters and the like."""
    whole = [
        all((value := number(row[column])) is not None and (math.isnan(value) or value.is_integer()) for row in rows)
        for column in range(starts[-1] + length)
    ]
    end = starts[-1] + length
    clean = [s for s in starts if all(whole[starts[0] : s] + whole[s + length : end]) and not any(whole[s : s + 2])]
    return clean or starts


def _guessed(
    rows: Sequence[Sequence[Cell]], rest: list[int], roles: Mapping[str, int], *, certain: bool
) -> dict[str, int]:
    """Find label and picture among columns whose names do not tell: the label repeats, the picture hardly does.

    certain: no column has a name, so even a single row's text is a label.
    """
    if "label" in roles or not rest:
        return {}
    kinds = {column: len({str(row[column]) for row in rows}) for column in rest}
    text = [column for column in rest if any(number(row[column]) is None for row in rows)]
    # Of columns without names the last but for the label is Google's: name, class.
    choice = sorted(text or (rest if certain else []), key=lambda column: (kinds[column], -column))
    if not choice:
        return {}
    if choice[0] in text and len(rows) >= _FEW and 2 * kinds[choice[0]] > len(rows):
        return {} if "picture" in roles else {"picture": choice[0]}  # hardly any of it repeats: no label does that
    guessed = {"label": choice[0]}
    if len(text) > 1 and "picture" not in roles:
        guessed["picture"] = max(text, key=lambda column: (kinds[column], -column))
    return guessed
