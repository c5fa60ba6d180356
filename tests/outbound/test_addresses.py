"""Nothing inside the house is reached through an address that somebody else named."""

import socket
import ssl
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest

from authz.outbound.addresses import is_public
from authz.outbound.errors import NotFetched
from authz.outbound.outbound import Outbound
from tests.listener import Listener, listening

SPECIAL = [
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1",
    "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "203.0.113.9",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "fc00::1", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", SPECIAL)
def test_special_addresses_are_not_public(address: str) -> None:
    """The registries of RFC 6890, and addresses that carry another one."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "[::1]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "LOCALHOST", "localhost.", "127.0.0.1.",
     "example.com@127.0.0.1", "127.0.0.1#@example.com", "127.0.0.1\\@example.com"],
)  # fmt: skip
@pytest.mark.compliance(
    "RFC 7591", "5", "addresses in client metadata do not lead the server to its own network"
)
def test_nothing_on_loopback_is_reached(listener: Listener, host: str) -> None:
    url = f"https://{host}:{listener.port}/keys"

    with pytest.raises(NotFetched):
        Outbound().get(url)
    assert listener.connections == 0


@pytest.mark.parametrize(
    "url",
    ["http://localhost:{}/", "HTTP://localhost:{}/", "ftp://localhost:{}/", "file:///etc/passwd",
     "gopher://localhost:{}/", "//localhost:{}/", "https:localhost:{}", "localhost:{}", "",
     "https://", "https://localhost:0/", "https://localhost:x/", "https://localhost:99999/",
     "https://loc alhost/", "https://user:pw@localhost:{}/", "https://localhost:{}/#f",
     "https://localhost:{}/\r\nX: y", "https://[::1", "https://lo\u0441alhost:{}/",
     "https://localhost:{}/" + "a" * 2048],
)  # fmt: skip
def test_only_https_in_plain_letters(listener: Listener, url: str) -> None:
    with pytest.raises(NotFetched):
        listener.outbound().get(url.format(listener.port))
    assert listener.connections == 0


def test_one_special_address_spoils_the_name(listener: Listener) -> None:
    out = Outbound(resolve=lambda *_: ["93.184.215.14", "127.0.0.1"])

    with pytest.raises(NotFetched, match="not public"):
        out.get(f"https://mixed.example:{listener.port}/")
    assert listener.connections == 0


def test_a_name_is_asked_once(listener: Listener) -> None:
    """DNS rebinding: what was checked is what is connected to."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    out = listener.outbound(resolve=lambda *_: answers.pop(0))

    assert out.get(f"https://localhost:{listener.port}/").status == 200
    assert answers == [["10.0.0.1"]]


def test_a_certificate_is_for_the_name_not_the_address(listener: Listener) -> None:
    out = listener.outbound(resolve=lambda *_: ["127.0.0.1"])

    with pytest.raises(NotFetched):
        out.get(f"https://other.example:{listener.port}/")
    assert listener.hits == []


def test_a_certificate_of_nobody_is_refused(listener: Listener) -> None:
    with pytest.raises(NotFetched):
        listener.outbound(authorities=None).get(listener.url)
    assert listener.hits == []


def test_the_resolver_has_a_time_limit() -> None:
    with pytest.raises(NotFetched):
        Outbound(patience=0.001).get("https://a-name-that-takes-longer.invalid/")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("newest", "reached"),
    [(ssl.TLSVersion.TLSv1, 0), (ssl.TLSVersion.TLSv1_1, 0), (ssl.TLSVersion.TLSv1_2, 1)],
)
def test_old_tls_is_not_spoken(tmp_path: Path, newest: ssl.TLSVersion, reached: int) -> None:
    """A server that speaks nothing newer is not spoken to (RFC 9325 §3.1.1)."""
    with listening(tmp_path, newest=newest) as listener:
        with suppress(NotFetched):
            listener.outbound().get(listener.url)

        assert len(listener.hits) == reached
        assert listener.connections == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_the_old_server_of_these_tests_is_sound(tmp_path: Path) -> None:
    careless = ssl.create_default_context()
    careless.set_ciphers("ALL:@SECLEVEL=0")
    careless.minimum_version = ssl.TLSVersion.TLSv1
    with listening(tmp_path, newest=ssl.TLSVersion.TLSv1_1) as listener:
        careless.load_verify_locations(listener.authority)
        plain = socket.create_connection(("127.0.0.1", listener.port))
        with plain, careless.wrap_socket(plain, server_hostname="localhost") as spoken:
            assert spoken.version() == "TLSv1.1"
