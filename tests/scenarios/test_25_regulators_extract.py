"""Scenario 25: given a period and a service, the extract reconciles with the ledger's head,
includes the texts as displayed, and holds nobody's identity without a second key.
"""

import json
import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from authz.cli import main
from authz.clock import day_of
from authz.consent import queries
from authz.db import db
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.erase import erase_subject
from authz.ledger.note import Signer
from tests.demo.conftest import authz  # noqa: F401 - a fixture
from tests.journal import events, public_events
from tests.ledger.conftest import Ledger
from tests.pages import Visitor
from tests.scenarios.walk import IDENTITY, IDENTITY_SCOPE, arrive, submit

LINKED = "dossier-4711"  # Camille's account at the service, as the page shows it


@pytest.fixture
def log(app, tmp_path):
    """The log of the commands' settings."""
    signer = Signer("cli.test/log", Ed25519Key.generate())
    return Ledger(app, signer, tmp_path / "public", tmp_path / "guard")


def decide(browser, make, account, client, **asked):
    path, page = arrive(browser, make, account, client, scope=f"openid {IDENTITY_SCOPE}", **asked)
    answer = submit(browser, path, page, answer="allow", days="30", allow=[IDENTITY])
    assert answer.status_code == 303, answer.text


@pytest.fixture
def happened(app, make, camille, sophie, hospital, log, at):
    """Camille allows the hospital and a diary, Sophie allows the hospital and refuses the diary;
    Camille then stops everything on one page."""
    diary, browser = make.client("diary"), Visitor(app, app.response_class)
    decide(browser, make, camille, hospital, linked_account=LINKED)
    decide(browser, make, camille, diary)
    other = Visitor(app, app.response_class)
    decide(other, make, sophie, hospital)
    path, page = arrive(other, make, sophie, diary, scope=f"openid {IDENTITY_SCOPE}")
    assert submit(other, path, page, answer="refuse").status_code == 303
    submit(browser, "/services/stop", browser.get("/services/stop"))
    log.integrate()
    log.publish()


@pytest.fixture
def second_key(tmp_path) -> Path:
    """The regulator's key pair; only the public half is on the server."""
    private = X25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "second.key").write_bytes(pem)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "second.pub").write_bytes(public)
    return tmp_path / "second.key"


@pytest.fixture
def order(authz, database, tmp_path, second_key, at):  # noqa: F811
    """Runs the command, as the operator does."""

    def ordered(*more, days_ago=0):
        until = day_of(at) - timedelta(days_ago)
        since = until - timedelta(1)  # the service was referenced an hour ago
        arguments = ["--from", since.isoformat(), "--to", until.isoformat()]
        arguments += ["--by", "cnil-7", "--reason", "inspection-12"]
        arguments += ["--for", str(tmp_path / "second.pub"), str(tmp_path / "extract"), *more]
        return authz("ledger", "extract", *arguments, AUTHZ_DATABASE_URL=database)

    return ordered


@pytest.fixture
def extract(happened, order, tmp_path) -> Path:
    told = order("--service", "hospital")
    assert told.returncode == 0, told.stderr
    return tmp_path / "extract"


@pytest.fixture
def check(log):
    """Runs the check, which knows nothing of the server."""

    def checked(directory, *more, key=log.signer.verifier.encoded):
        arguments = ["ledger", "check-extract", str(directory), "--key", key, *more]
        return CliRunner().invoke(main, arguments)

    return checked


def manifest(extract):
    return json.loads((extract / "extract.json").read_text())


def test_counts_and_events_reconcile_with_the_head(extract, check, log):
    told = check(extract)

    assert told.exit_code == 0, told.output
    found = manifest(extract)
    assert found["log"]["size"] == len(log.numbers())
    assert found["log"]["root"] == log.publish().root.hex()
    counts = found["counts"]
    assert counts["by_type"] == {
        "consent:given": 2,
        "consent:withdrawn": 1,
        "service:referenced": 1,
        "sheet:published": 1,
    }
    assert (counts["persons"], counts["consents"]) == (2, 2)
    assert counts["in_period"] == len(log.numbers()) - 1 == counts["listed"] + counts["of_others"]
    for line in json.loads((extract / "events.json").read_text()):
        assert line["leaf"] in {leaf_of(entry) for _, entry in log.numbers()}


def leaf_of(entry: bytes) -> str:
    return sha256(b"\x00" + entry).hexdigest()


def test_the_texts_and_the_sheets_are_there_as_they_were_displayed(extract):
    given = [
        line
        for line in json.loads((extract / "events.json").read_text())
        if line["type"] == "consent:given"
    ]

    for line in given:
        text = (extract / "texts" / f"{line['facts']['text_sha256']}.txt").read_text()
        assert text == queries.shown_text(line["facts"]["text_sha256"])
        assert "asks for access to some of your data" in text
        assert (extract / "sheets" / f"{line['facts']['sheet_sha256']}.json").is_file()


def test_nobody_is_in_it_without_the_second_key(extract, camille, sophie, second_key):
    """The open files are searched for everything that identifies the two, and for what one of them
    uses besides: the page on which all was stopped names the diary."""
    everything = b"".join(p.read_bytes() for p in extract.rglob("*") if p.is_file()).lower()

    for account in (camille, sophie):
        patient = account.patient
        for trace in (
            *(account.id, patient.id, account.identifier, account.email),
            *(patient.given_name, patient.birth_date.isoformat()),
        ):
            assert str(trace).lower().encode() not in everything, trace
        assert patient.id.bytes not in everything
    for document in events():
        if "subject" in document:
            assert document["id"].encode() not in everything
            assert document["stream"].encode() not in everything
    assert LINKED.encode() not in everything
    assert b"diary" not in everything
    assert len(manifest(extract)["sealed_texts"]) == 1


def test_with_the_second_key_every_line_is_computed_anew(extract, check, second_key):
    told = check(extract, "--second-key", str(second_key))

    assert told.exit_code == 0, told.output
    assert "opened with the second key: 3 entries" in told.output


def test_the_opening_is_an_entry_that_everybody_can_read(extract, check):
    (opened,) = public_events("audit:opened")

    digest = sha256((extract / "extract.json").read_bytes()).hexdigest()
    facts = opened["facts"]
    assert (facts["by"], facts["reason"], facts["service"]) == (
        "cnil-7",
        "inspection-12",
        "hospital",
    )
    assert (facts["sha256"], facts["events"]) == (digest, 3)
    assert check(extract, "--sha256", digest).exit_code == 0
    assert check(extract, "--sha256", digest[::-1]).exit_code == 1


def test_two_extracts_name_a_person_differently(extract, order, tmp_path):
    first = {line.get("person") for line in json.loads((extract / "events.json").read_text())}
    shutil.move(extract, tmp_path / "first")
    order("--service", "hospital")

    second = {line.get("person") for line in json.loads((extract / "events.json").read_text())}

    assert first & second == {None}


def test_all_services_of_a_period_are_in_one_extract(happened, order, check, second_key, tmp_path):
    assert order().returncode == 0

    told = check(tmp_path / "extract", "--second-key", str(second_key))

    assert told.exit_code == 0, told.output
    assert "consent:refused: 1" in told.output
    assert manifest(tmp_path / "extract")["counts"]["by_type"]["consent:withdrawn"] == 2


def test_a_day_without_events_is_an_empty_extract(happened, order, check, tmp_path):
    assert order("--service", "hospital", days_ago=9).returncode == 0

    assert "0 entries, of which 0 are listed" in check(tmp_path / "extract").output


def test_an_erased_person_is_a_number_that_nobody_opens(
    happened, camille, order, check, second_key, tmp_path, at
):
    erase_subject(camille.patient_id, ground="art. 17", at=at)
    db.session.commit()
    order("--service", "hospital")

    told = check(tmp_path / "extract", "--second-key", str(second_key))

    assert told.exit_code == 0, told.output
    assert "4 of erased persons" in told.output
    assert manifest(tmp_path / "extract")["counts"]["persons"] == 1


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def seal_again(extract: Path) -> None:
    """The digests of the files, computed anew by somebody who has changed one."""
    path = extract / "extract.json"
    told = json.loads(path.read_text())
    told["files"] = {
        name: sha256((extract / name).read_bytes()).hexdigest() for name in told["files"]
    }
    path.write_text(json.dumps(told))


EDITS = [
    ("events.json", "P-", "P-0", "events.json: changed since"),
    ("events.csv", "consent", "Consent", "events.csv: changed since"),
    ("checkpoint", "log\n", "log\n1", "signature"),
    ("extract.json", '"persons": 2', '"persons": 3', "counts: persons is 2"),
    ("extract.json", '"of_others": ', '"of_others": 1', "entries are told of"),
    ("extract.json", '"size": ', '"size": 1', "another checkpoint"),
    ("extract.json", "events.csv", "../second.key", "no name of a file"),
    ("extract.json", "authz-extract/v1", "authz-extract/v0", "not an extract"),
    ("extract.json", '"counts"', '"Counts"', "not in the form"),
    ("events.json", '"number"', '"Number"', "not in the form"),
]


def test_a_changed_extract_is_refused_and_says_where(extract, check):
    for name, before, after, said in EDITS:
        honest = (extract / name).read_bytes()
        edit(extract / name, before, after)

        told = check(extract)

        assert told.exit_code == 1
        assert said in told.output, told.output
        (extract / name).write_bytes(honest)
    assert check(extract).exit_code == 0


def test_a_missing_file_and_one_too_many_are_named(extract, check):
    (extract / "events.csv").rename(extract / "notes.csv")
    text = next((extract / "texts").iterdir())
    text.rename(text.with_name("0" * 64 + ".txt"))

    told = check(extract).output

    assert f"texts/{text.name}: missing" in told
    assert f"texts/{'0' * 64}.txt: does not belong" in told


def test_a_line_left_out_moved_or_rewritten_is_found_though_the_digests_were_computed_anew(
    extract, check, second_key
):
    path = extract / "events.json"
    honest = path.read_text()
    lines = json.loads(honest)
    withdrawn = next(at for at, line in enumerate(lines) if line["type"] == "consent:withdrawn")
    without = lines[:withdrawn] + lines[withdrawn + 1 :]
    moved = [*lines[:1], lines[1] | {"number": lines[1]["number"] + 1}, *lines[2:]]
    given = next(line for line in lines if line["type"] == "consent:given")
    rewritten = [
        line | {"at": "2020-01-01T00:00:00.000Z"} if line is given else line for line in lines
    ]
    public = [
        line | {"event": line["event"] | {"at": "x"}} if "event" in line else line for line in lines
    ]

    for forged, said in [
        (without, "counts: listed is 4"),
        (moved, f"entry {moved[1]['number']}: "),
        (rewritten, f"entry {given['number']}: the line does not say what its entry says"),
        (public, "the entry does not say this"),
    ]:
        path.write_text(json.dumps(forged))
        seal_again(extract)
        told = check(extract, "--second-key", str(second_key))
        assert told.exit_code == 1
        assert said in told.output, told.output


def test_another_key_opens_nothing_and_another_log_is_not_believed(extract, check, tmp_path):
    other = X25519PrivateKey.generate()
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "other.key").write_bytes(pem)
    stranger = Signer("cli.test/log", Ed25519Key.generate()).verifier.encoded

    assert "does not open" in check(extract, "--second-key", str(tmp_path / "other.key")).output
    refused = check(extract, key=stranger)
    assert (refused.exit_code, "not signed by" in refused.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "Jeanne Dupont"), "codes of 2 to 40"),
        (("--reason", "because of Camille"), "codes of 2 to 40"),
        (("--to", "2020-01-01"), "ends before it begins"),
        (("--service", "nobody"), "no service nobody"),
        (("--for", "pyproject.toml"), "not a public key"),
        ((), "has not published anything yet"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_nothing_is_opened(make, order, arguments, said):
    make.service()

    told = order(*arguments)

    assert (told.returncode, said in told.stderr) == (1, True), told.stderr
    assert public_events("audit:opened") == []
