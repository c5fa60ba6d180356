"""A live server behind the front that ``config/nginx.conf`` describes."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from authz.settings import Ledger, Mtls, Settings, SignIn
from authz.settings import Server as Listening
from tests.conftest import SECRET
from tests.flows.conftest import (
    CONFIG,
    Server,
    app,  # noqa: F401 - a fixture
    environment_of,
    make,  # noqa: F401 - a fixture
    resources_running,
)
from tests.flows.parties import Person
from tests.front.nginx import Ports, free_ports, nginx
from tests.interop.node import RelyingParty, relying_party
from tests.pki import Authority

BEHIND = """
[mtls]
header = "X-Client-Certificate"
origin = "{mtls}"
"""


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def trust(authority, tmp_path) -> Path:
    """What everybody who calls the front believes."""
    return authority.identity.write(tmp_path, "trusted")[0]


@pytest.fixture
def ports() -> Ports:
    return free_ports()


@pytest.fixture
def front(tmp_path, ports, authority) -> Iterator[Ports]:
    directory = tmp_path / "nginx"
    directory.mkdir()
    with nginx(directory, ports, authority):
        yield ports


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path, ports: Ports) -> Settings:
    text = CONFIG.format(issuer=ports.origin, port=ports.authz, home=tmp_path)
    text = text.replace("[server]\n", "[server]\ntrusted_proxies = 1\n")
    (tmp_path / "authz.toml").write_text(text + BEHIND.format(mtls=ports.mtls_origin))
    return Settings(
        issuer=ports.origin,
        database_url=SecretStr(fresh_database),
        secret_key=SecretStr(SECRET.format("cookie-key")),
        key_encryption_key=SecretStr(SECRET.format("key-encryption")),
        pairwise_salt=SecretStr(SECRET.format("pairwise-salt")),
        sign_in=SignIn(argon2_memory=64, argon2_time=1),
        server=Listening(trusted_proxies=1),
        mtls=Mtls(header="X-Client-Certificate", origin=ports.mtls_origin),
        ledger=Ledger(
            origin="flows.test/log",
            directory=tmp_path / "public",
            key_file=tmp_path / "key.pem",
            guard_file=tmp_path / "guard",
        ),
    )


@pytest.fixture
def server(settings: Settings, ports: Ports, tmp_path: Path) -> Iterator[Server]:
    behind = f"http://localhost:{ports.authz}"
    server = Server(
        settings.issuer, environment_of(settings, tmp_path), tmp_path / "server.log", behind
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def camille(make, settings, trust) -> Iterator[Person]:  # noqa: F811 - the fixtures of these names
    make.account("camille")
    person = Person(settings.issuer, "camille", verify=ssl.create_default_context(cafile=trust))
    with person.http:
        yield person


@pytest.fixture
def resource_server(server, make, settings, ports, trust, tmp_path) -> Iterator[None]:  # noqa: F811 - the fixture of that name
    """The record and the agenda, behind the same front."""
    record = make.resource_server("record", "record", "agenda")
    told = {
        "RESOURCES_ORIGIN": ports.resources_origin,
        "RESOURCES_ISSUER": server.behind,  # between the two, no TLS
        "RESOURCES_DATABASE_URL": settings.database_url.get_secret_value(),
        "RESOURCES_CLIENT_ID": record.row.client_id,
        "RESOURCES_CLIENT_SECRET": record.secret,
        "RESOURCES_CERTIFICATE_HEADER": "X-Client-Certificate",
    }
    with resources_running(ports.resource_server, told):
        yield


@pytest.fixture
def other_node(trust) -> Iterator[RelyingParty]:
    with relying_party(NODE_EXTRA_CA_CERTS=str(trust)) as party:
        yield party


@pytest.fixture
def node(trust) -> Iterator[RelyingParty]:
    with relying_party(NODE_EXTRA_CA_CERTS=str(trust)) as party:
        yield party
