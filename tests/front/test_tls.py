"""What the front speaks: TLS 1.3, and of TLS 1.2 the ECDHE-GCM suites (FAPI 2.0 §5.2.2)."""

import subprocess
from collections import defaultdict
from xml.etree import ElementTree as ET

import pytest

from tests.front.nginx import program

pytestmark = pytest.mark.live


@pytest.fixture
def offered(front):
    """What sslscan finds: version to suites."""

    def scan(port: int) -> dict[str, set[str]]:
        arguments = ["--xml=-", "--no-colour", "--sni-name=localhost", f"127.0.0.1:{port}"]
        said = subprocess.run(
            [program("sslscan"), *arguments], capture_output=True, check=True, timeout=120
        )
        found: dict[str, set[str]] = defaultdict(set)
        for cipher in ET.fromstring(said.stdout).iter("cipher"):  # noqa: S314 - of our own sslscan
            found[cipher.attrib["sslversion"]].add(cipher.attrib["cipher"])
        return found

    return scan


@pytest.mark.compliance("FAPI 2.0", "5.2.2", "TLS 1.3, and TLS 1.2 with ECDHE-GCM suites only")
@pytest.mark.parametrize("name", ["pages", "mtls", "resources"])
def test_only_tls_1_3_and_the_good_part_of_1_2(offered, ports, name):
    found = offered(getattr(ports, name))

    assert found.keys() == {"TLSv1.3", "TLSv1.2"}
    assert all(suite.startswith("ECDHE-") and "-GCM-" in suite for suite in found["TLSv1.2"])
