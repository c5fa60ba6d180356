"""What is sealed opens in its own place, under its own key, and nowhere else."""

import pytest

from authz.keys.seal import KeyEncryptionKey, SealBroken, key_from_secret, new_key, seal, unseal

KEY = new_key()


def test_what_is_sealed_opens_again():
    assert unseal(KEY, seal(KEY, b"a secret", b"row 1"), b"row 1") == b"a secret"


def test_sealing_twice_never_looks_the_same():
    assert seal(KEY, b"a secret", b"row 1") != seal(KEY, b"a secret", b"row 1")


@pytest.mark.parametrize("at", [0, 1, 12, 13, -1])
def test_a_changed_byte_is_noticed(at):
    sealed = bytearray(seal(KEY, b"a secret", b"row 1"))
    sealed[at] ^= 1

    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed), b"row 1")


@pytest.mark.parametrize(("key", "about"), [(KEY, b"row 2"), (new_key(), b"row 1"), (KEY, b"")])
def test_it_does_not_open_elsewhere_or_under_another_key(key, about):
    with pytest.raises(SealBroken):
        unseal(key, seal(KEY, b"a secret", b"row 1"), about)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(12), b"\x02" + bytes(40)])
def test_what_was_never_sealed_does_not_open(sealed):
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, b"row 1")


def test_nothing_is_sealed_before_the_server_has_its_key():
    key = KeyEncryptionKey()

    with pytest.raises(RuntimeError):
        _ = key.key
    key.load("a secret of the settings")
    assert key.key == key_from_secret("a secret of the settings")
    assert key.key != key_from_secret("another secret")
