"""The front serves the ledger's files itself, from the directory that the worker writes."""

import ssl

import httpx2
import pytest

from authz.keys.ed25519 import Ed25519Key
from authz.ledger.checkpoint import open_checkpoint
from authz.ledger.note import Signer
from tests.ledger.conftest import Ledger

pytestmark = pytest.mark.live


def test_the_files_need_no_server_of_ours(app, settings, front, trust, ports, tmp_path):
    signer = Signer("flows.test/log", Ed25519Key.generate())
    Ledger(app, signer, settings.ledger.directory, tmp_path / "guard").grow(300)

    with httpx2.Client(verify=ssl.create_default_context(cafile=trust), timeout=20) as client:
        at = f"{ports.origin}/ledger"
        checkpoint, tile = client.get(f"{at}/checkpoint"), client.get(f"{at}/tile/0/000")
        escaped = client.get(f"{at}/tile/..%2f..%2fkey.pem")
        missing = client.get(f"{at}/tile/0/001.p/7")

    assert open_checkpoint(checkpoint.text, signer.verifier).size == 301
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "no-cache"
    assert len(tile.content) == 256 * 32
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in tile.headers["Cache-Control"]
    assert missing.status_code == 404
    assert escaped.status_code != 200
