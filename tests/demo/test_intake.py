"""An operator takes in services, clients, resource servers and people, with one line for each."""

import json
from functools import partial

import pytest

from authz.keys.new_jwk import new_jwk
from tests.demo.conftest import ROOT

SHEET = ROOT / "config" / "services" / "glyco-carnet.toml"
SLUG = ("--slug", "carnet")


@pytest.fixture
def operator(authz, fresh_database):
    return partial(authz, AUTHZ_DATABASE_URL=fresh_database)


@pytest.fixture
def jwks(tmp_path):
    private, public = new_jwk()
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [public]}))
    path.with_name("private.json").write_text(json.dumps({"keys": [private]}))
    return path


def lines(answer):
    assert answer.stderr == ""
    assert answer.returncode == 0
    return answer.stdout.splitlines()


def refused(answer):
    assert (answer.returncode, answer.stdout) == (1, "")
    return [line.removeprefix("authz: ") for line in answer.stderr.splitlines()]


def client(operator, keys, *more, uri="https://carnet.example/callback"):
    told = ("--service", "carnet", "--client-id", "carnet-1", "--jwks", str(keys))
    return operator("client", "add", *told, "--redirect-uri", uri, *more)


def test_from_an_empty_catalogue_to_a_service_that_may_ask(operator, jwks):
    added = operator("service", "add", str(SHEET), *SLUG, "--reference", "R-1")
    assert lines(added) == ["service carnet: sheet 1, referenced as R-1"]
    published = operator("service", "publish", str(SHEET), *SLUG)
    assert lines(published) == ["service carnet: sheet 2"]
    registered = client(operator, jwks, "--events-uri", "https://carnet.example/events")
    assert lines(registered) == ["client carnet-1: registered for carnet, sector carnet.example"]
    (secret,) = lines(operator("resource-server", "add", "--client-id", "r", "--area", "record"))
    assert len(secret) == 52

    said = operator("check").stdout.splitlines()

    assert "ok       services: 1, of which 1 may ask; clients: 1" in said
    assert "ok       resource servers: 1" in said
    problems = [line for line in said if not line.startswith("ok ")]
    # No worker runs here: once something has waited for ten seconds, that is said.
    assert [line for line in problems if "is authz worker running?" not in line] == []


def test_a_service_without_a_number_is_a_draft(operator):
    added = operator("service", "add", str(SHEET), *SLUG)
    assert lines(added) == ["service carnet: sheet 1, draft; it may ask nothing yet"]

    referenced = operator("service", "reference", "R-2", *SLUG)

    assert lines(referenced) == ["service carnet: referenced as R-2"]


def test_each_field_that_a_sheet_lacks_is_a_line(operator, tmp_path):
    sheet = tmp_path / "sheet.toml"
    sheet.write_text('name = "Carnet"\ncolour = "blue"\n')

    said = refused(operator("service", "add", str(sheet), *SLUG))

    assert f"{sheet}: oid: missing" in said
    assert f"{sheet}: purposes: missing" in said
    assert f"{sheet}: colour: unknown field" in said
    assert refused(operator("service", "publish", str(SHEET), *SLUG)) == [
        "no service carnet in the catalogue"
    ]


def test_a_sheet_that_cannot_be_read(operator, tmp_path):
    nowhere, broken = tmp_path / "nowhere.toml", tmp_path / "broken.toml"
    broken.write_text("name =")

    assert refused(operator("service", "add", str(nowhere), *SLUG)) == [
        f"{nowhere}: No such file or directory"
    ]
    (said,) = refused(operator("service", "add", str(broken), *SLUG))
    assert said.startswith(f"{broken}: Invalid value")


def test_names_count_once(operator, jwks):
    operator("service", "add", str(SHEET), *SLUG)
    client(operator, jwks)

    assert refused(operator("service", "add", str(SHEET), *SLUG)) == [
        "there is a service carnet already"
    ]
    assert refused(client(operator, jwks)) == ["there is a client carnet-1 already"]


def test_a_client_is_refused_what_a_registration_is_refused(operator, jwks):
    operator("service", "add", str(SHEET), *SLUG)
    private = jwks.with_name("private.json")

    assert refused(client(operator, private)) == [f"{private}: not a public key"]
    assert len(refused(client(operator, jwks, uri="http://carnet.example/callback"))) == 1
    two = client(operator, jwks, "--redirect-uri", "https://elsewhere.example/")
    assert refused(two) == ["--redirect-uri: not one host; name the --sector"]
    plain = client(operator, jwks, "--events-uri", "http://carnet.example/events")
    assert refused(plain) == ["--events-uri: not an https address with a plain host"]


def test_before_the_schema_one_is_told_to_migrate(authz, postgres):
    answer = authz(
        "service", "add", str(SHEET), *SLUG, AUTHZ_DATABASE_URL=postgres.format("postgres")
    )

    assert refused(answer) == ["no schema yet, or that of another release: run authz migrate"]


def test_an_account_is_opened_with_a_password_that_is_asked(operator):
    about = ("--given-name", "Ada", "--family-name", "Exemple", "--birth-date", "1980-01-31")
    command = ("account", "add", "--identifier", "ada", *about, "--email", "ada@example.org")
    password = "a long enough one\n"

    opened = operator(*command, typed=password * 2)
    again = operator(*command, typed=password * 2)
    short = operator(*command[:3], "bob", *command[4:], typed="short\nshort\n")

    assert opened.stdout.endswith("account ada: opened\n")
    assert again.stderr.endswith("authz: This identifier is already in use.\n")
    assert "authz: Choose a password of 12 to 128 characters" in short.stderr
