"""Signed notes are those of c2sp.org/signed-note, and nothing else passes for one."""

import pytest

from authz.keys.ed25519 import Ed25519Key
from authz.ledger.checkpoint import open_checkpoint, sign_checkpoint
from authz.ledger.errors import CheckpointInvalid, NoteInvalid
from authz.ledger.note import Signer, Verifier, open_note
from authz.ledger.tree import EMPTY_ROOT

# The example of Go's golang.org/x/mod/sumdb/note, which every C2SP tool builds upon.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("log.test/consent", Ed25519Key.from_seed(bytes(32)))


def test_a_note_signed_by_go_is_read():
    text = open_note(GO_NOTE, Verifier.parse(GO_KEY))

    assert text.startswith("If you think cryptography")


def test_a_verifier_key_survives_its_one_line_form():
    assert Verifier.parse(SIGNER.verifier.encoded) == SIGNER.verifier


def test_signing_again_gives_the_same_bytes():
    assert SIGNER.sign("once\n") == SIGNER.sign("once\n")


def test_signatures_of_strangers_are_ignored():
    stranger = Signer("witness.test", Ed25519Key.generate())
    note = SIGNER.sign("text\n") + stranger.sign("text\n").split("\n\n")[1]

    assert open_note(note, SIGNER.verifier) == "text\n"
    assert open_note(note, stranger.verifier) == "text\n"


def test_one_wrong_signature_of_ours_condemns_the_note():
    other = SIGNER.sign("other\n").split("\n\n")[1]

    with pytest.raises(NoteInvalid):
        open_note(SIGNER.sign("text\n") + other, SIGNER.verifier)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("text", "Text"),
        lambda note: note.removesuffix("\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note.split("\n\n")[0] + "\n",
        lambda note: note.replace("text", "te\txt"),
        lambda note: note.replace("log.test/consent ", "log.test/other "),
        lambda note: note + "\n",
        lambda note: note.split("\n\n")[0] + "\n\n" + note.split("\n\n")[1] * 65,
        lambda _: "",
    ],
)
def test_a_spoilt_note_is_refused(spoil):
    with pytest.raises(NoteInvalid):
        open_note(spoil(SIGNER.sign("text\n")), SIGNER.verifier)


@pytest.mark.parametrize(
    "key",
    [
        "no-key-at-all",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        SIGNER.verifier.encoded.replace("+AT", "+BD"),
    ],
)
def test_a_verifier_key_that_contradicts_itself_is_refused(key):
    with pytest.raises(NoteInvalid):
        Verifier.parse(key)


def test_a_checkpoint_says_name_size_and_root():
    checkpoint = sign_checkpoint(SIGNER, 0, EMPTY_ROOT)

    assert checkpoint.note.split("\n")[:2] == ["log.test/consent", "0"]
    assert open_checkpoint(checkpoint.note, SIGNER.verifier) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "log.test/consent\n0\n",
        "log.test/other\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log.test/consent\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log.test/consent\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log.test/consent\n1\n47DEQpj8HBSa\n",
        "log.test/consent\n1\n%%%%\n",
        "log.test/consent\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nmore\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_of_this_log_is_refused(text):
    """c2sp.org/tlog-checkpoint, "Note text"."""
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(SIGNER.sign(text), SIGNER.verifier)
