"""The command that serves the local web page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from posknn.cli.options import as_json_option

__all__ = ["studio"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("recordings"))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port to serve on, 0 for any.  [default: 8765, or the next free]",
)
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option(
    "--host",
    metavar="ADDRESS",
    help="Also let others in: an address of this machine. A token is shown, which their browser asks for.",
)
@as_json_option
def studio(folder: Path, port: int | None, no_browser: bool, host: str | None, as_json: bool) -> None:
    """Teach, look, correct and evaluate in the browser.

    FOLDER is where recordings are and go; recordings when left out, made when missing. They are the same that
    `posknn record` writes and all other commands read.

    Serves a page on this machine alone; Ctrl-C ends it. What was taught is on disk at any moment.

    \b
      posknn studio
      posknn studio desk --no-browser
    """
    from posknn.studio.server import serve

    def announce(address: str, token: str | None) -> None:
        if as_json:
            print(json.dumps({"address": address, "token": token}), flush=True)
            return
        print(f"the studio of {folder.resolve().name or folder} is at {address} (Ctrl-C ends it)", flush=True)
        if token:
            print(f"token: {token}", flush=True)
            print(
                "others need an encrypted way here, such as an SSH tunnel, before a browser lends its camera",
                flush=True,
            )

    serve(folder, port=port, host=host, browser=not no_browser, announce=announce)
