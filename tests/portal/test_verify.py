"""Anybody checks a proof on a public page, and is told in plain words which check failed."""

from io import BytesIO

import pytest

from authz.keys.ed25519 import Ed25519Key
from authz.ledger.checkpoint import sign_checkpoint
from authz.ledger.note import Signer
from tests.pages import words


def show(http, **fields):
    return http.submit("/verify", **fields)


def test_the_page_says_what_a_proof_proves(http, log):
    answer = show(http, proof=log.entry_proof())

    said = words(answer)
    assert answer.status_code == 200
    assert "Proven: this is in the register" in said
    assert "You allowed a service" in said
    assert "no. 3" in said


def test_a_file_is_read_as_it_was_downloaded(http, log):
    answer = show(http, file=(BytesIO(log.entry_proof().encode()), "mine.tlog-proof"))

    assert "Proven: this is in the register" in words(answer)


def test_a_text_is_read_as_browsers_and_people_paste_it(http, log):
    answer = show(http, proof="\r\n" + log.entry_proof().replace("\n", "\r\n") + "  ")

    assert "Proven: this is in the register" in words(answer)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: "", "not a proof of this register, or a part of it is missing"),
        (lambda text: text[:300], "a part of it is missing"),
        (lambda text: text.replace("index 3", "index 2"), "not the one that stands at this place"),
        (lambda text: text.replace("\n6\n", "\n7\n"), "altered, or forged"),
        (lambda text: text.replace("— authz", "— other"), "signed by somebody else"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_spoilt_proof_is_refused_in_words(http, log, spoil, said, language):
    receipt = log.entry_proof()
    http.submit("/language", language=language)

    answer = show(http, proof=spoil(receipt))

    assert answer.status_code == 422
    assert 'id="refused"' in answer.text
    assert language == "fr" or said in words(answer)


def test_a_proof_of_another_register_is_refused(http, log):
    receipt = log.entry_proof()
    stranger = Signer(log.signer.name, Ed25519Key.generate())
    text, _, note = receipt.rpartition("\n\n")[0].rpartition("\n\n")
    foreign = f"{text}\n\n{sign_checkpoint(stranger, 6, bytes(32)).note}"

    assert "signed by somebody else" in words(show(http, proof=foreign))
    assert note


def test_what_is_shown_is_never_sent_back(http, log):
    log.entry_proof()

    answer = show(http, proof="<script>alert(1)</script>")

    assert "alert(1)" not in answer.text


def test_a_file_that_is_too_large_is_refused(http, log):
    log.entry_proof()

    answer = show(http, file=(BytesIO(b"x" * 20_000), "large"))

    assert answer.status_code == 422


def test_a_proof_opens_nothing_that_is_not_in_it(http, log):
    """The page is for strangers: it needs no sign-in, and says what the paper says, no more."""
    said = words(show(http, proof=log.entry_proof()))

    assert "My services" not in said
