"""Writes what came of a labelling run as one HTML page that needs nothing else, to look through and review."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from posknn.jobs.labelling import Labelled
from posknn.jobs.review import Moment, Review, Span
from posknn.tasks.label_run import Run, least_sure, seconds_known, seconds_seen
from posknn.values import Label, Segment

__all__ = ["run_page"]

_WIDE = 1000
_COLORS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"),
    *("#8b6fc0", "#a8a02c", "#8a5a3c", "#4f7f52", "#c23b5e", "#5c5fd0"),
)


def run_page(run: Run) -> str:
    """Return the page as HTML; the same run gives the same page, whoever did the work and whenever."""
    folder = files("posknn") / "tasks"
    style = "".join((folder / name).read_text(encoding="utf-8") for name in ("report.css", "label_report.css"))
    colors = "".join(f".l{number} {{ --c: {_color(number)}; }}\n" for number in range(len(run.labels)))
    parts = [_head(run), _failures(run), _labels(run), _timelines(run), _unsure(run), _made_with(run)]
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(run.name)}: labelled videos</title>\n<style>\n{style}{colors}</style>\n"
        f"<main>\n{''.join(parts)}"
        f"<footer>Made by posknn label. Nothing in this page comes from or goes to the network.</footer>\n"
        f"</main>\n</html>\n"
    )


def _head(run: Run) -> str:
    seconds = sum(review.end for _, review in run.done)
    frames, seen = (sum(getattr(one, name) for one, _ in run.done) for name in ("frames", "seen"))
    there = sum(seconds_seen(review) for _, review in run.done)
    known = sum(seconds_known(one, review) for one, review in run.done)
    failed = len(run.reports) - len(run.done)
    tiles = [
        (f"{len(run.done):,}", "videos", f"{failed:,} could not be done" if failed else "all that were given"),
        (_clock(seconds), "length", f"{frames:,} frames"),
        (_share(seen, frames), "with somebody", "of all frames"),
        (_share(there - known, there), "unknown", "of the time somebody is seen"),
        (f"{sum(len(one.segments) for one, _ in run.done):,}", "segments", f"of {len(run.labels)} labels"),
    ]
    cells = "".join(f"<div><dt>{what}</dt><dd>{number}</dd><small>{more}</small></div>" for number, what, more in tiles)
    return (
        f"<header><p>Labelled videos</p><h1>{escape(run.name)}</h1>"
        f'<p class="lead">Who showed which label when, in each video, and where to look twice.</p></header>'
        f'<dl class="tiles">{cells}</dl>'
    )


def _failures(run: Run) -> str:
    failed = [(one.video, one.error) for one in run.reports if one.error]
    damaged = [(one.video, problem) for one, _ in run.done for problem in one.problems]
    parts = []
    if failed:
        rows = "".join(f"<li><strong>{escape(video)}</strong> {escape(str(why))}</li>" for video, why in failed)
        parts.append(f'<div class="warning"><strong>Not done</strong><ul>{rows}</ul></div>')
    if damaged:
        rows = "".join(f"<li><strong>{escape(video)}</strong> {escape(why)}</li>" for video, why in damaged)
        parts.append(
            f'<div class="warning"><strong>Incomplete</strong>: what could be read is labelled<ul>{rows}</ul></div>'
        )
    return "".join(parts)


def _labels(run: Run) -> str:
    there = sum(seconds_seen(review) for _, review in run.done)
    rows = []
    for number, label in enumerate(run.labels):
        found = [one for report, _ in run.done for one in report.segments if one.label == label]
        seconds = sum(one.end - one.start for one in found)
        sure = (
            f"{sum((one.confidence or 0) * (one.end - one.start) for one in found) / seconds:.0%}" if seconds else "-"
        )
        rows.append(
            f"<tr><td>{_swatch(number)}{escape(str(label))}</td><td>{_clock(seconds)}</td>"
            f"<td>{_share(seconds, there)}</td>"
            f'<td><i class="l{number}" style="width:{100 * seconds / (there or 1):.1f}%"></i></td>'
            f"<td>{len(found):,}</td><td>{sure}</td></tr>"
        )
    unknown = there - sum(seconds_known(one, review) for one, review in run.done)
    rows.append(
        f'<tr><td><b class="swatch"></b><em>unknown</em></td><td>{_clock(unknown)}</td>'
        f"<td>{_share(unknown, there)}</td>"
        f'<td><i class="none" style="width:{100 * unknown / (there or 1):.1f}%"></i></td><td></td><td></td></tr>'
    )
    head = "".join(f"<th>{name}</th>" for name in ("label", "time", "share", "", "segments", "confidence"))
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    table = f'<div class="wide"><table class="numbers">{body}</table></div>'
    aside = (
        '<p class="aside">Time is counted for each person who is seen, and the share is of that. Unknown: somebody is '
        "seen, and shows nothing like what was taught, or too shortly.</p>"
    )
    return f"<section><h2>Labels</h2>{table}{aside}</section>\n"


def _timelines(run: Run) -> str:
    if not run.done:
        return ""
    numbers = {label: number for number, label in enumerate(run.labels)}
    legend = "".join(f"<li>{_swatch(number)}{escape(str(label))}</li>" for label, number in numbers.items())
    legend += '<li><b class="swatch"></b>unknown</li><li><b class="swatch gone"></b>nobody</li>'
    videos = "".join(_timeline(one, review, numbers) for one, review in run.done)
    return f'<section><h2>Videos</h2><ul class="legend">{legend}</ul>{videos}</section>\n'


def _timeline(report: Labelled, review: Review, numbers: Mapping[Label, int]) -> str:
    there = seconds_seen(review)
    unknown = _share(there - seconds_known(report, review), there)
    told = f"{_clock(review.end)}, {unknown} unknown, {len(report.segments):,} segments"
    if not review.spans:
        told = f"{_clock(review.end)}, nobody is seen"
    several = len(review.spans) > 1 or any(review.spans)
    strips = "".join(
        f'<div class="strip">{f"<span>{person}</span>" if several else ""}'
        f"{_strip(review, spans, [one for one in report.segments if one.person == person], numbers)}</div>"
        for person, spans in review.spans.items()
    )
    clock = _moment if review.end < 20 else _clock
    ticks = "".join(f"<span>{clock(review.end * part / 4)}</span>" for part in range(5))
    rows = "".join(
        f"<tr><td>{_swatch(numbers[label])}{escape(str(label))}</td><td>{seconds:,.1f} s</td></tr>"
        for label, seconds in sorted(report.by_label().items(), key=lambda one: -one[1])
    )
    more = (
        f"<details><summary>seconds per label</summary><table><tbody>{rows}</tbody></table></details>" if rows else ""
    )
    return (
        f'<article class="{"several" if several else "one"}"><h3>{escape(report.video)} <small>{told}</small></h3>'
        f'{strips}<div class="ticks">{ticks}</div>{more}</article>\n'
    )


def _strip(review: Review, spans: Sequence[Span], segments: Sequence[Segment], numbers: Mapping[Label, int]) -> str:
    """Return the timeline of one person: grey where seen, in the colour of the label where there is one."""
    scale = _WIDE / (review.end or 1.0)
    drawn = [_rect(start * scale, end * scale, "seen", "") for start, end in spans]
    for one in segments:
        sure = "" if one.confidence is None else f", {one.confidence:.0%}"
        title = f"{escape(str(one.label))}, {_moment(one.start)} to {_moment(one.end)}{sure}"
        drawn.append(_rect(one.start * scale, one.end * scale, f"l{numbers[one.label]}", title))
    said = "; ".join(f"{one.label} {_moment(one.start)}" for one in segments[:20])
    return (
        f'<svg viewBox="0 0 {_WIDE} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said or "no label", quote=True)}">{"".join(drawn)}</svg>'
    )


def _rect(start: float, end: float, kind: str, title: str) -> str:
    width = max(0.5, end - start)  # a segment of a moment shows too
    inside = f"><title>{title}</title></rect>" if title else "/>"
    return f'<rect class="{kind}" x="{start:.2f}" width="{width:.2f}" height="10"{inside}'


def _unsure(run: Run) -> str:
    found = least_sure(run.reviews)
    if not found:
        return ""
    cells = []
    for place, moment in found:
        segment = moment.segment
        person = f", person {segment.person}" if segment.person else ""
        still = run.stills.get(moment)
        picture = (
            f'<img alt="{escape(str(segment.label), quote=True)} at {_moment(moment.time)}" loading="lazy" '
            f'src="data:image/jpeg;base64,{b64encode(still).decode()}">'
            if still
            else ""
        )
        cells.append(
            f"<li>{picture}<strong>{_swatch(list(run.labels).index(segment.label))}{escape(str(segment.label))} "
            f"{_doubt(moment)}</strong> <span>{escape(run.reports[place].video)} "
            f"<small>at {_moment(moment.time)}{person}</small></span></li>"
        )
    asked = "" if run.stills or run.notes else " <code>--report-frames</code> shows a picture of each."
    notes = "".join(f'<p class="aside">{escape(note)}</p>' for note in run.notes)
    aside = (
        '<p class="aside">The moments whose labels were least sure, in no more than three segments of a video: the '
        "share of the votes that the label had, and how far it was on the way to being unknown, reached at 100%."
        f"{asked}</p>"
    )
    kind = "unsure pictured" if run.stills else "unsure"
    return f'<section><h2>Least sure</h2>{aside}{notes}<ol class="{kind}">{"".join(cells)}</ol></section>\n'


def _doubt(moment: Moment) -> str:
    reach = "" if moment.reach is None else f", {moment.reach:.0%} to unknown"
    return f"<small>{moment.share:.0%}{reach}</small>"


def _made_with(run: Run) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in run.settings)
    return f'<section><h2>Made with</h2><dl class="settings">{rows}</dl></section>\n'


def _color(number: int) -> str:
    """Return the colour of a label: of those of Okabe and Ito, then others, and beyond them all hues in turn."""
    if number < len(_COLORS):
        return _COLORS[number]
    return f"hsl({(number * 137.5) % 360:.0f} {45 + number % 3 * 15}% {42 + number % 4 * 7}%)"


def _swatch(number: int) -> str:
    return f'<b class="swatch l{number}"></b>'


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _moment(seconds: float) -> str:
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
