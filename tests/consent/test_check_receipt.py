"""A receipt is checked without us, and what is wrong with a spoilt one is named."""

import json
import os
import re
import subprocess
import sys
from base64 import b64decode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from pymerkle import InmemoryTree, verify_inclusion

from authz.consent.by import By
from authz.consent.check_receipt import check_receipt, is_receipt
from authz.consent.receipt import Home
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.queries import account
from authz.keys.ed25519 import Ed25519Key
from authz.keys.rotate import replace
from authz.keys.signing import CONSENT_RECEIPT, ID_TOKEN, jwks, signer
from authz.ledger.errors import LedgerFault
from authz.ledger.note import Verifier
from authz.ledger.tiles import unpack
from tests.builders import READ_MEASUREMENTS
from tests.consent.issued import issued


@pytest.fixture
def home(ledger):
    return Home("https://authz.test", ledger.signer.name)


@pytest.fixture
def consent(make, ledger):
    ledger.append(3)
    given = make.decision(make.account(), make.client("diary"), READ_MEASUREMENTS).consent
    ledger.grow(5)
    return given


@pytest.fixture
def issue(consent, home, at):
    """The newest receipt, as a document."""
    return lambda copy="person": issued(consent, home, copy, at=at)


@pytest.fixture
def published(app, issue):
    """The keys of receipts, as they were published when the receipt was made."""
    issue()
    return jwks(CONSENT_RECEIPT)["keys"]


@pytest.mark.parametrize("copy", ["person", "service"])
def test_either_copy_is_proven_with_public_keys_alone(issue, published, ledger, copy):
    proven = check_receipt(json.dumps(issue(copy)), published, ledger.signer.verifier)

    assert (proven.claims["copy"], proven.claims["event"]["type"]) == (copy, "consent:given")
    assert proven.checkpoint.origin == ledger.signer.name


@pytest.mark.compliance(
    "Mission", "differentiator 2", "a signed receipt is verified offline by software not ours"
)
def test_others_software_comes_to_the_same(issue, published, ledger):
    """joserfc for the signature, cryptography for the checkpoint, pymerkle for the tree."""
    document = issue()

    claims = joserfc_jwt.decode(document["receipt"], KeySet.import_key_set({"keys": published}))
    head, _, note = document["proof"].partition("\n\n")
    index, *path = head.split("\nindex ")[1].split("\n")
    text, _, signatures = note.rpartition("\n\n")
    signature = b64decode(signatures.split()[-1])[4:]
    Ed25519PublicKey.from_public_bytes(ledger.signer.verifier.public).verify(
        signature, f"{text}\n".encode()
    )
    _, size, root = text.split("\n")
    theirs = InmemoryTree(algorithm="sha256")
    for entry in unpack((ledger.directory / f"tile/entries/000.p/{size}").read_bytes()):
        theirs.append_entry(entry)
    leaf = bytes.fromhex(claims.claims["ledger"]["leaf_sha256"])
    proof = theirs.prove_inclusion(int(index) + 1, int(size))
    assert theirs.get_root(int(size)) == b64decode(root)
    assert proof.path == [leaf, *map(b64decode, path)]
    verify_inclusion(leaf, b64decode(root), proof)


SPOILT = {
    "nothing": (lambda doc: "", "form"),
    "a text": (lambda doc: "This is my receipt.", "form"),
    "cut in the document": (lambda doc: json.dumps(doc)[:-40], "form"),
    "cut in the signature": (lambda doc: doc["receipt"][:-10], "signature"),
    "cut in the claims": (lambda doc: doc["receipt"][:400], "form"),
    "no receipt in it": (lambda doc: json.dumps({"proof": doc["proof"]}), "form"),
    "two receipts in it": (
        lambda doc: f'{{"receipt": "{doc["receipt"]}", "receipt": "{doc["receipt"]}"}}',
        "form",
    ),
    "altered": (lambda doc: json.dumps(altered(doc)), "signature"),
    "signed with nothing": (lambda doc: json.dumps(unsigned(doc)), "form"),
    "without a proof": (lambda doc: doc["receipt"], "position"),
    "the proof cut": (lambda doc: json.dumps(doc | {"proof": doc["proof"][:200]}), "form"),
    "another place": (lambda doc: json.dumps(doc | {"proof": moved(doc["proof"])}), "inclusion"),
    "a checkpoint of another size": (
        lambda doc: json.dumps(doc | {"proof": doc["proof"].replace("\n12\n", "\n13\n")}),
        "signature",
    ),
    "a proof of no text": (lambda doc: json.dumps(doc | {"proof": 3}), "form"),
}


def altered(document):
    header, payload, signature = document["receipt"].split(".")
    said = json.loads(b64decode(payload + "==", altchars=b"-_"))
    said["event"]["type"] = "consent:refused"
    return document | {"receipt": f"{header}.{encoded(said)}.{signature}"}


def unsigned(document):
    payload = document["receipt"].split(".")[1]
    header = encoded({"alg": "none", "typ": "consent-receipt+jwt"})
    return document | {"receipt": f"{header}.{payload}."}


def encoded(value):
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def moved(proof):
    index = proof.split("index ")[1].split("\n")[0]
    return proof.replace(f"index {index}\n", f"index {int(index) - 1}\n")


@pytest.mark.parametrize(("spoil", "check"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_receipt_is_refused_and_the_check_is_named(issue, published, ledger, spoil, check):
    document = issue()
    assert "\n12\n" in document["proof"]

    with pytest.raises(LedgerFault) as refusal:
        check_receipt(spoil(document), published, ledger.signer.verifier)

    assert refusal.value.check == check


def test_what_another_key_of_ours_signed_is_no_receipt(issue, published, ledger, at):
    """An ID token is none, nor is a receipt under a key of another purpose (RFC 8725 §3.11)."""
    document = issue()
    claims = json.loads(b64decode(document["receipt"].split(".")[1] + "==", altchars=b"-_"))
    for typ, check in (("JWT", "form"), ("consent-receipt+jwt", "origin")):
        token = signer(ID_TOKEN, at=at).sign(claims, typ=typ)
        with pytest.raises(LedgerFault) as refusal:
            check_receipt(token, published, ledger.signer.verifier)
        assert refusal.value.check == check


def test_keys_of_others_and_logs_of_others_are_foreign(issue, published, ledger, at):
    document = json.dumps(issue())
    stranger = Verifier("other.test/consent", Ed25519Key.generate().public)
    same_name = Verifier(ledger.signer.name, Ed25519Key.generate().public)
    replace(at=at)
    theirs = [key for key in jwks(CONSENT_RECEIPT)["keys"] if key not in published]

    for keys, verifier in (
        (theirs, ledger.signer.verifier),
        ([], ledger.signer.verifier),
        (published, stranger),
        (published, same_name),
    ):
        with pytest.raises(LedgerFault) as refusal:
            check_receipt(document, keys, verifier)
        assert refusal.value.check == "origin"


def test_the_proof_of_another_entry_does_not_serve(make, consent, issue, published, ledger, at):
    first = issue()
    withdraw(consent.id, by=By(account(consent.account_id)), at=at)
    db.session.commit()
    ledger.grow(1)
    second = issue()

    exchanged = json.dumps({"receipt": second["receipt"], "proof": first["proof"]})

    with pytest.raises(LedgerFault) as refusal:
        check_receipt(exchanged, published, ledger.signer.verifier)
    assert refusal.value.check == "inclusion"


@pytest.mark.parametrize(
    ("text", "yes"), [("{}", True), ("  eyJ", True), ("c2sp.org/tlog-proof@v1", False), ("", False)]
)
def test_a_receipt_is_told_from_a_proof(text, yes):
    assert is_receipt(text) is yes


@pytest.fixture
def command(tmp_path, published, ledger):
    """``authz ledger receipt``, far from any server and database."""
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": published}))

    def run(text, *more):
        file = tmp_path / "receipt.json"
        file.write_text(text)
        told = [file, "--key", ledger.signer.verifier.encoded, *more]
        return subprocess.run(
            [sys.executable, "-m", "authz.cli", "ledger", "receipt", *map(str, told)],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"]},
        )

    return run


def test_the_command_says_what_a_receipt_proves(command, issue, tmp_path):
    answer = command(json.dumps(issue("service")), "--jwks", tmp_path / "jwks.json")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert re.fullmatch(
        r"proven: consent:given at \S+Z, Parcours Trois-Rivières, is entry 6 of log.test/consent\n",
        answer.stdout,
    )


def test_the_command_names_what_is_wrong(command, issue, tmp_path):
    keys = tmp_path / "jwks.json"
    (tmp_path / "none.json").write_text("[]")

    altered_one = command(json.dumps(altered(issue())), "--jwks", keys)
    without_keys = command(json.dumps(issue()))
    without_set = command(json.dumps(issue()), "--jwks", tmp_path / "none.json")
    missing = command(json.dumps(issue()), "--jwks", tmp_path / "nowhere.json")

    assert "NOT PROVEN: the signature is not that of the key it names" in altered_one.stderr
    assert "--jwks" in without_keys.stderr
    assert "not a JWK Set" in without_set.stderr
    assert "No such file" in missing.stderr
    for answer in (altered_one, without_keys, without_set, missing):
        assert (answer.returncode, answer.stdout) == (1, "")
