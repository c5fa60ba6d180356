"""``openid-client`` in a process of its own: a relying party that we did not write."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm

from tests.builders import Party

_HERE = Path(__file__).parent


class Refused(Exception):
    """The library gave up. ``code`` is the server's error, or its own."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class RelyingParty:
    """Steps of ``client.mjs``, as methods."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, step: str, **parameters: Any) -> Any:
        """One step. Raises ``Refused``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": step, **parameters}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "Node died; its last words are above"
        said = json.loads(line)
        if "error" in said:
            raise Refused(said["error"], said["detail"])
        return said["ok"]


@contextmanager
def relying_party(**environment: str) -> Iterator[RelyingParty]:
    """Start Node. Skips where it or the packages are missing, except where CI is set."""
    node = shutil.which("node")
    if node is None or not (_HERE / "node_modules" / "openid-client").is_dir():
        assert "CI" not in os.environ, "CI must have Node and `npm ci` in tests/interop"
        pytest.skip("needs Node, and `npm ci` in tests/interop")
    with subprocess.Popen(
        [node, str(_HERE / "client.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        yield RelyingParty(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def private_jwk(client: Party) -> dict[str, Any]:
    """The client's key, for a library to sign with."""
    assert client.row.jwks is not None
    jwk: dict[str, Any] = ECAlgorithm.to_jwk(client.key, as_dict=True)
    members = {name: jwk[name] for name in ("kty", "crv", "x", "y", "d")}
    return members | {"kid": client.row.jwks["keys"][0]["kid"]}
