"""The types in the page's comments hold: checked where a TypeScript compiler is installed, which users never need."""

import shutil
import subprocess
from pathlib import Path

import pytest

import posknn.studio

STATIC = Path(posknn.studio.__file__).parent / "static"


def test_the_types_of_the_page_hold() -> None:
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("no tsc to check the page's types: npm install --global typescript")
    arguments = ["--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2022", "--module", "esnext"]
    arguments += ["--moduleResolution", "bundler", "--lib", "dom,dom.iterable,esnext", "--types", ""]
    modules = sorted(str(path) for path in STATIC.glob("*.js"))
    checked = subprocess.run([tsc, *arguments, *modules], capture_output=True, text=True, check=False, cwd=STATIC)
    assert (checked.returncode, checked.stdout) == (0, "")
