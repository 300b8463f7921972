"""What README and docs show works: every Python block runs, every command parses, every link leads somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from posknn.cli import _posknn

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "examples/README.md"]


def _blocks(language: str) -> list[tuple[str, str]]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.M | re.S)
    return [(page.name, block) for page in PAGES for block in pattern.findall(page.read_text(encoding="utf-8"))]


def _commands() -> list[str]:
    shown = [line for _, block in _blocks("sh") for line in block.splitlines()]
    inline = [code for page in PAGES for code in re.findall(r"`(posknn [^`]+)`", page.read_text(encoding="utf-8"))]
    lines = [line.split("#")[0].strip() for line in [*shown, *inline]]
    whole = [line for line in lines if line.startswith("posknn ") and "..." not in line and "DIR" not in line]
    return [line for line in dict.fromkeys(whole) if len(line.split()) > 2]  # a bare `posknn NAME` only mentions it


@pytest.mark.parametrize(("page", "block"), _blocks("python"))
def test_python_block_runs(page: str, block: str) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {done.stderr}"
    assert done.stderr == "" or "PrivacyWarning" in done.stderr


@pytest.mark.parametrize("line", _commands())
def test_command_parses(line: str) -> None:
    name, *arguments = shlex.split(line)[1:]
    command = _posknn.commands[name]
    command.make_context(name, arguments, resilient_parsing=False).close()


def test_every_command_is_in_the_readme() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    assert isinstance(_posknn, click.Group)
    for name in _posknn.commands:
        assert f"`posknn {name}" in readme


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
