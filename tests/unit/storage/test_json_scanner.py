"""JSON is walked through piece by piece, as deep and as odd as it may be."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posknn.errors import FileFormatError
from posknn.storage.json_scanner import Scanner

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(), VALUES, max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_every_value_can_be_read_or_passed_over(
    content: dict[str, object], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    scanner = Scanner(text, "a.json")
    assert {key: scanner.value(key) for key in scanner.members()} == content
    scanner.end()
    scanner = Scanner(text, "a.json")
    passed = []
    for key in scanner.members():
        passed.append(key)
        scanner.skip()
    assert passed == list(content)
    scanner.end()


@settings(max_examples=60)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32) | st.none()), st.booleans())
def test_numbers_come_back(numbers: list[float | None], keyed: bool) -> None:
    content: object = {str(key): number for key, number in enumerate(numbers)} if keyed else numbers
    scanner = Scanner(json.dumps({"numbers": content}, indent=1).encode(), "a.json")
    for key in scanner.members():
        values, keys = scanner.numbers(key)
        assert values.tolist() == [number or 0.0 for number in numbers]
        assert (None if keys is None else keys.tolist()) == (list(range(len(numbers))) if keyed else None)
    scanner.end()


def test_depth_does_not_matter_where_nobody_looks() -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    scanner = Scanner(b'{"a":' + deep + b',"b":2}', "a.json")
    for key in scanner.members():
        if key == "a":
            scanner.skip()
        else:
            assert scanner.value("b") == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1, column 1: not JSON: expected a {, not the end of the file"),
        (b"{", "expected a key in double quotes, not the end"),
        (b"{'a':1}", "line 1, column 2: .*expected a key"),
        (b'{"a" 1}', "expected a colon after the key"),
        (b'{"a":}', "expected a value"),
        (b'{"a":1 "b":2}', "expected a }"),
        (b'{"a":[1,\n"x}', "line 2, column 1: .*expected a value"),
        (b'{"a":1}x', "expected nothing more, not 'x'"),
        (b'{"a":1,}', "expected a key"),
        (b'{"a":[1', "expected a value, not the end"),
        (b'{"a":"\\ud8\xff"}', "a: not UTF-8"),
    ],
)
def test_the_place_is_named(content: bytes, message: str) -> None:
    with pytest.raises(FileFormatError, match=rf"a\.json.*{message}"):  # noqa: PT012  # the whole walk may fail
        scanner = Scanner(content, "a.json")
        for key in scanner.members():
            scanner.value(key)
        scanner.end()


def test_a_value_of_interest_is_short() -> None:
    scanner = Scanner(b'{"a":' + b"[" * 70_000 + b"]" * 70_000 + b"}", "a.json")
    with pytest.raises(FileFormatError, match=r"a\.json: a: far too long"):
        next(scanner.value(key) for key in scanner.members())


def test_it_needs_no_file() -> None:
    assert Scanner(b"\xef\xbb\xbf [1]", Path("gone.json")).next == "["
