"""The server does not start on a typo, a missing secret or a weak one."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from authz.settings import SECRETS as SECRET_NAMES
from authz.settings import Settings, SettingsInvalid, load
from tests.conftest import SECRET

ROOT = Path(__file__).parent.parent
SECRETS = {
    "AUTHZ_DATABASE_URL": "postgresql://localhost/authz",
    "AUTHZ_SECRET_KEY": SECRET.format("cookie-key"),
    "AUTHZ_KEY_ENCRYPTION_KEY": SECRET.format("key-encryption"),
    "AUTHZ_PAIRWISE_SALT": SECRET.format("pairwise-salt"),
}


@pytest.fixture
def problems(tmp_path):
    def read(text: str, **environ: str) -> list[str]:
        path = tmp_path / "authz.toml"
        path.write_text(text, encoding="utf-8")
        try:
            load(path, SECRETS | environ)
        except SettingsInvalid as invalid:
            return invalid.problems
        return []

    return read


GOOD = 'issuer = "https://authz.example"\n'


def test_a_file_and_the_secrets_are_enough(problems):
    assert problems(GOOD) == []


def test_the_example_file_is_valid():
    assert load(ROOT / "config" / "authz.toml", SECRETS).issuer.startswith("https://")


def test_the_example_file_tells_of_every_setting_where_it_belongs():
    """What is commented out too. Secrets stand elsewhere; ``demonstration`` is for ours alone."""
    text = (ROOT / "config" / "authz.toml").read_text(encoding="utf-8")
    told = tomllib.loads(re.sub(r"^# (?=\[|[a-z0-9_]+ = )", "", text, flags=re.MULTILINE))

    assert sorted(names(told)) == sorted({*knobs(Settings)} - {*SECRET_NAMES, "demonstration"})


def names(told: dict[str, Any], within: str = "") -> Iterator[str]:
    for name, value in told.items():
        one = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        yield from names(one, f"{within}{name}.") if isinstance(one, dict) else [within + name]


def knobs(section: type[BaseModel], within: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        inner = [k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)]
        yield from knobs(inner[0], f"{within}{name}.") if inner else [within + name]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD + "surprise = 1", "surprise"),
        (GOOD + "[lifetimes]\nacces_token = 1", "lifetimes.acces_token"),
        (GOOD + 'secret_key = "x"', "secret_key"),
        ('issuer = "http://authz.example"', "issuer"),
        ('issuer = "https://authz.example/?a=b"', "issuer"),
        (GOOD + "[server]\nport = 0", "server.port"),
        (GOOD + "[lifetimes]\naccess_token = -1", "lifetimes.access_token"),
        (GOOD + "[lifetimes]\nauthorization_code = 61", "lifetimes.authorization_code"),
        (GOOD + "[lifetimes]\nrequest_uri = 600", "lifetimes.request_uri"),
        ("", "issuer"),
        ("issuer = ", "authz.toml"),
    ],
)
def test_what_is_wrong_is_named(problems, text, named):
    found = problems(text)

    assert any(named in problem for problem in found)
    assert all("\n" not in problem for problem in found)


def test_every_problem_is_named_at_once(problems):
    assert len(problems("surprise = 1", AUTHZ_SECRET_KEY="short", AUTHZ_TYPO="1")) == 4


@pytest.mark.parametrize("secret", ["", "short", "a" * 64, "change-me"])
def test_a_weak_secret_stops_the_start(problems, secret):
    assert any("too weak" in problem for problem in problems(GOOD, AUTHZ_SECRET_KEY=secret))


def test_a_problem_never_repeats_the_secret(problems):
    assert not any("hunter2" in problem for problem in problems(GOOD, AUTHZ_SECRET_KEY="hunter2"))


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "authz.toml").write_text(GOOD)
    (tmp_path / "salt").write_text(SECRETS["AUTHZ_PAIRWISE_SALT"] + "\n")
    environ = {name: value for name, value in SECRETS.items() if name != "AUTHZ_PAIRWISE_SALT"}

    settings = load(
        tmp_path / "authz.toml", environ | {"AUTHZ_PAIRWISE_SALT_FILE": str(tmp_path / "salt")}
    )

    assert settings.pairwise_salt.get_secret_value() == SECRETS["AUTHZ_PAIRWISE_SALT"]
