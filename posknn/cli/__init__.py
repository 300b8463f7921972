"""The command line: a command reads its arguments, calls one task and prints the report."""

from __future__ import annotations

import io
import sys
import warnings

import click

from posknn.cli.counting import count
from posknn.cli.curating import clean, suggest
from posknn.cli.evaluating import evaluate
from posknn.cli.first_steps import bench, demo, doctor
from posknn.cli.recognising import label, live
from posknn.cli.reviewing import agree
from posknn.cli.studio import studio
from posknn.cli.teaching import convert, record
from posknn.cli.tracking import track
from posknn.errors import PosknnError

__all__ = ["main"]


class _Commands(click.Group):
    """Lists the commands in the order in which somebody new meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="posknn")
def _posknn() -> None:
    """Teach a computer body poses by showing them, then recognise them live or in recorded video.

    \b
    Start here:
      posknn demo                               see it work, no camera needed
      posknn record 0 upright slouch -o desk.parquet
      posknn live desk.parquet
      posknn label desk.parquet holiday.mp4 -o labels
      posknn studio                             all of it in the browser

    Everything stays on this machine: posknn opens no network connection of its own accord.
    """


for _command in (
    demo,
    record,
    live,
    track,
    label,
    count,
    agree,
    evaluate,
    clean,
    suggest,
    studio,
    convert,
    doctor,
    bench,
):
    _posknn.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit 0 done, 1 a clear one-line error, 2 wrong usage, 130 Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks the letters of a name still gets the rest
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    try:
        _posknn.main(args=arguments, prog_name="posknn", standalone_mode=False)
    except click.exceptions.Abort:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
    except (PosknnError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except ImportError as error:
        print(f"error: {error}; `posknn doctor` says what is missing", file=sys.stderr)
        sys.exit(1)
