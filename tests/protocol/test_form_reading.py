"""A form says what the platform's own reading says, or nothing at all."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.protocol.errors import ParameterMalformed
from authz.protocol.request import pairs_in

PIECES = st.sampled_from(
    [
        b"&",
        b"=",
        b"+",
        b"%",
        b"%C3%A9",
        b"%FF",
        b"%00",
        b"%0A",
        b"a",
        b" ",
        b"\xc3\xa9",
        b";",
    ]
)
FORMS = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=20).map(b"".join))


@given(FORMS)
def test_a_form_reads_as_anybody_reads_it(encoded: bytes) -> None:
    try:
        expected = parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        with pytest.raises(ParameterMalformed):
            pairs_in(encoded)
        return
    try:
        assert pairs_in(encoded) == expected
    except ParameterMalformed:
        assert not all(text.isprintable() for pair in expected for text in pair)
