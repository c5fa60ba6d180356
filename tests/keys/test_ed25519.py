"""Ed25519 is that of RFC 8032, and the key file is whole or absent."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authz.keys.ed25519 import (
    Ed25519Key,
    KeyMissing,
    KeyUnreadable,
    SignatureInvalid,
    check_signature,
    key_in_file,
    new_key_in_file,
)

# RFC 8032 §7.1, TEST 2.
SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_published_vector_is_met():
    key = Ed25519Key.from_seed(bytes.fromhex(SEED))

    assert key.public.hex() == PUBLIC
    assert key.sign(b"\x72").hex() == SIGNATURE
    check_signature(key.public, bytes.fromhex(SIGNATURE), b"\x72")


@pytest.mark.parametrize(
    ("public", "signature", "message"),
    [
        (PUBLIC, SIGNATURE, b"\x73"),
        (PUBLIC, SIGNATURE[:-2] + "01", b"\x72"),
        (PUBLIC, "", b"\x72"),
        ("00", SIGNATURE, b"\x72"),
    ],
)
def test_anything_else_is_refused(public, signature, message):
    with pytest.raises(SignatureInvalid):
        check_signature(bytes.fromhex(public), bytes.fromhex(signature), message)


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    path = tmp_path / "new" / "ledger.key"

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(new_key_in_file, [path] * 8))

    assert len({key.public for key in keys}) == 1


@pytest.mark.parametrize("content", [b"", b"not a key"])
def test_a_file_that_holds_no_key_is_refused(tmp_path, content):
    path = tmp_path / "ledger.key"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(KeyUnreadable, match="not a private key"):
        key_in_file(path)


def test_looking_for_a_key_makes_none(tmp_path):
    with pytest.raises(KeyMissing):
        key_in_file(tmp_path / "keys" / "ledger.key")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_that_others_may_have_copied_is_refused(tmp_path, mode):
    path = tmp_path / "ledger.key"
    new_key_in_file(path)
    path.chmod(mode)

    with pytest.raises(KeyUnreadable, match="readable by others"):
        key_in_file(path)


def test_a_key_of_another_kind_is_refused():
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    with pytest.raises(KeyUnreadable):
        Ed25519Key.from_pem(pem)
