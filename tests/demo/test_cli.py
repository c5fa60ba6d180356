"""Each command says in a line what is wrong, and its exit status says whether."""

import socket

import psycopg
import pytest

from authz.keys.ed25519 import new_key_in_file
from authz.migrate import newest_revision
from tests.conftest import SECRET
from tests.demo.conftest import ROOT


def test_every_problem_of_the_settings_is_named_at_once(authz):
    answer = authz(
        "check", more="colour = 'blue'", AUTHZ_SECRET_KEY="short", AUTHZ_PAIRWISE_SALT=None
    )

    assert answer.returncode == 1
    lines = answer.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("authz: ") for line in lines)
    assert "short" not in answer.stderr


@pytest.mark.parametrize(
    "command",
    [["migrate"], ["check"], ["ledger", "verify"], ["keys", "list"], ["keys", "rotate", "--now"]],
)
def test_a_database_that_does_not_answer_is_one_line(authz, command, tmp_path):
    new_key_in_file(tmp_path / "key.pem")

    answer = authz(*command)

    assert answer.returncode == 1
    assert "Traceback" not in answer.stdout + answer.stderr
    assert "database" in answer.stdout + answer.stderr


def test_a_demonstration_is_not_served_to_the_world(authz):
    answer = authz("serve", "--host", "0.0.0.0", more="demonstration = true")  # noqa: S104

    assert (answer.returncode, answer.stderr) == (
        1,
        "authz: a demonstration binds loopback only, not 0.0.0.0\n",
    )


def test_an_empty_database_is_migrated_and_then_complete(authz, postgres):
    name = "authz_cli"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    url = postgres.format(name)

    before = authz("check", AUTHZ_DATABASE_URL=url)
    migrated = authz("migrate", AUTHZ_DATABASE_URL=url)
    after = authz("check", AUTHZ_DATABASE_URL=url)

    assert before.returncode == 1
    assert before.stdout.count("PROBLEM") == 1
    assert "PROBLEM  database: no schema yet: run authz migrate\n" in before.stdout
    assert (migrated.returncode, migrated.stdout) == (0, f"schema at {newest_revision()}\n")
    assert after.returncode == 0, after.stdout
    assert "PROBLEM" not in after.stdout
    assert "services: none" in after.stdout


def test_settings_that_are_not_there_are_one_line(authz, tmp_path):
    answer = authz("check", AUTHZ_CONFIG=str(tmp_path / "nowhere.toml"))

    said = f"authz: {tmp_path / 'nowhere.toml'}: not found; set AUTHZ_CONFIG\n"
    assert (answer.returncode, answer.stderr) == (1, said)


def test_an_unknown_setting_is_named(authz):
    assert authz("check", more="colour = 'blue'").stderr == "authz: colour: unknown setting\n"


@pytest.mark.parametrize("port", ["0", "99999"])
def test_a_port_that_is_none_is_refused(authz, port):
    answer = authz("serve", "--port", port)

    assert answer.returncode == 2
    assert "1<=x<=65535" in answer.stderr


def test_a_port_that_is_taken_is_one_line(authz):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = authz("serve", "--port", str(port))

    said = f"authz: port {port} is taken: choose others with --port\n"
    assert (answer.returncode, answer.stderr) == (1, said)


@pytest.mark.parametrize("command", [["check"], ["ledger", "verify"]])
def test_whoever_only_looks_makes_no_key(authz, fresh_database, tmp_path, command):
    answer = authz(*command, AUTHZ_DATABASE_URL=fresh_database)

    assert [path.name for path in tmp_path.iterdir()] == ["authz.toml"]
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", [["check"], ["ledger", "verify"], ["worker"]])
def test_a_log_that_has_lost_its_key_is_a_problem(authz, fresh_database, tmp_path, command):
    (tmp_path / "guard").write_text("what was signed last")

    answer = authz(*command, AUTHZ_DATABASE_URL=fresh_database)

    assert answer.returncode == 1
    assert "there is no key in" in answer.stdout + answer.stderr
    assert not (tmp_path / "key.pem").exists()


def test_a_key_that_others_can_read_is_a_problem(authz, fresh_database, tmp_path):
    new_key_in_file(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o644)

    answer = authz("check", AUTHZ_DATABASE_URL=fresh_database)

    assert answer.returncode == 1
    assert "readable by others" in answer.stdout


def test_keys_sealed_under_another_secret_are_a_problem(authz, fresh_database):
    authz("check", AUTHZ_DATABASE_URL=fresh_database)

    other = SECRET.format("another-key")
    answer = authz("check", AUTHZ_DATABASE_URL=fresh_database, AUTHZ_KEY_ENCRYPTION_KEY=other)

    assert answer.returncode == 1
    assert "PROBLEM  signing key: sealed under another" in answer.stdout


def test_keys_are_rotated_by_hand(authz, fresh_database):
    """OIDC Core §10.1.1: the next key stands beside the one that signs."""
    authz("check", AUTHZ_DATABASE_URL=fresh_database)

    announced = authz("keys", "rotate", AUTHZ_DATABASE_URL=fresh_database)
    listed = authz("keys", "list", AUTHZ_DATABASE_URL=fresh_database)

    assert announced.stdout == "1 new key announced; authz worker lets them sign when due\n"
    assert [line.split()[3] for line in listed.stdout.splitlines()] == ["announced", "signing"]


def test_leaked_keys_are_replaced_at_once(authz, fresh_database):
    authz("check", AUTHZ_DATABASE_URL=fresh_database)

    replaced = authz("keys", "rotate", "--now", "--forget", AUTHZ_DATABASE_URL=fresh_database)
    listed = authz("keys", "list", AUTHZ_DATABASE_URL=fresh_database)

    assert replaced.stdout == "1 new key, signing from now on\n"
    assert [line.split()[3] for line in listed.stdout.splitlines()] == ["signing", "removed"]


def test_keys_are_not_published_for_less_than_others_keep_them(authz):
    answer = authz("check", more="[keys]\nannounced = 60")

    assert answer.stderr == "authz: keys: announced and retired must be 300 at least\n"


def test_a_secret_is_long_and_never_the_same(authz):
    first, second = authz("secret").stdout.strip(), authz("secret").stdout.strip()

    assert len(first) == 43
    assert first != second


def test_the_example_settings_are_complete(authz):
    """``config/authz.toml`` is what people copy."""
    answer = authz("check", AUTHZ_CONFIG=str(ROOT / "config" / "authz.toml"))

    assert "ok       settings: complete, issuer https://espace.example" in answer.stdout
