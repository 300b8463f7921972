"""One except clause catches every error of posknn, and the tree that is drawn is the tree that is."""

from __future__ import annotations

import re

import pytest

from posknn import PosknnError, errors

ERRORS = [getattr(errors, name) for name in errors.__all__ if name != "PrivacyWarning"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_one_clause_catches_them_all(error: type[Exception]) -> None:
    with pytest.raises(PosknnError, match="what it says"):
        raise error("what it says")


def test_everything_defined_is_exported_in_order() -> None:
    defined = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert sorted(defined) == errors.__all__


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    drawn = re.findall(r"^( *[│ ]*(?:[├└]── )?)(\w+(?:Error))  ", errors.__doc__ or "", re.MULTILINE)
    assert {name for _, name in drawn} == {error.__name__ for error in ERRORS}
    stack: list[tuple[int, str]] = []
    for indent, name in drawn:
        while stack and stack[-1][0] >= len(indent):
            stack.pop()
        parent = getattr(errors, stack[-1][1]) if stack else Exception
        assert getattr(errors, name).__bases__ == (parent,)
        stack.append((len(indent), name))


def test_a_wrong_argument_is_no_error_of_the_world() -> None:
    assert not issubclass(PosknnError, ValueError)
    assert issubclass(errors.PrivacyWarning, UserWarning)
