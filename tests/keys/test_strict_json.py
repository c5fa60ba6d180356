"""JSON that has one reading, and that the database can hold."""

import pytest

from authz.keys.strict_json import parse, parse_object


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 1}}',
        "NaN",
        "[-Infinity]",
        "1e999",
        "9" * 5000,
        str(2**63),
        '{"a": [-9223372036854775809]}',
        "1e300",
        "-1e20",
        '"\\ud800"',
        '{"\\udfff": 1}',
        '"\\u0000"',
        '["a\\u0000b"]',
        "[" * 100_000,
        "",
        "{",
        b"\xff",
        b'"\x00"',
    ],
)
def test_what_has_no_single_reading_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every cause is a ValueError, and that is the promise
        parse(text)


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "null"])
def test_an_object_is_an_object(text: str) -> None:
    with pytest.raises(ValueError, match="not an object"):
        parse_object(text)


def test_a_backslash_before_u0000_is_only_text() -> None:
    assert parse('"\\\\u0000"') == "\\u0000"


def test_ordinary_json_is_read() -> None:
    assert parse_object(b'{"a": [1, 2.5, true, null, "\xc3\xa9"]}') == {
        "a": [1, 2.5, True, None, "é"]
    }
