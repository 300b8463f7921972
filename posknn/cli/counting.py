"""The command that counts repetitions in recorded videos."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from posknn.cli import terminal
from posknn.cli.options import as_json_option, follow_option, mirrored_option, people_option
from posknn.cli.terminal import plural, print_problems

if TYPE_CHECKING:
    from posknn.tasks.count import Counted
    from posknn.tracking.following import Follow

__all__ = ["count", "print_counted", "print_counted_json"]

_NO_VIDEO = (".posknn", ".json", ".csv")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="[CLASSIFIER] VIDEO|TRACK...")
@click.option("--pattern", metavar="TEXT", help='Which poses make a repetition: "up > down > up".')
@click.option("--auto", is_flag=True, help="No classifier: find the motion that repeats itself and count it.")
@click.option(
    "--relative",
    is_flag=True,
    help="Measure depth by each person's own deepest pose, where poses were taught on something else.",
)
@click.option(
    "--smooth",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.1,
    show_default=True,
    help="Time constant of the smoothing, seconds.",
)
@click.option(
    "--least",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=0.2,
    show_default=True,
    help="Repetitions shorter than this do not count, seconds.",
)
@click.option(
    "--greatest",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=30.0,
    show_default=True,
    help="Repetitions longer than this do not count, seconds.",
)
@people_option
@follow_option
@mirrored_option
@as_json_option
def count(
    paths: tuple[str, ...],
    pattern: str | None,
    auto: bool,
    relative: bool,
    smooth: float,
    least: float,
    greatest: float,
    people: int,
    follow: Follow,
    mirrored: bool,
    as_json: bool,
) -> None:
    """Count repetitions in recorded videos.

    \b
    CLASSIFIER is a .posknn file, ml5 JSON, a CSV of examples, a recording, or a folder of recordings.
    VIDEO... are video files, folders of videos or folders of pictures, TRACK... recordings of poses (.parquet).

    \b
      posknn count squats.posknn monday.mp4 --pattern "up > down > up"
      posknn count squats.posknn monday.mp4 --pattern "up > left_down | right_down > up"
      posknn count --auto monday.mp4

    A repetition that does not come near enough to the far pose is partial: reported, not counted. The count is that of
    the first person seen; with --people N the others are counted too. A video that cannot be read is reported, the
    others are done; the exit code is 1 then.
    """
    if auto == (pattern is not None):
        raise click.UsageError('say what to count: --pattern "up > down > up", or --auto; not both')
    if auto and relative:
        raise click.UsageError("--relative goes with --pattern; --auto always measures so")
    if not auto and len(paths) < 2:
        raise click.UsageError(f"a pattern needs a classifier and a video: only {paths[0]} was given")
    from posknn.tracking.sources import videos_meant

    show = print_counted_json if as_json else print_counted
    with terminal.progress(as_json) as progress:
        if pattern is None:
            from posknn.tasks.count import count_auto

            meant = videos_meant(_videos(paths))
            reports = count_auto(
                meant, max_people=people, follow=follow, mirrored=mirrored, progress=progress, done=show
            )
        else:
            from posknn.tasks.count import count as count_task

            reports = count_task(
                paths[0],
                videos_meant(paths[1:]),
                pattern,
                smooth=smooth,
                least=least,
                greatest=greatest,
                relative=relative,
                max_people=people,
                follow=follow,
                mirrored=mirrored,
                progress=progress,
                done=show,
            )
    if any(report.error for report in reports):
        sys.exit(1)


def print_counted(report: Counted) -> None:
    """Say what was counted in one video."""
    if report.error:
        print(f"error: {report.error}", file=sys.stderr)
        return
    extra = [f"{report.partial} partial" if report.partial else ""]
    if report.tempo is not None:
        extra.append(f"one every {report.tempo:.1f} s")
    if report.hold:
        extra.append(f"{report.hold:.1f} s in {report.whole[0].label}")
    if report.confidence is not None:
        extra.append(f"{report.confidence:.0%} sure")
    print(", ".join([f"{report.video}: {plural(report.count, 'repetition')}", *(part for part in extra if part)]))
    for one in report.repetitions:
        if one.person == report.followed:
            side = f", {one.side}" if one.side else ""
            kind = "" if one.whole else ", partial"
            print(f"  {one.start:6.1f} to {one.end:5.1f} s  depth {one.depth:.0%}{side}{kind}")
    for person, number in report.people.items():
        if person != report.followed:
            print(f"  person {person}: {plural(number, 'repetition')}")
    if report.relative is not None:
        print(f"  {_way_out(report.relative)}")
    print_problems(report.problems)


def print_counted_json(report: Counted) -> None:
    """Print one video as one line of JSON; of one that could not be read the error."""
    if report.error:
        terminal.print_json({"video": report.video, "error": report.error})
        return
    shown: dict[str, object] = {
        "video": report.video,
        "count": report.count,
        "partial": report.partial,
        "people": [{"id": person, "count": number} for person, number in report.people.items()],
        "repetitions": [
            {
                "person": one.person,
                "start": round(one.start, 3),
                "end": round(one.end, 3),
                "depth": round(one.depth, 3),
            }
            for one in report.repetitions
            if one.whole
        ],
    }
    if report.confidence is not None:
        shown["confidence"] = round(report.confidence, 3)
    if report.relative is not None:
        shown["relative"] = report.relative
        print(f"note: {report.video}: {_way_out(report.relative)}", file=sys.stderr)
    terminal.print_json(shown)
    print_problems(report.problems)


def _way_out(relative: int) -> str:
    return (
        "nothing comes as deep as what was taught; by this person's own deepest pose it would be "
        f"{plural(relative, 'repetition')}: --relative counts so"
    )


def _videos(paths: tuple[str, ...]) -> list[str]:
    """Leave out what is surely a classifier, which --auto has no use for."""
    videos = [path for path in paths if Path(path).suffix.lower() not in _NO_VIDEO]
    for path in paths:
        if path not in videos:
            print(f"note: --auto needs no classifier; {path} is passed over", file=sys.stderr)
    if not videos:
        raise click.UsageError("name a video to count in")
    return videos
