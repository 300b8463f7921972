"""Draws the figures of a report as SVG text that takes its font and colours from the page around it."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from typing import Any, Final

from posknn.errors import MissingPackageError

__all__ = ["confusion_figure", "open_set_figure", "reliability_figure"]

# Colours that stand for those of the page, which change between light and dark.
_INK: Final = "#0a0b0c"
_SOFT: Final = "#0d0e0f"
_RIGHT: Final = "#101112"
_WRONG: Final = "#131415"
_COLOURS: Final = {_INK: "var(--ink)", _SOFT: "var(--soft)", _RIGHT: "var(--right)", _WRONG: "var(--wrong)"}
_LONGEST: Final = 22
_FEW: Final = 16


def confusion_figure(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    """Draw how often each label (row) was taken for each (column); darker is a larger share of the row."""
    count = len(labels)
    names = [_short(label) for label in labels]
    side = min(9.0, 1.4 + 0.44 * count)
    figure, axes = _figure(side + 0.07 * max(map(len, names)), side)
    for row, numbers in enumerate(matrix):
        total = max(1, sum(numbers))
        for column, number in enumerate(numbers[:count]):
            colour = _RIGHT if row == column else _WRONG
            if number:
                axes.add_patch(_rectangle(column, row, colour, 0.12 + 0.6 * number / total))
            if number or count <= _FEW:
                size = 9 if count <= _FEW else 6
                text, colour = (str(number), _INK) if number else ("·", _SOFT)
                axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), aspect="equal")
    axes.set_xticks(
        range(count),
        names,
        rotation=40 if max(map(len, names)) > 4 else 0,
        ha="left",
        rotation_mode="anchor",
        parse_math=False,
    )
    axes.set_yticks(range(count), names, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_ylabel("what it was")
    axes.set_xlabel("what it was taken for")
    return _svg(figure, f"Confusion matrix of {count} labels")


def open_set_figure(curve: Sequence[tuple[float, float]], accepted: float, refused: float, limited: float) -> str:
    """Draw the share of untaught poses refused against the share of taught ones accepted."""
    figure, axes = _figure(4.4, 3.7)
    axes.plot(*zip(*curve, strict=True), color=_RIGHT, linewidth=2)
    axes.plot([accepted], [refused], "o", color=_RIGHT, markersize=7)
    axes.plot([accepted, accepted], [0, refused], color=_SOFT, linewidth=1, linestyle=(0, (2, 3)))
    height = refused - 0.07 if refused > 0.2 else refused + 0.07
    if abs(height - limited) < 0.07:  # not across the line of the limits
        height = limited - 0.08 if refused > 0.2 else limited + 0.08
    axes.annotate(
        f"{refused:.0%} refused",
        (accepted, refused),
        (accepted - 0.03, height),
        ha="right",
        color=_INK,
    )
    axes.axhline(limited, color=_WRONG, linewidth=1, linestyle=(0, (5, 4)))
    axes.text(0.02, limited + 0.02, f"its own limits refuse {limited:.0%}", color=_WRONG, fontsize=9)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="taught poses accepted", ylabel="untaught poses refused")
    _percent(axes)
    return _svg(figure, "Open-set curve")


def reliability_figure(bins: Sequence[tuple[float, float, int]]) -> str:
    """Draw the share of right answers against the confidence they were given with; larger dots are more answers."""
    figure, axes = _figure(4.4, 3.7)
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=1, linestyle=(0, (2, 3)))
    axes.text(0.03, 0.93, "on the line, confidence\nmeans what it says", va="center", color=_SOFT, fontsize=9)
    total = max(1, sum(count for _, _, count in bins))
    confidence, right, counts = zip(*bins, strict=True)
    sizes = [18 + 500 * count / total for count in counts]
    axes.scatter(confidence, right, s=sizes, color=_RIGHT, alpha=0.75, linewidths=0, clip_on=False, zorder=3)
    axes.set(xlim=(0, 1.04), ylim=(0, 1.06), xlabel="confidence", ylabel="right answers")
    _percent(axes)
    return _svg(figure, "Reliability diagram")


def _figure(width: float, height: float) -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPackageError("figures need matplotlib: pip install 'posknn[report]'") from None
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.subplots()
    axes.patch.set_visible(False)
    axes.tick_params(colors=_SOFT, labelcolor=_INK, labelsize=9)
    for side, spine in axes.spines.items():
        spine.set_color(_SOFT)
        spine.set_visible(side in ("left", "bottom"))
    axes.xaxis.label.set_color(_SOFT)
    axes.yaxis.label.set_color(_SOFT)
    return figure, axes


def _short(label: str) -> str:
    """Leave out the middle of a long label: labels often differ at the end alone."""
    half = _LONGEST // 2
    return label if len(label) <= _LONGEST else f"{label[:half]}…{label[-half + 1 :]}"


def _rectangle(column: int, row: int, colour: str, alpha: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, facecolor=colour, alpha=alpha, linewidth=0)


def _percent(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1])


def _svg(figure: Any, title: str) -> str:
    """Return the figure as an svg element: text as text, no fixed colours, the same bytes every time."""
    from matplotlib import rc_context

    written = io.StringIO()
    with warnings.catch_warnings(), rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        warnings.filterwarnings("ignore", "Glyph")  # text stays text: the reader's own fonts show it
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    for stands_for, colour in _COLOURS.items():
        text = text.replace(stands_for, colour)
    text = re.sub(r"font: ([0-9.]+)px [^;\"]*", r"font-size: \1px", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # Every figure of a page needs ids of its own.
    mark = re.sub(r"\W", "", title)
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{mark}-", text)
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{title}" ', text, count=1)
