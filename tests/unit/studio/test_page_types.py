"""The types in the page's comments hold: checked where a TypeScript compiler is installed, which users never need."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import posknn.studio

STATIC = Path(posknn.studio.__file__).parent / "static"
OPTIONS = {
    "noEmit": True,
    "allowJs": True,
    "checkJs": True,
    "strict": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["dom", "dom.iterable", "esnext"],
    "types": [],
}


def test_the_types_of_the_page_hold(tmp_path: Path) -> None:
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("no tsc to check the page's types: npm install --global typescript")
    modules = sorted(str(path) for path in STATIC.glob("*.js"))
    # A file, as not every version takes an empty list of types on its command line.
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": modules}))
    checked = subprocess.run([tsc, "--project", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
