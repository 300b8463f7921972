"""Writes an evaluation as one HTML page that needs nothing else: figures inside, light and dark, fit to print."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from posknn.classification.confusions import Confusion
from posknn.classification.evaluation import Evaluation
from posknn.classification.scores import Calibration
from posknn.classification.untaught import OpenSet
from posknn.errors import MissingPackageError, OutputError
from posknn.files import write_text
from posknn.output.figures import confusion_figure, open_set_figure, reliability_figure

__all__ = ["check_page", "check_report", "report_page", "write_report"]


def check_page(path: str | Path) -> Path:
    """Return the path of a page; OutputError when it cannot be one."""
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"a report is an HTML page: call it {path.with_suffix('.html')}")
    if not path.parent.is_dir():
        raise OutputError(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return path
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def check_report(path: str | Path) -> None:
    """Say before any work what stands in the way of a report: OutputError, or MissingPackageError for matplotlib."""
    check_page(path)
    if find_spec("matplotlib") is None:
        raise MissingPackageError("a report needs matplotlib for its figures: pip install 'posknn[report]'")


def write_report(found: Evaluation, path: str | Path, *, title: str) -> None:
    """Write the page. OutputError when it cannot be written."""
    write_text(path, report_page(found, title=title))


def report_page(found: Evaluation, *, title: str) -> str:
    """Return the page as HTML. title: what was evaluated; the same evaluation gives the same page."""
    style = (files("posknn") / "tasks" / "report.css").read_text(encoding="utf-8")
    name = escape(title)
    parts = [
        _head(found, name),
        _labels(found),
        _confusion(found),
        _open_set(found.open_set) if found.open_set else "",
        _calibration(found.calibration),
        _worst(found.confusions, asked_elsewhere=found.by == "test"),
    ]
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}: evaluation</title>\n<style>\n{style}</style>\n<main>\n{''.join(parts)}"
        f"<footer>Made by posknn evaluate. Nothing in this page comes from or goes to the network.</footer>\n"
        f"</main>\n</html>\n"
    )


def _head(found: Evaluation, name: str) -> str:
    numbers = [
        (f"{found.macro_f1:.3f}", "macro-F1", "mean over labels"),
        (f"{found.accuracy:.1%}", "accuracy", f"of {found.asked:,} examples"),
        (f"{found.unknown:.1%}", "called unknown", "though taught"),
    ]
    if found.open_set:
        numbers.append((f"{found.open_set.refused:.0%}", "of untaught refused", "at 95% of taught accepted"))
    numbers.append((f"{found.calibration.error:.3f}", "calibration error", "0 means confidence is honest"))
    tiles = "".join(
        f"<div><dt>{what}</dt><dd>{number}</dd><small>{more}</small></div>" for number, what, more in numbers
    )
    leakage = found.leakage
    told = [escape(note) for note in found.notes]
    warning = ""
    if leakage and leakage.flatters:
        warning = (
            f'<p class="warning"><strong>Leakage.</strong> A test on random frames would have said '
            f"{leakage.macro_f1:.3f}, {leakage.points:.0f} points more: near copies of a frame on both sides. "
            f"Do not believe such numbers.</p>"
        )
    elif leakage:
        told.append(
            f"a test on random frames would have said {leakage.macro_f1:.3f}, within 5 points of this: little leakage"
        )
    notes = "".join(f"<li>{note}</li>" for note in told)
    return (
        f"<header><p>Evaluation</p><h1>{name}</h1>"
        f"<p class='lead'>{found.examples:,} examples of {len(found.labels)} labels. "
        f"{_split(found)}</p></header><dl class='tiles'>{tiles}</dl>{warning}"
        + (f"<ul class='notes'>{notes}</ul>" if notes else "")
    )


def _split(found: Evaluation) -> str:
    why = escape(found.why)
    if found.by == "test":
        return f"Tested on another set: {why}."
    return f"Split by {found.by} into {found.folds} tests: {why}."


def _labels(found: Evaluation) -> str:
    rows = [
        [
            escape(str(one.label)),
            f"{one.examples:,}",
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
            f"{one.f1:.3f}",
            _bar(one.f1),
            f"{one.unknown:.0%}",
        ]
        for one in found.by_label
    ]
    header = ["label", "examples", "precision", "recall", "F1", "", "unknown"]
    aside = _aside(
        "Precision: how often the label is right when it is given. Recall: how often it is found. Unknown: the share "
        "that is called unlike anything taught."
    )
    return _section("Label by label", _table(header, rows) + aside)


def _confusion(found: Evaluation) -> str:
    nothing = sum(row[-1] for row in found.confusion)
    aside = _aside(f"{nothing} examples had no keypoint in common with any other.") if nothing else ""
    figure = confusion_figure([str(label) for label in found.labels], found.confusion)
    return _section("What is taken for what", f"<figure>{figure}</figure>{aside}")


def _open_set(found: OpenSet) -> str:
    rows = [
        [
            escape(str(one.label)),
            f"{one.examples:,}",
            f"{one.refused:.0%}",
            _bar(one.refused),
            f"{one.limited:.0%}",
            f"{one.area:.3f}",
        ]
        for one in sorted(found.by_label, key=lambda one: one.refused)
    ]
    figure = open_set_figure(found.curve, found.accepted, found.refused, found.limited)
    aside = _aside(
        f"One label at a time is not taught, and its poses are asked. When {found.accepted:.0%} of the taught poses "
        f"are accepted, {found.refused:.0%} of the untaught ones are refused; the limits that the classifier learns "
        f"itself refuse {found.limited:.0%}. AUROC: {found.area:.3f}, where 1 is perfect and 0.5 a coin."
    )
    table = _table(["left out", "asked", "refused", "", "by limits", "AUROC"], rows)
    return _section("Poses that were never taught", _pair(figure, table) + aside)


def _calibration(found: Calibration) -> str:
    rows = [[f"{one.confidence:.0%}", f"{one.right:.0%}", f"{one.count:,}"] for one in found.bins]
    figure = reliability_figure([(one.confidence, one.right, one.count) for one in found.bins])
    aside = _aside(
        "Of the answers given with 80% confidence, 80% should be right. On average it is "
        f"{100 * found.error:.1f} points off (expected calibration error)."
    )
    table = _table(["it said", "it was right", "examples"], rows)
    return _section("Does confidence mean what it says?", _pair(figure, table) + aside)


def _worst(found: Sequence[Confusion], *, asked_elsewhere: bool) -> str:
    title = "Worst confusions"
    if not found:
        return _section(title, "<p>None: every answer was right.</p>")
    parts = []
    for one in found:
        rows = [
            [
                _place(mistake.recording, mistake.row, mistake.time),
                f"{mistake.confidence:.0%}",
                _place(mistake.nearest_recording, mistake.nearest_row, mistake.nearest_time),
                f"{mistake.distance:.3f}",
            ]
            for mistake in one.mistakes
        ]
        label, answer = escape(str(one.label)), escape(str(one.answer))
        times = "once" if one.count == 1 else f"{one.count:,} times"
        parts.append(
            f"<h3>{label} <span>taken for</span> {answer} <small>{times}, {one.share:.1%} of {label}</small></h3>"
        )
        parts.append(_table(["example", "confidence", "most like", "distance"], rows, kind="text"))
    where = "in the other set" if asked_elsewhere else "in its recording"
    parts.append(
        _aside(
            f"The mistakes of which it was surest, each at its place {where}, and the taught example that misled it. "
            "Wrong labels show here: see <code>posknn clean</code>."
        )
    )
    return _section(title, "".join(parts))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>\n"


def _aside(text: str) -> str:
    return f'<p class="aside">{text}</p>'


def _pair(figure: str, table: str) -> str:
    return f'<div class="pair"><figure>{figure}</figure>{table}</div>'


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "numbers") -> str:
    head = "".join(f"<th>{cell}</th>" if cell else '<th class="bar"></th>' for cell in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(content: str) -> str:
    return f'<td class="bar">{content}</td>' if content.startswith("<i ") else f"<td>{content}</td>"


def _bar(share: float) -> str:
    return f'<i style="width:{100 * share:.1f}%"></i>'


def _place(recording: str, row: int, time: float | None) -> str:
    place = f"row {row}" if time is None else f"at {time:.2f} s"
    return f"{escape(recording)} <small>{place}</small>" if recording else place
