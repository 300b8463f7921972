"""The names of `posknn` itself: sorted, complete, importable, described."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import posknn

INIT = Path(next(iter(posknn.__path__))) / "__init__.py"
README = INIT.parents[1] / "README.md"
ALIASES = {"Label"}  # a name for other types; it cannot carry a docstring of its own


def _imported_names() -> set[str]:
    """Return the names that __init__.py imports from posknn, also those for type checkers alone."""
    nodes = ast.walk(ast.parse(INIT.read_text(encoding="utf-8")))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("posknn")]
    return {alias.asname or alias.name for node in froms for alias in node.names}


def test_names_are_sorted_and_named_once() -> None:
    assert posknn.__all__ == sorted(set(posknn.__all__), key=lambda name: (name[0].islower(), name))


def test_names_are_exactly_those_imported() -> None:
    assert set(posknn.__all__) == _imported_names()


@pytest.mark.parametrize("name", posknn.__all__)
def test_a_name_is_there_and_described(name: str) -> None:
    found = getattr(posknn, name)
    assert not isinstance(found, ModuleType)
    if name in ALIASES:
        return
    assert found.__module__.startswith("posknn.")
    text = found.__doc__
    assert text
    assert text.split("\n")[0].endswith((".", ":", ";", ",")) or "." in text
    assert not text.startswith(f"{name}(")  # what a dataclass says of itself when nobody else does


@pytest.mark.parametrize("name", posknn.__all__)
def test_a_name_is_one_object_wherever_it_is_taken_from(name: str) -> None:
    found = getattr(posknn, name)
    if name not in ALIASES:
        assert getattr(sys.modules[found.__module__], name) is found


@pytest.mark.parametrize("name", posknn.__all__)
def test_what_a_class_offers_is_described(name: str) -> None:
    found = getattr(posknn, name)
    if not isinstance(found, type) or issubclass(found, Exception):
        return
    public = {key: value for key, value in vars(found).items() if not key.startswith("_")}
    methods = {key: getattr(value, "__func__", value) for key, value in public.items()}
    described = {key: value for key, value in methods.items() if callable(value) or isinstance(value, property)}
    assert [key for key, value in described.items() if not value.__doc__] == []


def test_a_star_gives_all_of_them() -> None:
    code = "from posknn import *; import posknn; print([n for n in posknn.__all__ if n not in globals()])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=INIT.parents[1], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_dir_shows_them_before_they_are_loaded() -> None:
    assert set(posknn.__all__) <= set(dir(posknn))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Posetracker"):
        getattr(posknn, "Posetracker")  # noqa: B009  # as somebody might mistype it
    assert not hasattr(posknn, "_secret")


def test_the_documents_name_them_all() -> None:
    pages = [README, *sorted((INIT.parents[1] / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.is_file())
    if len(text.splitlines()) < 20:
        pytest.skip("the README is not written yet")
    assert [name for name in posknn.__all__ if name not in text] == []
