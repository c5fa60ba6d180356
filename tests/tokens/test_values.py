"""The values we hand out: nobody guesses one, and none tells anything about the next."""

import pytest

from authz.tokens.values import mint, read

SECRET = 43  # letters of 32 bytes; before them stands the handle, which is no secret


@pytest.mark.compliance("FAPI 2.0", "5.3.2.1", "codes, tokens and request_uri: over 128 bits")
@pytest.mark.parametrize("kind", ["ac", "at", "mt", "rt", "ru"])
def test_nobody_guesses_a_value(kind):
    """In 4,000 of them each letter of the secret stands at each place about as often as any."""
    secrets = [mint(kind).value[-SECRET + 1 :] for _ in range(4000)]

    assert len(set(secrets)) == len(secrets)
    for place in zip(*secrets, strict=True):
        counts = {letter: place.count(letter) for letter in set(place)}
        assert len(counts) == 64
        assert max(counts.values()) < 4 * 4000 / 64


def test_a_value_is_of_one_kind():
    value = mint("at").value

    assert read("at", value) is not None
    assert read("rt", value) is None
    assert read("rt", value.replace("_at_", "_rt_")) != read("at", value)
